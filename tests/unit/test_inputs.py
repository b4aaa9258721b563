"""The bundle of inputs: cross-checks between tables, overrides, draws and copies."""

import shutil
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from transport_sim.config import load_scenario
from transport_sim.errors import DataError, PolicyError
from transport_sim.inputs import POLICY_TABLES, build_inputs, frames
from transport_sim.measures import Charge, Service
from transport_sim.paths import embedded
from transport_sim.traffic_inputs import TRAFFIC_POLICY_TABLES

BASELINE = embedded("scenarios/dazhou") / "baseline.yaml"


@pytest.fixture
def broken(tmp_path: Path, network):
    """Return a function that edits one table of a copied scenario and builds its inputs."""
    shutil.copytree(BASELINE.parent, tmp_path / "dazhou")

    def build(table: str = "", old: str = "", new: str = "", extra: str = ""):
        if table:
            path = tmp_path / "dazhou" / "data" / f"{table}.csv"
            text = path.read_text(encoding="utf-8")
            assert old in text, "the test edits nothing"
            path.write_text(text.replace(old, new, 1), encoding="utf-8")
        main = tmp_path / "dazhou" / "baseline.yaml"
        text = main.read_text(encoding="utf-8").replace("../../networks/dazhou", str(embedded("networks/dazhou")))
        main.write_text(text + extra, encoding="utf-8")
        return build_inputs(load_scenario(main), network, 2022)

    return build


@pytest.mark.parametrize(
    ("table", "old", "new", "said"),
    [
        (
            "zones",
            "外,external,GW_WZ",
            "外,external,GW_WX",
            r"zones\.csv: line 32  road_node: unknown 'GW_WX'; did you mean",
        ),
        (
            "generators",
            "dushi,coal",
            "dushy,coal",
            r"generators\.csv: line 2  zone: unknown 'dushy'; did you mean 'dushi'\?",
        ),
        (
            "generators",
            "dushi,coal",
            "dushi,cole",
            r"generators\.csv: line 2  commodity: unknown 'cole'; did you mean 'coal'\?",
        ),
        (
            "known_flows",
            "ore_steel,sea_ports",
            "ore_steel,see_ports",
            r"known_flows\.csv: line 2  origin: unknown 'see_ports'",
        ),
        (
            "terminals",
            "chongqing;guizhou;sea_ports",
            "chongqing;guizhow",
            r"terminals\.csv: line 20  zone: unknown 'guizhow'",
        ),
        (
            "terminals",
            "R_XY_PUJIA",
            "R_XY_PUJIAA",
            r"terminals\.csv: line 11  terminal: unknown 'R_XY_PUJIAA'.*did you mean 'R_XY_PUJIA'\?",
        ),
        (
            "rail_tariff",
            "\n4,16.30",
            "\n7,16.30",
            r"commodities\.csv: line 2  rail_tariff_class: class 4 is not in rail_tariff\.csv",
        ),
        ("commodities", "bulk,0.125", "bulk,0.225", r"commodities\.csv: freight_share must add up to 1, got 1\.1"),
        (
            "commodities",
            "120,0,0,0.35,0.65",
            "120,0,0,0.35,0.55",
            r"commodities\.csv: the truck shares of coal must add up to 1, got 0\.9",
        ),
        (
            "truck_fleet",
            "2025,china_v,0.45",
            "2025,china_v,0.40",
            r"truck_fleet\.csv: the shares of 2025 must add up to 1, got 0\.95",
        ),
        (
            "parameters",
            "headway_s,480,360,600",
            "headway_s,480,500,600",
            r"parameters\.csv: line \d+  headway_s: value 480 lies outside low 500 to high 600",
        ),
    ],
)
def test_tables_must_fit_each_other(broken, table, old, new, said):
    with pytest.raises(DataError, match=said):
        broken(table, old, new)


def parameters(inputs, replication: int, replications: int, *, seed: int = 1):
    return inputs.with_parameter_draws(seed=seed, replication=replication, replications=replications).parameters


def test_every_parameter_needs_a_row(broken):
    with pytest.raises(DataError, match=r"parameters\.csv: rows are missing for headway_s"):
        broken("parameters", "headway_s,480,360,600,s,assumed,memory,successive trains on double track\n", "")


def test_a_scenario_may_set_a_parameter_which_is_then_certain(broken):
    inputs = broken(extra="parameters: {headway_s: 300}\n")
    assert inputs.parameters.headway_s == 300.0
    assert parameters(inputs, 0, 1).headway_s == 300.0


def test_an_unknown_parameter_is_refused_with_the_nearest(broken):
    with pytest.raises(DataError, match=r"no parameter 'headway'; did you mean 'headway_s'\?"):
        broken(extra="parameters: {headway: 300}\n")


