"""Which uncertain parameters move a package's effect: one at a time, in the model's expected values.

Nothing is simulated. Every stage is first run at the central values with parameters that note who reads them; for a
low or high value only the stages that read the parameter, and those after them, are run again. The calibration is
solved anew from the central solution. What queues and the chance of the week add is not in it.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

import numpy as np
import pandas as pd

from transport_sim.choice.calibration import calibrate, chain_shares, mode_tonnes
from transport_sim.choice.chains import ROAD, ChainSet, Leg, Skims, build_chains, build_skims, zone_distance_km
from transport_sim.choice.freight_mode import ChainCosts, chain_costs, utilities
from transport_sim.demand.freight import Demand, FreightDemandModel, freight_demand_model
from transport_sim.demand.shipments import TRUCK_CLASSES
from transport_sim.emissions.lifecycle import road_ch4_n2o_co2e_kg
from transport_sim.energy.fuel import fuel_kg
from transport_sim.energy.hub import handling_fuel_kg
from transport_sim.energy.rail import traction_diesel_kg, traction_electricity_kwh, train_gross_t
from transport_sim.energy.vessel import vessel_class_for, vessel_fuel_kg
from transport_sim.errors import DataError
from transport_sim.inputs import Inputs
from transport_sim.randomness import FloatArray
from transport_sim.results.accounting import LOADS, carbon, route_rates
from transport_sim.tables import Parameters
from transport_sim.units import KG_PER_T

if TYPE_CHECKING:
    from transport_sim.run import Prepared

T = TypeVar("T")
TOLERANCE = 1e-5
"""Relative deviation from the calibration targets that is left."""

KNOTS = np.array([-0.16, -0.08, 0.0, 0.08, 0.16])
"""Logarithms of the haul scale over the central one at which demand is solved; in between it is interpolated."""


@dataclass(frozen=True)
class Swings:
    """How far each uncertain parameter moves the effect of a package on annual CO2e (WTW)."""

    table: pd.DataFrame
    """Columns parameter, low, value, high, effect_low_t, effect_high_t, swing_t, confidence, source; widest first."""
    effect_t: float
    """Package less baseline at the central values. [t]"""
    silent: tuple[str, ...]
    """Parameters with a range that no stage of the expected model reads."""


def swings(baseline: "Prepared", package: "Prepared", year: int) -> Swings:
    """Set each parameter that has a range to its low and its high, and see what becomes of the package's effect.

    Parameters
    ----------
    baseline, package
        Scenarios on the same base year.
    year
        One of their years.

    Returns
    -------
    The swings, widest first.

    Raises
    ------
    DataError
        If a year cannot be calibrated with a parameter at the end of its range.
    """
    model = _ExpectedModel(baseline.base, baseline.inputs[year], package.inputs[year])
    table = baseline.base.parameter_table
    central = baseline.base.parameters
    effect_t = model.effect_t(central)
    ranged = table[table["low"] < table["high"]]
    rows, silent = [], []
    for row in ranged.to_dict("records"):
        name = str(row["parameter"])
        if not model.reads(name):
            silent.append(name)
            continue
        ends = {side: float(row[side]) for side in ("low", "high")}
        effects = {
            side: model.effect_t(replace(central, **{name: value}), name) if value != row["value"] else effect_t
            for side, value in ends.items()
        }
        swing = abs(effects["high"] - effects["low"])
        swing = max(swing, *(abs(e - effect_t) for e in effects.values()))
        rows.append(
            (
                name,
                ends["low"],
                row["value"],
                ends["high"],
                effects["low"],
                effects["high"],
                swing,
                row["confidence"],
                row["source"],
            )
        )
    names = ["parameter", "low", "value", "high", "effect_low_t", "effect_high_t", "swing_t", "confidence", "source"]
    found = pd.DataFrame(rows, columns=names).sort_values("swing_t", ascending=False, ignore_index=True)
    return Swings(found, effect_t, tuple(silent))


def expected_co2e_t(base: Inputs, inputs: Inputs) -> float:
    """Return the expected annual CO2e (WTW) of a year, calibrated on the base year. [t]."""
    model = _ExpectedModel(base, inputs, inputs)
    model.effect_t(base.parameters)
    return float(model.totals_t["baseline"])


class _Noted:
    """Parameters that note which of them are read."""

    def __init__(self, parameters: Parameters) -> None:
        self._parameters = parameters
        self.read: set[str] = set()

    def __getattr__(self, name: str) -> float:
        self.read.add(name)
        return float(getattr(self._parameters, name))


class _Fit(NamedTuple):
    """Haul scale and constants."""

    haul_scale_km: float
    shift_rail: float
    shift_water: float


class _ExpectedModel:
    """The stages from skims to emissions with their central results; use :func:`swings`."""

    def __init__(self, base: Inputs, baseline: Inputs, package: Inputs) -> None:
        self._inputs = {"base": base.at_base_year(), "baseline": baseline, "package": package}
        self._central: dict[str, Any] = {}
        self._read: dict[str, set[str]] = {}
        self._jacobian = np.zeros((3, 3))
        self._interpolated: dict[str, _Interpolated] = {}
        self.totals_t: dict[str, float] = {}

    def reads(self, parameter: str) -> bool:
        """Tell whether any stage reads a parameter."""
        return any(parameter in names for names in self._read.values())

    def effect_t(self, parameters: Parameters, changed: str = "") -> float:
        """Return package less baseline; `changed` names the parameter that is not at its central value. [t]."""
        run = _Evaluation(self._inputs, parameters, changed, self._central, self._read)
        for key in self._inputs:
            run.stage(f"skims:{key}", key, build_skims)
            run.stage(f"chains:{key}", key, lambda i, k=key: build_chains(i, run[f"skims:{k}"]), f"skims:{key}")
            run.stage(f"costs:{key}", key, lambda i, k=key: run.costs(i, k), f"skims:{key}", f"chains:{key}")
        distance = run.stage("distance", "base", lambda i: zone_distance_km(i, run["skims:base"]), "skims:base")
        for key in self._inputs:
            run.stage(f"demand:{key}", key, lambda i: freight_demand_model(i, distance), "distance")
        fit = run.stage("fit", "base", lambda i: self._fit(i, run, changed), "costs:base", "demand:base")
        for key in ("baseline", "package"):
            run.stage(f"roads:{key}", key, lambda _, k=key: run[f"skims:{k}"].road.cost, f"skims:{key}")
            run.stage(f"routes:{key}", key, lambda i, k=key: _truck_kg(i, run[f"skims:{k}"]), f"roads:{key}")
            run.stage(
                f"rates:{key}", key, lambda i, k=key: run.rates(i, k), f"skims:{key}", f"chains:{key}", f"routes:{key}"
            )
            self.totals_t[key] = float(
                run.stage(
                    f"total:{key}",
                    key,
                    lambda i, k=key: self._total_t(i, run, k, fit),
                    f"rates:{key}",
                    f"costs:{key}",
                    f"demand:{key}",
                    "fit",
                )
            )
        return self.totals_t["package"] - self.totals_t["baseline"]

    def _total_t(self, inputs: Inputs, run: "_Evaluation", key: str, fit: _Fit) -> float:
        demand = self._demand(run, key, fit.haul_scale_km)
        share = chain_shares(demand, utilities(inputs, run[f"costs:{key}"], fit.shift_rail, fit.shift_water))
        rates = run[f"rates:{key}"][:, demand.commodity, demand.origin, demand.destination]
        return float((share * rates).sum(axis=0) @ demand.tonnes_t) / KG_PER_T

    def _demand(self, run: "_Evaluation", key: str, haul_scale_km: float) -> Demand:
        """Return demand at a haul scale: interpolated where the demand model is the central one, else solved."""
        model = run[f"demand:{key}"]
        if f"demand:{key}" in run.fresh or "fit" not in self._central:
            return cast("FreightDemandModel", model).demand(haul_scale_km)
        if key not in self._interpolated:
            same = (
                key == "package" and _same(model, self._central["demand:baseline"]) and "baseline" in self._interpolated
            )
            self._interpolated[key] = (
                self._interpolated["baseline"] if same else _Interpolated(model, self._central["fit"].haul_scale_km)
            )
        return self._interpolated[key].demand(haul_scale_km)

    def _fit(self, inputs: Inputs, run: "_Evaluation", changed: str) -> _Fit:
        """Calibrate: from scratch at the central values, else by Newton's method from the central solution."""
        costs, distance = run["costs:base"], run["distance"]

        def residual(x: FloatArray) -> FloatArray:
            return _residual(inputs, costs, distance, self._demand(run, "base", float(np.exp(x[0]))), x)

        if not changed:
            found = calibrate(inputs)
            fit = _Fit(found.haul_scale_km, found.shift_rail, found.shift_water)
            x = np.array([np.log(fit.haul_scale_km), *fit[1:]])
            step = np.array([0.01, 0.01, 0.01])
            at = residual(x)
            self._jacobian = np.stack([(residual(x + step * e) - at) / 0.01 for e in np.eye(3)], axis=1)
            return fit
        central = self._central["fit"]
        x = np.array([np.log(central.haul_scale_km), *central[1:]])
        jacobian, at = self._jacobian.copy(), residual(x)
        for _ in range(30):
            if np.abs(at).max() < TOLERANCE:
                return _Fit(float(np.exp(x[0])), float(x[1]), float(x[2]))
            step = np.clip(-np.linalg.solve(jacobian, at), -1.0, 1.0)
            x, before = x + step, at
            at = residual(x)
            # Broyden: correct the slopes by what this step has shown
            jacobian += np.outer(at - before - jacobian @ step, step) / (step @ step)
        raise DataError(f"sensitivity: the calibration did not settle with another {changed}")


