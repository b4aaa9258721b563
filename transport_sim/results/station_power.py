"""Power of stations over time, worked out after the run from what was charged when."""

from bisect import bisect_right
from typing import NamedTuple

import numpy as np

from transport_sim.randomness import FloatArray, IntArray
from transport_sim.simulation.charging import ChargingStation
from transport_sim.units import SECONDS_PER_HOUR


class PlugPower(NamedTuple):
    """Stretches of constant power at single plugs, as columns."""

    plug: IntArray
    from_s: FloatArray
    to_s: FloatArray
    power_kw: FloatArray


class Load(NamedTuple):
    """Power of a whole station: from each time on, until the next; 0 before the first."""

    time_s: FloatArray
    power_kw: FloatArray


def plug_power(station: ChargingStation) -> PlugPower:
    """Return the power of every plug, at the battery: of each piece the least of what battery, plug and level allow.

    The walk knows the start of a session and the level over time, not its recorded end, so that both can be compared.
    """
    supply = station.supply
    level_s = [-np.inf, *(supply.time_s if supply else ()), np.inf]
    level_kw = [np.inf, *(supply.level_kw if supply else ())]
    rows: list[tuple[int, float, float, float]] = []
    for record in station.sessions:
        if not record.served:
            continue
        now, own_kw = record.start_s, station.plug_kw[record.plug]
        step = bisect_right(level_s, now) - 1
        for kwh, kw in record.pieces:
            left_kwh = kwh
            while True:
                power_kw = min(kw, own_kw, level_kw[step])
                needs_s = left_kwh / power_kw * SECONDS_PER_HOUR if power_kw > 0.0 else np.inf
                to_s = min(now + needs_s, level_s[step + 1])
                if to_s > now:
                    rows.append((record.plug, now, to_s, power_kw))
                if now + needs_s <= level_s[step + 1]:
                    now = to_s
                    break
                left_kwh -= power_kw * (to_s - now) / SECONDS_PER_HOUR
                now, step = to_s, step + 1
    columns = np.array(rows).reshape(-1, 4).T
    return PlugPower(columns[0].astype(np.int64), columns[1], columns[2], columns[3])


def load(station: ChargingStation) -> Load:
    """Return the power of a station at the batteries over time. [kW]."""
    supply = station.supply
    alone = (
        [(r.start_s, station.plug_kw[r.plug], r.pieces) for r in station.sessions if r.served]
        if supply is None
        else [part for part in supply.undisturbed if part[2]]
    )
    shared = Load(np.array(supply.time_s), np.array(supply.power_kw)) if supply else Load(np.empty(0), np.empty(0))
    if not alone:
        return shared
    lengths = np.array([len(pieces) for _, _, pieces in alone], dtype=np.int64)
    flat = np.array([piece for _, _, pieces in alone for piece in pieces])
    power_kw = np.minimum(flat[:, 1], np.repeat([kw for _, kw, _ in alone], lengths))
    length_s = flat[:, 0] / power_kw * SECONDS_PER_HOUR
    whole_s = length_s.cumsum()
    first = np.r_[0, lengths.cumsum()[:-1]]
    before_s = np.repeat(whole_s[first] - length_s[first], lengths)
    end_s = np.repeat([start for start, _, _ in alone], lengths) + whole_s - before_s
    changes_kw = np.r_[power_kw, -power_kw, np.diff(shared.power_kw, prepend=0.0)]
    return steps(np.r_[end_s - length_s, end_s, shared.time_s], changes_kw)


def steps(time_s: FloatArray, change_kw: FloatArray) -> Load:
    """Add up changes of power: what begins in the moment in which another thing ends does not overlap with it."""
    moments, where = np.unique(np.round(time_s, 6), return_inverse=True)
    power_kw = np.bincount(where, weights=change_kw).cumsum()
    return Load(moments, np.where(np.abs(power_kw) < 1e-9, 0.0, power_kw))


def by_hour(found: Load, hours: int) -> tuple[FloatArray, FloatArray]:
    """Add up the energy of each hour from the start of the run, and find its largest power.

    Parameters
    ----------
    found
        Power over time.
    hours
        Number of hours; what comes later is left out.

    Returns
    -------
    Energy [kWh] and largest power [kW], each of shape (hours,).
    """
    if not len(found.time_s):
        return np.zeros(hours), np.zeros(hours)
    border_s = np.arange(hours + 1) * SECONDS_PER_HOUR
    time_s = np.unique(np.r_[found.time_s, border_s])
    time_s = time_s[(time_s >= 0.0) & (time_s <= border_s[-1])]
    at = np.searchsorted(found.time_s, time_s, side="right") - 1
    power_kw = np.where(at >= 0, found.power_kw[np.maximum(at, 0)], 0.0)[:-1]
    first = np.searchsorted(time_s, border_s[:-1])
    kwh = power_kw * np.diff(time_s) / SECONDS_PER_HOUR
    return np.add.reduceat(kwh, first), np.maximum.reduceat(power_kw, first)
