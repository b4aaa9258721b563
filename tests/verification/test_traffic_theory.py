"""The traffic kernel against closed forms, and what must hold in any town."""

import numpy as np
import pytest
from traffic_worlds import CARS, MIXED, chain, closed, path_set, random_world, roads, trips

from transport_sim.traffic.kernel import simulate_traffic

OPTIONS = {"end_s": 2400.0, "bin_s": 100.0, "stuck_s": 60.0}


def everything(seed, **changes):
    """Simulate a random town with every vehicle in the sample; return world and result, traversals with group and pcu."""
    supply, paths, days, access, ratio = random_world(seed)
    arguments = {"capacity_ratio": ratio, **OPTIONS, **changes}
    result = simulate_traffic(supply, MIXED, paths, days, access, sample=np.arange(len(days.path)), **arguments)
    table = result.traversals.assign(group=days.group[result.traversals["trip"]])
    table["pcu"] = MIXED["pcu"].to_numpy()[table["group"]]
    return (supply, paths, days, access, ratio), result, table


def test_newells_bottleneck():
    # demand q1 - beta s^2 over a capacity mu: the queue grows to 4/3 (q1 - mu)^1.5 / beta^0.5 and costs
    # 9 (q1 - mu)^2 / (4 beta) in all (Newell, Applications of Queueing Theory, 1982, chapter 2)
    top, mu, half_s = 0.6, 0.5, 1800.0
    beta = (top - mu) / half_s**2
    grid = np.linspace(-2000.0, 3900.0, 200_001)
    count = top * grid - beta * grid**3 / 3
    departure_s = np.interp(np.arange(int(count[-1] - count[0])) + 0.5, count - count[0], grid + 2000.0)
    supply = chain(1, capacity_pcu_h=mu * 3600, entry_pcu_h=1e6, storage_pcu=1e4)
    result = simulate_traffic(supply, CARS, path_set([0]), trips(departure_s))
    delay_s = (result.arrival_s - departure_s - 60.0).sum()
    assert delay_s == pytest.approx(9 * (top - mu) ** 2 / (4 * beta), rel=0.01)
    assert result.queue_pcu.max() == pytest.approx(4 / 3 * (top - mu) * half_s, rel=0.01)


def test_queue_grows_upstream_with_the_speed_of_the_shock_and_holds_those_who_turn_off():
    # 1500 pcu/h meet 600 pcu/h at the end of link 1, 1 km long, 150 pcu/km standing, wave 18 km/h
    inflow, outflow = 1500.0, 600.0
    supply = roads([(0, 1), (1, 2), (1, 3)], capacity_pcu_h=[1800.0, outflow, 1800.0], entry_pcu_h=1800.0)
    departure_s = np.arange(700) * 3600.0 / inflow
    days = trips(departure_s, path=np.where(np.arange(700) >= 300, np.arange(700) % 2, 0))
    result = simulate_traffic(supply, CARS, path_set([0, 1], [0, 2]), days, sample=np.arange(700), end_s=7200.0)
    first = result.traversals[result.traversals["link"] == 0].reset_index(drop=True)
    held = first["leave_s"] - first["enter_s"] > 60.0 + 1e-6
    shock_kmh = (inflow - outflow) / (150.0 - outflow / 18.0 - inflow / 60.0)
    reached_s = 60.0 + 60.0 + 3600.0 / shock_kmh
    assert first.loc[held, "leave_s"].iloc[0] == pytest.approx(reached_s, rel=0.02)
    turning = first.index >= 310
    alone = first[turning & (days.path == 1)]
    assert (alone["leave_s"] - alone["enter_s"]).min() > 65.0
    second = result.traversals[result.traversals["link"] == 1]
    at_s = reached_s + 300.0
    there = ((second["enter_s"] <= at_s) & ~(second["leave_s"] <= at_s)).sum()
    assert there == pytest.approx(150.0 - outflow / 18.0, abs=1.5)


def test_full_link_passes_what_the_triangular_diagram_says():
    # a link whose diagram has its top at 60 * 18 * 150 / 78 pcu/h, however short, carries just that
    top = 60.0 * 18.0 * 150.0 / 78.0
    for length in (0.05, 0.2, 1.0):
        supply = chain(3, length_km=length, capacity_pcu_h=top)
        result = simulate_traffic(supply, CARS, path_set([0, 1, 2]), trips(np.zeros(400)))
        flow = 300 * 3600.0 / (np.sort(result.arrival_s)[-1] - np.sort(result.arrival_s)[-301])
        assert flow == pytest.approx(top, rel=0.01)


@pytest.mark.parametrize("seed", range(4))
def test_first_in_first_out(seed):
    _, _, table = everything(seed)
    for _, link in table.dropna().groupby("link"):
        assert link.sort_values(["enter_s", "leave_s"])["leave_s"].is_monotonic_increasing


