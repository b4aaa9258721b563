"""From the paths of vessels to what the simulation needs of rivers: reaches, locks, payloads by month."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from transport_sim.availability import Availability, Window, availability
from transport_sim.choice.chains import Skims, beyond_sailing_h
from transport_sim.disruptions import closed_windows
from transport_sim.energy.vessel import vessel_class_for
from transport_sim.errors import DataError
from transport_sim.hydrology import closed_days, day_windows, dry_months, link_gauges, monthly_current_ratio
from transport_sim.inputs import Inputs
from transport_sim.network.model import Network
from transport_sim.network.routing import links_along
from transport_sim.randomness import FloatArray
from transport_sim.river import (
    LEAST_LOAD_SHARE,
    ground_speed_kmh,
    lock_passages_h,
    locks_at_work,
    monthly_payloads_t,
    vessel_fit,
    vessel_sizes,
)
from transport_sim.simulation.plan import FacilityPlan
from transport_sim.simulation.river_plan import LockPlan, Reach, RiverRoute, VesselSize
from transport_sim.tables.freight import NAVIGATION_CLASSES
from transport_sim.units import DAYS_PER_YEAR, SECONDS_PER_HOUR, SECONDS_PER_MINUTE


@dataclass(frozen=True)
class RiverPlanner:
    """Plans the ways of vessels of one run; compiled once for all relations."""

    inputs: Inputs
    skims: Skims
    seed: int
    calendar_start_day: int | None = None
    """As of the plan; None for a sample of the mean year, which has mean water and no dated events."""
    duration_days: float = 0.0

    def route(self, start: int, end: int, beyond_km: float) -> RiverRoute:
        """Plan the way between two ports, there and back.

        Raises
        ------
        DataError
            If a lock on the way is too small for the vessels of the waterway's class.
        """
        skims, ports = self.skims, list(self.skims.ports["terminal"])
        name = NAVIGATION_CLASSES[int(skims.water_class[start, end])]
        size = vessel_sizes(self.inputs)[name]
        payload_t = float(skims.vessel_payload_t[start, end])
        by_month, afloat = self._by_month(start, end)
        out, back = (tuple(self._reaches(a, b, beyond_km)) for a, b in ((start, end), (end, start)))
        self._check_size(out, name, VesselSize(size.length_m, size.beam_m))
        return RiverRoute(
            out,
            back,
            f"berth:{ports[start]}",
            f"berth:{ports[end]}",
            payload_t,
            vessel_class_for(self.inputs.factors, payload_t),
            self.inputs.parameters.vessel_max_wait_h * SECONDS_PER_HOUR,
            VesselSize(size.length_m, size.beam_m),
            by_month,
            afloat,
        )

    def locks(self, routes: dict[tuple[int, int, float], RiverRoute]) -> dict[str, LockPlan]:
        """Return the locks on these routes by facility, sorted."""
        used = {r.lock for route in routes.values() for r in (*route.reaches, *route.return_reaches)} - {""}
        return {name: self._lock_plans[name] for name in sorted(used)}

    def _by_month(self, start: int, end: int) -> tuple[tuple[float, ...], Availability | None]:
        """Return the payload of each month, and when there is water to sail at all.

        Goods that come to a port in a month without enough water wait there for the vessels of the next that has it.
        """
        if self.calendar_start_day is None:
            return (), None
        payload_t = self._monthly_payload_t[:, start, end]
        full_t = vessel_fit(self.inputs).full_t[self.skims.water_class[start, end]]
        afloat = payload_t > LEAST_LOAD_SHARE * full_t
        if not afloat.any() or afloat.all():
            return tuple(payload_t.tolist()), None
        following = [
            next(m % len(afloat) for m in range(n, n + len(afloat)) if afloat[m % len(afloat)])
            for n in range(len(afloat))
        ]
        windows = day_windows(dry_months(afloat.astype(np.int64)), self.calendar_start_day, self._years)
        return tuple(payload_t[following].tolist()), availability(windows)

    def _reaches(self, start: int, end: int, beyond_km: float) -> Iterator[Reach]:
        """Yield the reaches from port to port, a new one after each lock and where closures change.

        What lies beyond the map comes first for vessels from a gateway and last for those that go there; locks there
        are not modelled.
        """
        nodes = self.skims.ports["node_id"].to_numpy()
        inbound = start in self._gateways
        beyond_s = np.full(self._sail_s.shape[0], float(beyond_sailing_h(self.inputs, beyond_km, inbound)))
        beyond_s *= SECONDS_PER_HOUR
        sail_s = beyond_s if inbound else np.zeros_like(beyond_s)
        rows = links_along(self.skims.water, self._ends, start, end, int(nodes[start]))
        for n, row in enumerate(rows):
            sail_s = sail_s + self._sail_s[:, row]
            place = self._place[row]
            lock = self._lock_at.get(int(self._ends[row, 1]), "")
            last = n + 1 == len(rows)
            if last and not inbound:
                sail_s = sail_s + beyond_s
            if lock or last or self._place[rows[n + 1]] != place:
                yield Reach(tuple(sail_s.tolist()), lock, bool(self._upstream[row]), self._closures.get(place))
                sail_s = np.zeros_like(beyond_s)

    def _check_size(self, reaches: tuple[Reach, ...], name: str, size: VesselSize) -> None:
        for reach in reaches:
            plan = self._lock_plans.get(reach.lock)
            if plan and plan.length_m and size.length_m + plan.margin_m > plan.length_m:
                room, needed = f"{plan.length_m:g} m long", f"{size.length_m:g} m"
            elif plan and plan.length_m and size.beam_m + plan.margin_m > plan.width_m:
                room, needed = f"{plan.width_m:g} m wide", f"{size.beam_m:g} m"
            else:
                continue
            raise DataError(
                f"lock {reach.lock.removeprefix('lock:')} is {room}; a vessel of class {name} ({needed}, and "
                f"{plan.margin_m:g} m of free water) does not fit. Enlarge the lock on the map, state a smaller vessel "
                "in vessel_types, or a poorer class of the waterway"
            )

    @cached_property
    def _ends(self) -> Any:  # noqa: ANN401 - an integer array, shape (links, 2)
        return self.skims.network.links[["from_node", "to_node"]].to_numpy()

    @cached_property
    def _upstream(self) -> Any:  # noqa: ANN401 - a mask of links
        return (self.skims.network.links["current_ms"].fillna(0.0) < 0).to_numpy()

    @cached_property
    def _gateways(self) -> set[int]:
        return set(np.flatnonzero(self.skims.ports["kind"] == "gateway").tolist())

    @cached_property
    def _monthly_payload_t(self) -> FloatArray:
        return monthly_payloads_t(self.inputs, self.skims)

    @cached_property
    def _sail_s(self) -> FloatArray:
        """Sailing time of each link, one row for each month or one for the mean year. [s]."""
        links = self.skims.network.links
        ratio = np.ones((1, len(links)))
        if self.calendar_start_day is not None:
            ratio = monthly_current_ratio(self.skims.network, self.inputs.operations["hydrology"])
        hours = links["length_km"].to_numpy(float) / ground_speed_kmh(self.inputs, links, ratio)
        return np.asarray(hours * SECONDS_PER_HOUR)

    @cached_property
    def _place(self) -> list[tuple[str, str]]:
        """River and gauge of each link: what closes it."""
        links = self.skims.network.links
        gauges = link_gauges(self.skims.network, self.inputs.operations["hydrology"])
        return list(zip(links["name"], gauges.reindex(links.index, fill_value=""), strict=True))

    @property
    def _years(self) -> int:
        """Years for which closures are drawn up: those of the run and one more for what is still under way."""
        return math.ceil(self.duration_days / DAYS_PER_YEAR) + 1

    @cached_property
    def _closures(self) -> dict[tuple[str, str], Availability | None]:
        """When each kind of reach is open: neither closed by its gauge's water nor by a disruption of its river."""
        if self.calendar_start_day is None:
            return {}
        days = closed_days(self.inputs.operations["hydrology"], seed=self.seed)
        events = self._events("flood", "drought")
        found = {}
        for river, gauge in dict.fromkeys(self._place):
            windows = day_windows(days.get(gauge, ()), self.calendar_start_day, self._years)
            found[river, gauge] = availability([*windows, *events.get(river, ())])
        return found

    def _events(self, *kinds: str) -> dict[str, tuple[Window, ...]]:
        return closed_windows(
            self.inputs.operations["disruptions"],
            *kinds,
            calendar_start_day=self.calendar_start_day,
            duration_days=self.duration_days,
        )

    @cached_property
    def _lock_at(self) -> dict[int, str]:
        """Name the lock or works at each node that has any."""
        nodes = lock_passages_h(self.inputs, self.skims.network).index
        return {int(n): f"lock:{self.skims.network.node_names[n]}" for n in nodes}

    @cached_property
    def _lock_plans(self) -> dict[str, LockPlan]:
        return lock_plans(self.inputs, self.skims.network, self._lock_at, self._events("lock_outage"))


