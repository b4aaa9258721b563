"""Shipment sizes: the economic order quantity, minimum volumes, and the choice among sizes."""

from dataclasses import replace

import numpy as np
import pytest

from transport_sim.choice.chains import RAIL_SIDING, ROAD, ROAD_RAIL_ROAD, build_skims
from transport_sim.choice.freight_mode import chain_costs
from transport_sim.choice.shipment_size import choose_sizes, economic_order_t, order_and_stock_cny_per_t, size_names
from transport_sim.choice.supernetwork import build_chains
from transport_sim.operations import Operations

COAL, CONTAINERS = 0, 7
MANY = 100_000


@pytest.mark.parametrize(
    ("annual_t", "order_cny", "holding"), [(1000.0, 200.0, 40.0), (3e6, 500.0, 200.0), (5.0, 1.0, 960.0)]
)
def test_the_economic_order_is_where_cost_is_least(annual_t, order_cny, holding):
    """q* = sqrt(2 Q o / h), where both parts are equal and their sum is sqrt(2 o h / Q)."""
    best = float(economic_order_t(annual_t, order_cny, holding))
    at_best = float(order_and_stock_cny_per_t(best, annual_t, order_cny, holding))
    assert at_best == pytest.approx(np.sqrt(2 * order_cny * holding / annual_t))
    assert order_cny / best == pytest.approx(at_best / 2)
    around = order_and_stock_cny_per_t(best * np.linspace(0.2, 5, 97), annual_t, order_cny, holding)
    assert (around >= at_best * (1 - 1e-12)).all()


def costs_of(inputs):
    skims = build_skims(inputs)
    return chain_costs(inputs, skims, build_chains(inputs, skims))


def with_sizes(inputs, *, least: float = 0.0, **columns: float):
    sizes = inputs.operations["shipment_sizes"].copy()
    sizes["min_annual_t"] = np.where(sizes.index.isin(sizes.groupby("mode").head(1).index), 0.0, least)
    for name, value in columns.items():
        sizes[name] = value
    return replace(inputs, operations=inputs.operations.with_table("shipment_sizes", sizes))


def test_by_road_the_order_is_the_economic_one_up_to_the_lot(tiny_inputs):
    found = costs_of(tiny_inputs).size_t[ROAD][0, :, 0, 1]
    rows = tiny_inputs.operations["shippers"].set_index("commodity")
    goods = tiny_inputs.commodities.set_index("commodity")
    for n, name in enumerate(goods.index):
        holding = goods.loc[name, "value_cny_per_t"] * tiny_inputs.parameters.inventory_rate_per_year
        best = np.sqrt(2 * rows.loc[name, "annual_t"] * rows.loc[name, "order_cost_cny"] / holding)
        assert found[n] == pytest.approx(min(best, goods.loc[name, "road_lot_t"]))


def test_a_small_shipper_sends_wagons_and_a_large_one_trains(tiny_inputs):
    names = size_names(tiny_inputs, ROAD_RAIL_ROAD)
    assert names == ["wagon", "wagon_group", "block_train"]

    def shares(annual_t: float) -> np.ndarray:
        table = tiny_inputs.operations["shippers"].assign(annual_t=annual_t)
        inputs = replace(tiny_inputs, operations=tiny_inputs.operations.with_table("shippers", table))
        return costs_of(inputs).size_share[ROAD_RAIL_ROAD][:, :, 0, 1]

    small, large = shares(1000.0), shares(3e6)
    assert small[1:] == pytest.approx(0.0), "below the minimum volumes of groups and trains"
    assert (large.argmax(axis=0) == 2).all()
    assert small.sum(axis=0) == pytest.approx(1.0)


def test_the_cost_over_sizes_is_their_logsum(tiny_inputs):
    """Equal sizes with ratio r lower ln(cost) by r ln(n) / scale; no smaller ratio lowers it more."""
    p = tiny_inputs.parameters
    alike = with_sizes(tiny_inputs, units_count=1.0, rate_ratio=1.0, wait_ratio=1.0)
    sizes = alike.operations["shipment_sizes"].assign(unit=lambda d: d["unit"].where(d["mode"] == "waterway", "wagon"))
    alike = replace(alike, operations=alike.operations.with_table("shipment_sizes", sizes))
    single = sizes.groupby("mode").head(1)
    one = replace(alike, operations=alike.operations.with_table("shipment_sizes", single))
    at = ROAD_RAIL_ROAD, slice(None), 0, 1
    gain = np.log(costs_of(one).generalised_cny_per_t[at] / costs_of(alike).generalised_cny_per_t[at])
    assert gain[COAL] == pytest.approx(p.size_nest_ratio * np.log(3) / p.logit_scale_bulk)
    assert gain[CONTAINERS] == pytest.approx(p.size_nest_ratio * np.log(3) / p.logit_scale_general)


def test_without_the_tables_there_is_one_size_and_no_cost_of_it(tiny_inputs):
    plain = costs_of(replace(tiny_inputs, operations=Operations()))
    sized = costs_of(tiny_inputs)
    assert plain.size_share[ROAD_RAIL_ROAD].shape[0] == 1
    assert (plain.generalised_cny_per_t[ROAD, :, 0, 1] < sized.generalised_cny_per_t[ROAD, :, 0, 1]).all()


def test_a_known_flow_is_one_shipper(dazhou_inputs, dazhou_skims, dazhou_chains):
    """3 Mt of imported ore go by block trains; the typical shipper of ore sends too little for that alone."""
    costs = chain_costs(dazhou_inputs, dazhou_skims, dazhou_chains)
    zones, goods = list(dazhou_inputs.zones["zone"]), list(dazhou_inputs.commodities["commodity"])
    at = goods.index("ore_steel"), zones.index("sea_ports"), zones.index("tongchuan")
    block = [
        costs.size_share[RAIL_SIDING][(2, *at)],
        costs.size_share[RAIL_SIDING][2, at[0], at[1], zones.index("wengfu")],
    ]
    assert block[0] > 0.5
    assert block[0] > block[1]


def test_sizes_are_drawn_in_their_shares():
    share = np.repeat([[0.5], [0.3], [0.0], [0.2]], MANY, axis=1)
    drawn = np.bincount(choose_sizes(share, np.arange(MANY), seed=1), minlength=4) / MANY
    assert drawn == pytest.approx([0.5, 0.3, 0.0, 0.2], abs=4 * 0.5 / np.sqrt(MANY))
