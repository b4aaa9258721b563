"""Energy of one vessel's voyage: under way, waiting at a lock, lying in a port."""

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from transport_sim.energy.arguments import FloatArray, checked
from transport_sim.energy.hull_form import Hull, inland_hull, positive
from transport_sim.energy.marine_engine import EngineUse, VesselCarrier, engine_use
from transport_sim.energy.propulsion import brake_power_kw
from transport_sim.errors import FactorError
from transport_sim.factors.model import Factors
from transport_sim.units import KMH_PER_M_PER_S

Place = Literal["lock", "port"]


class VesselDimensions(NamedTuple):
    """Main dimensions of a typical vessel."""

    length_m: float
    beam_m: float
    draught_m: float
    """Full. [m]"""
    empty_draught_m: float
    payload_t: float
    installed_kw: float


class Sailing(NamedTuple):
    """A stretch of a voyage, arrays of one shape."""

    duration_h: FloatArray
    """Time under way. [h]"""
    load_ratio: FloatArray
    """Engine power, auxiliaries included, over installed power. [-]"""
    work_kwh: FloatArray
    """Work at the shaft, auxiliaries included. [kWh]"""
    use: EngineUse
    """Fuel, electricity and exhaust."""


def vessel_dimensions(factors: Factors, vessel: str) -> VesselDimensions:
    """Look up the dimensions of a key of `vessel_hulls.csv`; raise FactorError for an unknown one. [m], [t], [kW]."""
    return VesselDimensions(*(_of(factors, vessel, name) for name in VesselDimensions._fields))


def vessel_hull(factors: Factors, vessel: str, payload_t: ArrayLike) -> Hull:
    """Estimate the form of a typical vessel with a load.

    Between the draughts empty and full the draught is linear in the payload.

    Parameters
    ----------
    factors
        The factor tables; `vessel_hulls.csv`.
    vessel
        Key of that table.
    payload_t
        Goods aboard, scalar or array, at most what the vessel carries. [t]

    Returns
    -------
    The hull, same shape.

    Raises
    ------
    FactorError
        An unknown vessel, too much load, a negative or missing number.
    """
    full_t, draught, empty_draught, length, beam, block = (
        _of(factors, vessel, name)
        for name in ("payload_t", "draught_m", "empty_draught_m", "length_m", "beam_m", "block_ratio")
    )
    load = checked("payload_t", payload_t, high=full_t)
    return inland_hull(factors, length, beam, empty_draught + (draught - empty_draught) * load / full_t, block)


def sailing_energy(
    factors: Factors,
    vessel: str,
    *,
    distance_km: ArrayLike,
    payload_t: ArrayLike,
    speed_kmh: ArrayLike,
    depth_m: ArrayLike,
    current_kmh: ArrayLike = 0.0,
    energy_carrier: VesselCarrier = "diesel",
    construction_year: int | None = None,
) -> Sailing:
    """Calculate energy and exhaust of a typical vessel under way on one reach.

    Parameters
    ----------
    factors
        The factor tables.
    vessel
        Key of `vessel_hulls.csv`.
    distance_km
        Way over ground, scalar or array, not negative. [km]
    payload_t
        Goods aboard, broadcast, at most what the vessel carries. [t]
    speed_kmh
        Speed through the water, broadcast, more than 0. [km/h]
    depth_m
        Depth of the water, broadcast, at least 1.05 of the draught with this load. [m]
    current_kmh
        Current, with the vessel positive, broadcast; the vessel must get ahead. [km/h]
    energy_carrier
        diesel, lng, methanol or electricity (battery).
    construction_year
        Year in which a diesel engine was built.

    Returns
    -------
    Time, engine load, work, fuel and exhaust, finite and not negative, of the broadcast shape.

    Raises
    ------
    FactorError
        Too little water, a speed that the engine can't hold or the water doesn't let pass, a current that carries the
        vessel back, a negative or missing number, an unknown vessel or carrier.

    References
    ----------
    .. [1] `brake_power_kw` (resistance of Holtrop and Mennen 1982 in shallow water) and `engine_use`.
    """
    installed = _of(factors, vessel, "installed_kw")
    speed = positive("speed_kmh", speed_kmh)
    over_ground = checked("speed_kmh + current_kmh", speed + _finite("current_kmh", current_kmh), low=0.1)
    hull = vessel_hull(factors, vessel, payload_t)
    power = brake_power_kw(
        factors,
        hull,
        speed / KMH_PER_M_PER_S,
        depth_m=depth_m,
        propellers_count=round(_of(factors, vessel, "propellers_count")),
        propeller_diameter_m=_of(factors, vessel, "propeller_diameter_m"),
    ).brake_kw + installed * _share(factors, "hotel_power_ratio")
    too_fast = power > installed
    if too_fast.any():
        raise FactorError(
            f"{vessel} needs {power[too_fast].max():.0f} kW for the speed asked for and has {installed:g} kW; "
            f"{too_fast.sum()} of {too_fast.size} are too fast for its engine or the depth of the water"
        )
    load = np.asarray(power / installed)
    duration = checked("distance_km", distance_km) / over_ground
    duration, load = np.broadcast_arrays(duration, load)
    work = np.asarray(duration * load * installed)
    use = engine_use(
        factors,
        work,
        load_ratio=load,
        installed_kw=installed,
        energy_carrier=energy_carrier,
        construction_year=construction_year,
    )
    return Sailing(duration, load, work, use)


def waiting_energy(
    factors: Factors,
    vessel: str,
    duration_h: ArrayLike,
    *,
    place: Place,
    energy_carrier: VesselCarrier = "diesel",
    construction_year: int | None = None,
) -> Sailing:
    """Calculate energy and exhaust of a vessel that waits and manoeuvres at a lock, or lies in a port.

    A constant share of the installed power (`vessel_propulsion.csv`): in port that of the auxiliaries, at a lock more.
    Shore power is `energy_carrier` electricity.

    Parameters
    ----------
    factors
        The factor tables.
    vessel
        Key of `vessel_hulls.csv`.
    duration_h
        Time, scalar or array, not negative. [h]
    place
        lock or port.
    energy_carrier, construction_year
        As in `sailing_energy`.

    Returns
    -------
    As of `sailing_energy`, of the shape of the time.

    Raises
    ------
    FactorError
        An unknown place, vessel or carrier, a negative or missing time.

    References
    ----------
    .. [1] De Vos, Van Gils, CE Delft 2011 (auxiliaries), as in OpenTNSim 2.2.1; power at locks is an assumption.
    """
    shares = {"lock": "lock_power_ratio", "port": "hotel_power_ratio"}
    if place not in shares:
        raise FactorError(f"no place {place!r} to wait; known: {', '.join(shares)}")
    installed = _of(factors, vessel, "installed_kw")
    duration = checked("duration_h", duration_h)
    load = np.full_like(duration, _share(factors, shares[place]))
    work = np.asarray(duration * load * installed)
    use = engine_use(
        factors,
        work,
        load_ratio=load,
        installed_kw=installed,
        energy_carrier=energy_carrier,
        construction_year=construction_year,
    )
    return Sailing(duration, load, work, use)


def _of(factors: Factors, vessel: str, quantity: str) -> float:
    return factors.value("vessel_hulls", quantity=quantity, vessel=vessel)


def _share(factors: Factors, quantity: str) -> float:
    return factors.value("vessel_propulsion", quantity=quantity, vessel="inland")


def _finite(name: str, numbers: ArrayLike) -> FloatArray:
    return checked(name, numbers, low=-1e6)
