"""The simulated day: its date, its day of the week and what the authorities have declared for it."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
EpisodeName = Literal["ozone_warning", "winter_yellow", "winter_orange", "winter_red"]
"""What may be declared for a day: a forecast of ozone pollution, or the levels of heavy pollution in winter."""


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the calendar."""

    date: dt.date
    episodes: frozenset[EpisodeName] = frozenset()
    """What is declared for the day."""

    @property
    def weekday(self) -> Weekday:
        """Day of the week."""
        return WEEKDAYS[self.date.weekday()]

    def shifted(self, days: int) -> "Day":
        """Return the day so many days later; an episode is taken to last beyond the day."""
        return Day(self.date + dt.timedelta(days=days), self.episodes)


@dataclass(frozen=True, slots=True)
class Episode:
    """How often something is declared, and when in the year."""

    months: frozenset[int]
    """Months in which it happens, 1 to 12."""
    days_per_year: int


def days_of_year(year: int, episodes: Mapping[EpisodeName, Episode]) -> tuple[Day, ...]:
    """Return every day of a year, with the episodes spread evenly over the days of their months.

    Parameters
    ----------
    year
        Calendar year.
    episodes
        By name; a season with fewer days than the episode asks for is filled, no more.

    Returns
    -------
    365 or 366 days.
    """
    first = dt.date(year, 1, 1)
    dates = [first + dt.timedelta(days=n) for n in range((dt.date(year + 1, 1, 1) - first).days)]
    declared: dict[dt.date, set[EpisodeName]] = {date: set() for date in dates}
    for name, episode in episodes.items():
        season = [date for date in dates if date.month in episode.months]
        count = min(episode.days_per_year, len(season))
        for place in ((np.arange(count) + 0.5) * len(season) / max(count, 1)).astype(int):
            declared[season[place]].add(name)
    return tuple(Day(date, frozenset(names)) for date, names in declared.items())
