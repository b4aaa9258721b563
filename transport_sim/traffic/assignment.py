"""Day-to-day assignment: travellers learn until hardly anybody could have arrived earlier on another path.

Each day is simulated, the times of all links are taken from it, and some of those who could gain choose anew, in turn
(`traffic.anticipation`). A path is cheapest at the times at which each of its links is passed, rules of access and
forbidden turns obeyed. The gap of a day compares the time of every trip on its path with that on its cheapest path,
both at the link times of that day.

Who came to a link after it had closed and may move the departure leaves earlier on the next day (`traffic.departures`).
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from transport_sim.errors import DataError
from transport_sim.network.model import VEHICLE_CLASSES, Network
from transport_sim.randomness import uniform
from transport_sim.traffic.anticipation import (
    Choices,
    Forecast,
    anchored,
    choose_in_turn,
    count_passages,
    counted,
    expected_roads,
    new_forecast,
    no_choices,
)
from transport_sim.traffic.checks import check_demand
from transport_sim.traffic.departures import LATE_S, Leeway, earlier_departures, leeway_of, waits_s
from transport_sim.traffic.gap import relative_gap
from transport_sim.traffic.kernel import simulate_traffic
from transport_sim.traffic.link_times import LinkTimes, empty_roads, link_times
from transport_sim.traffic.model import (
    Access,
    BoolArray,
    FloatArray,
    IntArray,
    LinkSupply,
    PathSet,
    TrafficResult,
    Trips,
    class_rows,
)
from transport_sim.traffic.states import Int32Array, States, obeys, states_of
from transport_sim.traffic.timed_paths import (
    Requests,
    Roads,
    arrivals,
    by_destination,
    find_paths,
    roads_of,
    some,
)
from transport_sim.units import SECONDS_PER_DAY

REVISING_SHARE = 0.3
"""Share of the travellers who reconsider their path on the first days. [-]"""
CALMER = 0.8
"""What that share is multiplied by after a day that did not bring the gap down to `WORSE`. [-]"""
WORSE = 0.95
"""Ratio of a day's gap to that of the day before from which travellers grow calmer. [-]"""
LEAST_REVISING_SHARE = 0.01
"""Least share of the travellers who reconsider. [-]"""
MOST_WORTH_SHARE = 0.05
"""Largest gain, as a share of a trip's time, for which nobody changes paths: who moves for little jams the next road
and adds little to the gap. [-]"""
WORTH_PER_GAP = 1.5
"""That gain over the last day's gap: near an equilibrium small gains are what is left. [-]"""
FIRST_CAPACITY_SHARE = 0.8
"""Share of the capacity on which the first choices count: they know no spillback, and a first day in gridlock teaches
nothing. [-]"""
FIRST_ROUNDS = 2
"""How often everybody chooses before the first simulated day, when there is nothing to start from. [-]"""
CLOSING_MARGIN_S = 300.0
"""How long before a link closes one no longer plans to pass it: who comes too late waits for hours. [s]"""


@dataclass(frozen=True, eq=False)
class Assignment:
    """A day of traffic on which travellers chose their paths, and how far it is from an equilibrium."""

    trip_ids: IntArray
    """Trip of each row of `trips`, ascending."""
    origin_node: IntArray
    """Node id at which each trip begins."""
    destination_node: IntArray
    link_ids: IntArray
    """Link of each position in `paths`."""
    paths: PathSet
    """Path `i` is that of trip `i`."""
    trips: Trips
    result: TrafficResult
    times: LinkTimes
    """Times of the links on the simulated day, at which the last gap is measured."""
    gaps: pd.DataFrame
    """One row per day: `gap_ratio`; mean time of a trip on its path and on the cheapest one at the day's link times,
    and as simulated, `mean_time_s`, `mean_cheapest_s`, `mean_simulated_s`; mean wait for closed links `mean_wait_s`;
    vehicles still under way at the end and moved by the gridlock rule, `under_way_count`, `forced_count`; trips that
    waited for a closed link, by the link times or in truth, `late_count`; trips that afterwards changed their path,
    `changed_count`, and of those that waited, who could leave earlier, `moved_count`."""
    converged: bool
    """Whether the last day's gap is as small as asked for, and likewise the share of all time that those waited who
    could have left earlier."""
    left_out: pd.DataFrame
    """Trips that were not simulated: `trip_id` and `reason`, `no_path` or `same_node`."""


