"""Conditional restrictions of OpenStreetMap, `no @ (Mo-Fr 07:00-09:00)`: parsing, normal form, hours of the week."""

import re
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

HOURS_PER_DAY, DAYS_PER_WEEK, MINUTES_PER_HOUR = 24, 7, 60
MINUTES_PER_DAY = HOURS_PER_DAY * MINUTES_PER_HOUR
DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
WEATHER = frozenset({"wet", "snow", "ice", "fog"})
PURPOSES = frozenset({"delivery", "destination", "emergency", "residents", "permit"})
MAX_LENGTH = 2_000
"""OpenStreetMap allows 255 characters in a value; longer ones are not parsed."""

_DAY = r"(?:Mo|Tu|We|Th|Fr|Sa|Su)"
_DAY_LIST = re.compile(rf"{_DAY}(?:\s*-\s*{_DAY})?(?:\s*,\s*{_DAY}(?:\s*-\s*{_DAY})?)*")
_TIME = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")
_WEIGHT = re.compile(
    r"(?:(?:max)?weight(?:rating)?|gross_?weight)?\s*(>=|<=|>|<)\s*(\d{1,6}(?:\.\d{1,3})?)\s*(t|kg)?", re.IGNORECASE
)
_ITEM = re.compile(r"\s*([^@;()]+?)\s*@\s*(?:\(([^()]*)\)|([^;()]+))\s*(?:;|$)")


@dataclass(frozen=True)
class Condition:
    """One value and when it holds; what is left empty does not narrow it."""

    value: str
    days: tuple[int, ...] = ()
    """Days of the week, Monday is 0."""
    windows: tuple[tuple[int, int], ...] = ()
    """Start and end in minutes of the day, the end not included; an end before the start lies on the next day."""
    weight: tuple[str, float] | None = None
    """Comparison and gross weight. [t]"""
    words: tuple[str, ...] = ()
    """Weather or purpose of the trip."""

    def __str__(self) -> str:
        """Write the normal form, which `parse_conditional` reads back to the same condition."""
        days = ",".join(_day_runs(self.days))
        times = ",".join(f"{_clock(start)}-{_clock(end)}" for start, end in self.windows)
        parts = [text for text in (" ".join(filter(None, (days, times))), *self.words) if text]
        if self.weight:
            parts.append(f"weight{self.weight[0]}{self.weight[1]:g}")
        return f"{self.value} @ ({' AND '.join(parts) or '24/7'})"

    def hours(self) -> npt.NDArray[np.bool_]:
        """Return in which of the 168 hours of a week, Monday first, the condition holds for most of the hour."""
        week = np.zeros(DAYS_PER_WEEK * MINUTES_PER_DAY, dtype=bool)
        for day in self.days or range(DAYS_PER_WEEK):
            for start, end in self.windows or ((0, MINUTES_PER_DAY),):
                length = end - start if end > start else end - start + MINUTES_PER_DAY
                week[(day * MINUTES_PER_DAY + start + np.arange(length)) % len(week)] = True
        share: npt.NDArray[np.float64] = week.reshape(-1, MINUTES_PER_HOUR).mean(axis=1)
        return share >= 1 / 2


def parse_conditional(text: str) -> tuple[tuple[Condition, ...], tuple[str, ...]]:
    """Parse the value of a `*:conditional` tag.

    Parameters
    ----------
    text
        `value @ (condition)`, several joined by `;`. Understood are times, days, ranges of days, gross weight
        (`weight>3.5`, `>3.5 t`), weather (`wet`) and purpose (`delivery`), joined by `AND`. Not understood are
        months, holidays, sunrise and lengths.

    Returns
    -------
    The conditions, in the order of the text, and the parts that were not understood.
    """
    if len(text) > MAX_LENGTH:
        return (), (text[:80],)
    found: list[Condition] = []
    unknown: list[str] = []
    position = 0
    while position < len(text):
        item = _ITEM.match(text, position)
        if item is None:
            unknown.append(text[position:].strip())
            break
        position = item.end()
        conditions = [_condition(item[1], rule) for rule in (item[2] or item[3] or "").split(";") if rule.strip()]
        understood = [c for c in conditions if c is not None]
        if understood and len(understood) == len(conditions):
            found += understood
        else:
            unknown.append(item[0].strip().rstrip(";").strip())
    return tuple(found), tuple(part for part in unknown if part)


def _condition(value: str, rule: str) -> Condition | None:
    """Parse one rule of the part in parentheses; `None` if anything in it is not understood."""
    days: tuple[int, ...] = ()
    windows: tuple[tuple[int, int], ...] = ()
    weight: tuple[str, float] | None = None
    words: list[str] = []
    for part in re.split(r"\s+AND\s+", rule.strip(), flags=re.IGNORECASE):
        word, heavy = part.strip().lower(), _WEIGHT.fullmatch(part.strip())
        if word in WEATHER | PURPOSES:
            words.append(word)
        elif heavy and weight is None:
            weight = heavy[1], float(heavy[2]) / (1000 if (heavy[3] or "").lower() == "kg" else 1)
        elif word != "24/7":
            hours = _opening_hours(part.strip())
            if hours is None or days or windows:
                return None
            days, windows = hours
    return Condition(value.strip(), days, windows, weight, tuple(words))


def _opening_hours(text: str) -> tuple[tuple[int, ...], tuple[tuple[int, int], ...]] | None:
    """Parse days and times such as `Mo-Fr 07:00-09:00,17:00-19:00`."""
    listed = _DAY_LIST.match(text)
    days = _days(listed[0]) if listed else ()
    rest = text[listed.end() :].strip() if listed else text
    windows = []
    for piece in rest.split(",") if rest else []:
        time = _TIME.fullmatch(piece.strip())
        if time is None:
            return None
        start, end = int(time[1]) * 60 + int(time[2]), int(time[3]) * 60 + int(time[4])
        if start >= MINUTES_PER_DAY or end > MINUTES_PER_DAY or start == end or int(time[2]) > 59 or int(time[4]) > 59:
            return None
        windows.append((start, end))
    return (days, tuple(windows)) if days or windows else None


def _days(text: str) -> tuple[int, ...]:
    """Return the days of a list such as `Mo-We,Sa`; a range may run over the weekend."""
    days = set()
    for item in text.split(","):
        first, *last = (DAYS.index(day.strip()) for day in item.split("-"))
        length = (last[0] - first) % DAYS_PER_WEEK if last else 0
        days |= {(first + step) % DAYS_PER_WEEK for step in range(length + 1)}
    return tuple(sorted(days))


def _day_runs(days: tuple[int, ...]) -> list[str]:
    """Write days as ranges."""
    if not days:
        return []
    cuts = [0, *(n + 1 for n, (a, b) in enumerate(pairwise(days)) if b != a + 1), len(days)]
    runs = [days[a:b] for a, b in pairwise(cuts)]
    return [DAYS[run[0]] if len(run) == 1 else f"{DAYS[run[0]]}-{DAYS[run[-1]]}" for run in runs]


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
