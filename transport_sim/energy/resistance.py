"""Resistance of a ship in calm water, deep or shallow.

Deep water is Holtrop and Mennen 1982, with its symbols and in its order; the numbers in the formulas are the regression
coefficients of that paper. Shallow water enters twice, as in the energy module of OpenTNSim: the friction of the flat
bottom after Zeng et al., and the speed at which waves are made after Karpov.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from transport_sim.energy.arguments import FloatArray, checked
from transport_sim.energy.hull_form import Hull, entrance_angle_deg, form_factor, positive
from transport_sim.energy.karpov import karpov_speed_m_per_s
from transport_sim.errors import FactorError
from transport_sim.factors.model import Factors
from transport_sim.units import STANDARD_GRAVITY_M_PER_S2

MIN_DEPTH_PER_DRAUGHT = 1.05
"""Shallowest water of the friction line [3]_ of `resistance_kn`; less is a touch of the ground."""

MAX_FROUDE = 0.4
"""Above, the wave formula of Holtrop and Mennen changes; no inland vessel gets there."""

MAX_BEAM_PER_DRAUGHT = 4.0
"""Where the models of Holtrop and Mennen end. A hull that floats higher makes, over its displacement, the waves of one
at this ratio: their formula would let waves grow as the ship is unloaded."""

_REYNOLDS_FLOOR = 1e6
"""Friction lines hold for turbulent flow; a slower ship gets the coefficient of this Reynolds number."""
_STILL = 0.02
"""Below this Froude number the waves of any hull are less than the smallest float."""


class Resistance(NamedTuple):
    """The parts of a ship's resistance, arrays of one shape, in kN."""

    friction_kn: FloatArray
    """Bare hull with its form factor, R_F (1 + k_1)."""
    appendages_kn: FloatArray
    """R_APP."""
    waves_kn: FloatArray
    """R_W."""
    bulb_kn: FloatArray
    """R_B."""
    transom_kn: FloatArray
    """R_TR."""
    correlation_kn: FloatArray
    """Model to ship, R_A."""
    total_kn: FloatArray
    """The sum."""


def resistance_kn(
    factors: Factors,
    hull: Hull,
    speed_m_per_s: ArrayLike,
    *,
    depth_m: ArrayLike | None = None,
    water: str = "fresh",
) -> Resistance:
    """Calculate the resistance of a ship at a steady speed through calm water.

    Parameters
    ----------
    factors
        The factor tables: `water.csv` and, in shallow water, `karpov.csv`.
    hull
        Form of the hull.
    speed_m_per_s
        Speed through the water, scalar or array, not negative. [m/s]
    depth_m
        Depth of the water, broadcast, at least 1.05 of the draught; deep water if left out. [m]
    water
        Key of `water.csv`.

    Returns
    -------
    The parts and their sum, finite and not negative, of the broadcast shape; 0 at rest. [kN]

    Raises
    ------
    FactorError
        Water too shallow, a speed near the critical one (more than 0.9 of sqrt(g h)) or in deep water a Froude number
        above 0.4 (another wave formula holds there), a missing or negative number.

    Notes
    -----
    An empty inland vessel has a larger ratio of beam to draught than any model of [1]_; see `MAX_BEAM_PER_DRAUGHT`.
    The friction line of [3]_ steps down where the depth passes 4 draughts; the step is in the publication.

    References
    ----------
    .. [1] Holtrop, Mennen, "An approximate power prediction method", International Shipbuilding Progress 29, 1982,
       section 2 (all formulas in deep water).
    .. [2] ITTC 1957 model-ship correlation line.
    .. [3] Zeng, Thill, Hekkenberg, Rotteveel, "A modification of the ITTC57 correlation line for shallow water",
       Journal of Marine Science and Technology 24, 2019; as eq. 5.3 to 5.7 of Van Koningsveld et al. 2023, part IV.
    .. [4] Karpov's method as in `karpov_speed_m_per_s`.
    """
    speed = checked("speed_m_per_s", speed_m_per_s)
    density, viscosity = (
        factors.value("water", quantity=name, water=water) for name in ("density_kg_per_m3", "viscosity_m2_per_s")
    )
    if depth_m is None:
        friction = _ittc_1957(_reynolds(speed, hull, viscosity))
        wave_speed = speed
    else:
        depth = positive("depth_m", depth_m)
        _check_depth(depth, hull.draught_m)
        friction = _shallow_friction(speed, depth, hull, viscosity)
        wave_speed = karpov_speed_m_per_s(factors, speed, depth_m=depth, draught_m=hull.draught_m)
    froude = _froude(wave_speed, hull)
    pressure = 0.5 * density * speed**2 / 1000.0
    wave_pressure = 0.5 * density * wave_speed**2 / 1000.0
    lowered = _bulb_relief(hull)
    parts = np.broadcast_arrays(
        pressure * friction * hull.wetted_m2 * form_factor(hull),
        pressure * friction * hull.appendages_m2 * hull.appendage_factor,
        _wave_kn(hull, froude, density, lowered),
        _bulb_kn(hull, wave_speed, density),
        wave_pressure * hull.transom_m2 * _transom_number(hull, wave_speed),
        wave_pressure * hull.wetted_m2 * _correlation_number(hull, lowered),
    )
    return Resistance(*(*parts, np.sum(parts, axis=0)))


