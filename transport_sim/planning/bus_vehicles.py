"""Which bus serves which block: drives by the stock, further buses where batteries do not last, none where stock ends.

The buses that batteries take beyond the blocks are found by rehearsal: the same processes that the simulation runs,
with a plug free for everybody. What a bus loses is joined to blocks of further buses until nothing is lost.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from transport_sim.demand.bus_blocks import Block, Runs, build_blocks
from transport_sim.fleet.numbers import first_number
from transport_sim.randomness import stable_ids, text_id, uniform
from transport_sim.simulation.bus import rehearse
from transport_sim.simulation.bus_plan import NO_STATION, Bus, BusPlan, DepotNeed
from transport_sim.simulation.charging import StationPlan
from transport_sim.simulation.stations import Plan
from transport_sim.simulation.swapping import SwapPlan

ELECTRIC = "battery_electric"
OTHERWISE = "diesel"
"""Drive of buses where neither a stock nor an electric bus is stated."""
PUNCTUAL_S = 300.0
"""A charge in the middle of a block may delay its next run by so much; assumption. [s]"""


@dataclass
class Slot:
    """A bus of a depot that is not yet numbered."""

    depot: int
    """Position of the depot."""
    blocks: list[Block]
    """For each kind of day."""
    draw: float = 1.0
    """By which drives are given out: who has a low one becomes electric first, and stays so as their share grows."""
    technology: str = ELECTRIC

    @property
    def runs_count(self) -> int:
        """Runs on all kinds of days."""
        return sum(map(len, self.blocks))


@dataclass
class _Fitted:
    """Blocks of electric buses of one kind of day, as their batteries allow."""

    blocks: dict[int, Block] = field(default_factory=dict)
    """By number; those from the count of slots on are of further buses."""
    depots: dict[int, int] = field(default_factory=dict)
    hopeless: dict[int, list[int]] = field(default_factory=dict)
    """By depot: runs that no battery lasts for."""
    lacking: dict[int, tuple[int, float]] = field(default_factory=dict)
    """By depot: blocks that cannot be served, and what their batteries lack if they do not leave them. [kWh]"""


@dataclass(frozen=True, eq=False)
class Depots:
    """What the assignment knows of depots."""

    names: tuple[str, ...]
    places: tuple[int, ...]
    stations: tuple[int, ...]
    """Position among the plan's stations, or `NO_STATION`."""


def assign_buses(
    plan: BusPlan,
    depots: Depots,
    *,
    blocks: Sequence[Sequence[tuple[Block, ...]]],
    least: Sequence[Sequence[int]],
    runs: Sequence[Runs],
    stock: dict[str, float],
    stations: Sequence[Plan],
    seed: int,
) -> BusPlan:
    """Give blocks to buses.

    Parameters
    ----------
    plan
        Complete but for buses.
    depots
        Their names, places and stations.
    blocks
        For each kind of day and depot.
    least
        Likewise: buses without which no plan serves the runs.
    runs
        Of each kind of day, all depots together; blocks count its rows.
    stock
        Buses by technology; empty where none is stated, which sets no limit.
    stations
        Plans of the run's stations.
    seed
        Of the replication.

    Returns
    -------
    The plan with buses, runs that no bus is left for, and what each depot needs.
    """
    kinds = range(len(plan.kinds))
    slots = []
    for depot, name in enumerate(depots.names):
        count = max((len(blocks[kind][depot]) for kind in kinds), default=0)
        draws = uniform(stable_ids(text_id(name), np.arange(count)), seed=seed, stream="bus_technology").tolist()
        for number, draw in enumerate(draws):
            own = [blocks[kind][depot][number] if number < len(blocks[kind][depot]) else () for kind in kinds]
            slots.append(Slot(depot, own, draw))
    _give_technologies(slots, stock, battery=plan.battery is not None)
    electric = [slot for slot in slots if slot.technology == ELECTRIC]
    fitted = [_fit(plan, depots, electric, runs[kind], kind=kind, stations=stations) for kind in kinds]
    further, hopeless = _take_over(electric, fitted, len(depots.names))
    _limit_electric(further, electric, stock)
    kept, dropped = _limited([*slots, *further], stock)
    numbered = sorted(kept, key=lambda slot: slot.depot) + hopeless
    first = first_number("bus")
    buses = tuple(_bus(plan, depots, slot, first + number) for number, slot in enumerate(numbered))
    without = tuple(tuple(run for slot in dropped for run in slot.blocks[kind]) for kind in kinds)
    needs = tuple(
        DepotNeed(
            name,
            max((least[kind][depot] for kind in kinds), default=0),
            sum(slot.depot == depot for slot in slots),
            sum(slot.depot == depot for slot in (*slots, *further)),
            sum(slot.depot == depot for slot in kept),
            max((fit.lacking.get(depot, (0, 0.0))[1] for fit in fitted), default=0.0),
            max((fit.lacking.get(depot, (0, 0.0))[0] for fit in fitted), default=0),
        )
        for depot, name in enumerate(depots.names)
    )
    return replace(plan, buses=buses, without_bus=without, needs=needs)


