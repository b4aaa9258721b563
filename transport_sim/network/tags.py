"""What the tags of ways mean: one row of attributes per way, the same whoever read the file.

Every meaning is a function of one dictionary of tags; it runs once per combination of values that occurs, not once
per way, so a million ways cost little more than a thousand.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from transport_sim.network import road_access, tag_values
from transport_sim.network.model import SYNTHETIC, UNREAD_SCHEMA, as_schema

Result = TypeVar("Result")
Tags = Mapping[str, str]

ROAD_CLASSES = frozenset(
    [f"{name}{tail}" for name in ("motorway", "trunk", "primary", "secondary", "tertiary") for tail in ("", "_link")]
    + ["unclassified", "residential", "living_street", "service", "busway"]
)
RAIL_CLASSES = frozenset(["rail"])
WATER_CLASSES = frozenset(["river", "canal", "fairway"])
MODE_KEYS = (
    ("road", "highway", ROAD_CLASSES),
    ("rail", "railway", RAIL_CLASSES),
    ("waterway", "waterway", WATER_CLASSES),
)
UNBUILT = ("construction", "proposed")
WAY_VALUES = frozenset((key, value) for _, key, classes in MODE_KEYS for value in (*classes, *UNBUILT))
"""Tags without one of which vehicles travel on no way."""
CLASS_KEYS = (
    "highway",
    "railway",
    "waterway",
    "construction",
    "proposed",
    "boat",
    "highspeed",
    "area",
    "transport_sim:status",
)
SPEED_KEYS = ("maxspeed", "maxspeed:forward", "maxspeed:backward", "maxspeed:type", "source:maxspeed", "zone:maxspeed")
LANE_KEYS = ("lanes", "lanes:forward", "lanes:backward")
TEXT_KEYS = ("name", "ref", "usage", "service", "confidence", "source")
NUMBER_KEYS: dict[str, tuple[tuple[str, ...], Callable[[str], float]]] = {
    "distance_km": (("distance",), tag_values.quantity_km),
    "gradient_ratio": (("gradient:mean_absolute", "incline"), tag_values.slope_ratio),
    "gradient_max_ratio": (("incline:max",), tag_values.slope_ratio),
    "tunnel_share": (("tunnel:share",), tag_values.share),
    "tracks_count": (("tracks",), tag_values.whole),
    "gauge_mm": (("gauge",), tag_values.whole),
    "depth_m": (("depth", "maxdraft"), tag_values.length_m),
    "depth_mean_m": (("depth:mean",), tag_values.length_m),
    "width_m": (("width",), tag_values.length_m),
    "current_ms": (("current",), tag_values.current_ms),
    "open_year": (("opening_date",), tag_values.year),
    "lock_length_m": (("lock:length", "maxlength"), tag_values.length_m),
    "lock_width_m": (("lock:width", "maxwidth"), tag_values.length_m),
    "lock_depth_m": (("lock:depth", "maxdraft"), tag_values.length_m),
    "lock_lift_m": (("lock:lift", "lock:height"), tag_values.length_m),
    "lock_cycle_min": (("lock:cycle",), tag_values.whole),
}
"""Columns that are one number under the first of some keys."""
FLAG_KEYS = ("bridge", "tunnel", "toll", "toll:hgv", "electrified", "lock")
WATER_KEYS = ("class:CN", "CEMT", "flow_direction")
WAY_TAGS = tuple(
    dict.fromkeys(
        [
            *(*CLASS_KEYS, *SPEED_KEYS, *LANE_KEYS, *TEXT_KEYS, *FLAG_KEYS, *WATER_KEYS, *road_access.USED_KEYS),
            *(key for keys, _ in NUMBER_KEYS.values() for key in keys),
            *("railway:preferred_direction", "synthetic"),
        ]
    )
)
"""Every key of a way that is read."""
NO = frozenset({"no", "", "0", "false"})
NAVIGATION_CLASSES = frozenset(["I", "II", "III", "IV", "V", "VI", "VII"])
ROMAN = dict(zip("1234567", ("I", "II", "III", "IV", "V", "VI", "VII"), strict=True))


class Unread:
    """Counts tag values that were not understood; `weight` is the number of ways that have the values at hand."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self.weight = 1
        self._seen: set[tuple[str, str]] = set()

    def start(self, weight: int) -> None:
        """Begin with another combination of values."""
        self.weight, self._seen = weight, set()

    def __call__(self, key: str, value: str) -> None:
        """Note a value, once per combination."""
        if (key, value) not in self._seen:
            self._seen.add((key, value))
            self.counts[key, value[:255]] += self.weight

    def table(self) -> pd.DataFrame:
        """Return the counts as a table of the network, the most frequent first."""
        rows = sorted(self.counts.items(), key=lambda item: (-item[1], item[0]))
        frame = pd.DataFrame([(*key, count) for key, count in rows], columns=list(UNREAD_SCHEMA.columns))
        return as_schema(frame, UNREAD_SCHEMA)