def lock_plans(
    inputs: Inputs, network: Network, lock_at: dict[int, str], outages: dict[str, tuple[Window, ...]]
) -> dict[str, LockPlan]:
    """Put together every lock and every place under works.

    Parameters
    ----------
    inputs
        Parameters and the table of operations `lock_operations`.
    network
        Of the year, with the chambers.
    lock_at
        Facility of the lock at each node that has one.
    outages
        Windows by reference of the lock.

    Returns
    -------
    By facility.
    """
    rows: dict[str, dict[str, Any]] = locks_at_work(inputs).to_dict("index")  # type: ignore[assignment]
    chambers = network.nodes.loc[list(lock_at), ["lock_length_m", "lock_width_m", "lock_cycle_min"]]
    found = {}
    for node, *sizes in chambers.itertuples(name=None):
        name = lock_at[node]
        place = name.removeprefix("lock:")
        length_m, width_m, cycle_min = np.nan_to_num(sizes).tolist()
        plan = _lock_plan(inputs, name, cycle_min, rows.get(place), outages.get(place, ()))
        known = plan.turns and place in rows
        found[name] = replace(plan, length_m=length_m, width_m=width_m) if known else plan
    return found


def _lock_plan(
    inputs: Inputs, name: str, cycle_min: float, row: dict[str, Any] | None, outages: tuple[Window, ...]
) -> LockPlan:
    """Put together a lock's cycle on the map and its row of `lock_operations`, if it has one.

    The parameter `lock_manoeuvre_min` is the time of a single vessel beside filling and emptying: what the gates
    do not need of it is half entry and half exit. Without a row vessels go one by one, day and night.
    """
    manoeuvre_s = inputs.parameters.lock_manoeuvre_min * SECONDS_PER_MINUTE
    if row is None:
        way_s, fill_s = manoeuvre_s / 2.0, cycle_min * SECONDS_PER_MINUTE
        return LockPlan(name, 1, way_s, 0.0, fill_s, way_s, outages=_chamber_outages(outages, 1))
    count, works = int(row["chambers_count"]), row["kind"] == "works"
    gate_s = float(row["gate_min"]) * SECONDS_PER_MINUTE
    way_s = max(manoeuvre_s - 2.0 * gate_s, 0.0) / 2.0
    passage_s = float(row["passage_min"] if works else cycle_min) * SECONDS_PER_MINUTE
    return LockPlan(
        name,
        count,
        0.0 if works else way_s,
        0.0 if works else gate_s,
        passage_s,
        0.0 if works else way_s,
        float(row["interval_min"]) * SECONDS_PER_MINUTE,
        margin_m=float(row["margin_m"]),
        turns=not works,
        open_s=float(row["open_hour"]) * SECONDS_PER_HOUR,
        close_s=float(row["close_hour"]) * SECONDS_PER_HOUR,
        outages=_chamber_outages(outages, count),
    )


def lock_facilities(locks: dict[str, LockPlan]) -> Iterator[FacilityPlan]:
    """Yield the locks as facilities of the result tables: as many servers as chambers."""
    for plan in locks.values():
        yield FacilityPlan(plan.facility, "lock", plan.chambers_count, 0.0)


def _chamber_outages(windows: tuple[Window, ...], chambers_count: int) -> tuple[Availability | None, ...]:
    """Share a lock's outages out to its chambers: at a share of 0.5 of two chambers the second is closed."""
    return tuple(
        availability(
            [Window(w.start_s, w.end_s, 0.0) for w in windows if n >= round(w.capacity_share * chambers_count)]
        )
        for n in range(chambers_count)
    )