def _bus(plan: BusPlan, depots: Depots, slot: Slot, vehicle: int) -> Bus:
    return Bus(
        vehicle,
        slot.technology,
        slot.technology == ELECTRIC and plan.battery is not None,
        depots.places[slot.depot],
        depots.stations[slot.depot],
        tuple(slot.blocks),
    )


def _give_technologies(slots: list[Slot], stock: dict[str, float], *, battery: bool) -> None:
    """Share drives out in the ratio of the stock, electric ones by the lowest draws."""
    if not stock or sum(stock.values()) <= 0.0:
        for slot in slots:
            slot.technology = ELECTRIC if battery else OTHERWISE
        return
    names = sorted(stock, key=lambda name: (name != ELECTRIC, name))
    bounds = np.rint(np.cumsum([stock[name] for name in names]) / sum(stock.values()) * len(slots))
    order = sorted(range(len(slots)), key=lambda i: (slots[i].draw, i))
    for place, number in enumerate(order):
        slots[number].technology = names[int(np.searchsorted(bounds, place, side="right"))]


def _fit(
    plan: BusPlan, depots: Depots, electric: list[Slot], runs: Runs, *, kind: int, stations: Sequence[Plan]
) -> _Fitted:
    """Rehearse blocks, join what is lost to further blocks, and so on until every run is served or hopeless."""
    found = _Fitted()
    if plan.battery is None:
        return found
    pending = {number: slot.blocks[kind] for number, slot in enumerate(electric) if slot.blocks[kind]}
    found.depots = {number: slot.depot for number, slot in enumerate(electric)}
    fresh: set[int] = set()
    next_number, is_first = len(electric), True
    away = replace(depots, stations=(NO_STATION,) * len(depots.stations))
    while pending:
        lost, _ = _rehearsed(plan, depots, pending, found.depots, kind=kind, stations=stations)
        if is_first:
            short = {number: pending[number] for number in lost}
            _, missing = _rehearsed(plan, away, short, found.depots, kind=kind, stations=stations)
            found.lacking = _by_depot(missing, found.depots)
            is_first = False
        again: dict[int, Block] = {}
        freed: dict[int, list[int]] = {}
        for number, block in pending.items():
            gone = lost.get(number, set())
            depot = found.depots[number]
            if number in fresh and block[0] in gone:
                found.hopeless.setdefault(depot, []).append(block[0])
                freed.setdefault(depot, []).extend(block[1:])
                continue
            if not gone:
                found.blocks[number] = block
                continue
            kept = tuple(run for run in block if run not in gone)
            freed.setdefault(depot, []).extend(gone)
            if kept:
                again[number] = kept
        fresh = set()
        for depot, rows in sorted(freed.items()):
            own = np.array(sorted(rows), dtype=np.int64)
            for block in build_blocks(runs.some(own), plan.ways.dead_s):
                again[next_number] = tuple(int(own[run]) for run in block)
                found.depots[next_number] = depot
                fresh.add(next_number)
                next_number += 1
        pending = again
    return found