def equilibrium(
    supply: LinkSupply,
    groups: pd.DataFrame,
    demand: pd.DataFrame,
    access: Access | None = None,
    *,
    seed: int,
    network: Network | None = None,
    gap: float = 0.01,
    max_days: int = 40,
    start: Assignment | None = None,
    bin_s: float = 900.0,
    end_s: float = SECONDS_PER_DAY,
    workers: int = 2,
) -> Assignment:
    """Simulate days until the travellers' paths are in equilibrium.

    Parameters
    ----------
    supply
        The links.
    groups
        Vehicle groups, index 0..n-1, with the columns `vehicle_class` and `pcu` at least.
    demand
        One row per trip: `checks.DEMAND_COLUMNS`, nodes by their id. With `earliest_departure_s`, and `ahead_s` if
        somebody wants to be early, trips that come too late to a closed link leave earlier on the next day, but not
        before that (`traffic.departures`). Further columns are left alone.
    access
        What is closed to whom at what time; nothing if left out.
    seed
        Seed of the draws of who reconsiders on which day, addressed by trip.
    network
        Network of which the supply was made; its turn restrictions hold. Without it every turn is allowed.
    gap
        Relative gap at which to stop. [-]
    max_days
        Days after which to give up; `converged` then says no. [-]
    start
        An assignment to start from, of another scenario or year. Trips with the same id, origin and destination begin
        on its paths if these are still allowed, the others choose at its link times.
    bin_s, end_s
        Length of a bin and of the day. [s]
    workers
        Threads of the search for cheapest paths; the answer does not depend on them. [-]

    Returns
    -------
    Assignment
        The last simulated day, with its departures in `trips`. The same arguments give the same bytes.

    Raises
    ------
    DataError
        If the demand lacks columns, names unknown nodes or groups or a trip twice, if a departure is missing or
        negative, or if `start` has other bins.
    """
    if max_days < 1:
        raise DataError(f"max_days must be at least 1, got {max_days}")
    task = _Task.build(supply, groups, demand, access, network, workers)
    times = empty_roads(supply, bin_s=bin_s, end_s=end_s)
    if start is None:
        forecast, choices = task.first_choices(times)
    else:
        forecast, choices = task.choices_from(start, times)
    task, choices, left_out = task.without_stranded(choices)
    share, rows, last = REVISING_SHARE, [], np.inf
    for day in range(max_days):
        paths = _paths(choices)
        trips = Trips(task.requests.departure_s, task.requests.group, np.arange(len(task.trip_ids)))
        result = simulate_traffic(supply, groups, paths, trips, access, bin_s=bin_s, end_s=end_s)
        times = link_times(supply, result)
        row, gain_share, late_s = task.measure(times, choices, result)
        if row["gap_ratio"] > WORSE * last:
            share = max(CALMER * share, LEAST_REVISING_SHARE)
        last = row["gap_ratio"]
        later = task.leaving_earlier(times, choices, late_s)
        moves = later.requests.departure_s < task.requests.departure_s
        avoidable = float(late_s[moves].sum()) / max(row["mean_time_s"] * len(late_s), 1e-9)
        converged = last <= gap and avoidable <= gap
        changed = 0
        if not converged and day + 1 < max_days:
            worth = min(MOST_WORTH_SHARE, WORTH_PER_GAP * last)
            revises = (gain_share > worth) & (uniform(task.trip_ids, seed=seed, stream=f"revise_path:{day}") < share)
            revises |= (late_s > LATE_S) & ~moves
            forecast, choices, changed = task.revise(forecast, times, choices, revises, worth, later)
            task = later
        rows.append({**row, "changed_count": changed, "moved_count": int(moves.sum())})
        if converged:
            break
    gaps = pd.DataFrame(rows, index=pd.RangeIndex(len(rows), name="day"))
    ends = supply.node_ids[task.requests.origin], supply.node_ids[task.requests.destination]
    return Assignment(task.trip_ids, *ends, supply.link_ids, paths, trips, result, times, gaps, converged, left_out)


