"""One year's task of siting: demand points, the candidates that the rules leave, minutes on the network, costs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from transport_sim.energy.electric import meter_kwh
from transport_sim.errors import DataError, SitingError
from transport_sim.inputs import Inputs
from transport_sim.network.model import Network
from transport_sim.randomness import BoolArray, FloatArray, IntArray
from transport_sim.siting.behaviour import Behaviour
from transport_sim.siting.candidates import groups_of, minutes_to
from transport_sim.siting.demand import ChargingDemand
from transport_sim.siting.filters import EXISTING, Rules
from transport_sim.siting.models import GroupCover, PlugSupply, SitingProblem
from transport_sim.tables.siting import CHARGING_GROUPS

CELL_KM = 1.5
"""Demand of one group within a cell of this size is one point to the models; the queues keep every point. [km]"""
KM_PER_DEGREE = 111.2
STATION = "charging_station"
"""Kind whose costs and room hold for what is added to an existing station."""
RURAL = ("county",)
"""Areas whose cover can be asked for as a constraint."""


@dataclass(frozen=True, eq=False)
class Points:
    """Demand points of one year and how far the candidates are from each."""

    frame: pd.DataFrame
    """Columns point, group, node_id, name, lon, lat, area, kwh (of a day) and population_persons."""
    minutes: FloatArray
    """Drive to each candidate, shape (points, candidates); infinite where the group may not charge. [min]"""
    radius_minutes: FloatArray
    """How far each point's group drives for a plug, shape (points,). [min]"""

    @property
    def near(self) -> BoolArray:
        """Which candidate is within reach of which point."""
        return np.asarray(self.minutes <= self.radius_minutes[:, None])


@dataclass(frozen=True, eq=False)
class SitingCase:
    """What the models and the queues of one year read; positions of candidates are rows of `candidates`."""

    year: int
    candidates: pd.DataFrame
    """The accepted ones, index `place`."""
    cells: Points
    """Demand by cell and group, for the models."""
    points: Points
    """Demand by node and group, for the queues."""
    hourly_kwh: FloatArray
    """Energy of each row of `points` in each hour, shape (points, 24). [kWh]"""
    session_kwh: FloatArray
    """Mean energy of a charge at each row of `points`. [kWh]"""
    session_kw: FloatArray
    """Power that such a vehicle takes at most. [kW]"""
    between_minutes: FloatArray
    """Drive from candidate to candidate. [min]"""
    site_cny: FloatArray
    """Cost of opening each candidate, its connection to the grid included. [CNY]"""
    plug_cny: FloatArray
    """Cost of one plug with its share of the feeder. [CNY]"""
    plug_kw: FloatArray
    """Power of one plug at the battery. [kW]"""
    plug_kind: tuple[str, ...]
    users: tuple[str, ...]
    """Groups that may charge at each candidate, joined by `;`, or `all`."""
    tariff: tuple[str, ...]
    meter_ratio: float
    """Electricity at the meter for each kWh in the battery. [-]"""
    kwh_per_plug: FloatArray
    """What one plug is planned to give in a day. [kWh]"""
    most: IntArray
    """Plugs for which there is room. [-]"""
    existing: BoolArray
    """Candidates that have fast plugs already."""
    existing_plugs: IntArray
    """Plugs that stand already. [-]"""

    def problem(
        self,
        *,
        kwh_per_plug: FloatArray | None = None,
        weight: FloatArray | None = None,
        groups: tuple[GroupCover, ...] = (),
    ) -> SitingProblem:
        """Return the arrays for the models.

        Parameters
        ----------
        kwh_per_plug
            What a plug of each candidate is taken to give in a day, instead of the planned. [kWh]
        weight
            What each cell's demand is multiplied with. [-]
        groups
            Groups of which a share must be covered.
        """
        demand = self.cells.frame["kwh"].to_numpy(float)
        supply = PlugSupply(
            self.kwh_per_plug if kwh_per_plug is None else kwh_per_plug, self.plug_cny, self.most, self.existing_plugs
        )
        return SitingProblem(
            demand=demand if weight is None else demand * weight,
            time_min=self.cells.minutes,
            cost_cny=self.site_cny,
            existing=self.existing,
            plugs=supply,
            groups=groups,
            candidate_names=tuple(self.candidates["name"]),
            demand_names=tuple(self.cells.frame["name"] + " (" + self.cells.frame["group"] + ")"),
            coordinates=self.candidates[["lon", "lat"]].to_numpy(float),
        )

    def rural_cover(self, share: float) -> tuple[GroupCover, ...]:
        """Return the constraint that a share of the countryside's demand is covered; none for a share of 0."""
        members = self.cells.frame["area"].isin(RURAL).to_numpy()
        if share <= 0.0 or not members.any():
            return ()
        return (GroupCover("rural", members, share),)

    def open_to(self, group: str) -> BoolArray:
        """Return the candidates at which a group may charge."""
        return np.array([text == "all" or group in text.split(";") for text in self.users], dtype=bool)

    def built(self, is_open: BoolArray, plugs: IntArray) -> "SitingCase":
        """Return the case in which these sites stand already: that of a later phase."""
        count = np.maximum(self.existing_plugs, np.where(is_open, plugs, 0))
        return replace(self, existing=self.existing | is_open, existing_plugs=count, most=np.maximum(self.most, count))

    def cost_cny(self, is_open: BoolArray, plugs: IntArray) -> float:
        """Return what is new in a design. [CNY]."""
        new_plugs = np.maximum(np.where(is_open, plugs, 0) - self.existing_plugs, 0)
        return float(self.site_cny[is_open & ~self.existing].sum() + self.plug_cny @ new_plugs)


