"""One language for every rule of the road: who x where x when.

What a field leaves empty does not narrow the condition; the words within one field are alternatives, and all fields
must hold. Exemptions are further `Who`, of which one is enough. `docs/restrictions.md` explains it with examples.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from itertools import chain
from typing import Annotated, Any, Literal, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from transport_sim.day import WEEKDAYS, Day, EpisodeName, Weekday
from transport_sim.errors import PolicyError, did_you_mean
from transport_sim.network.model import VEHICLE_CLASSES, Network
from transport_sim.network.places import area_polygon, links_inside, links_of_road
from transport_sim.network.road_access import vehicle_limits
from transport_sim.units import SECONDS_PER_DAY, SECONDS_PER_HOUR, SECONDS_PER_MINUTE

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
T = TypeVar("T", bound=str | int)

TECHNOLOGIES = (
    *("petrol", "diesel", "cng", "lng", "hybrid"),
    *("plug_in_hybrid", "battery_electric", "fuel_cell_electric"),
)
STANDARDS = ("pre_china_i", "china_i", "china_ii", "china_iii", "china_iv", "china_v", "china_vi")
"""Emission standards, the oldest first; vehicles without exhaust have none."""
USES = ("construction", "emergency", "postal", "permit")
"""Duties or papers that rules ask for, in the optional column `use` of the vehicle groups."""
TRUCKS = ("truck_light", "truck_medium", "truck_heavy", "tractor_trailer")
NEW_ENERGY = ("plug_in_hybrid", "battery_electric", "fuel_cell_electric")
"""Drives that China counts as new energy vehicles; plain hybrids are not among them."""
WORKDAYS: tuple[Weekday, ...] = WEEKDAYS[:5]
ALWAYS = (-np.inf, np.inf)
MIDNIGHT_S = int(SECONDS_PER_DAY)


_PLACE = {
    word: place
    for words in (VEHICLE_CLASSES, TECHNOLOGIES, STANDARDS, USES, WEEKDAYS)
    for place, word in enumerate(words)
}


def _ordered(words: tuple[T, ...]) -> tuple[T, ...]:
    """Put words in the order of their list, others in that of the alphabet, once each: equal conditions look equal."""
    return tuple(sorted(set(words), key=lambda word: (_PLACE.get(str(word), 0), word)))


def _known(what: str, words: tuple[str, ...]) -> Callable[[str], str]:
    """Return a validator that accepts only these words."""

    def check(word: str) -> str:
        if word not in words:
            raise ValueError(f"no {what} {word!r}{did_you_mean(word, words)}")
        return word

    return check


def _clock_s(text: str) -> int:
    """Return the seconds from midnight of `HH:MM`; raise ValueError."""
    hours, colon, minutes = text.partition(":")
    if not (colon and len(hours) == len(minutes) == 2 and (hours + minutes).isascii() and (hours + minutes).isdigit()):
        raise ValueError(text)
    second = int(hours) * int(SECONDS_PER_HOUR) + int(minutes) * int(SECONDS_PER_MINUTE)
    if second > MIDNIGHT_S or int(minutes) > 59:
        raise ValueError(text)
    return second


def window_s(text: str) -> tuple[int, int]:
    """Return start and end of `HH:MM-HH:MM` in seconds from midnight; an end before the start is on the next day."""
    start, _, end = text.partition("-")
    first, last = _clock_s(start), _clock_s(end)
    if first in (last, MIDNIGHT_S):
        raise ValueError(text)
    return first, last if last > first else last + MIDNIGHT_S


def _window(text: str) -> str:
    try:
        window_s(text)
    except ValueError:
        raise ValueError(f"must be two times such as 07:00-09:00 or 22:00-06:00, got {text!r}") from None
    return text


def _some_windows(windows: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse an empty list: it reads like `never` and would be `always`."""
    if not windows:
        raise ValueError(
            "an empty list would mean day and night; state windows such as 07:00-09:00, or 00:00-24:00 for all day, "
            "or leave the key out for the policy's own"
        )
    return windows


def _span(text: str) -> tuple[dt.date | tuple[int, int], dt.date | tuple[int, int]]:
    """Return first and last day of a range: dates, or months and days that recur every year."""
    ends = text.split("/")
    first, last = ends[0], ends[-1]
    if len(ends) > 2 or len(first) != len(last):
        raise ValueError(text)
    if len(first) == len("MM-DD"):
        days = [dt.date.fromisoformat(f"2024-{part}") for part in (first, last)]  # a leap year: 02-29 is a day
        return (days[0].month, days[0].day), (days[1].month, days[1].day)
    span = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
    if span[1] < span[0]:
        raise ValueError(text)
    return span


def _dates(text: str) -> str:
    try:
        _span(text)
    except ValueError:
        good = "2021-12-26, 2021-12-26/2021-12-31, or 11-15/03-15 for every year"
        raise ValueError(f"must be a day or a range of days such as {good}, got {text!r}") from None
    return text


