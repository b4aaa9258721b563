"""Estimation of the choice model: constants and scale from what is observed, with standard errors."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.optimize import least_squares

from transport_sim.choice.calibration import calibrate, chain_shares
from transport_sim.choice.chains import ROAD
from transport_sim.choice.elasticities import ENDS, PriceModel, scaled_price, slope
from transport_sim.choice.freight_mode import MODES, ChainCosts, utilities
from transport_sim.demand.freight import Demand
from transport_sim.errors import DataError
from transport_sim.inputs import Inputs
from transport_sim.randomness import FloatArray

NAMES = (
    "haul_scale_km",
    "asc_rail_bulk",
    "asc_rail_general",
    "asc_water_bulk",
    "asc_water_general",
    "logit_scale_ratio",
)
"""What is estimated; the last multiplies `logit_scale_bulk` and `logit_scale_general`."""
DIFFERENCE_ERROR = 1.0
"""Standard error of the difference between the constants of bulk and general cargo, which is all that is taken from
the Nodus project about them: assumed. [-]"""
SCALE_ERROR = 0.16
"""Standard error of the logarithm of the scale, from the range of `logit_scale_bulk` in Dazhou's parameters.csv. [-]"""
EXACT = 1e-3
"""Relative standard error of a target of the parameters table where no table of targets is given. [-]"""


@dataclass(frozen=True)
class Moments:
    """The solution of a problem of moments."""

    x: FloatArray
    standard_errors: FloatArray
    objective: float
    """Sum of squares of (model - observed) / standard error: chi-square with as many degrees as observations less
    parameters. [-]"""


def match_moments(
    model: Callable[[FloatArray], FloatArray],
    observed: FloatArray,
    standard_errors: FloatArray,
    start: FloatArray,
) -> Moments:
    """Find the parameters at which a model gives what is observed, weighted by how sure it is.

    Parameters
    ----------
    model
        Maps parameters, shape (parameters,), to what is observed, shape (observations,).
    observed, standard_errors
        Independent observations, as many as parameters or more, in the model's units; beliefs from elsewhere about the
        parameters are observations, too.
    start
        First guess of the parameters.

    Returns
    -------
    The estimate; its standard errors are those of the method of moments with the optimal weights, (J' W J)^-1.

    Raises
    ------
    DataError
        If there are fewer observations than parameters, or the observations do not tell all parameters apart.

    References
    ----------
    .. [1] Hansen, "Large sample properties of generalized method of moments estimators", Econometrica 50, 1982.
    """
    if len(observed) < len(start):
        raise DataError(f"estimation: {len(observed)} observations cannot tell {len(start)} parameters")
    found = least_squares(
        lambda x: (model(x) - observed) / standard_errors, start, diff_step=1e-5, x_scale="jac", xtol=1e-9, ftol=1e-10
    )
    information = found.jac.T @ found.jac
    if not np.isfinite(found.fun).all() or np.linalg.cond(information) > 1e14:
        raise DataError("estimation: the observations do not tell all parameters apart")
    errors = np.sqrt(np.diag(np.linalg.inv(information)))
    return Moments(found.x, errors, float(2.0 * found.cost))


@dataclass(frozen=True)
class Estimate:
    """Constants and scale of a region with their fit."""

    parameters: dict[str, float]
    """Values for a scenario's `parameters`."""
    table: pd.DataFrame
    """Columns parameter, value, standard_error, start."""
    fit: pd.DataFrame
    """Columns quantity, mode, choice_group, observed, standard_error, model, deviation_ratio, source."""
    objective: float
    degrees_count: int


