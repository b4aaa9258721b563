"""The daily timetable of other trains, as times of the day at which they keep freight trains out of each section."""

from dataclasses import dataclass, field

from transport_sim.errors import DataError
from transport_sim.inputs import Inputs
from transport_sim.planning.rail_layout import RailLayout
from transport_sim.simulation.railway_plan import Move, OccupiedPaths, RailwayPlan, first_slot_s
from transport_sim.tables.rail import rows_of
from transport_sim.units import SECONDS_PER_DAY, SECONDS_PER_HOUR


@dataclass
class _Train:
    """One train of the timetable before it has its path."""

    priority: int
    depart_s: float
    path: str
    moves: tuple[Move, ...]


@dataclass(frozen=True)
class Timetable:
    """Where and when other trains run."""

    paths: dict[str, OccupiedPaths] = field(default_factory=dict)
    """By section."""
    nodes: frozenset[int] = frozenset()
    """Nodes where they pass over single track, so that a track has to be kept clear for them."""
    trains_count: int = 0


def build_timetable(inputs: Inputs, layout: RailLayout) -> Timetable:
    """Give every train of the table `train_paths` a path that no other crosses.

    The trains of a pattern depart at even intervals, those of the other direction half an interval later. Priorities
    are served in turn, and within them departures: a train that finds a section taken waits where trains can stand.

    Raises
    ------
    DataError
        If a pattern does not start or end at a place on the railways, or a section has no room for its trains.
    """
    trains: list[_Train] = []
    nodes: set[int] = set()
    by_name = layout.network.nodes_by_name
    for line, row in enumerate(rows_of(inputs.operations["train_paths"]), 2):
        names = row["from_station"], row["to_station"]
        for name in names:
            if name not in by_name:
                raise DataError(f"train_paths, line {line}: no station {name!r} on the map")
        ends = int(by_name[names[0]]), int(by_name[names[1]])
        for way, (start, end) in enumerate((ends, ends[::-1])):
            route = layout.route_between(start, end)
            if not route:
                raise DataError(
                    f"train_paths, line {line}: no railway leads from {' to '.join(names)} in {inputs.year}"
                )
            moves = layout.moves(route, row["speed_kmh"])
            single = [link for link in route if not layout.double_track[link]]
            nodes |= {int(n) for link in single for n in (layout.from_node[link], layout.to_node[link])}
            every_s = (row["last_hour"] - row["first_hour"]) * SECONDS_PER_HOUR / row["trains_per_day"]
            first_s = row["first_hour"] * SECONDS_PER_HOUR + (0.25 + 0.5 * way) * every_s
            trains += [
                _Train(row["priority"], first_s + n * every_s, row["path"], moves) for n in range(row["trains_per_day"])
            ]
    return Timetable(_place(trains), frozenset(nodes), len(trains))


def _place(trains: list[_Train]) -> dict[str, OccupiedPaths]:
    """Run the trains one after the other through the day, each around those before it."""
    plan = RailwayPlan()
    for train in sorted(trains, key=lambda t: (t.priority, t.depart_s, t.path)):
        now = train.depart_s
        for move in train.moves:
            start = first_slot_s(plan, move, now)
            if start - now > SECONDS_PER_DAY:
                names = ", ".join(s.facility for s in move.sections)
                raise DataError(
                    f"train_paths: {train.path} finds no path over {names}: {_share(plan, move):.0%} of the day are "
                    "taken by trains of the same or a higher priority; run fewer trains, or faster ones"
                )
            at = start
            for section in move.sections:
                plan.paths.setdefault(section.facility, OccupiedPaths(())).add(at, at + section.hold_s)
                at += section.run_s
            now = at + move.stop_s
    return plan.paths


def _share(plan: RailwayPlan, move: Move) -> float:
    return max(plan.paths[s.facility].occupied_s for s in move.sections if s.facility in plan.paths) / SECONDS_PER_DAY