def _rehearsed(
    plan: BusPlan,
    depots: Depots,
    blocks: dict[int, Block],
    depot_of: dict[int, int],
    *,
    kind: int,
    stations: Sequence[Plan],
) -> tuple[dict[int, set[int]], dict[int, float]]:
    """Return the runs that each bus loses in one day that begins with full batteries, and what it lacks. [kWh]."""
    buses = tuple(
        Bus(
            number,
            ELECTRIC,
            is_electric=True,
            depot=depots.places[depot_of[number]],
            station=depots.stations[depot_of[number]],
            blocks=tuple(block if other == kind else () for other in range(len(plan.kinds))),
        )
        for number, block in blocks.items()
    )
    kinds = tuple(replace(runs, most_late_s=np.minimum(runs.most_late_s, PUNCTUAL_S)) for runs in plan.kinds)
    spread = (np.ones(len(plan.kinds[kind])),)
    day = replace(plan, kinds=kinds, days=(kind,), spread=spread, buses=buses, without_bus=())
    records = rehearse(day, [_with_room(station, len(buses)) for station in stations])
    lost: dict[int, set[int]] = {}
    for record in records.lost:
        if record.reason == "energy":
            lost.setdefault(record.vehicle, set()).add(record.run)
    return lost, {record.vehicle: record.missing_kwh for record in records.blocks}


def _with_room(plan: Plan, count: int) -> Plan:
    """Return a station where so many vehicles find a plug, or a battery, at once; where there is none stays none."""
    if isinstance(plan, StationPlan):
        plugs = tuple(replace(plug, count=count if plug.count else 0, faults=()) for plug in plan.plugs)
        return replace(plan, plugs=plugs, feeder_kw=math.inf, limits=())
    if isinstance(plan, SwapPlan) and plan.batteries_count and plan.bays_count:
        return replace(plan, batteries_count=max(count, plan.batteries_count), bays_count=count)
    return plan


def _by_depot(missing: dict[int, float], depot_of: dict[int, int]) -> dict[int, tuple[int, float]]:
    found: dict[int, tuple[int, float]] = {}
    for number, kwh in missing.items():
        if kwh > 0.0:
            count, total = found.get(depot_of[number], (0, 0.0))
            found[depot_of[number]] = count + 1, total + kwh
    return found


def _take_over(electric: list[Slot], fitted: Sequence[_Fitted], depots: int) -> tuple[list[Slot], list[Slot]]:
    """Write fitted blocks to their buses; return further buses, and one for each depot's hopeless runs, if any."""
    further: list[Slot] = []
    waiting: dict[int, list[list[Block]]] = {}
    for kind, fit in enumerate(fitted):
        for number, slot in enumerate(electric):
            slot.blocks[kind] = fit.blocks.get(number, ())
        extra: dict[int, list[Block]] = {}
        for number, block in fit.blocks.items():
            if number >= len(electric):
                extra.setdefault(fit.depots[number], []).append(block)
        for depot, blocks in extra.items():
            waiting.setdefault(depot, [[] for _ in fitted])[kind] = blocks
    for depot, by_kind in sorted(waiting.items()):
        for place in range(max(map(len, by_kind))):
            own = [blocks[place] if place < len(blocks) else () for blocks in by_kind]
            further.append(Slot(depot, own))
    hopeless = [
        Slot(depot, [tuple(sorted(fit.hopeless.get(depot, ()))) for fit in fitted])
        for depot in range(depots)
        if any(depot in fit.hopeless for fit in fitted)
    ]
    return further, hopeless


def _limit_electric(further: list[Slot], electric: list[Slot], stock: dict[str, float]) -> None:
    """Let other buses serve further blocks where the stock has no electric ones left."""
    others = {name: count for name, count in stock.items() if name != ELECTRIC and count > 0.0}
    if not others:
        return
    left = max(round(stock.get(ELECTRIC, 0.0)) - len(electric), 0)
    usual = max(sorted(others), key=lambda name: others[name])
    for slot in further[left:]:
        slot.technology = usual


def _limited(slots: list[Slot], stock: dict[str, float]) -> tuple[list[Slot], list[Slot]]:
    """Keep as many buses as there are; those with the fewest runs stay away."""
    most = round(sum(stock.values())) if stock else len(slots)
    order = sorted(range(len(slots)), key=lambda i: (-slots[i].runs_count, i))
    kept = set(order[:most])
    return [s for i, s in enumerate(slots) if i in kept], [s for i, s in enumerate(slots) if i not in kept]
