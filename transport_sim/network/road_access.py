"""Who may use a road, and in which direction: the meaning of access, oneway and conditional tags."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from transport_sim.network import tag_values
from transport_sim.network.conditional import DAYS_PER_WEEK, HOURS_PER_DAY, Condition, parse_conditional
from transport_sim.network.model import VEHICLE_CLASSES

Tags = Mapping[str, str]
Miss = Callable[[str, str], None]
"""Notes a key and value that were not understood."""

_TRUCK = ("access", "vehicle", "motor_vehicle", "hgv")
CLASS_KEYS: dict[str, tuple[str, ...]] = {
    "car": ("access", "vehicle", "motor_vehicle", "motorcar"),
    "taxi": ("access", "vehicle", "motor_vehicle", "motorcar", "psv", "taxi"),
    "bus": ("access", "vehicle", "motor_vehicle", "psv", "bus"),
    "motorcycle": ("access", "vehicle", "motor_vehicle", "motorcycle"),
    "truck_light": ("access", "vehicle", "motor_vehicle", "goods"),
    "truck_medium": _TRUCK,
    "truck_heavy": _TRUCK,
    "tractor_trailer": (*_TRUCK, "hgv_articulated"),
}
"""Keys that decide about each vehicle class; a later one overrules the earlier ones."""
ACCESS_KEYS = tuple(dict.fromkeys(key for keys in CLASS_KEYS.values() for key in keys))
BUSWAY_KEYS = ("busway", "busway:left", "busway:right", "busway:both")
DIRECTION_KEYS = (
    *("oneway", "junction", *BUSWAY_KEYS),
    *(f"oneway:{key}" for key in ACCESS_KEYS[1:]),
    *(f"{key}:{direction}" for key in ACCESS_KEYS for direction in ("forward", "backward")),
)
CONDITIONAL_KEYS = tuple(f"{key}:conditional" for key in (*ACCESS_KEYS, "oneway", "maxspeed", "maxweight", "maxheight"))
LIMIT_KEYS = ("maxweight", "maxheight", "maxheight:physical", "maxweightrating:hgv")
USED_KEYS = ("highway", *ACCESS_KEYS, *DIRECTION_KEYS, *CONDITIONAL_KEYS, *LIMIT_KEYS)

OPEN = frozenset(
    {"yes", "designated", "permissive", "official", "public", "unknown", "use_sidepath", "discouraged", "1"}
)
THROUGH_TRAFFIC_CLOSED = frozenset({"destination", "delivery", "customers", "local", "residents"})
CLOSED = frozenset(
    {"no", "private", "permit", "agricultural", "forestry", "agricultural;forestry", "emergency", "military", "0"}
)
FORWARD_WORDS, BACKWARD_WORDS = frozenset({"yes", "true", "1"}), frozenset({"-1", "reverse"})
BOTH_WORDS = frozenset({"no", "false", "0", "reversible", "alternating", "alternate"})
CIRCULAR = frozenset({"roundabout", "circular"})
CONTRAFLOW = frozenset({"opposite", "opposite_lane", "opposite_track"})
IMPLIED: dict[str, dict[str, str]] = {"busway": {"motor_vehicle": "no", "bus": "yes"}}
"""Access that the class of a road implies."""


@dataclass(frozen=True)
class RoadAccess:
    """Directions of a way and the vehicle classes shut out of each, joined by `;`."""

    forward: bool
    backward: bool
    closed_forward: str
    closed_backward: str
    conditional: str
    max_weight_t: float
    max_height_m: float


def main_direction(tags: Tags, link_class: str, miss: Miss) -> tuple[bool, bool]:
    """Tell whether traffic in general may go forward and backward along a way.

    Motorways, their ramps and roundabouts are one-way unless they say otherwise. `reversible` and `alternating`
    roads are open in both directions: who may go when is not on the map.
    """
    word = tags.get("oneway", "").strip().lower()
    if word in FORWARD_WORDS:
        return True, False
    if word in BACKWARD_WORDS:
        return False, True
    if word in BOTH_WORDS:
        return True, True
    if word:
        miss("oneway", tags["oneway"])
    implied = link_class.startswith("motorway") or tags.get("junction", "") in CIRCULAR
    return True, not implied


def road_access(tags: Tags, link_class: str, miss: Miss) -> RoadAccess:
    """Read the directions and the access of a road.

    Parameters
    ----------
    tags
        Those of `USED_KEYS` that the way has.
    link_class
        Class of the road.
    miss
        Is told every key and value that is not understood; such a value changes nothing.
    """
    tags = {**IMPLIED.get(link_class, {}), **tags}
    base = main_direction(tags, link_class, miss)
    weight_t = _limit(tags, ("maxweight", "maxweightrating:hgv"), tag_values.weight_t, miss)
    height_m = _limit(tags, ("maxheight", "maxheight:physical"), tag_values.length_m, miss)
    closed: tuple[list[str], list[str]] = [], []
    wrong_way: tuple[list[str], list[str]] = [], []
    notes: dict[str, None] = {}
    for vehicle in VEHICLE_CLASSES:
        ways = _class_direction(tags, vehicle, base, miss)
        for side, direction in enumerate(("forward", "backward")):
            value, key = _governing(tags, vehicle, direction, miss)
            if value in THROUGH_TRAFFIC_CLOSED:
                notes[f"{key}={value}"] = None
            if not ways[side]:
                wrong_way[side].append(vehicle)
            if not ways[side] or value in CLOSED:
                closed[side].append(vehicle)
    conditional = "; ".join([*notes, *_conditions(tags, miss)])
    forward, backward = (len(shut) < len(VEHICLE_CLASSES) for shut in wrong_way)
    return RoadAccess(forward, backward, ";".join(closed[0]), ";".join(closed[1]), conditional, weight_t, height_m)


def closed_hours(conditional: str, vehicle_class: str) -> npt.NDArray[np.int8]:
    """Return what the `conditional` column of a link does to a vehicle class in each hour of the week.

    Parameters
    ----------
    conditional
        Text of the links table.
    vehicle_class
        One of `VEHICLE_CLASSES`; its weight in `vehicle_limits.csv` decides about conditions on weight.

    Returns
    -------
    168 values, Monday first: 1 where the link is closed in addition to `access_closed`, -1 where it is open in
    spite of it, 0 where nothing changes. Rules on weather are taken as not in force. [-]
    """
    state = np.zeros(DAYS_PER_WEEK * HOURS_PER_DAY, dtype=np.int8)
    keys = CLASS_KEYS[vehicle_class]
    rules = [(key, text) for key, _, text in (item.partition("=") for item in conditional.split("; ")) if key in keys]
    for _, text in sorted(rules, key=lambda rule: keys.index(rule[0])):
        for condition in parse_conditional(text)[0]:
            if _concerns(condition, vehicle_class):
                state[condition.hours()] = 1 if condition.value in CLOSED else -1
    return state


@cache
def vehicle_limits() -> dict[str, tuple[float, float]]:
    """Return the gross weight [t] and height [m] that stand for each vehicle class at a limit."""
    table = pd.read_csv(Path(__file__).with_name("vehicle_limits.csv"))
    pairs = zip(table["gross_weight_t"].astype(float), table["height_m"].astype(float), strict=True)
    return dict(zip(table["vehicle_class"], pairs, strict=True))


def _concerns(condition: Condition, vehicle_class: str) -> bool:
    """Tell whether a vehicle of a class, loaded, on a through trip and in dry weather, meets the condition."""
    if condition.words:
        return False
    if condition.weight is None:
        return True
    gross_t, (sign, limit_t) = vehicle_limits()[vehicle_class][0], condition.weight
    return {">": gross_t > limit_t, ">=": gross_t >= limit_t, "<": gross_t < limit_t, "<=": gross_t <= limit_t}[sign]


def _class_direction(tags: Tags, vehicle: str, base: tuple[bool, bool], miss: Miss) -> tuple[bool, bool]:
    """Return the directions of one vehicle class: `oneway:bus=no` and bus lanes against the traffic open a way."""
    ways = base
    if vehicle == "bus" and any(tags.get(key) in CONTRAFLOW for key in BUSWAY_KEYS):
        ways = True, True
    for key in CLASS_KEYS[vehicle][1:]:
        word = tags.get(f"oneway:{key}", "").lower()
        if word in BOTH_WORDS:
            ways = True, True
        elif word in FORWARD_WORDS:
            ways = True, False
        elif word in BACKWARD_WORDS:
            ways = False, True
        elif word:
            miss(f"oneway:{key}", word)
    return ways


def _governing(tags: Tags, vehicle: str, direction: str, miss: Miss) -> tuple[str, str]:
    """Return the access value that holds for a vehicle class in a direction, and its key."""
    value, found = "", ""
    for key in CLASS_KEYS[vehicle]:
        for name in (key, f"{key}:{direction}"):
            text = tags.get(name)
            if text is None:
                continue
            words = [word.strip() for word in text.split(";")]
            known = [word for word in words if word in OPEN or word in THROUGH_TRAFFIC_CLOSED or word in CLOSED]
            if len(known) < len(words):
                miss(name, text)
            if known:
                # of several values the most permissive one holds
                value, found = min(known, key=lambda word: (word not in OPEN, word not in THROUGH_TRAFFIC_CLOSED)), key
    return value, found


def _conditions(tags: Tags, miss: Miss) -> list[str]:
    """Return the conditional restrictions in normal form, each with its key."""
    items = []
    for key in CONDITIONAL_KEYS:
        if key in tags:
            found, unknown = parse_conditional(tags[key])
            items += [f"{key.removesuffix(':conditional')}={condition}" for condition in found]
            for part in unknown:
                miss(key, part)
    return items


def _limit(tags: Tags, keys: tuple[str, ...], parse: Callable[[str], float], miss: Miss) -> float:
    """Return the first limit given under these keys."""
    for key in keys:
        if key in tags:
            try:
                value = parse(tags[key])
            except ValueError:
                miss(key, tags[key])
            else:
                if value > 0:
                    return value
    return float("nan")