class _Evaluation:
    """One pass through the stages: what must be run again, and the results."""

    def __init__(
        self,
        inputs: dict[str, Inputs],
        parameters: Parameters,
        changed: str,
        central: dict[str, Any],
        read: dict[str, set[str]],
    ) -> None:
        self._inputs, self._parameters, self._changed = inputs, parameters, changed
        self._central, self._read = central, read
        self._results: dict[str, Any] = {}
        self.fresh: set[str] = set()
        """Stages whose result is not the central one."""

    def __getitem__(self, stage: str) -> Any:  # noqa: ANN401 - the stages differ in what they return
        return self._results[stage] if stage in self._results else self._central[stage]

    def stage(self, name: str, key: str, compute: Callable[[Inputs], T], *after: str) -> T:
        """Run a stage if it reads the changed parameter or comes after one that did; else return its central result."""
        if self._changed and self._changed not in self._read[name] and not self.fresh.intersection(after):
            return cast("T", self._central[name])
        noted = _Noted(self._parameters)
        result = compute(replace(self._inputs[key], parameters=cast("Parameters", noted)))
        self._read.setdefault(name, set()).update(noted.read)
        if not self._changed:
            self._central[name] = result
        elif _same(result, self._central[name]):
            return cast("T", self._central[name])
        else:
            self.fresh.add(name)
            self._results[name] = result
        return result

    def costs(self, inputs: Inputs, key: str) -> ChainCosts:
        """Return the cost of the chains."""
        return chain_costs(inputs, self[f"skims:{key}"], self[f"chains:{key}"])

    def rates(self, inputs: Inputs, key: str) -> FloatArray:
        """Return CO2e per tonne of every chain."""
        return chain_co2e_kg_per_t(inputs, self[f"skims:{key}"], self[f"chains:{key}"], self[f"routes:{key}"])