@dataclass(frozen=True, eq=False)
class _Task:
    """What does not change from day to day."""

    supply: LinkSupply
    access: Access | None
    pcu: FloatArray
    graphs: dict[int, States]
    trip_ids: IntArray
    requests: Requests
    leeway: Leeway
    workers: int

    @classmethod
    def build(  # noqa: PLR0917 - what `equilibrium` takes
        cls,
        supply: LinkSupply,
        groups: pd.DataFrame,
        demand: pd.DataFrame,
        access: Access | None,
        network: Network | None,
        workers: int,
    ) -> "_Task":
        """Check the demand, sort it by trip and prepare the graphs."""
        check_demand(demand, len(groups))
        ordered = demand.sort_values("trip_id", kind="stable")
        ends = [_positions(supply, ordered[name]) for name in ("origin_node", "destination_node")]
        group = ordered["group"].to_numpy(dtype=np.int64)
        class_of_group = class_rows(groups)
        departure_s = np.ascontiguousarray(ordered["departure_s"].to_numpy(dtype=np.float64))
        requests = Requests(ends[0], ends[1], departure_s, group, class_of_group[group])
        graphs = {
            int(number): states_of(supply, network, VEHICLE_CLASSES[number])
            for number in np.unique(requests.vehicle_class)
        }
        pcu = groups["pcu"].to_numpy(dtype=np.float64)
        trip_ids = ordered["trip_id"].to_numpy(dtype=np.int64)
        return cls(supply, access, pcu, graphs, trip_ids, requests, leeway_of(ordered), workers)

    def planned(self, times: LinkTimes) -> Roads:
        """Return the roads as one plans on them: nobody counts on passing a link just before it closes."""
        return roads_of(times, self.access, len(self.pcu), margin_s=CLOSING_MARGIN_S)

    def choose(
        self,
        roads: Roads,
        forecast: Forecast,
        choices: Choices,
        who: BoolArray | None = None,
        worth_share: float = MOST_WORTH_SHARE,
    ) -> tuple[Choices, int]:
        """Let everybody, or some, choose in turn, class by class and destination by destination."""
        total = 0
        for vehicle_class, rows in by_destination(self.requests):
            chosen = rows if who is None else rows[who[rows]]
            graph = self.graphs[vehicle_class]
            choices, changed = choose_in_turn(
                graph, roads, self.requests, chosen, self.pcu, forecast, choices, worth_share
            )
            total += changed
        return choices, total

    def first_choices(self, times: LinkTimes) -> tuple[Forecast, Choices]:
        """Fill empty roads: each chooses at what the point queues of those before make of the times."""
        roads = self.planned(times)
        forecast = new_forecast(roads, FIRST_CAPACITY_SHARE * self.supply.capacity_pcu_h)
        choices = no_choices(len(self.trip_ids))
        for _ in range(FIRST_ROUNDS):
            entered, _left = count_passages(roads, self.requests, self.pcu, choices)
            forecast, roads = counted(forecast, roads, entered)
            choices, _changed = self.choose(roads, forecast, choices)
        return forecast, choices

    def choices_from(self, start: Assignment, times: LinkTimes) -> tuple[Forecast, Choices]:
        """Take over the paths of another assignment; who has none there chooses at its link times."""
        if start.times.delay_s.shape[0] != times.delay_s.shape[0] or start.times.bin_s != times.bin_s:
            raise DataError("the assignment to start from has bins of another length or number")
        delay_s, order = np.zeros_like(times.delay_s), np.argsort(start.link_ids)
        place = np.minimum(np.searchsorted(start.link_ids[order], self.supply.link_ids), len(order) - 1)
        same = start.link_ids[order[place]] == self.supply.link_ids
        delay_s[:, same] = start.times.delay_s[:, order[place[same]]]
        roads = self.planned(LinkTimes(times.free_s, delay_s, times.bin_s))
        choices = self._kept(start, roads)
        passages = count_passages(roads, self.requests, self.pcu, choices)
        before = new_forecast(roads, self.supply.capacity_pcu_h)
        forecast, expected = anchored(before, roads, self.supply.capacity_pcu_h, passages)
        choices, _ = self.choose(expected, forecast, choices, choices.length == 0)
        return forecast, choices

    def _kept(self, start: Assignment, roads: Roads) -> Choices:
        """Return the paths of `start` that the same trips may still drive."""
        order = np.argsort(self.supply.link_ids)
        found = np.minimum(np.searchsorted(self.supply.link_ids[order], start.link_ids), len(order) - 1)
        position = np.where(self.supply.link_ids[order[found]] == start.link_ids, order[found], -1)
        links = position[start.paths.links].astype(np.int32)
        length, first = np.zeros(len(self.trip_ids), np.int64), np.zeros(len(self.trip_ids), np.int64)
        _, mine, theirs = np.intersect1d(self.trip_ids, start.trip_ids, assume_unique=True, return_indices=True)
        ends = self.supply.node_ids[self.requests.origin[mine]], self.supply.node_ids[self.requests.destination[mine]]
        same = (ends[0] == start.origin_node[theirs]) & (ends[1] == start.destination_node[theirs])
        for trip, old in zip(mine[same].tolist(), theirs[same].tolist(), strict=True):
            path = links[start.paths.pointers[old] : start.paths.pointers[old + 1]]
            graph = self.graphs[int(self.requests.vehicle_class[trip])]
            if obeys(graph, path, self.requests.origin[trip], self.requests.destination[trip]):
                first[trip], length[trip] = start.paths.pointers[old], len(path)
        choices = Choices(first, length, links, np.zeros(len(links), dtype=np.int32))
        length[waits_s(roads, self.requests, *_flat(choices)) > LATE_S] = 0
        return choices

    def without_stranded(self, choices: Choices) -> tuple["_Task", Choices, pd.DataFrame]:
        """Leave out the trips without a path; a table says which and why."""
        kept = choices.length > 0
        same = self.requests.origin == self.requests.destination
        reason = np.where(same, "same_node", "no_path")[~kept]
        left_out = pd.DataFrame({"trip_id": self.trip_ids[~kept], "reason": reason})
        task = replace(
            self,
            trip_ids=self.trip_ids[kept],
            requests=some(self.requests, kept),
            leeway=Leeway(self.leeway.earliest_s[kept], self.leeway.ahead_s[kept]),
        )
        return task, choices._replace(start=choices.start[kept], length=choices.length[kept]), left_out

    def measure(
        self, times: LinkTimes, choices: Choices, result: TrafficResult
    ) -> tuple[dict[str, float], FloatArray, FloatArray]:
        """Return the row of a day in `Assignment.gaps`, and for each trip what it could have gained and has waited.

        The gain is a share of the time, the wait for closed links is in seconds, by the link times or as simulated.
        """
        roads = roads_of(times, self.access, len(self.pcu))
        departure_s = self.requests.departure_s
        pointers, links = _flat(choices)
        time_s = arrivals(roads, self.requests, pointers, links) - departure_s
        late_s = np.maximum(result.access_wait_s, waits_s(roads, self.requests, pointers, links))
        cheapest_s = find_paths(self.graphs, roads, self.requests, workers=self.workers).arrival_s - departure_s
        simulated_s = result.arrival_s - departure_s
        arrived = np.isfinite(simulated_s)
        count = max(len(time_s), 1)
        row = {
            "gap_ratio": relative_gap(float(time_s.sum()), float(cheapest_s.sum())),
            "mean_time_s": float(time_s.sum()) / count,
            "mean_cheapest_s": float(cheapest_s.sum()) / count,
            "mean_simulated_s": float(simulated_s[arrived].mean()) if arrived.any() else 0.0,
            "mean_wait_s": float(result.access_wait_s.sum()) / count,
            "under_way_count": int((~arrived).sum()),
            "forced_count": int(result.forced_count.sum()),
            "late_count": int((late_s > LATE_S).sum()),
        }
        return row, (time_s - cheapest_s) / np.maximum(time_s, 1e-9), late_s

    def leaving_earlier(self, times: LinkTimes, choices: Choices, late_s: FloatArray) -> "_Task":
        """Let those who came too late to a closed link leave earlier."""
        departure_s = earlier_departures(
            self.planned(times), self.requests, *_flat(choices), leeway=self.leeway, late_s=late_s
        )
        return replace(self, requests=self.requests._replace(departure_s=departure_s))

    def revise(  # noqa: PLR0917
        self,
        forecast: Forecast,
        times: LinkTimes,
        choices: Choices,
        who: BoolArray,
        worth_share: float,
        later: "_Task",
    ) -> tuple[Forecast, Choices, int]:
        """Let some travellers choose anew after a simulated day, others having moved their departures."""
        roads = self.planned(times)
        passages = count_passages(roads, self.requests, self.pcu, choices)
        forecast, expected = anchored(forecast, roads, self.supply.capacity_pcu_h, passages)
        entered, _left = count_passages(expected, later.requests, self.pcu, choices)
        forecast = forecast._replace(entered_pcu=entered)
        choices, changed = later.choose(expected_roads(forecast, roads), forecast, choices, who, worth_share)
        return forecast, choices, changed


def _flat(choices: Choices) -> tuple[IntArray, Int32Array]:
    """Return pointers and links of the paths, which may lie in any order."""
    pointers = np.concatenate([[0], np.cumsum(choices.length)])
    place = np.arange(pointers[-1]) + np.repeat(choices.start - pointers[:-1], choices.length)
    return pointers, choices.links[place]


def _paths(choices: Choices) -> PathSet:
    return PathSet(*_flat(choices))


def _positions(supply: LinkSupply, nodes: "pd.Series[int]") -> IntArray:
    """Return the positions of node ids; raise `DataError` if one has no road."""
    wanted = nodes.to_numpy(dtype=np.int64)
    found = np.minimum(np.searchsorted(supply.node_ids, wanted), len(supply.node_ids) - 1)
    bad = supply.node_ids[found] != wanted
    if bad.any():
        names = ", ".join(str(node) for node in pd.unique(wanted[bad])[:5])
        raise DataError(f"demand: {bad.sum()} rows have a {nodes.name} that is at no road (first: {names})")
    return found.astype(np.int64)
