"""How long a truck is under way: driving, and the rests that the rules ask of its driver."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from transport_sim.randomness import FloatArray
from transport_sim.units import HOURS_PER_DAY, MINUTES_PER_HOUR


def under_way_h(driving_h: npt.ArrayLike, rules: pd.DataFrame) -> FloatArray:
    """Add the rests of the table `driving_rules` to driving times.

    A driver breaks after each spell of `max_drive_h` if there is more to drive that day, and goes on 24 h after the
    start of a day's driving if there is more to drive than `max_day_drive_h`.

    Parameters
    ----------
    driving_h
        Time at the wheel of one driver, infinite where no road leads. [h]
    rules
        The table of operations; without rows nobody rests.

    Returns
    -------
    Time from departure to arrival, same shape. [h]
    """
    hours = np.asarray(driving_h, dtype=float)
    if rules.empty:
        return hours
    spell_h, break_min, day_h = (float(rules[c].iloc[0]) for c in ("max_drive_h", "break_min", "max_day_drive_h"))
    finite = np.where(np.isfinite(hours), hours, 0.0)
    days = np.maximum(np.ceil(finite / day_h - ROUNDING), 1.0) - 1.0
    last_h = finite - days * day_h
    breaks = np.maximum(np.ceil(last_h / spell_h - ROUNDING), 1.0) - 1.0
    return np.where(np.isfinite(hours), days * HOURS_PER_DAY + last_h + breaks * break_min / MINUTES_PER_HOUR, hours)


ROUNDING = 1e-9
"""Share of a spell that is no reason for one more rest."""


def tractor_h(
    driving_h: npt.ArrayLike, stops_h: npt.ArrayLike, *, drop_hook_share: npt.ArrayLike, coupling_min: npt.ArrayLike
) -> FloatArray:
    """Calculate the mean time for which a journey with two stops keeps a tractor, with some that drop and hook.

    Parameters
    ----------
    driving_h
        Time from departure to arrival. [h]
    stops_h
        Loading and unloading together, with their queues. [h]
    drop_hook_share
        Journeys whose trailers are loaded and unloaded without the tractor. [-]
    coupling_min
        Time to leave one trailer and couple another, at each of the two stops. [min]

    Returns
    -------
    Time of the tractor, broadcast. [h]
    """
    share, standing_h = np.asarray(drop_hook_share), np.asarray(stops_h)
    coupling_h = np.minimum(2.0 * np.asarray(coupling_min) / MINUTES_PER_HOUR, standing_h)
    return np.asarray(np.asarray(driving_h) + standing_h * (1.0 - share) + coupling_h * share)