def _same(one: object, other: object) -> bool:
    """Tell whether two results of a stage are the same arrays."""
    if isinstance(one, np.ndarray):
        return np.array_equal(one, cast("FloatArray", other))
    if isinstance(one, tuple):
        return all(_same(a, b) for a, b in zip(one, cast("tuple[object, ...]", other), strict=True))
    if isinstance(one, ChainSet | Leg | ChainCosts | FreightDemandModel | Demand):
        return all(_same(getattr(one, f.name), getattr(other, f.name)) for f in fields(one))
    return one is other or (isinstance(one, str | float) and one == other)


class _Interpolated:
    """Demand as a smooth function of the haul scale, through exact solutions around the central one."""

    def __init__(self, model: FreightDemandModel, haul_scale_km: float) -> None:
        self._model, self._central_km = model, haul_scale_km
        solved = [model.demand(haul_scale_km * float(np.exp(k))) for k in KNOTS]
        self._demand = solved[len(KNOTS) // 2]
        sizes = {len(d.tonnes_t) for d in solved}
        self._log_t = np.log(np.stack([d.tonnes_t for d in solved])) if len(sizes) == 1 else None

    def demand(self, haul_scale_km: float) -> Demand:
        """Return the flows; solved, not interpolated, outside the knots."""
        at = float(np.log(haul_scale_km / self._central_km))
        if self._log_t is None or not KNOTS[0] <= at <= KNOTS[-1]:
            return self._model.demand(haul_scale_km)
        others = KNOTS[:, None] - KNOTS + np.eye(len(KNOTS))
        weight = np.where(np.eye(len(KNOTS), dtype=bool), 1.0, (at - KNOTS) / others).prod(axis=1)
        return replace(self._demand, tonnes_t=np.exp(weight @ self._log_t))


def _residual(inputs: Inputs, costs: ChainCosts, distance: FloatArray, demand: Demand, x: FloatArray) -> FloatArray:
    """Return the logarithms of model over target: mean road haul, rail tonnes, water tonnes."""
    p = inputs.parameters
    share = chain_shares(demand, utilities(inputs, costs, float(x[1]), float(x[2])))
    tonnes = mode_tonnes(demand, share)
    road_t = share[ROAD] * demand.tonnes_t
    used = road_t > 0
    haul_km = float(road_t[used] @ distance[demand.origin, demand.destination][used] / road_t.sum())
    return np.log(
        [haul_km / p.target_road_haul_km, tonnes["rail"] / p.target_rail_t, tonnes["waterway"] / p.target_water_t]
    )


def _truck_kg(inputs: Inputs, skims: Skims) -> FloatArray:
    """Return CO2e of a truck's fuel on each route, shape (routes + 1, classes, loads); the last row is 1 km outside. [kg]."""
    diesel = fuel_kg(inputs.factors, route_rates(inputs, skims).energy_mj)
    return np.asarray(carbon(inputs, diesel_kg=diesel)["co2e_wtw_kg"])


def chain_co2e_kg_per_t(inputs: Inputs, skims: Skims, chains: tuple[ChainSet, ...], truck_kg: FloatArray) -> FloatArray:
    """Calculate the expected CO2e (WTW) of a tonne on every chain, by the formulas of the accounting.

    Trains are full, trucks loaded as the consignment's lot asks; both return empty with their shares.

    Parameters
    ----------
    inputs, skims, chains
        Of the year.
    truck_kg
        CO2e of one truck's fuel by route, class and load. [kg]

    Returns
    -------
    Shape (chains, commodities, zones, zones); zero where a chain is not possible. [kg/t]
    """
    general = (inputs.commodities["choice_group"] == "general").to_numpy()[:, None, None]
    handled = float(np.asarray(carbon(inputs, diesel_kg=handling_fuel_kg(inputs.factors, 1.0))["co2e_wtw_kg"]))
    road = _RoadRates(inputs, skims, truck_kg)
    outside = road.per_t(None)
    found = []
    for chain in chains:
        outer = general & (chain.gateway_ends > 0)
        legs_count = sum((leg.start >= 0).astype(float) for leg in chain.legs) + outer
        total = handled * np.maximum(legs_count - 1.0, 0.0) + np.where(outer, outside, 0.0)
        for leg in chain.legs:
            per_t = {
                "road": road.per_t,
                "rail": lambda at: _train(inputs, skims, at),
                "waterway": lambda at: _vessel(inputs, skims, at),
            }[leg.mode](leg)
            total = total + np.where(leg.start >= 0, per_t, 0.0)
        found.append(np.where(chain.feasible, total, 0.0))
    return np.stack(found)


class _RoadRates:
    """CO2e of a tonne on road legs, by commodity."""

    def __init__(self, inputs: Inputs, skims: Skims, truck_kg: FloatArray) -> None:
        self._inputs, self._skims, self._truck_kg = inputs, skims, truck_kg
        self._routes = skims.road_km.shape[0]
        self._gas = [float(road_ch4_n2o_co2e_kg(inputs.factors, c, 1.0)) for c in TRUCK_CLASSES]

    def per_t(self, leg: Leg | None) -> FloatArray:
        """Return kg per tonne, shape (commodities, zones, zones); of the last mile outside the map without a leg."""
        if leg is None:
            km = np.full((1, 1), self._inputs.parameters.terminal_access_km)
            out, stretch = np.full((1, 1), self._truck_kg.shape[0] - 1), km
            return self._mixed((out, stretch), (out, stretch), km)
        inside = np.where(leg.start >= 0, self._skims.road_km[leg.start, leg.end], 0.0)
        back = np.where(leg.start >= 0, self._skims.road_km[leg.end, leg.start], 0.0)
        ways = [
            (
                a * self._routes + b,
                1.0 + np.divide(leg.beyond_km, km, out=np.zeros_like(km), where=(km > 0) & np.isfinite(km)),
            )
            for a, b, km in ((leg.start, leg.end, inside), (leg.end, leg.start, back))
        ]
        ways = [(np.where(leg.start >= 0, route, 0), stretch) for route, stretch in ways]
        km = np.where(np.isfinite(inside), inside, 0.0) + leg.beyond_km
        return self._mixed(ways[0], ways[1], km)

    def _mixed(self, out: tuple[Any, FloatArray], back: tuple[Any, FloatArray], km: FloatArray) -> FloatArray:
        """Mix the truck classes of each commodity, with the share that returns empty."""
        goods, p, factors = self._inputs.commodities, self._inputs.parameters, self._inputs.factors
        lot_t = goods["road_lot_t"].to_numpy(float)
        total = np.zeros((len(goods), *km.shape))
        for c, name in enumerate(TRUCK_CLASSES):
            share = goods[f"{name}_share"].to_numpy(float)
            capacity_t = factors.value("truck_classes", quantity="payload_t", vehicle_class=name)
            # as many trucks as `draw_shipments` gives the consignment
            trucks = np.maximum(np.ceil(lot_t / capacity_t), np.round(lot_t / (capacity_t * p.truck_load_ratio)))
            load = np.minimum(lot_t / trucks / capacity_t, 1.0)
            empty = p.empty_return_share_truck * back[1] * self._truck_kg[back[0], c, 0]
            gas = self._gas[c] * (1.0 + p.empty_return_share_truck) * km
            table = self._truck_kg[out[0], c]
            for g in np.flatnonzero(share > 0.0):
                lower = min(int(np.searchsorted(LOADS, load[g], side="right")) - 1, len(LOADS) - 2)
                weight = (load[g] - LOADS[lower]) / (LOADS[lower + 1] - LOADS[lower])
                full = out[1] * (table[..., lower] * (1.0 - weight) + table[..., lower + 1] * weight)
                total[g] += share[g] * trucks[g] / lot_t[g] * (full + empty + gas)
        return total


def _train(inputs: Inputs, skims: Skims, leg: Leg) -> FloatArray:
    """Return CO2e of a tonne on a full train and of its share of empty wagons, shape (zones, zones). [kg/t]."""
    factors = inputs.factors
    net_t, tare_t = (factors.value("rail", quantity=f"wagon_{q}_t", traction="all") for q in ("net", "tare"))
    gross_t = float(train_gross_t(1.0, wagon_net_t=net_t, wagon_tare_t=tare_t))
    gross_t += inputs.parameters.empty_return_share_train * tare_t / net_t
    on_map = np.where(np.isfinite(skims.rail_km[leg.start, leg.end]), skims.rail_km[leg.start, leg.end], 0.0)
    wire = np.minimum(np.nan_to_num(skims.rail_electric_km[leg.start, leg.end], posinf=0.0), on_map)
    found = carbon(
        inputs,
        diesel_kg=traction_diesel_kg(factors, gross_t * (on_map - wire)),
        electricity_kwh=traction_electricity_kwh(factors, gross_t * (wire + leg.beyond_km)),
    )
    return np.asarray(found["co2e_wtw_kg"])


def _vessel(inputs: Inputs, skims: Skims, leg: Leg) -> FloatArray:
    """Return CO2e of a tonne on the vessels of the waterway's class, shape (zones, zones). [kg/t]."""
    payload = np.where(np.isfinite(skims.water_km), skims.vessel_payload_t, 0.0)
    intensity = np.zeros_like(payload)
    for payload_t in np.unique(payload[payload > 0.0]):
        name = vessel_class_for(inputs.factors, float(payload_t))
        diesel = vessel_fuel_kg(inputs.factors, 1.0, name, energy_carrier="diesel")
        intensity[payload == payload_t] = float(np.asarray(carbon(inputs, diesel_kg=diesel)["co2e_wtw_kg"]))
    km = skims.water_km[leg.start, leg.end] + leg.beyond_km
    return np.asarray(intensity[leg.start, leg.end] * np.where(np.isfinite(km), km, 0.0))
