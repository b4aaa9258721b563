"""Which uncertain parameters move a package's effect: one at a time, in the model's expected values.

Nothing is simulated. Every stage is first run at the central values with parameters that note who reads them; for a
low or high value only the stages that read the parameter, and those after them, are run again. The calibration is
solved anew from the central solution. What queues and the chance of the week add is not in it.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

import numpy as np
import pandas as pd

from transport_sim.choice.calibration import calibrate, chain_shares, mode_tonnes
from transport_sim.choice.chains import ROAD, ChainSet, Leg, build_skims
from transport_sim.choice.freight_mode import ChainCosts, chain_costs, utilities
from transport_sim.choice.limits import settle
from transport_sim.choice.supernetwork import build_chains, zone_distance_km
from transport_sim.demand.freight import Demand, FreightDemandModel, freight_demand_model
from transport_sim.errors import DataError
from transport_sim.inputs import Inputs
from transport_sim.randomness import FloatArray
from transport_sim.results.expected import chain_co2e_kg_per_t, truck_co2e_kg
from transport_sim.tables.freight import PARAMETER_NAMES, Parameters
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

    def __init__(self, parameters: Parameters, ratios: dict[str, float]) -> None:
        self._parameters, self._ratios = parameters, ratios
        self.read: set[str] = set()

    def __getattr__(self, name: str) -> float:
        self.read.add(name)
        return float(getattr(self._parameters, name)) * self._ratios.get(name, 1.0)


def _edited(base: Inputs, inputs: Inputs) -> dict[str, float]:
    """Return the ratio by which policies have multiplied parameters."""
    both = ((name, getattr(base.parameters, name), getattr(inputs.parameters, name)) for name in PARAMETER_NAMES)
    return {name: after / before for name, before, after in both if after != before}


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
            run.stage(f"chains:{key}", key, partial(run.chains, key), f"skims:{key}")
            run.stage(f"costs:{key}", key, partial(run.costs, key), f"skims:{key}", f"chains:{key}")
        distance = run.stage("distance", "base", run.distance_km, "skims:base")
        for key in self._inputs:
            run.stage(f"demand:{key}", key, partial(freight_demand_model, distance_km=distance), "distance")
        fit = run.stage("fit", "base", partial(self._fit, run, changed), "costs:base", "demand:base")
        for key in ("baseline", "package"):
            run.stage(f"roads:{key}", key, partial(run.road_h, key), f"skims:{key}")
            run.stage(f"trucks:{key}", key, partial(run.trucks, key), f"roads:{key}")
            run.stage(f"rates:{key}", key, partial(run.rates, key), f"skims:{key}", f"chains:{key}", f"trucks:{key}")
            before = f"rates:{key}", f"costs:{key}", f"demand:{key}", "fit"
            self.totals_t[key] = run.stage(f"total:{key}", key, partial(self._total_t, run, key, fit), *before)
        return self.totals_t["package"] - self.totals_t["baseline"]

    def _total_t(self, run: "_Evaluation", key: str, fit: _Fit, inputs: Inputs) -> float:
        demand = self._demand(run, key, fit.haul_scale_km)

        def shares(costs: ChainCosts) -> FloatArray:
            return chain_shares(demand, utilities(inputs, costs, fit.shift_rail, fit.shift_water))

        skims, chains, costs = (run[f"{stage}:{key}"] for stage in ("skims", "chains", "costs"))
        share = shares(settle(inputs, skims, chains, demand, costs=costs, shares=shares).costs)
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

    def _fit(self, run: "_Evaluation", changed: str, inputs: Inputs) -> _Fit:
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
        noted = _Noted(self._parameters, _edited(self._inputs["base"], self._inputs[key]))
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

    def chains(self, key: str, inputs: Inputs) -> tuple[ChainSet, ...]:
        """Return the chains."""
        return build_chains(inputs, self[f"skims:{key}"])

    def costs(self, key: str, inputs: Inputs) -> ChainCosts:
        """Return the cost of the chains."""
        return chain_costs(inputs, self[f"skims:{key}"], self[f"chains:{key}"])

    def distance_km(self, inputs: Inputs) -> FloatArray:
        """Return the distances of the base year, on which demand rests."""
        return zone_distance_km(inputs, self["skims:base"])

    def road_h(self, key: str, _: Inputs) -> FloatArray:
        """Return the driving times, which tell whether the routes are still the same."""
        return np.asarray(self[f"skims:{key}"].road_h)

    def trucks(self, key: str, inputs: Inputs) -> FloatArray:
        """Return CO2e of trucks by route."""
        return truck_co2e_kg(inputs, self[f"skims:{key}"])

    def rates(self, key: str, inputs: Inputs) -> FloatArray:
        """Return CO2e per tonne of every chain."""
        return chain_co2e_kg_per_t(inputs, self[f"skims:{key}"], self[f"chains:{key}"], self[f"trucks:{key}"])


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
    tonnes = mode_tonnes(demand, share, costs.kind)
    road_t = share[ROAD] * demand.tonnes_t
    used = road_t > 0
    haul_km = float(road_t[used] @ distance[demand.origin, demand.destination][used] / road_t.sum())
    return np.log(
        [haul_km / p.target_road_haul_km, tonnes["rail"] / p.target_rail_t, tonnes["waterway"] / p.target_water_t]
    )
