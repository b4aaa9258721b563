"""The form of a ship's hull: its coefficients and areas, with the symbols of Holtrop and Mennen 1982."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from transport_sim.energy.arguments import FloatArray, checked
from transport_sim.factors.model import Factors

SMALLEST = 1e-6
"""Lower bound of what must be more than 0."""


class Hull(NamedTuple):
    """The form of a hull at one draught, arrays of one shape; symbols of Holtrop and Mennen in brackets."""

    length_m: FloatArray
    """Waterline (L). [m]"""
    beam_m: FloatArray
    """Moulded (B). [m]"""
    draught_m: FloatArray
    """Mean and at the bow (T, T_F). [m]"""
    displacement_m3: FloatArray
    """Volume of displaced water. [m3]"""
    lcb_percent: FloatArray
    """Centre of buoyancy forward of half L (lcb). [% of L]"""
    midship_ratio: FloatArray
    """Midship section coefficient (C_M). [-]"""
    waterplane_ratio: FloatArray
    """Waterplane coefficient (C_WP). [-]"""
    prismatic_ratio: FloatArray
    """Prismatic coefficient (C_P). [-]"""
    wetted_m2: FloatArray
    """Wetted area of the bare hull (S). [m2]"""
    appendages_m2: FloatArray
    """Wetted area of rudders, shafts and brackets (S_APP). [m2]"""
    appendage_factor: float
    """Their form factor (1 + k_2). [-]"""
    transom_m2: FloatArray
    """Immersed transom at rest (A_T). [m2]"""
    bulb_m2: FloatArray
    """Section of the bulbous bow (A_BT), 0 for inland vessels. [m2]"""
    bulb_height_m: FloatArray
    """Centre of that section above the keel (h_B). [m]"""
    stern_number: float
    """Shape of the afterbody (C_stern): -25 pram, -10 V-shaped, 0 normal, 10 U-shaped. [-]"""


def wetted_area_m2(
    length_m: ArrayLike,
    beam_m: ArrayLike,
    draught_m: ArrayLike,
    *,
    block_ratio: ArrayLike,
    midship_ratio: ArrayLike,
    waterplane_ratio: ArrayLike,
    bulb_m2: ArrayLike = 0.0,
) -> FloatArray:
    """Estimate the wetted area of a bare hull.

    Parameters
    ----------
    length_m, beam_m, draught_m
        Hull at the waterline, scalars or arrays, broadcast, more than 0. [m]
    block_ratio, midship_ratio, waterplane_ratio
        Fullness of volume, midship section and waterplane, above 0 up to 1. [-]
    bulb_m2
        Section of a bulbous bow. [m2]

    Returns
    -------
    Area, of the broadcast shape. [m2]

    Raises
    ------
    FactorError
        An argument outside its bounds or missing.

    References
    ----------
    .. [1] Holtrop, Mennen, "An approximate power prediction method", International Shipbuilding Progress 29, 1982,
       formula for S in section 2.
    """
    length, beam, draught = (
        positive(n, v) for n, v in (("length_m", length_m), ("beam_m", beam_m), ("draught_m", draught_m))
    )
    block, midship, plane = (
        positive(n, v, high=1.0)
        for n, v in (
            ("block_ratio", block_ratio),
            ("midship_ratio", midship_ratio),
            ("waterplane_ratio", waterplane_ratio),
        )
    )
    fullness = 0.453 + 0.4425 * block - 0.2862 * midship - 0.003467 * beam / draught + 0.3696 * plane
    bare = length * (2.0 * draught + beam) * np.sqrt(midship) * fullness
    return np.asarray(bare + 2.38 * checked("bulb_m2", bulb_m2) / block)


def inland_hull(
    factors: Factors, length_m: ArrayLike, beam_m: ArrayLike, draught_m: ArrayLike, block_ratio: ArrayLike
) -> Hull:
    """Estimate the form of an inland motor vessel from its main dimensions.

    Parameters
    ----------
    factors
        The factor tables; `vessel_propulsion.csv` has transom, appendages and their form factor.
    length_m, beam_m, draught_m
        Hull at its present draught, scalars or arrays, broadcast, more than 0. [m]
    block_ratio
        Displaced volume over length x beam x draught, 0.5 to 0.9, broadcast. [-]

    Returns
    -------
    The hull, of the broadcast shape.

    Raises
    ------
    FactorError
        An argument outside its bounds or missing.

    References
    ----------
    .. [1] Van Koningsveld et al., "Ports and Waterways", TU Delft, 2023, part IV, eq. 5.8 to 5.10, table 5.1 (midship
       section, waterplane, centre of buoyancy), read in OpenTNSim 2.2.1.
    .. [2] Segers, "Mapping inland shipping emissions in time and space", TU Delft, 2021, below eq. 3.27 (appendages).
    """
    length, beam, draught, block = np.broadcast_arrays(
        positive("length_m", length_m),
        positive("beam_m", beam_m),
        positive("draught_m", draught_m),
        checked("block_ratio", block_ratio, low=0.5, high=0.9),
    )
    midship = 1.006 - 0.0056 * block**-3.56
    plane = (1.0 + 2.0 * block) / 3.0
    prismatic = block / midship
    wetted = wetted_area_m2(length, beam, draught, block_ratio=block, midship_ratio=midship, waterplane_ratio=plane)
    share = {
        name: factors.value("vessel_propulsion", quantity=name, vessel="inland")
        for name in ("appendage_area_ratio", "appendage_form_ratio", "transom_area_ratio")
    }
    return Hull(
        length_m=length,
        beam_m=beam,
        draught_m=draught,
        displacement_m3=np.asarray(block * length * beam * draught),
        lcb_percent=np.asarray(19.4 * prismatic - 13.5),
        midship_ratio=np.asarray(midship),
        waterplane_ratio=np.asarray(plane),
        prismatic_ratio=np.asarray(prismatic),
        wetted_m2=wetted,
        appendages_m2=share["appendage_area_ratio"] * wetted,
        appendage_factor=share["appendage_form_ratio"],
        transom_m2=np.asarray(share["transom_area_ratio"] * beam * draught),
        bulb_m2=np.zeros_like(wetted),
        bulb_height_m=np.zeros_like(wetted),
        stern_number=0.0,
    )


def form_factor(hull: Hull) -> FloatArray:
    """Calculate the form factor 1 + k_1 of the bare hull, of the hull's shape; Holtrop and Mennen 1982, section 2."""
    cp, lcb = hull.prismatic_ratio, hull.lcb_percent
    slender = hull.draught_m / hull.length_m
    # the middle branch is computed for all, from where it begins
    middle = 48.20 * np.maximum(slender - 0.02, 0.0) ** 2.078 + 0.479948
    c12 = np.where(slender > 0.05, slender**0.2228446, middle)
    c13 = 1.0 + 0.003 * hull.stern_number
    full = (hull.beam_m / length_of_run_m(hull)) ** 0.92497 * (0.95 - cp) ** -0.521448
    return np.asarray(c13 * (0.93 + c12 * full * (1.0 - cp + 0.0225 * lcb) ** 0.6906))


