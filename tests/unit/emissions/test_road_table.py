"""The table for many rows says what the functions say."""

import numpy as np
import pytest

from transport_sim.emissions.road_table import TABLE_QUANTITIES, RoadGroup, exact_rate, road_table
from transport_sim.energy.stand_ins import RoadKey
from transport_sim.errors import FactorError
from transport_sim.factors import load_factors

FACTORS = load_factors()
CURVES = {tuple(row.keys[name] for name in RoadKey._fields) for row in FACTORS.rows("road_curves")}
GRIDS = {(r.keys["vehicle_class"], "diesel", r.keys["emission_standard"]) for r in FACTORS.rows("road_emep")}
ELECTRIC = {(c, t, "none") for c in ("car", "bus", "tractor_trailer") for t in ("battery_electric", "hydrogen")}
GROUPS = [RoadGroup(*key, load) for key in sorted(CURVES | GRIDS | ELECTRIC) for load in (0.0, 1.0)]
ROWS = 20_000
RNG = np.random.default_rng(5)
SPEED = RNG.uniform(0.0, 140.0, ROWS)
GRADIENT = RNG.uniform(-0.06, 0.06, ROWS)
ONE = np.ones(ROWS)
# curves that jump over unusable speeds within the domain, see `curve_family`
JUMPING = {
    ("bus", "china_vi"): ("nox_g", "co_g", "hc_g"),
    ("coach", "china_v"): ("hc_g", "energy_mj", "co2_g"),
    ("coach", "china_vi"): ("co_g", "hc_g"),
    ("motorcycle", "china_iv"): ("energy_mj", "co2_g"),
    ("tractor_trailer", "china_vi"): ("nox_g", "pm2_5_g"),
    ("truck_medium", "china_v"): ("pm2_5_g",),
}


@pytest.mark.parametrize("group", GROUPS, ids=str)
def test_every_table_is_close_to_the_functions(group):
    table = road_table(FACTORS, [group])
    rates = table.rates(np.zeros(ROWS, dtype=np.uint8), SPEED, ONE, GRADIENT)
    for column, quantity in enumerate(table.quantities):
        exact = exact_rate(FACTORS, group, quantity, SPEED, GRADIENT)
        flat = exact_rate(FACTORS, group, quantity, SPEED, np.zeros(ROWS))
        if not flat.any():
            assert not rates[:, column].any()
            continue
        error = np.abs(rates[:, column] - exact) / flat
        assert np.mean(error > 0.01) < 0.06
        if quantity not in JUMPING.get((group.vehicle_class, group.emission_standard), ()):
            assert error.max() < (0.10 if group.technology == "hydrogen" else 0.05), quantity
        else:
            assert np.mean(error > 0.05) < 0.006, quantity


def test_rows_of_several_groups_with_flow_and_in_chunks():
    groups = [RoadGroup("car", "petrol", "china_v"), RoadGroup("tractor_trailer", "diesel", "china_vi", 1.0)]
    table = road_table(FACTORS, groups, quantities=("energy_mj", "nox_g"))
    n = 40_000
    group, speed, flow, gradient = (
        np.tile(column, n // 4)
        for column in ([0, 1, 0, 1], [30.0, 30.0, 60.0, 60.0], [1.0, 2.0, 3.0, 0.0], [0.0, 0.02, 0.0, 0.0])
    )
    whole = table.rates(group, speed, flow, gradient)
    assert whole.shape == (n, 2)
    chunks = [part.copy() for _, part in table.chunks(group, speed, flow, gradient)]
    assert len(chunks) > 1
    np.testing.assert_allclose(np.concatenate(chunks), whole, rtol=1e-6)
    for row in range(4):
        place = groups[group[row]], "energy_mj", speed[row : row + 1], gradient[row : row + 1]
        assert whole[row, 0] == pytest.approx(flow[row] * exact_rate(FACTORS, *place)[0], rel=1e-6)
    single = table.rates(
        group.astype(np.int16), speed.astype(np.float32), flow.astype(np.float32), gradient.astype(np.float32)
    )
    np.testing.assert_allclose(single, whole, rtol=1e-5)


def test_the_corners_of_the_table_are_inside():
    table = road_table(FACTORS, [RoadGroup("truck_light", "diesel", "china_v")], quantities=("energy_mj",))
    corners = np.array([0.0, 140.0, 0.0, 140.0]), np.array([-0.06, -0.06, 0.06, 0.06])
    got = table.rates(np.zeros(4, dtype=int), corners[0], np.ones(4), corners[1])[:, 0]
    np.testing.assert_allclose(got, exact_rate(FACTORS, table.groups[0], "energy_mj", *corners), rtol=1e-6)
    single = table.rates(np.zeros(4, dtype=int), corners[0], np.ones(4), corners[1].astype(np.float32))[:, 0]
    np.testing.assert_allclose(single, got, rtol=1e-5)


@pytest.mark.parametrize(
    ("column", "bad"),
    [
        ("group", 1),
        ("group", -1),
        *((c, b) for c in ("speed", "flow") for b in (np.nan, np.inf, -1.0)),
        ("speed", 140.1),
        ("gradient", np.nan),
        ("gradient", 0.0601),
        ("gradient", -0.0601),
    ],
)
def test_a_row_outside_the_table_is_refused_and_named(column, bad):
    table = road_table(FACTORS, [RoadGroup("car", "petrol", "china_v")], quantities=("energy_mj",))
    rows = {"group": np.zeros(3, dtype=int), "speed": np.full(3, 30.0), "flow": np.ones(3), "gradient": np.zeros(3)}
    rows[column][1] = bad
    with pytest.raises(FactorError, match="row 1: group must be 0 to 0"):
        table.rates(*rows.values())


def test_unequal_columns_and_unknown_quantities_are_refused():
    table = road_table(FACTORS, [RoadGroup("car", "petrol", "china_v")], quantities=("energy_mj",))
    with pytest.raises(FactorError, match="one length"):
        table.rates(np.zeros(3, dtype=int), np.ones(2), np.ones(3), np.zeros(3))
    with pytest.raises(FactorError, match="no quantity 'so2_g'"):
        road_table(FACTORS, [], quantities=("so2_g",))
    assert TABLE_QUANTITIES[0] == "energy_mj"