def siting_case(inputs: Inputs, demand: ChargingDemand, accepted: pd.DataFrame, areas: Sequence[str]) -> SitingCase:
    """Bring demand, candidates, network and costs of a year together.

    Parameters
    ----------
    inputs
        Tables of the year.
    demand
        Of the year.
    accepted
        The candidates that the rules leave.
    areas
        Which demand counts: some of core, county, corridor.

    Raises
    ------
    SitingError, DataError
        No candidate, only one, no demand in these areas, demand that nobody reaches, or no cost for a kind of place.
    """
    _check_accepted(accepted)
    wanted = demand.frame["area"].isin(areas)
    if not wanted.any():
        there = ", ".join(sorted(demand.frame["area"].unique()))
        raise SitingError(f"no demand in {', '.join(areas)}; there is some in {there}")
    chosen = replace(demand, frame=demand.frame[wanted])
    behaviour = Behaviour(inputs)
    costs = _costs(inputs, accepted)
    fine = _points(chosen.points(), inputs, behaviour, accepted, costs)
    cells = _points(_cells(fine.frame), inputs, behaviour, accepted, costs)
    if not fine.near.any():
        raise SitingError(
            "all demand is unreachable: no candidate lies within the radius of any demand point; add candidates or "
            "raise radius_minutes in fleets/charging_behaviour.csv"
        )
    group = fine.frame["group"]
    session_kw = group.map({g: behaviour.get(g, "session_power_kw") for g in group.unique()}).to_numpy(float)
    session_kwh = group.map({g: behaviour.get(g, "session_kwh") for g in group.unique()}).to_numpy(float)
    hours = Rules.of(inputs.operations["siting_rules"]).limits("full_load_h", accepted["kind"])
    network = _network(inputs)
    nodes = accepted["node_id"].to_numpy(np.int64)
    return SitingCase(
        year=inputs.year,
        candidates=accepted,
        cells=cells,
        points=fine,
        hourly_kwh=chosen.hourly(),
        session_kwh=session_kwh,
        session_kw=session_kw,
        between_minutes=minutes_to(network, nodes, nodes),
        site_cny=costs["site_cny"].to_numpy(float),
        plug_cny=costs["plug_cny"].to_numpy(float),
        plug_kw=costs["power_kw"].to_numpy(float),
        plug_kind=tuple(costs["plug_kind"]),
        users=tuple(costs["users"]),
        tariff=tuple(costs["tariff"].fillna("")),
        meter_ratio=float(meter_kwh(inputs.factors, 1.0)),
        kwh_per_plug=_usable_kw(fine, session_kw, costs["power_kw"].to_numpy(float)) * np.nan_to_num(hours, nan=24.0),
        most=costs["max_plugs_count"].to_numpy(np.int64),
        existing=(accepted["existing_plugs_count"] > 0).to_numpy(),
        existing_plugs=accepted["existing_plugs_count"].to_numpy(np.int64),
    )


def _check_accepted(accepted: pd.DataFrame) -> None:
    if accepted.empty:
        raise SitingError(
            "no candidates: the rules of fleets/siting_rules.csv take out every place; the list of candidates says why"
        )
    if len(accepted) == 1:
        raise SitingError(
            f"only one candidate is left ({accepted['name'].iloc[0]}), so there is nothing to choose; relax "
            "fleets/siting_rules.csv or add rows to fleets/candidate_places.csv"
        )