def _reynolds(speed: FloatArray, hull: Hull, viscosity: float) -> FloatArray:
    return np.maximum(speed * hull.length_m / viscosity, _REYNOLDS_FLOOR)


def _ittc_1957(reynolds: FloatArray) -> FloatArray:
    return np.asarray(0.075 / (np.log10(reynolds) - 2.0) ** 2)


def _shallow_friction(speed: FloatArray, depth: FloatArray, hull: Hull, viscosity: float) -> FloatArray:
    """Add the shallow water under the flat bottom to the friction line; Van Koningsveld et al. 2023, eq. 5.3 to 5.7."""
    reynolds = _reynolds(speed, hull, viscosity)
    log = np.log10(reynolds)
    clearance = (depth - hull.draught_m) / hull.length_m
    flat = 0.08169 / (log - 1.717) ** 2
    under = np.where(clearance > 1.0, flat, flat * (1.0 + 0.003998 / (log - 4.393) * clearance**-1.083))
    katsui = 0.0066577 / (log - 4.3762) ** (0.042612 * log + 0.56725)
    per_draught = depth / hull.draught_m
    faster = np.where(per_draught <= 4.0, 0.4277 * np.exp(per_draught**-0.07625), 1.0)
    bottom = hull.length_m * hull.beam_m / hull.wetted_m2
    return np.asarray(_ittc_1957(reynolds) + (under - katsui) * bottom * faster**2)


def _check_depth(depth: FloatArray, draught: FloatArray) -> None:
    depth, draught = np.broadcast_arrays(depth, draught)
    wrong = depth < MIN_DEPTH_PER_DRAUGHT * draught * (1.0 - 1e-12)
    if wrong.any():
        raise FactorError(
            f"depth_m must be at least {MIN_DEPTH_PER_DRAUGHT:g} of the draught; first of {wrong.sum()} wrong: "
            f"{depth[wrong][0]:g} m for a draught of {draught[wrong][0]:g} m"
        )


def _froude(wave_speed: FloatArray, hull: Hull) -> FloatArray:
    froude = wave_speed / np.sqrt(STANDARD_GRAVITY_M_PER_S2 * hull.length_m)
    return checked("speed_m_per_s over sqrt(g L)", froude, high=MAX_FROUDE)


def _bulb_relief(hull: Hull) -> FloatArray:
    """Calculate c_2, the part of the waves that a bulbous bow leaves; 1 without one."""
    clear = hull.draught_m - hull.bulb_height_m
    c3 = 0.56 * hull.bulb_m2**1.5 / (hull.beam_m * hull.draught_m * (0.31 * np.sqrt(hull.bulb_m2) + clear))
    return np.asarray(np.exp(-1.89 * np.sqrt(c3)))