class ChoiceMoments:
    """What the choice model gives for each target at any parameters."""

    def __init__(self, base: Inputs, targets: pd.DataFrame) -> None:
        self._model, self._targets = PriceModel(base), targets
        self._base = self._model.base
        self._costs: dict[tuple[float, str, float], ChainCosts] = {}
        self._general = (self._base.commodities["choice_group"] == "general").to_numpy()

    def inputs(self, values: FloatArray) -> Inputs:
        """Return the inputs with estimated parameters, in the order of `NAMES`."""
        p = self._base.parameters
        constants = dict(zip(NAMES[1:-1], values[1:-1].tolist(), strict=True))
        scales = {n: getattr(p, n) * float(np.exp(values[-1])) for n in ("logit_scale_bulk", "logit_scale_general")}
        return replace(self._base, parameters=replace(p, **constants, **scales))

    def demand(self, values: FloatArray) -> Demand:
        """Return the flows at an estimated haul scale."""
        return self._model.demand_model.demand(float(np.exp(values[0])))

    def __call__(self, values: FloatArray) -> FloatArray:
        """Return the model's value of every target; `values` are as `NAMES`, haul scale and scale as logarithms."""
        inputs, demand = self.inputs(values), self.demand(values)
        return self._values(demand, self._shares(inputs, demand), inputs)

    def _values(self, demand: Demand, share: FloatArray, inputs: Inputs | None) -> FloatArray:
        """Return every target of flows and shares; elasticities need inputs whose prices can change."""
        found = []
        for quantity, mode, group in self._targets[["quantity", "mode", "choice_group"]].itertuples(index=False):
            if quantity == "price_elasticity" and inputs is not None:
                ends = [self._shares(inputs, demand, mode, ratio) for ratio in ENDS]
                low, high = (self._model.amounts(demand, end)["tkm", mode] for end in ends)
                found.append(slope(low, high))
                continue
            meant = np.ones(len(demand.commodity), dtype=bool)
            if group:
                meant = self._general[demand.commodity] == (group == "general")
            part = self._part(demand, share, meant)
            tonnes = self._model.amounts(*part)["tonnes", mode]
            found.append(tonnes if quantity == "tonnes" else self._haul_km(*part, mode))
        return np.array(found)

    def sampled(self, values: FloatArray, count: int, *, seed: int) -> FloatArray:
        """Return the targets as a sample of choices shows them, for trying the estimation out.

        Parameters
        ----------
        values
            True parameters, as for a call.
        count
            Consignments in the sample, in proportion to the flows; each stands for the same tonnes. [-]
        seed
            Of the draws.
        """
        demand = self.demand(values)
        draws = np.random.default_rng(seed)
        flow_count = draws.multinomial(count, demand.tonnes_t / demand.tonnes_t.sum())
        share = self._shares(self.inputs(values), demand)
        chosen = np.stack([draws.multinomial(n, p / p.sum()) for n, p in zip(flow_count, share.T, strict=True)], axis=1)
        each_t = demand.tonnes_t.sum() / count
        seen = replace(demand, tonnes_t=flow_count * each_t)
        return self._values(seen, np.divide(chosen, flow_count, out=np.zeros(share.shape), where=flow_count > 0), None)

    def _shares(self, inputs: Inputs, demand: Demand, mode: str = "road", ratio: float = 1.0) -> FloatArray:
        """Return the expected shares with the price of a mode multiplied, shape (chains, flows). [-]."""
        # of all that is estimated only the scale acts on costs, by the sizes
        key = inputs.parameters.logit_scale_bulk, mode, ratio
        if key not in self._costs:
            self._costs[key] = self._model.costs(scaled_price(inputs, mode, ratio))
        return chain_shares(demand, utilities(inputs, self._costs[key], 0.0, 0.0))

    @staticmethod
    def _part(demand: Demand, share: FloatArray, meant: FloatArray) -> tuple[Demand, FloatArray]:
        return replace(demand, **{n: getattr(demand, n)[meant] for n in Demand.__slots__}), share[:, meant]

    def _haul_km(self, demand: Demand, share: FloatArray, mode: str) -> float:
        """Return the mean distance on a mode: of goods that go by road all the way, or of all on trains or vessels."""
        at = demand.origin, demand.destination
        km = self._model.km[MODES.index(mode)][(slice(None), *at)]
        moved = share * demand.tonnes_t
        used = np.zeros(len(moved), dtype=bool)
        used[ROAD] = True
        on_mode = (km > 0) & (used[:, None] | (mode != "road"))
        return float((moved * km)[on_mode].sum() / max(moved[on_mode].sum(), 1e-9))


