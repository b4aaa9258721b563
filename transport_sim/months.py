"""Months of a run that has dates."""

import numpy as np
import numpy.typing as npt

from transport_sim.hydrology import MONTH_DAYS
from transport_sim.randomness import IntArray
from transport_sim.units import DAYS_PER_YEAR, SECONDS_PER_DAY

_FIRST_DAYS = np.cumsum((0, *MONTH_DAYS[:-1]))
"""First day of each month, from 0."""


def months_of(time_s: npt.ArrayLike, calendar_start_day: int | None) -> IntArray:
    """Return the month in which each moment lies.

    Parameters
    ----------
    time_s
        After the start of the run. [s]
    calendar_start_day
        Day of the year, from 0, on which the run starts; None for a sample of the mean year.

    Returns
    -------
    Months from 1; what is still under way after the end of the year counts to its last month. 0 in a sample of the mean
    year. [-]
    """
    times = np.asarray(time_s, dtype=float)
    if calendar_start_day is None:
        return np.zeros(times.shape, dtype=np.int64)
    day = np.minimum(np.floor(times / SECONDS_PER_DAY) + calendar_start_day, DAYS_PER_YEAR - 1.0)
    return np.asarray(np.searchsorted(_FIRST_DAYS, day, side="right"), dtype=np.int64)