def _wave_kn(hull: Hull, froude: FloatArray, density: float, c2: FloatArray) -> FloatArray:
    """Calculate R_W for Froude numbers up to 0.4, over displacement that of the deepest hull in range."""
    weight_kn = hull.displacement_m3 * density * STANDARD_GRAVITY_M_PER_S2 / 1000.0
    deeper = np.maximum(hull.beam_m / (MAX_BEAM_PER_DRAUGHT * hull.draught_m), 1.0)
    hull = hull._replace(
        draught_m=hull.draught_m * deeper,
        displacement_m3=hull.displacement_m3 * deeper,
        transom_m2=hull.transom_m2 * deeper,
    )
    cp, narrow = hull.prismatic_ratio, hull.beam_m / hull.length_m
    c7 = np.where(
        narrow < 0.11,
        0.229577 * narrow**0.33333,
        np.where(narrow > 0.25, 0.5 - 0.0625 / narrow, narrow),
    )
    c1 = (
        2223105.0
        * c7**3.78613
        * (hull.draught_m / hull.beam_m) ** 1.07961
        * (90.0 - entrance_angle_deg(hull)) ** -1.37565
    )
    c5 = 1.0 - 0.8 * hull.transom_m2 / (hull.beam_m * hull.draught_m * hull.midship_ratio)
    slender = hull.length_m / np.cbrt(hull.displacement_m3)
    c15 = np.where(slender**3 < 512.0, -1.69385, np.where(slender**3 > 1727.0, 0.0, -1.69385 + (slender - 8.0) / 2.36))
    c16 = np.where(cp < 0.8, 8.07981 * cp - 13.8673 * cp**2 + 6.984388 * cp**3, 1.73014 - 0.7067 * cp)
    m1 = 0.0140407 * hull.length_m / hull.draught_m - 1.75254 / slender - 4.79323 * narrow - c16
    lam = 1.446 * cp - np.where(1.0 / narrow < 12.0, 0.03 / narrow, 0.36)
    moving = froude > _STILL
    f = np.where(moving, froude, 1.0)
    m2 = c15 * cp**2 * np.exp(-0.1 * f**-2.0)
    waves = np.exp(m1 * f**-0.9 + m2 * np.cos(lam * f**-2.0))
    return np.asarray(np.where(moving, c1 * c2 * c5 * weight_kn * waves, 0.0))


def _bulb_kn(hull: Hull, wave_speed: FloatArray, density: float) -> FloatArray:
    """Calculate R_B; 0 without a bulb."""
    root = np.sqrt(hull.bulb_m2)
    gravity = STANDARD_GRAVITY_M_PER_S2
    depth = hull.draught_m - hull.bulb_height_m - 0.25 * root
    number = wave_speed / np.sqrt(gravity * depth + 0.15 * wave_speed**2)
    emergence = 0.56 * root / (hull.draught_m - 1.5 * hull.bulb_height_m)
    has_bulb = hull.bulb_m2 > 0.0
    rise = np.where(has_bulb, np.exp(-3.0 * np.where(has_bulb, emergence, 1.0) ** -2.0), 0.0)
    return np.asarray(0.11 * rise * number**3 * hull.bulb_m2**1.5 * density * gravity / (1.0 + number**2) / 1000.0)


def _transom_number(hull: Hull, wave_speed: FloatArray) -> FloatArray:
    """Calculate c_6, 0 where the transom runs dry (its Froude number reaches 5) or there is none."""
    has_transom = hull.transom_m2 > 0.0
    area = np.where(has_transom, hull.transom_m2, 1.0)
    width = hull.beam_m + hull.beam_m * hull.waterplane_ratio
    number = wave_speed / np.sqrt(2.0 * STANDARD_GRAVITY_M_PER_S2 * area / width)
    return np.asarray(np.where(has_transom, 0.2 * np.maximum(1.0 - 0.2 * number, 0.0), 0.0))


def _correlation_number(hull: Hull, c2: FloatArray) -> FloatArray:
    """Calculate C_A."""
    c4 = np.minimum(hull.draught_m / hull.length_m, 0.04)
    block = hull.displacement_m3 / (hull.length_m * hull.beam_m * hull.draught_m)
    bow = 0.003 * np.sqrt(hull.length_m / 7.5) * block**4 * c2 * (0.04 - c4)
    return np.asarray(0.006 * (hull.length_m + 100.0) ** -0.16 - 0.00205 + bow)