def calibration_targets(base: Inputs) -> pd.DataFrame:
    """Return what is observed: the table `calibration_targets`, or the targets among the parameters."""
    table = base.operations["calibration_targets"]
    if len(table):
        return table
    p = base.parameters
    rows = [
        ("tonnes", "rail", p.target_rail_t),
        ("tonnes", "waterway", p.target_water_t),
        ("mean_haul_km", "road", p.target_road_haul_km),
    ]
    frame = pd.DataFrame(rows, columns=["quantity", "mode", "value"])
    return frame.assign(choice_group="", standard_error=frame["value"] * EXACT, source="parameters.csv", note="")


def estimate(base: Inputs) -> Estimate:
    """Estimate haul scale, constants and scale of the choice from the targets of the base year.

    The differences between the constants of bulk and general cargo, and the scale, are believed to be those of the
    parameters table, within errors; the level of the constants and the haul scale come from the targets alone.

    Raises
    ------
    DataError
        If the targets cannot be met or do not tell the parameters apart.
    """
    fitted, p = calibrate(base), base.parameters
    if not np.isfinite([fitted.shift_rail, fitted.shift_water]).all():
        raise DataError("estimation: a mode with a target of 0 t has no constant that could be estimated")
    targets = calibration_targets(base)
    model = ChoiceMoments(base, targets)
    start = np.array(
        [
            np.log(fitted.haul_scale_km),
            p.asc_rail_bulk + fitted.shift_rail,
            p.asc_rail_general + fitted.shift_rail,
            p.asc_water_bulk + fitted.shift_water,
            p.asc_water_general + fitted.shift_water,
            0.0,
        ]
    )
    believed = np.array([p.asc_rail_general - p.asc_rail_bulk, p.asc_water_general - p.asc_water_bulk, 0.0])

    def everything(x: FloatArray) -> FloatArray:
        return np.concatenate([model(x), [x[2] - x[1], x[4] - x[3], x[5]]])

    found = match_moments(
        everything,
        np.concatenate([targets["value"].to_numpy(float), believed]),
        np.concatenate([targets["standard_error"].to_numpy(float), [DIFFERENCE_ERROR, DIFFERENCE_ERROR, SCALE_ERROR]]),
        start,
    )
    return _described(model, targets, start, found)


def _described(model: ChoiceMoments, targets: pd.DataFrame, start: FloatArray, found: Moments) -> Estimate:
    """Write an estimate down, the logarithms turned back."""
    ratio = np.array([np.exp(found.x[0]), 1.0, 1.0, 1.0, 1.0, np.exp(found.x[-1])])
    level = np.array([True, False, False, False, False, True])
    table = pd.DataFrame(
        {
            "parameter": NAMES,
            "value": np.where(level, ratio, found.x),
            "standard_error": found.standard_errors * np.where(level, ratio, 1.0),
            "start": np.where(level, np.exp(start), start),
        }
    )
    values = model(found.x)
    fit = targets[["quantity", "mode", "choice_group", "value", "standard_error", "source"]].rename(
        columns={"value": "observed"}
    )
    fit = fit.assign(model=values, deviation_ratio=values / fit["observed"].to_numpy() - 1.0)
    inputs = model.inputs(found.x)
    names = [*NAMES[1:-1], "logit_scale_bulk", "logit_scale_general"]
    parameters = {name: round(float(getattr(inputs.parameters, name)), 6) for name in names}
    return Estimate(parameters, table, fit.reset_index(drop=True), found.objective, len(targets) + 3 - len(NAMES))
