"""Opening hours that recur every day."""

from transport_sim.units import SECONDS_PER_DAY

ALL_DAY = (0.0, SECONDS_PER_DAY)
MOMENT_S = 1e-6
"""Moments closer than this are the same: clocks of a long run are rounded."""


def until_open_s(open_s: tuple[float, float], now_s: float) -> float:
    """Return how long a place stays closed, 0 while it is open; hours may reach over midnight. [s]."""
    if open_s == ALL_DAY:
        return 0.0
    opens, closes = open_s
    time_of_day = now_s % SECONDS_PER_DAY
    is_open = opens <= time_of_day < closes if opens < closes else not closes <= time_of_day < opens
    left_s = 0.0 if is_open else (opens - time_of_day) % SECONDS_PER_DAY
    return left_s if left_s > MOMENT_S else 0.0