def _schema(words: tuple[str, ...]) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "enum": list(words)})


VehicleClass = Annotated[str, AfterValidator(_known("vehicle class", VEHICLE_CLASSES)), _schema(VEHICLE_CLASSES)]
Technology = Annotated[str, AfterValidator(_known("technology", TECHNOLOGIES)), _schema(TECHNOLOGIES)]
Standard = Annotated[str, AfterValidator(_known("emission standard", STANDARDS)), _schema(STANDARDS)]
Use = Annotated[str, AfterValidator(_known("use", USES)), _schema(USES)]
Month = Annotated[int, Field(ge=1, le=12)]
Window = Annotated[str, AfterValidator(_window)]
Dates = Annotated[str, AfterValidator(_dates)]
VehicleClasses = Annotated[tuple[VehicleClass, ...], AfterValidator(_ordered)]
Technologies = Annotated[tuple[Technology, ...], AfterValidator(_ordered)]
Standards = Annotated[tuple[Standard, ...], AfterValidator(_ordered)]
Uses = Annotated[tuple[Use, ...], AfterValidator(_ordered)]
Name = Annotated[str, Field(pattern=r"\S")]
Names = Annotated[tuple[Name, ...], AfterValidator(_ordered)]
Ids = Annotated[tuple[int, ...], AfterValidator(_ordered)]
Weekdays = Annotated[tuple[Weekday, ...], AfterValidator(_ordered)]
Episodes = Annotated[tuple[EpisodeName, ...], AfterValidator(_ordered)]
Months = Annotated[tuple[Month, ...], AfterValidator(_ordered)]
Windows = Annotated[tuple[Window, ...], AfterValidator(_ordered)]
StatedWindows = Annotated[Windows, AfterValidator(_some_windows)]
"""Windows of a rule: who writes the key writes at least one. A rule that holds day and night unless stated has None."""
DateRanges = Annotated[tuple[Dates, ...], AfterValidator(_ordered)]


class _Condition(BaseModel):
    """Frozen and closed, like every word of a scenario."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False)

    def __str__(self) -> str:
        """Write what narrows the condition, in the order of the fields; `everything` if nothing does."""
        parts = []
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            if value != field.get_default():
                words = " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
                parts.append(f"{name}={words}")
        return ", ".join(parts) or "everything"

    def __repr__(self) -> str:
        """Write the same for tables and keys."""
        return f"{type(self).__name__}({self})"


class Who(_Condition):
    """Vehicles; without any field: everybody."""

    vehicle_classes: VehicleClasses = ()
    """Classes of vehicles, such as car, taxi, bus or truck_heavy."""
    registration: Literal["local", "non_local"] | None = None
    """Where the vehicle is registered: in the region or elsewhere."""
    technologies: Technologies = ()
    """Drives, such as petrol, diesel or battery_electric."""
    emission_standards: Standards = ()
    """Emission standards, such as china_iv."""
    plate: Literal["odd", "even"] | None = None
    """Last digit of the number plate; 0 counts as even. Vehicles without one are not meant."""
    uses: Uses = ()
    """Duties or papers: construction, emergency, postal, permit."""
    min_gross_t: float | None = Field(default=None, gt=0, le=100)
    """Least gross weight, compared with that of the vehicle's class in `network/vehicle_limits.csv`."""

    def groups(self, groups: pd.DataFrame) -> BoolArray:
        """Tell which vehicle groups are meant.

        Parameters
        ----------
        groups
            Columns of `traffic.model.GROUP_COLUMNS`, and `use` if any group has a duty that rules ask for.

        Returns
        -------
        One value per row.
        """
        meant = np.ones(len(groups), dtype=bool)
        for column, words in (
            ("vehicle_class", self.vehicle_classes),
            ("technology", self.technologies),
            ("emission_standard", self.emission_standards),
            ("registration", (self.registration,) if self.registration else ()),
            ("plate", (self.plate,) if self.plate else ()),
        ):
            if words:
                meant &= groups[column].isin(words).to_numpy(bool)
        if self.uses:
            meant &= groups["use"].isin(self.uses).to_numpy(bool) if "use" in groups else False
        if self.min_gross_t is not None:
            gross_t = groups["vehicle_class"].map({name: limits[0] for name, limits in vehicle_limits().items()})
            meant &= gross_t.to_numpy(float) >= self.min_gross_t
        return meant