def classify(tags: Tags) -> tuple[str, str, str] | None:
    """Return (mode, link class, status) of a way, `None` if it is nothing that vehicles travel on."""
    for mode, key, classes in MODE_KEYS:
        value = tags.get(key)
        status = "open"
        if value in UNBUILT:
            status, value = str(value), tags.get(str(value))
        barred = (mode == "waterway" and tags.get("boat") == "no") or (mode == "road" and tags.get("area") == "yes")
        if value in classes and not barred:
            if tags.get("transport_sim:status") == "closing":
                status = "closing"
            return mode, "high_speed" if tags.get("highspeed") == "yes" else str(value), status
    return None


@cache
def road_defaults() -> pd.DataFrame:
    """Return what stands in for missing tags, by link class: free speed, lanes, lane capacity, current."""
    return pd.read_csv(Path(__file__).with_name("road_defaults.csv")).set_index("link_class")


@cache
def road_capacities() -> dict[str, tuple[float, float]]:
    """Return lanes a direction and capacity of a lane by link class, NaN off the road. [-], [pcu/h]."""
    table = road_defaults()
    pairs = zip(table["lanes_count"].astype(float), table["lane_capacity_pcu_h"].astype(float), strict=True)
    return {str(name): pair for name, pair in zip(table.index, pairs, strict=True)}


def default_speeds() -> dict[str, float]:
    """Return the free speed by link class that stands in for a missing `maxspeed`. [km/h]."""
    return {str(name): float(speed) for name, speed in road_defaults()["free_speed_kmh"].items()}


def way_attributes(tags: pd.DataFrame, unread: Unread) -> pd.DataFrame:
    """Read the tags of ways.

    Parameters
    ----------
    tags
        One row per way, by way id, one column per key of `WAY_TAGS` that occurs; null where a way has no such tag.
    unread
        Is told what was not understood.

    Returns
    -------
    pandas.DataFrame
        One row per way that vehicles travel on: mode, class and status, `forward` and `backward` (whether a link
        goes along the way's drawing and against it), pairs of columns `..._forward`, `..._backward` for what may
        differ, and the rest of the columns of the links table.
    """
    found = per_combination(tags, CLASS_KEYS, classify)
    tags = tags[np.array([item is not None for item in found], dtype=bool)]
    kinds = pd.DataFrame([item for item in found if item is not None], columns=["mode", "link_class", "status"])
    frame = kinds.set_axis(tags.index)
    for key in TEXT_KEYS:
        frame[key] = tags.get(key, "")
    if "synthetic" in tags:
        frame["confidence"] = frame["confidence"].mask(tags["synthetic"] == "yes", SYNTHETIC)
    for column, (keys, parse) in NUMBER_KEYS.items():
        frame[column] = _numbers(tags, keys, parse, unread)
    keyed = pd.concat([tags, kinds.set_axis(tags.index).add_prefix("@")], axis=1)
    for columns, keys, read in (
        (ACCESS_COLUMNS, road_access.USED_KEYS, _access),
        (SPEED_COLUMNS, SPEED_KEYS, _speeds),
        (LANE_COLUMNS, (*LANE_KEYS, "oneway", "junction", "highway"), _lanes),
        (FLAG_COLUMNS, (*FLAG_KEYS, *WATER_KEYS, "railway:preferred_direction"), _flags),
    ):
        rows = per_combination(keyed, ("@mode", "@link_class", *keys), partial(read, unread=unread), unread)
        frame[list(columns)] = pd.DataFrame(rows, columns=list(columns), index=frame.index)
    frame["tunnel_share"] = frame["tunnel_share"].fillna(frame["tunnel"].map({True: 1.0}))
    natural = frame["link_class"].map(road_defaults()["current_ms"])
    frame["current_ms"] = frame["current_ms"].fillna((natural * frame["flow"]).where(frame["flow"] != 0))
    return frame


ACCESS_COLUMNS = (
    *("forward", "backward", "access_closed_forward", "access_closed_backward"),
    *("conditional", "max_weight_t", "max_height_m"),
)
SPEED_COLUMNS = ("speed_kmh_forward", "speed_kmh_backward", "speed_tagged_forward", "speed_tagged_backward")
LANE_COLUMNS = ("lanes_forward", "lanes_backward", "capacity_pcu_h_forward", "capacity_pcu_h_backward")
FLAG_COLUMNS = ("bridge", "tunnel", "toll", "electrified", "lock", "navigation_class", "preferred", "flow")


def per_combination(
    tags: pd.DataFrame, keys: Sequence[str], read: Callable[[Tags], Result], unread: Unread | None = None
) -> list[Result]:
    """Apply a function of a dictionary of tags to every row, once per combination of the values of some keys."""
    present = [key for key in keys if key in tags]
    code: npt.NDArray[np.int64] = np.zeros(len(tags), dtype=np.int64)
    for key in present:
        codes, values = pd.factorize(tags[key])
        if len(values):
            code = np.unique(code * (len(values) + 1) + codes + 1, return_inverse=True)[1]
    _, first, inverse, counts = np.unique(code, return_index=True, return_inverse=True, return_counts=True)
    columns = [(key, tags[key].iloc[first].to_numpy(dtype=object)) for key in present]
    results = []
    for number, count in enumerate(counts.tolist()):
        if unread is not None:
            unread.start(count)
        results.append(read({key: values[number] for key, values in columns if isinstance(values[number], str)}))
    return [results[number] for number in inverse.tolist()]