def length_of_run_m(hull: Hull) -> FloatArray:
    """Calculate the length of the run L_R, of the hull's shape [m]; Holtrop and Mennen 1982, section 2."""
    cp = hull.prismatic_ratio
    return np.asarray(hull.length_m * (1.0 - cp + 0.06 * cp * hull.lcb_percent / (4.0 * cp - 1.0)))


def entrance_angle_deg(hull: Hull) -> FloatArray:
    """Calculate half the angle of entrance i_E, of the hull's shape [degree]; Holtrop and Mennen 1982, section 2."""
    slim = (hull.length_m / hull.beam_m) ** 0.80856 * (1.0 - hull.waterplane_ratio) ** 0.30484
    fore = (1.0 - hull.prismatic_ratio - 0.0225 * hull.lcb_percent) ** 0.6367
    run = (length_of_run_m(hull) / hull.beam_m) ** 0.34574
    volume = (100.0 * hull.displacement_m3 / hull.length_m**3) ** 0.16302
    return np.asarray(1.0 + 89.0 * np.exp(-slim * fore * run * volume))


def positive(name: str, numbers: ArrayLike, *, high: float = np.inf) -> FloatArray:
    """Return the argument as floats if all are more than 0 and at most `high`; FactorError otherwise."""
    return checked(name, numbers, low=SMALLEST, high=high)