class Where(_Condition):
    """Roads; without any field: all of them."""

    areas: Names = ()
    """Areas of the scenario's areas table: the roads inside, not those that are the border."""
    roads: Names = ()
    """Names or numbers of roads on the map, such as 朝阳路 or G210."""
    link_classes: Names = ()
    """Classes of roads, such as primary."""
    link_ids: Ids = ()
    """Single links of the map."""
    apart_from: "Where | None" = None
    """Roads that stay out of it, such as bypass routes."""

    def links(self, network: Network, areas: pd.DataFrame) -> IntArray:
        """Return the ids of the links that are meant, ascending.

        Parameters
        ----------
        network
            The roads.
        areas
            The scenario's areas: columns `area`, `sequence`, `lon`, `lat`.

        Raises
        ------
        PolicyError
            If a name or id is not on the map or in the table; whether nothing is left is up to the caller.
        """
        links = network.links
        meant = links["mode"].eq("road").to_numpy(dtype=bool, copy=True)
        if self.areas:
            meant &= _any(links_inside(network, area_polygon(areas, name)) for name in self.areas)
        if self.roads:
            meant &= _any(links_of_road(network, name) for name in self.roads)
        if self.link_classes:
            known = set(links.loc[links["mode"].eq("road"), "link_class"])
            for word in self.link_classes:
                if word not in known:
                    raise PolicyError(f"no road of class {word!r}{did_you_mean(word, known)}")
            meant &= links["link_class"].isin(self.link_classes).to_numpy(bool)
        if self.link_ids:
            missing = sorted(set(self.link_ids) - set(links.index[links["mode"].eq("road")]))
            if missing:
                raise PolicyError(f"no road link {', '.join(map(str, missing[:5]))} ({len(missing)} in all)")
            meant &= links.index.isin(self.link_ids)
        found = np.sort(links.index.to_numpy(dtype=np.int64)[meant])
        return found if self.apart_from is None else np.setdiff1d(found, self.apart_from.links(network, areas))


class When(_Condition):
    """Times; without any field: always."""

    windows: Windows = ()
    """Windows of the day, `07:00-09:00`; `22:00-06:00` runs into the next day. Start included, end not."""
    weekdays: Weekdays = ()
    """Days of the week, such as monday."""
    months: Months = ()
    """Months, 1 to 12."""
    dates: DateRanges = ()
    """Days: `2021-12-26`, `2021-12-26/2021-12-31`, or every year `11-15/03-15`."""
    date_parity: Literal["odd", "even"] | None = None
    """Days of the month with an odd or even number."""
    episodes: Episodes = ()
    """Days on which one of these is declared: ozone_warning, winter_yellow, winter_orange, winter_red."""

    def on(self, day: Day) -> bool:
        """Tell whether the day is meant, whatever the time."""
        return (
            (not self.weekdays or day.weekday in self.weekdays)
            and (not self.months or day.date.month in self.months)
            and (not self.dates or any(_within(day.date, text) for text in self.dates))
            and (self.date_parity is None or (day.date.day % 2 == 1) == (self.date_parity == "odd"))
            and (not self.episodes or bool(day.episodes.intersection(self.episodes)))
        )

    def seconds(self, day: Day) -> FloatArray:
        """Return when the condition holds.

        Parameters
        ----------
        day
            The simulated day. What began the evening before and what comes on the next day counts too, for a trip
            may run past midnight; episodes are taken to last over these three days.

        Returns
        -------
        Windows in seconds from midnight of the day, ascending and apart, shape (n, 2); cut to the day and the next
        one, but -inf to inf if the condition has no limits at all. [s]
        """
        if self == When():
            return np.array([ALWAYS])
        daily = [window_s(text) for text in self.windows] or [(0, MIDNIGHT_S)]
        found = [
            (start + shift * SECONDS_PER_DAY, end + shift * SECONDS_PER_DAY)
            for shift in (-1, 0, 1)
            if self.on(day.shifted(shift))
            for start, end in daily
        ]
        return merge_windows(np.clip(np.array(found).reshape(-1, 2), 0.0, 2 * SECONDS_PER_DAY))


def merge_windows(windows: FloatArray) -> FloatArray:
    """Join windows that overlap or touch, and drop empty ones: shape (n, 2), ascending and apart. [s]."""
    windows = windows[windows[:, 1] > windows[:, 0]]
    windows = windows[np.argsort(windows[:, 0], kind="stable")]
    if not len(windows):
        return np.empty((0, 2))
    reach = np.maximum.accumulate(windows[:, 1])
    first = np.concatenate([[True], windows[1:, 0] > reach[:-1]])
    last = np.concatenate([first[1:], [True]])
    return np.stack([windows[first, 0], reach[last]], axis=1)


def matches(who: Who, exempt: Iterable[Who], groups: pd.DataFrame) -> BoolArray:
    """Tell which vehicle groups a rule concerns: those of `who` that no exemption names."""
    free = _any(chain([np.zeros(len(groups), dtype=bool)], (other.groups(groups) for other in exempt)))
    return np.asarray(who.groups(groups) & ~free)


def _any(masks: Iterable[BoolArray]) -> BoolArray:
    return np.asarray(np.logical_or.reduce(list(masks)), dtype=bool)


def _within(date: dt.date, text: str) -> bool:
    first, last = _span(text)
    day: Any = date if isinstance(first, dt.date) else (date.month, date.day)
    if first <= last:  # type: ignore[operator]
        return bool(first <= day <= last)
    return bool(day >= first or day <= last)