@pytest.mark.parametrize("seed", range(4))
def test_every_vehicle_is_somewhere(seed):
    (supply, paths, days, _, _), result, table = everything(seed, end_s=500.0, capacity_ratio=None)
    left = table["leave_s"].notna()
    last = paths.pointers[days.path + 1] - paths.pointers[days.path]
    done = table[left].groupby("trip").size().reindex(range(len(days.path)), fill_value=0).to_numpy()
    np.testing.assert_array_equal(np.isfinite(result.arrival_s), done == last)
    assert (table[~left].groupby("trip").size() == 1).all()
    bins, links = (table["enter_s"] // 100.0).astype(int), table["link"]
    count, time = np.zeros_like(result.flow_count), np.zeros(result.flow_count.shape)
    assert result.classes == ("car", "motorcycle", "truck_heavy")
    kinds = np.array([0, 2, 1])[table["group"]]
    np.add.at(count, (kinds, links, bins), 1)
    np.add.at(time, (kinds, links, bins), table["leave_s"].fillna(500.0) - table["enter_s"])
    np.testing.assert_array_equal(result.flow_count, count)
    np.testing.assert_allclose(result.time_s, time, rtol=1e-5, atol=1e-3)
    assert (~left).any()
    assert result.flow_count.shape == (3, len(supply.link_ids), 5)


@pytest.mark.parametrize("seed", range(4))
def test_longest_queue_of_each_bin(seed):
    (supply, *_), result, table = everything(seed)
    free_s = supply.length_km[table["link"]] / supply.class_speed_kmh[[0, 6, 3]][table["group"], table["link"]] * 3600.0
    table = table.assign(ready=table["enter_s"] + free_s).sort_values(["link", "enter_s", "leave_s"])
    table["ready"] = table.groupby("link")["ready"].cummax()
    for link, rows in table.groupby("link"):
        leave_s = rows["leave_s"].fillna(2400.0).to_numpy()
        ready_s, pcu = rows["ready"].to_numpy(), rows["pcu"].to_numpy()
        for place in np.flatnonzero(leave_s < 2400.0):
            moment = leave_s[place]
            queue = pcu[(ready_s < moment) & (leave_s >= moment)].sum()
            assert queue <= result.queue_pcu[link, int(moment // 100.0)] + 1e-3


@pytest.mark.parametrize("seed", range(4))
def test_capacity_is_exceeded_in_no_bin(seed):
    (supply, _, _, _, ratio), _, table = everything(seed)
    largest = MIXED["pcu"].max()
    for link, rows in table.dropna().groupby("link"):
        bins = (rows["leave_s"] // 100.0).astype(int)
        flow = rows.groupby(bins)["pcu"].sum()
        allowed = supply.capacity_pcu_h[link] / 36.0 * ratio[link, flow.index]
        # the last vehicle's own headway may end in the next bin
        assert (flow.to_numpy() <= allowed + largest + 1e-9).all()
    without, _, table = everything(seed, capacity_ratio=None)
    for link, rows in table.dropna().sort_values(["leave_s", "enter_s"]).groupby("link"):
        headway_s = rows["pcu"].to_numpy()[:-1] * 3600.0 / without[0].capacity_pcu_h[link]
        assert (np.diff(rows["leave_s"]) >= headway_s - 1e-6).all()


@pytest.mark.parametrize("seed", range(4))
def test_no_traversal_begins_on_a_closed_link(seed):
    (_, _, _, access, _), result, table = everything(seed)
    tried = 0
    for row in table.itertuples():
        for rule in access.link_rules[access.link_pointers[row.link] : access.link_pointers[row.link + 1]]:
            if access.rule_group[rule, row.group]:
                windows = slice(access.window_pointers[rule], access.window_pointers[rule + 1])
                inside = (access.window_start_s[windows] <= row.enter_s) & (row.enter_s < access.window_end_s[windows])
                assert not inside.any()
                tried += 1
    assert tried > 10
    assert result.access_wait_s.sum() > 0


def test_same_input_same_bytes():
    (supply, paths, days, access, ratio), first, _ = everything(3)
    again = simulate_traffic(supply, MIXED, paths, days, access, capacity_ratio=ratio, **OPTIONS)
    for name in ("arrival_s", "access_wait_s", "flow_count", "time_s", "queue_pcu", "forced_count"):
        assert getattr(first, name).tobytes() == getattr(again, name).tobytes(), name


def test_access_without_rules_is_no_access():
    supply, paths, days, _, _ = random_world(1)
    none = simulate_traffic(supply, MIXED, paths, days, **OPTIONS)
    empty = simulate_traffic(supply, MIXED, paths, days, closed(len(supply.link_ids), 3, []), **OPTIONS)
    assert none.arrival_s.tobytes() == empty.arrival_s.tobytes()


def test_road_without_capacity_holds_everybody_until_it_has_some():
    supply = chain(1)
    ratio = np.ones((1, 96))
    ratio[0, :4] = 0.0
    result = simulate_traffic(supply, CARS, path_set([0]), trips([0.0, 10.0]), capacity_ratio=ratio)
    np.testing.assert_allclose(result.arrival_s, [3600.0, 3602.0])