def _numbers(
    tags: pd.DataFrame, keys: tuple[str, ...], parse: Callable[[str], float], unread: Unread
) -> npt.NDArray[np.float64]:
    """Return the first number that is understood under these keys."""

    def read(row: Tags) -> float:
        for key in keys:
            if key in row:
                try:
                    value = parse(row[key])
                except ValueError:
                    unread(key, row[key])
                    continue
                if value == value:  # noqa: PLR0124 - not a number means none
                    return value
        return float("nan")

    return np.array(per_combination(tags, keys, read, unread), dtype=np.float64)


def _access(tags: Tags, unread: Unread) -> tuple[object, ...]:
    """Read directions and access; railways and waterways know directions only."""
    if tags["@mode"] == "road":
        found = road_access.road_access(tags, tags["@link_class"], unread)
        return (
            *(found.forward, found.backward, found.closed_forward, found.closed_backward),
            *(found.conditional, found.max_weight_t, found.max_height_m),
        )
    forward, backward = road_access.main_direction(tags, tags["@link_class"], unread)
    return forward, backward, "", "", "", float("nan"), float("nan")


def _speeds(tags: Tags, unread: Unread) -> tuple[float, float, bool, bool]:
    """Read the free speed of both directions, and whether a tag gives it."""

    def first(keys: Sequence[str]) -> float:
        for key in keys:
            if key in tags and (key in SPEED_KEYS[:3] or tags[key] in tag_values.speed_zones()):
                try:
                    return tag_values.speed_kmh(tags[key])
                except ValueError:
                    unread(key, tags[key])
        return float("nan")

    default = default_speeds()[tags["@link_class"]]
    speeds = [first((f"maxspeed:{direction}", "maxspeed", *SPEED_KEYS[3:])) for direction in ("forward", "backward")]
    tagged = [speed > 0 for speed in speeds]
    forward, backward = (speed if known else default for speed, known in zip(speeds, tagged, strict=True))
    return forward, backward, tagged[0], tagged[1]


def _lanes(tags: Tags, unread: Unread) -> tuple[float, float, float, float]:
    """Read the lanes and the capacity of both directions; the number stays open where no tag gives it."""
    counts = []
    for key in LANE_KEYS:
        try:
            counts.append(tag_values.lane_count(tags[key]) if key in tags else float("nan"))
        except ValueError:
            unread(key, tags[key])
            counts.append(float("nan"))
    total, forward, backward = counts
    both_ways = all(road_access.main_direction(tags, tags["@link_class"], lambda *_: None))
    half = max(1.0, round(total / 2 if both_ways else total)) if total > 0 else float("nan")
    if not forward > 0:
        forward = max(1.0, round(total - backward)) if both_ways and total > backward > 0 else half
    if not backward > 0:
        backward = (
            max(1.0, round(total - forward)) if both_ways and total > forward > 0 and "lanes:forward" in tags else half
        )
    usual, each = road_capacities()[tags["@link_class"]]
    lanes = [max(1.0, round(count)) if count > 0 else float("nan") for count in (forward, backward)]
    capacity = [(count if count > 0 else usual) * each for count in lanes]
    return lanes[0], lanes[1], capacity[0], capacity[1]


def _flags(tags: Tags, unread: Unread) -> tuple[object, ...]:
    """Read what is yes or no, the navigation class and the preferred direction of a track."""
    bridge, tunnel, toll, toll_hgv, electrified, lock = (tags.get(key, "no") not in NO for key in FLAG_KEYS)
    preferred = tags.get("railway:preferred_direction", "")
    if preferred not in ("", "forward", "backward", "both", "bidirectional"):
        unread("railway:preferred_direction", preferred)
        preferred = ""
    flow = {"both": 0.0, "backward": -1.0}.get(tags.get("flow_direction", ""), 1.0)
    return (
        *(bridge, tunnel, toll or toll_hgv, electrified, lock),
        *(_navigation_class(tags, unread), "both" if preferred == "bidirectional" else preferred, flow),
    )


def _navigation_class(tags: Tags, unread: Unread) -> str:
    """Return the Chinese class of a waterway, from its CEMT class if it has no other."""
    own = tags.get("class:CN", "").strip().upper()
    own = ROMAN.get(own, own)
    if own in NAVIGATION_CLASSES:
        return own
    if own:
        unread("class:CN", tags["class:CN"])
    cemt = tags.get("CEMT", "").strip()
    if cemt and cemt not in tag_values.cemt_classes():
        unread("CEMT", cemt)
    return tag_values.cemt_classes().get(cemt, "")
