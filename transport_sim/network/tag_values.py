"""Single tag values to numbers: speeds, weights, heights, slopes, counts. What is not understood raises ValueError."""

import math
import re
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

KMH_PER_MPH = 1.609344
KMH_PER_KNOT = 1.852
KG_PER_LB = 0.45359237
KG_PER_SHORT_TON = 907.18474
M_PER_FOOT = 0.3048
M_PER_INCH = 0.0254
MAX_SPEED_KMH = 600.0
MAX_LANES = 20
MAX_SLOPE_RATIO = 0.3
NO_LIMIT = frozenset({"none", "no", "signals", "variable", "default", "unsigned", "unlimited", "unknown"})

_NUMBER = r"([-+]?\d{1,9}(?:\.\d{1,9})?)"
_LEADING = re.compile(rf"^\s*{_NUMBER}")
_WITH_UNIT = re.compile(rf"\s*{_NUMBER}\s*([a-zA-Z/%‰°'\"]*)\s*")
_FEET = re.compile(r"\s*(\d{1,4})\s*(?:'|ft)\s*(?:(\d{1,2})\s*(?:\"|in)?)?\s*")


@cache
def _table(name: str, key: str, value: str) -> dict[str, Any]:
    """Read two columns of a table of this package."""
    table = pd.read_csv(Path(__file__).with_name(name), dtype={key: str})
    return dict(zip(table[key], table[value], strict=True))


def speed_zones() -> dict[str, float]:
    """Return the speed that a zone such as `CN:urban` implies. [km/h]."""
    return _table("speed_zones.csv", "zone", "speed_kmh")


def cemt_classes() -> dict[str, str]:
    """Return the Chinese navigation class that comes nearest to a European one."""
    return _table("cemt_classes.csv", "cemt", "navigation_class")


def number(text: object) -> float:
    """Return the number that a tag begins with (`80`, `3.5 m`, `2.5%`), NaN if it begins with none."""
    found = _LEADING.match(text) if isinstance(text, str) else None
    return float(found.group(1)) if found else float("nan")


def year(text: object) -> float:
    """Return the year of an `opening_date`, NaN if there is none."""
    value = number(text)
    return float(int(value)) if 1800 <= value <= 2200 else float("nan")


def quantity(text: str, units: dict[str, float]) -> float:
    """Return a number with a unit in the base unit; the empty unit is that of a bare number."""
    found = _WITH_UNIT.fullmatch(text)
    if found is None or found.group(2).lower() not in units:
        raise ValueError(text)
    return float(found.group(1)) * units[found.group(2).lower()]


def speed_kmh(text: str) -> float:
    """Return a speed limit: the lowest of several, NaN where there is a sign but no fixed number. [km/h]."""
    units = {
        "": 1.0,
        "km/h": 1.0,
        "kmh": 1.0,
        "kph": 1.0,
        "mph": KMH_PER_MPH,
        "knots": KMH_PER_KNOT,
        "kn": KMH_PER_KNOT,
    }
    speeds = []
    for part in re.split(r"[;|]", text):
        word = part.strip()
        if word in speed_zones():
            speeds.append(float(speed_zones()[word]))
        elif word.lower() not in NO_LIMIT:
            speeds.append(quantity(word, units))
    if not all(0 < speed <= MAX_SPEED_KMH for speed in speeds):
        raise ValueError(text)
    return min(speeds, default=float("nan"))


def weight_t(text: str) -> float:
    """Return a weight limit, NaN for none. [t]."""
    if text.strip().lower() in NO_LIMIT:
        return float("nan")
    units = {"": 1.0, "t": 1.0, "kg": 1e-3, "lbs": KG_PER_LB / 1e3, "lb": KG_PER_LB / 1e3, "st": KG_PER_SHORT_TON / 1e3}
    return _positive(text, quantity(text, units))


def length_m(text: str) -> float:
    """Return a height, width, depth or length in metres, NaN for none (`below_default` is the legal 4 m). [m]."""
    word = text.strip().lower()
    if word in NO_LIMIT or word in {"below_default", "no_indications", "no_sign"}:
        return float("nan")
    feet = _FEET.fullmatch(word)
    if feet:
        return _positive(text, int(feet[1]) * M_PER_FOOT + int(feet[2] or 0) * M_PER_INCH)
    return _positive(text, quantity(word, {"": 1.0, "m": 1.0, "cm": 0.01, "mm": 0.001, "km": 1000.0}))


def quantity_km(text: str) -> float:
    """Return a distance along the way. [km]."""
    return _positive(text, quantity(text, {"": 1.0, "km": 1.0, "m": 0.001, "mi": KMH_PER_MPH}))


def slope_ratio(text: str) -> float:
    """Return the absolute slope of `5%`, `-12‰`, `3°` or `2.5` (per cent), NaN for `up` and `down`. [-]."""
    if text.strip().lower() in {"up", "down", "yes", "no"}:
        return float("nan")
    degrees = text.strip().endswith("°")
    value = quantity(text, {"": 0.01, "%": 0.01, "‰": 0.001, "°": 1.0})
    ratio = abs(math.tan(math.radians(value)) if degrees else value)
    if ratio > MAX_SLOPE_RATIO:
        raise ValueError(text)
    return ratio


def lane_count(text: str) -> float:
    """Return a number of lanes, the smallest of several. [-]."""
    counts = [quantity(part, {"": 1.0}) for part in text.split(";")]
    if not all(0 < count <= MAX_LANES for count in counts):
        raise ValueError(text)
    return min(counts)


def whole(text: str) -> float:
    """Return a count above zero, the first of several. [-]."""
    return _positive(text, quantity(text.split(";", maxsplit=1)[0], {"": 1.0, "mm": 1.0}))


def share(text: str) -> float:
    """Return a share between 0 and 1. [-]."""
    value = quantity(text, {"": 1.0, "%": 0.01})
    if not 0 <= value <= 1:
        raise ValueError(text)
    return value


def current_ms(text: str) -> float:
    """Return a current along the way's direction. [m/s]."""
    value = quantity(text, {"": 1.0, "m/s": 1.0, "kn": KMH_PER_KNOT / 3.6, "knots": KMH_PER_KNOT / 3.6})
    if abs(value) > 5:
        raise ValueError(text)
    return value


def _positive(text: str, value: float) -> float:
    if not 0 < value < 1e6:
        raise ValueError(text)
    return value