def _network(inputs: Inputs) -> Network:
    network = inputs.network if inputs.traffic is None else inputs.traffic.network
    return network.at_year(inputs.year)


def _costs(inputs: Inputs, accepted: pd.DataFrame) -> pd.DataFrame:
    """Return one row of costs for each candidate, with `power_kw` at the battery.

    An existing station costs nothing; its further plugs are like those it has, at the costs of `charging_station`.
    """
    table = inputs.operations["charger_costs"].set_index("place_kind")
    old = (accepted["kind"] == EXISTING).to_numpy()
    kinds = accepted["kind"].where(~old, STATION)
    missing = sorted(set(kinds) - set(table.index))
    if missing:
        raise DataError(f"fleets/charger_costs.csv: no row for place_kind {', '.join(missing)}")
    costs = table.reindex(kinds)
    costs.index = accepted.index
    costs.loc[old, "site_cny"] = 0.0
    stands = old & (accepted["existing_power_kw"] > 0).to_numpy()
    costs.loc[stands, "power_kw"] = accepted.loc[stands, "existing_power_kw"]
    costs.loc[old, "users"] = [";".join(groups_of(users)) for users in accepted.loc[old, "users"]]
    costs["site_cny"] = costs["site_cny"] + costs["grid_cny_per_km"] * accepted["grid_km"].fillna(0.0)
    costs["plug_cny"] = costs["plug_cny"] + costs["feeder_cny_per_kw"] * costs["power_kw"]
    room = (accepted["headroom_kw"] / costs["power_kw"]).fillna(np.inf)
    costs["max_plugs_count"] = np.minimum(costs["max_plugs_count"], np.maximum(np.floor(room), 1))
    costs["max_plugs_count"] = np.maximum(costs["max_plugs_count"], accepted["existing_plugs_count"])
    costs["power_kw"] = costs["power_kw"] / float(meter_kwh(inputs.factors, 1.0))
    return costs


def _may_charge(users: "pd.Series[str]", groups: "pd.Series[str]") -> BoolArray:
    """Tell which group may charge where."""
    allowed = {
        group: users.map(lambda text, group=group: text == "all" or group in text.split(";")).to_numpy(bool)
        for group in CHARGING_GROUPS
    }
    return np.stack([allowed[group] for group in groups])


def _points(
    frame: pd.DataFrame, inputs: Inputs, behaviour: Behaviour, accepted: pd.DataFrame, costs: pd.DataFrame
) -> Points:
    minutes = minutes_to(_network(inputs), frame["node_id"].to_numpy(np.int64), accepted["node_id"].to_numpy(np.int64))
    minutes = np.where(_may_charge(costs["users"], frame["group"]), minutes, np.inf)
    radius = {group: behaviour.get(group, "radius_minutes") for group in frame["group"].unique()}
    return Points(frame, minutes, frame["group"].map(radius).to_numpy(float))


def _cells(frame: pd.DataFrame) -> pd.DataFrame:
    """Add up the demand of a group within a cell, at its busiest node."""
    narrow = np.cos(np.radians(frame["lat"].mean()))
    column = np.floor(frame["lon"] * KM_PER_DEGREE * narrow / CELL_KM).astype(int)
    row = np.floor(frame["lat"] * KM_PER_DEGREE / CELL_KM).astype(int)
    busiest = frame.assign(column=column, row=row).sort_values(["kwh", "point"], ascending=[False, True])
    first = {name: (name, "first") for name in ("point", "node_id", "name", "lon", "lat", "area")}
    cells: pd.DataFrame = busiest.groupby(["group", "column", "row"], sort=True).agg(
        **first, kwh=("kwh", "sum"), population_persons=("population_persons", "sum")
    )
    return cells.reset_index().drop(columns=["column", "row"])


def _usable_kw(fine: Points, session_kw: FloatArray, plug_kw: FloatArray) -> FloatArray:
    """Return the mean power at a plug of each candidate, by the demand in its reach: vehicles limit it, too. [kW]."""
    kwh = fine.frame["kwh"].to_numpy(float)[:, None] * fine.near
    power = np.minimum(session_kw[:, None], plug_kw[None, :])
    total = kwh.sum(axis=0)
    mean = np.divide((kwh * power).sum(axis=0), total, out=plug_kw.copy(), where=total > 0)
    return np.asarray(mean, dtype=float)
