"""Every siting model against brute force: all choices of places are tried on 300 small random instances."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from transport_sim.errors import SitingError
from transport_sim.siting.models import (
    CorridorFlows,
    GroupCover,
    Limits,
    Phase,
    PlugSupply,
    SitingProblem,
    capacitated_maximal_cover,
    flow_refuelling,
    in_phases,
    location_set_cover,
    maximal_cover,
    p_centre,
    p_median,
    pareto_front,
)

INSTANCES = 300
CLOSE = {"rel": 1e-7, "abs": 1e-7}


def draw(seed, *, most_points=9, most_places=6, scenarios=1):
    """Times of all kinds: real ones, whole ones with ties, and places without a way."""
    rng = np.random.default_rng(seed)
    while True:
        n, m = int(rng.integers(1, most_points + 1)), int(rng.integers(1, most_places + 1))
        time = rng.random((n, m)) * 20 if rng.random() < 0.5 else rng.integers(0, 12, (n, m)).astype(float)
        time[rng.random((n, m)) < rng.choice([0.0, 0.25])] = np.inf
        demand = rng.integers(0, 10, (scenarios, n)).astype(float)
        try:
            problem = SitingProblem(
                demand=demand[0] if scenarios == 1 else demand,
                time_min=time,
                cost_cny=rng.integers(0, 6, m).astype(float),
                existing=rng.random(m) < 0.15,
                coordinates=rng.random((m, 2)),
            )
        except SitingError:  # no demand, or none that can be reached
            continue
        return rng, problem


def with_group(rng, problem):
    members = rng.random(problem.demand_count) < 0.5
    if not (problem.weights[:, members].sum(axis=1) > 0).all():
        return problem
    return replace(problem, groups=(GroupCover("rural", members, float(rng.choice([0.2, 0.5, 0.9]))),))


def choices(problem, sites=None, budget_cny=None):
    """All sets of open candidates that keep what exists, shape (choices, m)."""
    masks = np.array(list(product([False, True], repeat=problem.candidate_count)))
    masks = masks[(masks | ~problem.existing).all(axis=1)]
    if sites is not None:
        masks = masks[masks.sum(axis=1) <= sites]
    if budget_cny is not None:
        masks = masks[masks @ problem.new_cost_cny <= budget_cny]
    return masks


def nearest_time(problem, masks):
    return np.where(masks[:, None, :], problem.time_min[None], np.inf).min(axis=2)


def asked(problem):
    return (problem.weights > 0).any(axis=0)


def groups_hold(problem, covered):
    good = np.ones(len(covered), bool)
    for group in problem.groups:
        weights = problem.weights * group.members
        good &= (covered @ weights.T >= group.least_cover_ratio * weights.sum(axis=1) - 1e-9).all(axis=1)
    return good


def a_limit(rng, problem):
    sites = int(rng.integers(max(1, problem.existing.sum()), problem.candidate_count + 1))
    budget = float(rng.integers(0, 12))
    return [{"sites": sites}, {"budget_cny": budget}, {"sites": sites, "budget_cny": budget}][rng.integers(3)]


def check(siting, best, problem=None):
    """The objective is the best there is, and the solution itself keeps what exists."""
    assert siting.status == "optimal"
    assert siting.objective == pytest.approx(best, **CLOSE)
    assert siting.bound == pytest.approx(best, **CLOSE)
    assert siting.gap_ratio <= 1e-9 or best == pytest.approx(0.0, abs=1e-7)
    if problem is not None:
        assert siting.open[problem.existing].all()


@pytest.mark.parametrize("minimise", ["sites", "cost"])
def test_location_set_cover(minimise):
    """Least number, or cost, of places such that no demand is farther than the radius."""
    infeasible = 0
    for seed in range(INSTANCES):
        _, problem = draw(seed)
        masks = choices(problem)
        good = masks[(nearest_time(problem, masks) <= 8)[:, asked(problem)].all(axis=1)]
        siting = location_set_cover(problem, radius_min=8, minimise=minimise)
        if len(good) == 0:
            infeasible += 1
            assert siting.status == "infeasible"
            assert (
                siting.uncovered.tolist()
                == np.flatnonzero(asked(problem) & ~(problem.time_min <= 8).any(axis=1)).tolist()
            )
            continue
        values = good.sum(axis=1) if minimise == "sites" else good @ problem.new_cost_cny
        check(siting, values.min(), problem)
        assert len(siting.uncovered) == 0
    assert 0 < infeasible < INSTANCES


def test_maximal_cover_with_sites_or_budget_or_both_and_a_group():
    """Most demand within the radius; a group gets its least share or the answer is that it cannot."""
    infeasible = 0
    for seed in range(INSTANCES):
        rng, problem = draw(seed)
        problem, limit = with_group(rng, problem), a_limit(rng, problem)
        masks = choices(problem, **limit)
        covered = nearest_time(problem, masks) <= 7
        good = groups_hold(problem, covered)
        siting = maximal_cover(problem, radius_min=7, **limit)
        if not good.any():
            infeasible += 1
            assert siting.status == "infeasible"
            assert "rural" in siting.message
            continue
        check(siting, (covered[good] @ problem.demand).max(), problem)
        assert siting.objective == pytest.approx(siting.cover_ratio * problem.demand.sum())
        assert all(siting.group_cover_ratio[g.name] >= g.least_cover_ratio - 1e-9 for g in problem.groups)
    assert 0 < infeasible < INSTANCES


def test_maximal_cover_over_scenarios():
    """Worst case: the largest least share covered. Regret: the least largest share lost against knowing beforehand."""
    differ = 0
    for seed in range(INSTANCES):
        rng, problem = draw(seed, scenarios=3)
        limit = a_limit(rng, problem)
        covered = nearest_time(problem, choices(problem, **limit)) <= 6
        shares = covered @ (problem.weights / problem.weights.sum(axis=1, keepdims=True)).T
        worst = maximal_cover(problem, radius_min=6, robust="worst_case", **limit)
        check(worst, shares.min(axis=1).max(), problem)
        regret = maximal_cover(problem, radius_min=6, robust="regret", **limit)
        check(regret, (shares.max(axis=0) - shares).max(axis=1).min(), problem)
        mean = maximal_cover(problem, radius_min=6, **limit)
        check(mean, (covered @ problem.weights.T).mean(axis=1).max(), problem)
        differ += (worst.open != mean.open).any()
    assert differ > 0


def test_p_median_with_sites_or_budget_or_both():
    """Least demand-minutes; infeasible where no such choice reaches everybody."""
    infeasible = 0
    for seed in range(INSTANCES):
        rng, problem = draw(seed)
        limit = a_limit(rng, problem)
        time = nearest_time(problem, choices(problem, **limit))[:, asked(problem)]
        values = time @ problem.demand[asked(problem)]
        siting = p_median(problem, **limit)
        if not np.isfinite(values).any():
            infeasible += 1
            assert siting.status == "infeasible"
            assert len(siting.uncovered) > 0
            assert siting.message
            continue
        check(siting, values.min(), problem)
        assert len(siting.uncovered) == 0
        served = np.flatnonzero(asked(problem))
        assert siting.objective == pytest.approx(
            problem.demand[served] @ problem.time_min[served, siting.served_by[served]], **CLOSE
        )
    assert 0 < infeasible < INSTANCES


def test_p_median_by_branching_on_larger_instances():
    """Places for which the first bound leaves a gap: 14 candidates, all 14 over 4 or a budget."""
    for seed in range(INSTANCES // 3):
        rng = np.random.default_rng(seed)
        n, m = 25, 12
        time = np.hypot(*(rng.random((2, n, 1)) - rng.random((2, 1, m)))) * 30
        problem = SitingProblem(
            rng.integers(1, 10, n).astype(float), np.rint(time), rng.integers(1, 6, m) * 1.0, np.zeros(m, bool),
            coordinates=rng.random((m, 2)),
        )  # fmt: skip
        for limit in ({"sites": 4}, {"budget_cny": 9.0}):
            values = nearest_time(problem, choices(problem, **limit)) @ problem.demand
            check(p_median(problem, **limit), values.min())


def test_p_median_with_a_group_and_over_scenarios():
    """The mean minutes of the worst scenario, and the largest regret, where rural demand gets its share within 7 min."""
    infeasible = 0
    for seed in range(INSTANCES):
        rng, problem = draw(seed, most_places=5, scenarios=2)
        problem, limit = with_group(rng, problem), a_limit(rng, problem)
        masks = choices(problem, **limit)
        time = nearest_time(problem, masks)
        good = np.isfinite(time[:, asked(problem)]).all(axis=1) & groups_hold(problem, time <= 7)
        means = np.where(asked(problem), time, 0.0)[good] @ (problem.weights / problem.weights.sum(1, keepdims=True)).T
        for robust in ("worst_case", "regret"):
            siting = p_median(problem, radius_min=7, robust=robust, **limit)
            if not good.any():
                infeasible += 1
                assert siting.status == "infeasible"
                continue
            value = means if robust == "worst_case" else means - means.min(axis=0)
            check(siting, value.max(axis=1).min(), problem)
    assert infeasible > 0


def test_p_centre():
    """The least longest time of any demand."""
    infeasible = 0
    for seed in range(INSTANCES):
        rng, problem = draw(seed)
        limit = a_limit(rng, problem)
        longest = nearest_time(problem, choices(problem, **limit))[:, asked(problem)].max(axis=1)
        siting = p_centre(problem, **limit)
        if not np.isfinite(longest).any():
            infeasible += 1
            assert siting.status == "infeasible"
            assert len(siting.uncovered) > 0
            continue
        check(siting, longest.min(), problem)
    assert 0 < infeasible < INSTANCES


def served_at_most(problem, near, capacity):
    """Largest flow from demand to plugs: the least cut over all sets of sites whose plugs are cut."""
    best = np.inf
    for cut in product([False, True], repeat=len(capacity)):
        beyond = (near & (capacity > 0) & ~np.array(cut)).any(axis=1)
        best = min(best, capacity[list(cut)].sum() + problem.demand[beyond].sum())
    return best


def served_whole(problem, near, capacity):
    best = 0.0
    places = [[-1, *np.flatnonzero(row)] for row in near]
    for who in product(*places):
        load = np.zeros(len(capacity))
        for i, j in enumerate(who):
            if j >= 0:
                load[j] += problem.demand[i]
        if (load <= capacity).all():
            best = max(best, load.sum())
    return best


@pytest.mark.parametrize("split", [True, False])
def test_capacitated_maximal_cover(split):
    """All numbers of plugs are tried; how much they serve is a least cut, or all assignments where none is split."""
    for seed in range(INSTANCES):
        rng, problem = draw(seed, most_points=6 if split else 3, most_places=3)
        m = problem.candidate_count
        stands = np.where(problem.existing, rng.integers(0, 2, m), 0)
        plugs = PlugSupply(
            rng.integers(1, 8, m) * 1.0, rng.integers(0, 4, m) * 1.0, stands + rng.integers(1, 3, m), stands
        )
        problem = replace(problem, plugs=plugs)
        sites, budget, count = (
            int(rng.integers(max(1, problem.existing.sum()), m + 1)),
            float(rng.integers(0, 14)),
            int(stands.sum() + rng.integers(0, 5)),
        )
        near, best = problem.time_min <= 8, 0.0
        for number in product(*(range(a, b + 1) for a, b in zip(stands, plugs.most, strict=True))):
            k = np.array(number)
            is_open = problem.existing | (k > 0)
            cost = problem.new_cost_cny[is_open].sum() + plugs.cost_cny @ (k - stands)
            if is_open.sum() <= sites and cost <= budget and k.sum() <= count:
                capacity = plugs.demand_per_plug * k
                best = max(best, (served_at_most if split else served_whole)(problem, near, capacity))
        siting = capacitated_maximal_cover(
            problem, radius_min=8, sites=sites, budget_cny=budget, plugs=count, split=split
        )
        check(siting, best, problem)
        assert siting.plugs.sum() <= count
        assert siting.cost_cny <= budget + 1e-9
        assert (siting.plugs[siting.open & ~problem.existing] > 0).all()


def gets_through(corridors, path, is_open, trip):
    """Drive: fill up wherever it is possible and see whether the battery is ever empty."""
    own = slice(corridors.pointers[path], corridors.pointers[path + 1])
    at = [a for a, j in zip(corridors.at_km[own], corridors.candidate[own], strict=True) if is_open[j]]
    length, reach = corridors.length_km[path], corridors.range_km[path]
    if trip == "one_way":
        place, left = 0.0, corridors.start_range_km[path]
        for stop in [*at, length]:
            left -= stop - place
            if left < -1e-9:
                return False
            place, left = stop, reach
        return True
    if not at:
        return False
    place = at[0]  # full here, on the way out; back here once more on the way out of the next lap
    stops = [*at[1:], *(2 * length - a for a in reversed(at)), 2 * length + at[0]]
    for stop in stops:
        if stop - place > reach + 1e-9:
            return False
        place = stop
    return True


@pytest.mark.parametrize("trip", ["round", "one_way"])
def test_flow_refuelling(trip):
    """All sets of stations are tried; whether a path gets through is found by driving along it."""
    partly = 0
    for seed in range(INSTANCES):
        rng = np.random.default_rng(seed)
        m, q = int(rng.integers(1, 7)), int(rng.integers(1, 7))
        stops = [rng.permutation(m)[: rng.integers(0, m + 1)] for _ in range(q)]
        length = rng.integers(1, 200, q).astype(float)
        at = [np.sort(rng.integers(0, int(a) + 1, len(s))).astype(float) for a, s in zip(length, stops, strict=True)]
        flow = rng.integers(0, 20, q).astype(float)
        flow[0] += 1
        reach = rng.integers(30, 300, q).astype(float)
        corridors = CorridorFlows(
            pointers=np.concatenate([[0], np.cumsum([len(s) for s in stops])]),
            candidate=np.concatenate(stops),
            at_km=np.concatenate(at),
            length_km=length,
            flow=flow,
            range_km=reach,
            cost_cny=rng.integers(0, 5, m).astype(float),
            existing=rng.random(m) < 0.1,
            start_range_km=np.minimum(reach, rng.integers(0, 100, q)),
        )
        sites = int(rng.integers(max(1, corridors.existing.sum()), m + 1))
        best = 0.0
        for mask in product([False, True], repeat=m):
            is_open = np.array(mask) | corridors.existing
            if is_open.sum() <= sites and corridors.new_cost_cny[is_open].sum() <= 8:
                best = max(best, sum(flow[i] for i in range(q) if gets_through(corridors, i, is_open, trip)))
        found = flow_refuelling(corridors, sites=sites, budget_cny=8.0, trip=trip)
        check(found, best, corridors)
        through = [gets_through(corridors, i, found.open, trip) for i in range(q)]
        assert found.refuelled.tolist() == through
        impossible = [i for i in range(q) if flow[i] and not gets_through(corridors, i, np.ones(m, bool), trip)]
        assert found.impossible.tolist() == impossible
        partly += 0 < best < flow.sum()
    assert partly > INSTANCES // 10


def test_the_front_of_cover_against_budget():
    """Each point is the best for its budget; efficient are those that no other one beats in both."""
    dominated = 0
    for seed in range(INSTANCES // 3):
        _, problem = draw(seed)
        masks = choices(problem)
        cover, cost = (nearest_time(problem, masks) <= 6) @ problem.demand, masks @ problem.new_cost_cny
        front = pareto_front(problem, [9, 0, 2, 5, 14], radius_min=6)
        assert [point.budget_cny for point in front] == [0, 2, 5, 9, 14]
        for point in front:
            check(point.siting, cover[cost <= point.budget_cny].max())
            dominated += not point.efficient
        best = {(p.siting.cover_ratio, p.siting.cost_cny) for p in front if p.efficient}
        assert all(not (a[0] >= b[0] and a[1] < b[1]) for a in best for b in best)
    assert dominated > 0


def test_phases_keep_what_was_built():
    """Each phase is the best among the choices that hold the sites of the phase before."""
    for seed in range(INSTANCES // 3):
        rng, problem = draw(seed)
        problem = replace(problem, existing=np.zeros(problem.candidate_count, bool))
        later = problem.demand + rng.integers(0, 9, problem.demand_count)
        phases = [Phase(2025, budget_cny=4.0), Phase(2030, budget_cny=5.0, demand=later)]
        found = in_phases(
            problem, phases, lambda now, phase: maximal_cover(now, radius_min=6, budget_cny=phase.budget_cny)
        )
        assert list(found) == [2025, 2030]
        before = replace(problem, existing=found[2025].open, demand=later)
        check(found[2030], ((nearest_time(before, choices(before, None, 5.0)) <= 6) @ later).max(), before)


def test_a_gap_that_was_asked_for_is_kept_and_the_bound_holds():
    """A p-median stopped at 5 % is within 5 % of the best, and the best lies between bound and objective."""
    stopped = 0
    for seed in range(INSTANCES // 3):
        rng = np.random.default_rng(seed)
        time = np.hypot(*(rng.random((2, 40, 1)) - rng.random((2, 1, 20)))) * 30
        problem = SitingProblem(rng.integers(1, 10, 40).astype(float), time, np.ones(20), np.zeros(20, bool))
        exact, rough = p_median(problem, sites=5), p_median(problem, sites=5, limits=Limits(gap_ratio=0.05))
        assert rough.bound <= exact.objective * (1 + 1e-9)
        assert rough.objective >= exact.objective * (1 - 1e-9)
        assert rough.gap_ratio <= 0.05
        stopped += rough.status == "feasible"
    assert stopped > 0
