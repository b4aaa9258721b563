"""Small road networks for the tests of the traffic kernel."""

import numpy as np
import pandas as pd

from transport_sim.network.model import VEHICLE_CLASSES
from transport_sim.traffic.model import Access, LinkSupply, PathSet, Trips

CARS = pd.DataFrame({"vehicle_class": ["car"], "pcu": [1.0]})
MIXED = pd.DataFrame({"vehicle_class": ["car", "truck_heavy", "motorcycle"], "pcu": [1.0, 2.5, 0.4]})


def roads(ends, *, length_km=1.0, capacity_pcu_h=1800.0, storage_pcu=None, speed_kmh=60.0, entry_pcu_h=None):
    """Return links between node positions; numbers hold for all links, or one for each."""
    start, end = np.array(ends).T
    count = len(start)
    length, capacity = np.broadcast_to(length_km, count) * 1.0, np.broadcast_to(capacity_pcu_h, count) * 1.0
    storage = length * 150.0 if storage_pcu is None else np.broadcast_to(storage_pcu, count) * 1.0
    speed = np.full((len(VEHICLE_CLASSES), count), speed_kmh) * 1.0
    speed[VEHICLE_CLASSES.index("truck_heavy")] *= 0.8
    entry = capacity if entry_pcu_h is None else np.broadcast_to(entry_pcu_h, count) * 1.0
    nodes = np.arange(max(start.max(), end.max()) + 1)
    ids = np.arange(count)
    return LinkSupply(
        ids, ids, start, end, nodes, length, np.ones(count), capacity, storage, speed, entry, np.full(count, 18.0)
    )


def chain(count, **numbers):
    """Return a road of so many links, one after the other."""
    return roads([(place, place + 1) for place in range(count)], **numbers)


def path_set(*paths):
    """Return paths given as lists of links."""
    pointers = np.concatenate([[0], np.cumsum([len(path) for path in paths])])
    return PathSet(pointers, np.array([link for path in paths for link in path], dtype=np.int32))


def trips(departure_s, *, path=0, group=0):
    """Return trips; path and group hold for all or one for each."""
    departure = np.asarray(departure_s, dtype=float)
    whole = [np.broadcast_to(values, len(departure)).astype(np.int64) for values in (group, path)]
    return Trips(departure, *whole)


def closed(link_count, group_count, rules):
    """Return `Access` from (links, groups, windows)."""
    by_link = [[r for r, (links, _, _) in enumerate(rules) if link in links] for link in range(link_count)]
    windows = [window for _, _, windows in rules for window in windows]
    return Access(
        np.concatenate([[0], np.cumsum([len(r) for r in by_link])]),
        np.array([r for found in by_link for r in found], dtype=np.int64),
        np.array([[g in groups for g in range(group_count)] for _, groups, _ in rules]).reshape(-1, group_count),
        np.concatenate([[0], np.cumsum([len(w) for _, _, w in rules])]).astype(np.int64),
        np.array([w[0] for w in windows], dtype=float),
        np.array([w[1] for w in windows], dtype=float),
    )


def random_world(seed, *, trip_count=150, span_s=600.0):
    """Return a random dense little town: supply, paths, trips of three groups, rules, capacity ratios."""
    rng = np.random.default_rng(seed)
    nodes = int(rng.integers(4, 8))
    ends = sorted(
        {(a, b) for a in range(nodes) for b in range(nodes) if a != b and rng.random() < 0.6}
        | {(i, (i + 1) % nodes) for i in range(nodes)}
    )
    count = len(ends)
    supply = roads(
        ends,
        length_km=rng.uniform(0.02, 0.3, count),
        capacity_pcu_h=rng.uniform(200, 1500, count),
        entry_pcu_h=rng.uniform(900, 2000, count),
        storage_pcu=rng.uniform(1.5, 12, count),
        speed_kmh=rng.uniform(20, 60, count),
    )
    follow = [[link for link, end in enumerate(ends) if end[0] == node] for node in range(nodes)]
    paths = []
    for _ in range(20):
        path = [int(rng.integers(count))]
        while len(path) < rng.integers(2, 9):
            path.append(int(rng.choice(follow[ends[path[-1]][1]])))
        paths.append(path)
    days = trips(
        rng.uniform(0, span_s, trip_count),
        path=rng.integers(20, size=trip_count),
        group=rng.integers(3, size=trip_count),
    )
    rules = [
        (rng.choice(count, 3), [0, 1], [(200.0, 400.0), (500.0, 700.0)]),
        (rng.choice(count, 3), [1, 2], [(300.0, 650.0)]),
    ]
    ratio = rng.choice([0.0, 0.3, 1.0, 1.5], size=(count, 24), p=[0.1, 0.2, 0.5, 0.2])
    ratio[:, -1] = 1.0
    return supply, path_set(*paths), days, closed(count, 3, rules), ratio
