"""Engine power of a ship from its resistance, and how deep it sinks under way."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from transport_sim.energy.arguments import FloatArray, checked
from transport_sim.energy.hull_form import Hull, positive
from transport_sim.energy.resistance import resistance_kn
from transport_sim.errors import FactorError
from transport_sim.factors.model import Factors
from transport_sim.units import STANDARD_GRAVITY_M_PER_S2

_KNOTS_PER_M_PER_S = 3600.0 / 1852.0


class Propulsion(NamedTuple):
    """Power of a ship under way, arrays of one shape."""

    resistance_kn: FloatArray
    """Total. [kN]"""
    effective_kw: FloatArray
    """Resistance times speed, P_E. [kW]"""
    brake_kw: FloatArray
    """At the engine's shaft, P_B. [kW]"""
    wake_ratio: FloatArray
    """Wake fraction, w. [-]"""
    thrust_deduction_ratio: FloatArray
    """t. [-]"""


def brake_power_kw(
    factors: Factors,
    hull: Hull,
    speed_m_per_s: ArrayLike,
    *,
    depth_m: ArrayLike | None = None,
    propellers_count: int,
    propeller_diameter_m: float,
) -> Propulsion:
    """Calculate the engine power that holds a speed.

    P_B = V R / (eta_O eta_R eta_H eta_S eta_G) with eta_H = (1 - t) / (1 - w); the other efficiencies are rows of
    `vessel_propulsion.csv`, shaft and gear in one product.

    Parameters
    ----------
    factors
        The factor tables.
    hull
        Form of the hull.
    speed_m_per_s
        Speed through the water, scalar or array, not negative. [m/s]
    depth_m
        Depth of the water, broadcast; deep water if left out. [m]
    propellers_count
        1 or 2.
    propeller_diameter_m
        More than 0. [m]

    Returns
    -------
    Resistance, power, wake and thrust deduction, finite and not negative, of the broadcast shape.

    Raises
    ------
    FactorError
        Another number of propellers, or what `resistance_kn` refuses.

    References
    ----------
    .. [1] Van Koningsveld et al., "Ports and Waterways", TU Delft, 2023, part IV, eq. 5.17 to 5.24, read in OpenTNSim
       2.2.1 (power, thrust deduction).
    .. [2] Papmel's wake fraction, w = 0.11 + 0.16 / x C_B^x sqrt(displacement^(1/3) / D) - dw, dw = 0.1 (Fn - 0.2)
       above Fn = 0.2, as in Basin, Miniovich, 1963 (recalled). OpenTNSim 2.2.1 multiplies the first two terms.
    """
    if propellers_count not in (1, 2):
        raise FactorError(f"propellers_count must be 1 or 2, got {propellers_count}")
    diameter = positive("propeller_diameter_m", propeller_diameter_m)
    speed = checked("speed_m_per_s", speed_m_per_s)
    force = resistance_kn(factors, hull, speed, depth_m=depth_m).total_kn
    block = hull.displacement_m3 / (hull.length_m * hull.beam_m * hull.draught_m)
    froude = speed / np.sqrt(STANDARD_GRAVITY_M_PER_S2 * hull.length_m)
    size = np.sqrt(np.cbrt(hull.displacement_m3) / diameter)
    wake = 0.11 + 0.16 / propellers_count * block**propellers_count * size - 0.1 * np.maximum(froude - 0.2, 0.0)
    wake = np.clip(wake, 0.0, 0.6)
    slope, bend = (0.6, 0.67) if propellers_count == 1 else (0.8, 0.25)
    deduction = slope * wake * (1.0 + bend * wake)
    constant = np.prod(
        [
            factors.value("vessel_propulsion", quantity=name, vessel="inland")
            for name in ("open_water_ratio", "relative_rotative_ratio", "shaft_ratio", "gear_ratio")
        ]
    )
    effective = speed * force
    brake = effective * (1.0 - wake) / ((1.0 - deduction) * constant)
    return Propulsion(*np.broadcast_arrays(force, effective, brake, wake, deduction))


def squat_m(
    speed_m_per_s: ArrayLike,
    *,
    depth_m: ArrayLike,
    draught_m: ArrayLike,
    beam_m: ArrayLike,
    block_ratio: ArrayLike,
    fairway_width_m: ArrayLike,
) -> FloatArray:
    """Calculate how much a ship sinks under way in a channel.

    Parameters
    ----------
    speed_m_per_s
        Speed through the water, scalar or array, not negative. [m/s]
    depth_m, draught_m, beam_m, fairway_width_m
        Channel and ship at rest, broadcast, more than 0; the section of the ship is less than that of the channel. [m]
    block_ratio
        Fullness of the hull, above 0 up to 1, broadcast. [-]

    Returns
    -------
    Largest sinkage, not negative, of the broadcast shape. [m]

    Raises
    ------
    FactorError
        An argument outside its bounds or missing, or a channel that the ship fills.

    References
    ----------
    .. [1] Barrass, Derrett, "Ship stability for masters and mates", 2006, chapter 42:
       C_B S^0.81 V^2.08 / 20 with the speed in knots.
    """
    blocked = (positive("beam_m", beam_m) * positive("draught_m", draught_m)) / (
        positive("fairway_width_m", fairway_width_m) * positive("depth_m", depth_m)
    )
    checked("section of the ship over that of the channel", blocked, high=1.0)
    knots = checked("speed_m_per_s", speed_m_per_s) * _KNOTS_PER_M_PER_S
    block = positive("block_ratio", block_ratio, high=1.0)
    return np.asarray(block * blocked**0.81 * knots**2.08 / 20.0)
