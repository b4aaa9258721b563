"""Karpov's correction: the speed at which a ship makes waves in shallow water."""

import numpy as np
from numpy.typing import ArrayLike

from transport_sim.energy.arguments import FloatArray, checked
from transport_sim.energy.hull_form import positive
from transport_sim.factors.model import Factors
from transport_sim.units import STANDARD_GRAVITY_M_PER_S2

MAX_DEPTH_FROUDE = 0.9
"""Last depth Froude number of `karpov.csv`. At 1 the waves run as fast as the ship."""


def karpov_speed_m_per_s(
    factors: Factors, speed_m_per_s: ArrayLike, *, depth_m: ArrayLike, draught_m: ArrayLike
) -> FloatArray:
    """Calculate the speed in deep water at which a ship makes the same waves as in shallow water.

    V_2 = V / alpha; alpha is linear between the rows of `karpov.csv` in depth over draught and in the depth Froude
    number V / sqrt(g h). Outside the rows the nearest depth holds.

    Parameters
    ----------
    factors
        The factor tables.
    speed_m_per_s
        Speed through the water, scalar or array, at most 0.9 sqrt(g h). [m/s]
    depth_m, draught_m
        Water and ship, broadcast, more than 0. [m]

    Returns
    -------
    Speed, not less than that in shallow water, of the broadcast shape. [m/s]

    Raises
    ------
    FactorError
        A depth Froude number above 0.9, a missing or negative number.

    References
    ----------
    .. [1] Karpov 1946 in Van Terwisga, "Weerstand en voortstuwing van bakken", MARIN, 1989.
    .. [2] Segers, "Mapping inland shipping emissions in time and space", TU Delft, 2021 (curves as polynomials).
    """
    speed = checked("speed_m_per_s", speed_m_per_s)
    depth, draught = positive("depth_m", depth_m), positive("draught_m", draught_m)
    froude = checked(
        "speed_m_per_s over sqrt(g depth_m)",
        speed / np.sqrt(STANDARD_GRAVITY_M_PER_S2 * depth),
        high=MAX_DEPTH_FROUDE,
    )
    ratios, froudes, table = factors.compiled("karpov_alpha", _alpha_table)
    ratio = np.clip(depth / draught, ratios[0], ratios[-1])
    ratio, froude = np.broadcast_arrays(ratio, froude)
    i = np.clip(np.searchsorted(ratios, ratio, side="right") - 1, 0, len(ratios) - 2)
    j = np.clip(np.searchsorted(froudes, froude, side="right") - 1, 0, len(froudes) - 2)
    x = (ratio - ratios[i]) / (ratios[i + 1] - ratios[i])
    y = (froude - froudes[j]) / (froudes[j + 1] - froudes[j])
    low = table[i, j] * (1.0 - y) + table[i, j + 1] * y
    high = table[i + 1, j] * (1.0 - y) + table[i + 1, j + 1] * y
    return np.asarray(speed / (low * (1.0 - x) + high * x))


def _alpha_table(factors: Factors) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the depths over draught, the depth Froude numbers and alpha at each pair."""
    points = {
        (float(row.keys["depth_per_draught_ratio"]), float(row.keys["depth_froude_ratio"])): row.numbers["value"]
        for row in factors.rows("karpov", quantity="karpov_alpha_ratio")
    }
    ratios = np.array(sorted({ratio for ratio, _ in points}))
    froudes = np.array(sorted({froude for _, froude in points}))
    return ratios, froudes, np.array([[points[r, f] for f in froudes] for r in ratios])