def test_draws_of_parameters_are_a_latin_hypercube_over_their_ranges(dazhou_inputs):
    count = 200
    table = dazhou_inputs.parameter_table.set_index("parameter")
    low, mode, high = (table[c].fillna(table["value"]) for c in ("low", "value", "high"))
    drawn = pd.DataFrame([asdict(parameters(dazhou_inputs, n, count)) for n in range(count)])[list(table.index)]
    certain = low == high
    assert drawn.loc[:, certain].eq(mode[certain]).to_numpy().all()
    for name in table.index[~certain]:
        width = high[name] - low[name]
        law = stats.triang(c=(mode[name] - low[name]) / width, loc=low[name], scale=width)
        cell = np.floor(law.cdf(drawn[name]) * count)
        assert sorted(cell) == list(range(count)), f"{name}: each of the equally likely parts is drawn once"
    ranked = drawn.loc[:, ~certain].rank().corr().to_numpy()
    assert np.abs(ranked[~np.eye(len(ranked), dtype=bool)]).max() < 0.35, "parameters are drawn independently"


def test_the_draw_of_a_parameter_does_not_depend_on_the_other_rows(dazhou_inputs):
    reversed_rows = dazhou_inputs.parameter_table.iloc[::-1].reset_index(drop=True)
    other = dazhou_inputs.with_table("parameter_table", reversed_rows)
    assert parameters(other, 3, 5) == parameters(dazhou_inputs, 3, 5)
    assert parameters(dazhou_inputs, 2, 5) != parameters(dazhou_inputs, 3, 5)
    assert parameters(dazhou_inputs, 3, 5, seed=2) != parameters(dazhou_inputs, 3, 5)


@pytest.mark.parametrize("name", [name for name in POLICY_TABLES if name not in TRAFFIC_POLICY_TABLES])
def test_a_replaced_table_leaves_the_original_alone(dazhou_inputs, name):
    before = dazhou_inputs.table(name)
    shorter = before.iloc[:-1] if name not in ("nodes", "parameter_table") else before.copy()
    after = dazhou_inputs.with_table(name, shorter)
    assert dazhou_inputs.table(name) is before
    assert len(after.table(name)) == len(shorter)
    assert frames(after)[name] is not frames(dazhou_inputs)[name]


def test_a_scaled_parameter_takes_its_range_along(dazhou_inputs):
    less = dazhou_inputs.with_scaled_parameter("empty_return_share_truck", 0.5)
    row, old = (i.parameter_table.set_index("parameter").loc["empty_return_share_truck"] for i in (less, dazhou_inputs))
    assert row[["value", "low", "high"]].tolist() == [0.5 * old[name] for name in ("value", "low", "high")]
    assert less.parameters.empty_return_share_truck == row["value"]
    drawn, base = (i.with_parameter_draws(seed=1, replication=0, replications=5) for i in (less, dazhou_inputs))
    ratio = drawn.parameters.empty_return_share_truck / base.parameters.empty_return_share_truck
    assert ratio == pytest.approx(0.5)
    assert dazhou_inputs.with_scaled_parameter("headway_s", 1.0) is dazhou_inputs
    with pytest.raises(PolicyError, match=r"no parameter 'headway_min'; did you mean 'headway_s'\?"):
        dazhou_inputs.with_scaled_parameter("headway_min", 2.0)
    with pytest.raises(
        PolicyError, match=r"empty_return_share_truck: must be from 0 to 1, got 1\.26 \(multiplied by 3\)"
    ):
        dazhou_inputs.with_scaled_parameter("empty_return_share_truck", 3.0)


def test_measures_must_name_what_there_is(dazhou_inputs):
    with pytest.raises(PolicyError, match=r"no commodity 'cole'; did you mean 'coal'\?"):
        dazhou_inputs.with_charge(Charge("rail", frozenset({"cole"}), 0.1, "test"))
    with pytest.raises(PolicyError, match=r"no rail terminal 'W_QJ_TUXI'"):
        dazhou_inputs.with_service(Service("W_QJ_TUXI", "R_GW_XIAN", 7.0, 2000.0, 1.0, "test"))
    with pytest.raises(PolicyError, match="no rail terminal 'x'; known: "):
        dazhou_inputs.with_service(Service("R_GW_XIAN", "x", 7.0, 2000.0, 1.0, "test"))


def test_a_charge_of_nothing_changes_nothing_but_is_checked(dazhou_inputs):
    assert dazhou_inputs.with_charge(Charge("road", frozenset({"coal"}), 0.0, "test")) is dazhou_inputs
    with pytest.raises(PolicyError, match="no commodity 'cole'"):
        dazhou_inputs.with_charge(Charge("road", frozenset({"cole"}), 0.0, "test"))
