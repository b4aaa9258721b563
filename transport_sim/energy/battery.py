"""Charging of batteries: how much power a battery takes at which state of charge."""

import math
from dataclasses import dataclass

from transport_sim.charge import Pieces, PieceTable
from transport_sim.errors import FactorError
from transport_sim.factors.model import Factors

STEP_SOC = 0.02
"""Width of the steps in which the falling end of the curve is taken: within one the power is that at its upper end."""


@dataclass(frozen=True, slots=True)
class ChargingCurve:
    """Largest charging power of a battery, relative to its capacity, in steps of state of charge."""

    edges_soc: tuple[float, ...]
    """Ascending from 0 to 1, one more than the steps. [-]"""
    rate_per_h: tuple[float, ...]
    """Power over capacity within each step, positive. [1/h]"""

    def __post_init__(self) -> None:
        """Refuse a curve with gaps, or one by which a battery would never be full."""
        ascending = all(a < b for a, b in zip(self.edges_soc, self.edges_soc[1:], strict=False))
        if len(self.edges_soc) != len(self.rate_per_h) + 1 or not ascending or not self.rate_per_h:
            raise FactorError("a charging curve needs ascending states of charge, one more than rates")
        if (self.edges_soc[0], self.edges_soc[-1]) != (0.0, 1.0):
            raise FactorError("a charging curve goes from state of charge 0 to 1")
        if not all(math.isfinite(rate) and rate > 0.0 for rate in self.rate_per_h):
            raise FactorError("the rates of a charging curve must be positive")


def charging_curve(factors: Factors, *, largest_rate_per_h: float) -> ChargingCurve:
    """Return the usual shape: constant power up to a knee, then falling evenly to a rest at full charge.

    Parameters
    ----------
    factors
        The factor tables; `road_technologies.csv` has knee and rest.
    largest_rate_per_h
        Power over capacity below the knee, which the type of the battery sets. [1/h]

    Returns
    -------
    The curve, never above the straight lines it stands for.

    Raises
    ------
    FactorError
        A rate that is not positive.
    """
    knee, rest = (
        factors.value("road_technologies", quantity=quantity, technology="battery_electric")
        for quantity in ("charge_knee_soc", "charge_rest_ratio")
    )
    steps = max(round((1.0 - knee) / STEP_SOC), 1)
    edges = [knee + (1.0 - knee) * n / steps for n in range(steps)]
    falling = [1.0 - (1.0 - rest) * (n + 1) / steps for n in range(steps)]
    rates = tuple(largest_rate_per_h * share for share in (1.0, *falling))
    return ChargingCurve((0.0, *edges, 1.0), rates)


def charge_pieces(curve: ChargingCurve, *, capacity_kwh: float, soc: float, target_soc: float) -> Pieces:
    """Divide a charge into pieces within which the battery takes constant power.

    Parameters
    ----------
    curve
        Of the battery.
    capacity_kwh
        Usable capacity, positive. [kWh]
    soc, target_soc
        State of charge before and after, 0 to 1; a target below the present state charges nothing. [-]

    Returns
    -------
    Energy at the battery [kWh] and the largest power there [kW] of each piece, in order.

    Raises
    ------
    FactorError
        A state of charge outside of 0 to 1, or a capacity that is not positive.
    """
    if not (0.0 <= soc <= 1.0 and 0.0 <= target_soc <= 1.0 and capacity_kwh > 0.0):
        raise FactorError(
            f"cannot charge {capacity_kwh:g} kWh from {soc:g} to {target_soc:g}: the capacity must be positive, the "
            "states of charge from 0 to 1"
        )
    return piece_table(curve, capacity_kwh=capacity_kwh).between(soc, target_soc)


def piece_table(curve: ChargingCurve, *, capacity_kwh: float) -> PieceTable:
    """Return what a battery of this capacity [kWh] takes at which state of charge, for processes."""
    return PieceTable(capacity_kwh, curve.edges_soc, tuple(rate * capacity_kwh for rate in curve.rate_per_h))
