"""What every policy owes: the same tests for each registered kind, by an example of it."""

import ast
import hashlib
import json
import os
import pickle
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import transport_sim
from transport_sim.config import load_scenario
from transport_sim.inputs import Inputs, frames, inputs_key
from transport_sim.measures import Charge
from transport_sim.paths import embedded
from transport_sim.policies import Policy, registered_policies
from transport_sim.policies.package import apply_package
from transport_sim.tables.freight import PARAMETER_NAMES

PACKAGE = Path(transport_sim.__file__).parent
BASELINE = embedded("scenarios/dazhou") / "baseline.yaml"

EXAMPLES: dict[str, dict[str, Any]] = {
    "bus_network": {
        "from_year": 2025,
        "lines": ["synthetic_line_1", "synthetic_line_2"],
        "frequency_ratio": 1.5,
        "bus_lane_time_ratio": 0.8,
        "new_lines": [
            {
                "line": "express",
                "stops": ["synthetic_station_1", "synthetic_station_6"],
                "depot": "depot_north",
                "headway_min": 10.0,
            }
        ],
    },
    "bus_electrification": {"from_year": 2025, "share": 1.0},
    "clean_fuel": {
        "from_year": 2025,
        "fuel": "lng",
        "fleets": ["tractor_trailer"],
        "share": 0.5,
        "until_year": 2035,
    },
    "carbon_credits": {
        "from_year": 2025,
        "method": "db11_t_3043_2024",
        "modes": ["bus", "cycle"],
        "points_per_kg": 1000.0,
        "cny_per_point": 0.005,
        "participation_share": 0.2,
        "budget_cny_per_year": 2e7,
    },
    "charging_build_out": {
        "from_year": 2025,
        "sites": [
            {
                "station": "new_square",
                "name": "New square",
                "lon": 107.48,
                "lat": 31.21,
                "users": "all",
                "feeder_kw": 800,
                "plugs": [{"kind": "dc", "power_kw": 120, "plugs_count": 8}],
                "tariff": "public_tou",
            }
        ],
    },
    "charging_tariff": {
        "from_year": 2025,
        "tariff": "cheap_noon",
        "prices": [
            {"from_hour": 0, "energy_cny_per_kwh": 0.3},
            {"from_hour": 7, "energy_cny_per_kwh": 0.8, "service_cny_per_kwh": 0.2},
        ],
        "users": ["taxi", "all"],
    },
    "congestion_charge": {"from_year": 2025, "where": {"areas": ["old_town"]}, "cny": 10.0},
    "construction_schedule": {
        "from_year": 2025,
        "opens": {"W_QJ_FENGDONGZI": 2032, "城宣大邻高速": 2029, "W_ZH_HESHI": 2028},
        "passable_from": {"W_QJ_NANYANGTAN": 2031},
    },
    "delivery_fleet_electrification": {"from_year": 2025, "share": 1.0},
    "drop_and_hook": {"from_year": 2025, "drop_hook_share": 0.4},
    "efficiency_standard": {
        "from_year": 2025,
        "fleets": ["truck_heavy", "private_car"],
        "energy_ratio": 0.8,
        "until_year": 2035,
    },
    "freight_charge": {"from_year": 2025, "mode": "rail", "commodities": ["coal", "ore_steel"], "cny_per_tkm": -0.02},
    "freight_subsidy": {
        "from_year": 2025,
        "mode": "waterway",
        "cny_per_t": 5.0,
        "budget_cny_per_year": 2e7,
        "commodities": ["coal"],
        "origins": ["wanzhou"],
    },
    "heavy_truck_limit": {"from_year": 2025, "min_km": 200.0, "max_road_share": 0.3},
    "joint_ticket": {
        "from_year": 2025,
        "mode": "air_rail",
        "places": ["beijing", "shanghai"],
        "saved_wait_h": 1.0,
        "fare_ratio": 0.9,
    },
    "load_consolidation": {
        "from_year": 2025,
        "empty_ratio": 0.8,
        "load_ratio": 1.05,
        "backhaul_share": 0.3,
        "commodities": ["grain_farm", "general_containers"],
    },
    "lock_expansion": {
        "from_year": 2025,
        "lock": "W_QJ_NANYANGTAN",
        "chambers_count": 2,
        "lock_width_m": 23.0,
        "lock_cycle_min": 8.0,
        "day_and_night": True,
    },
    "low_emission_zone": {
        "from_year": 2025,
        "where": {"areas": ["old_town"]},
        "least_standards": {"diesel": "china_vi", "petrol": "china_iv"},
        "banned_technologies": ["lng"],
    },
    "odd_even_restriction": {"from_year": 2025, "where": {"areas": ["ring_2021"]}, "episodes": ["winter_orange"]},
    "one_bill_transport": {
        "from_year": 2025,
        "mode": "waterway",
        "saved_h_per_transfer": 6.0,
        "saved_cny_per_t_per_transfer": 2.0,
        "price_ratio": 0.95,
        "destinations": ["wanzhou", "wuhan", "sea_ports"],
    },
    "parking_incentive": {
        "from_year": 2025,
        "cny_per_trip": 5.0,
        "participation_share": 0.1,
        "spaces_count": 3000,
    },
    "port_expansion": {"from_year": 2025, "terminal": "W_QJ_TUXI", "berths_count": 8, "cranes_count": 12},
    "peak_hour_restriction": {"from_year": 2025, "where": {"roads": ["通川桥", "红旗大桥"]}},
    "public_fleet_electrification": {"from_year": 2025, "share": 1.0, "until_year": 2035, "of": "stock"},
    "rail_electrification": {"from_year": 2025, "from_node": "R_SD_WENGFU", "to_node": "R_DS_HESHIBA"},
    "rail_service": {
        "from_year": 2025,
        "origin_terminal": "R_SD_WENGFU",
        "destination_terminal": "R_GW_CHONGQING",
        "trains_per_week": 21,
        "rate_ratio": 0.9,
    },
    "rail_siding": {"from_year": 2025, "zone": "east_etz", "terminal": "R_SD_DAGANG", "tracks_count": 8},
    "scrappage": {
        "from_year": 2025,
        "fleets": ["truck_heavy"],
        "standards": ["china_iv"],
        "share": 0.3,
        "until_year": 2035,
        "premium_cny": 20000.0,
    },
    "seasonal_restriction": {
        "from_year": 2025,
        "where": {"areas": ["ring_2021"]},
        "episodes": ["ozone_warning"],
        "dates": ["05-01/09-30"],
    },
    "smart_charging": {"from_year": 2025, "windows": ["17:00-23:00"], "feeder_share": 0.3, "users": ["bus"]},
    "swap_build_out": {
        "from_year": 2025,
        "sites": [
            {
                "station": "swap_new_square",
                "lon": 107.48,
                "lat": 31.21,
                "users": ["taxi"],
                "tariff": "swap_tou",
                "fleet": "taxi",
                "batteries_count": 20,
                "chargers_count": 16,
                "charger_kw": 60,
            }
        ],
    },
    "taxi_electrification": {"from_year": 2025, "share": 1.0},
    "truck_age_limit": {"from_year": 2025, "standards": ["china_v"]},
    "truck_electrification": {"from_year": 2025, "share": 0.5, "until_year": 2035},
    "truck_restriction": {
        "from_year": 2025,
        "where": {"areas": ["ring_2021"]},
        "bypass": {"roads": ["凤凰大道"]},
        "min_gross_t": 12.0,
        "windows": ["22:00-06:00"],
    },
    "vessel_electrification": {"from_year": 2025, "share": 0.5, "of": "stock", "until_year": 2035},
    "vessel_renewal": {
        "from_year": 2025,
        "technology": "battery_electric",
        "share": 0.4,
        "until_year": 2035,
        "least_engine_year": 2015,
    },
    "waterway_upgrade": {
        "from_year": 2025,
        "from_node": "W_ZH_NANMENKOU",
        "to_node": "W_QJ_SIJIUTAN",
        "navigation_class": "III",
        "depth_m": 3.2,
    },
}
"""One policy of each kind, that does something to Dazhou in 2030."""

A_BAN = "a ban is there or not; whom and when it concerns is the subject of its own tests"

WITHOUT_EFFECT: dict[str, dict[str, Any] | str] = {
    "bus_network": {"frequency_ratio": 1.0, "bus_lane_time_ratio": 1.0, "new_lines": []},
    "bus_electrification": {"share": 0.0},
    "charging_build_out": {"sites": []},
    "charging_tariff": {"users": []},
    "smart_charging": {"feeder_share": 1.0},
    "swap_build_out": {"sites": []},
    "clean_fuel": "a share of zero takes what the market would buy away; only one that equals it changes nothing",
    "delivery_fleet_electrification": {"share": 0.0},
    "efficiency_standard": {"energy_ratio": 1.0},
    "public_fleet_electrification": {"share": 0.0},
    "scrappage": {"share": 0.0},
    "taxi_electrification": {"share": 0.0},
    "truck_electrification": {"share": 0.0},
    "vessel_electrification": {"share": 0.0},
    "carbon_credits": {"cny_per_point": 0.0},
    "congestion_charge": {"cny": 0.0},
    "construction_schedule": {"opens": {}, "passable_from": {}},
    "drop_and_hook": {"drop_hook_share": 0.0},
    "freight_subsidy": {"cny_per_t": 0.0},
    "heavy_truck_limit": {"max_road_share": 1.0},
    "joint_ticket": {"saved_wait_h": 0.0, "fare_ratio": 1.0},
    "load_consolidation": {"empty_ratio": 1.0, "load_ratio": 1.0, "backhaul_share": 0.0},
    "lock_expansion": {"chambers_count": 1, "lock_width_m": 1.0, "lock_cycle_min": 100.0, "day_and_night": False},
    "low_emission_zone": {"least_standards": {"diesel": "pre_china_i"}, "banned_technologies": []},
    "odd_even_restriction": A_BAN,
    "peak_hour_restriction": A_BAN,
    "seasonal_restriction": A_BAN,
    "truck_restriction": A_BAN,
    "freight_charge": {"cny_per_tkm": 0.0},
    "one_bill_transport": {"saved_h_per_transfer": 0.0, "saved_cny_per_t_per_transfer": 0.0, "price_ratio": 1.0},
    "parking_incentive": {"participation_share": 0.0, "spaces_count": 0},
    "port_expansion": {"berths_count": 1, "cranes_count": 1},
    "rail_electrification": {"from_node": "R_XY_DAZHOU_YARD", "to_node": "R_XY_XUANHAN"},
    "rail_service": "even at the tariff's rate a service gives a timetable; no value of its parameters means no trains",
    "rail_siding": "a siding is there or not; no value of its parameters means none",
    "truck_age_limit": {"standards": []},
    "vessel_renewal": {"share": 0.0, "least_engine_year": None},
    "waterway_upgrade": {"navigation_class": "VI", "depth_m": 0.1},
}
"""Parameters with which a kind must leave the baseline as it is, or why there are none."""

MEASURES = (
    "charges",
    "services",
    "freight_measures",
    "access_rules",
    "road_charges",
    "fleet_measures",
    "passenger_measures",
)
"""Fields of the inputs that hold measures."""


def in_package() -> dict[str, type[Policy]]:
    """Return the policies of the package; other tests may have made more."""
    return {
        kind: cls for kind, cls in registered_policies().items() if cls.__module__.startswith("transport_sim.policies.")
    }


KINDS = sorted(in_package())


def example(kind: str, **other: Any) -> Policy:
    assert kind in EXAMPLES, f"the new policy {kind!r} needs an example in {Path(__file__).name}"
    return registered_policies()[kind].model_validate_json(json.dumps({**EXAMPLES[kind], **other}))


_hashed: dict[int, tuple[pd.DataFrame, str]] = {}
"""Hashes of frames that have been seen, which must not change: hashing the map takes a second."""


def fingerprint(inputs: Inputs, *, anew: bool = False) -> dict[str, str]:
    """Hash every frame, its index and types too, and write out the measures."""
    found = {}
    for name, frame in frames(inputs).items():
        if anew or id(frame) not in _hashed:
            data = pd.util.hash_pandas_object(frame).to_numpy().tobytes() + str(frame.dtypes.to_dict()).encode()
            _hashed[id(frame)] = frame, hashlib.sha256(data).hexdigest()
        found[name] = _hashed[id(frame)][1]
    return {
        **found,
        "charges": str([sorted(map(str, [c.mode, sorted(c.commodities), c.cny_per_tkm])) for c in inputs.charges]),
        **{name: str(getattr(inputs, name)) for name in MEASURES[1:]},
    }


@pytest.fixture(scope="module")
def inputs(dazhou_traffic) -> Inputs:
    return replace(dazhou_traffic, year=2030)


@pytest.fixture(scope="module")
def key(inputs) -> str:
    return inputs_key(inputs)


def test_every_policy_of_the_package_has_its_examples_and_every_example_its_policy():
    assert set(EXAMPLES) == set(KINDS), "add an example for a new policy, take away that of a deleted one"
    assert set(WITHOUT_EFFECT) == set(KINDS)
    files = {path.stem for path in (PACKAGE / "policies").glob("*.py")} - {"__init__", "base", "package"}
    assert files == set(KINDS), "one file a policy, named after its kind"


@pytest.mark.parametrize("kind", KINDS)
def test_a_policy_survives_the_way_through_a_scenario_file(kind, tmp_path):
    policy = example(kind)
    text = json.dumps({"extends": str(BASELINE), "name": "package", "policies": [policy.model_dump(mode="json")]})
    (tmp_path / "package.yaml").write_text(text, encoding="utf-8")
    (back,) = load_scenario(tmp_path / "package.yaml").policies
    assert back == policy
    assert type(back) is type(policy)


@pytest.mark.parametrize("kind", KINDS)
def test_a_policy_acts_and_leaves_its_argument_untouched(kind, inputs):
    before = fingerprint(inputs)
    after = example(kind).apply(inputs)
    assert fingerprint(inputs, anew=True) == before
    assert fingerprint(after) != before, "the example must do something"
    assert after.year == inputs.year
    values = after.parameter_table.set_index("parameter")["value"].to_dict()
    assert asdict(after.parameters) == {name: values[name] for name in PARAMETER_NAMES}


@pytest.mark.parametrize("kind", KINDS)
def test_a_policy_is_a_function_of_its_inputs_and_may_be_stated_twice_over(kind, inputs):
    policy = example(kind)
    assert fingerprint(policy.apply(inputs)) == fingerprint(policy.apply(inputs))


@pytest.mark.parametrize("kind", KINDS)
def test_every_change_is_reported(kind, inputs):
    after, changes = apply_package(inputs, [example(kind)])
    assert changes
    assert {c.policy for c in changes} == {kind}
    changed = {n for n, print_ in fingerprint(after).items() if print_ != fingerprint(inputs)[n]}
    assert {c.table for c in changes} == {"measures" if n in MEASURES else n for n in changed}
    assert all(c.before != c.after for c in changes)


@pytest.mark.parametrize("kind", KINDS)
def test_a_policy_that_is_not_yet_in_force_changes_nothing(kind, inputs):
    same, changes = apply_package(inputs, [example(kind, from_year=2031)])
    assert changes == []
    assert same is inputs
    _, changes = apply_package(inputs, [example(kind, from_year=2030)])
    assert changes, "the first year counts"


@pytest.mark.parametrize("kind", KINDS)
def test_parameters_without_effect_give_the_inputs_of_the_baseline(kind, inputs, key):
    if isinstance(WITHOUT_EFFECT[kind], str):
        pytest.skip(WITHOUT_EFFECT[kind])
    idle, changes = apply_package(inputs, [example(kind, **WITHOUT_EFFECT[kind])])
    assert changes == []
    assert idle is inputs or inputs_key(idle) == key


def test_the_key_of_the_inputs_is_the_same_in_every_process(inputs, tmp_path):
    """Python orders a set of words anew in each process; an interrupted comparison must still be recognised."""
    charged = inputs.with_charge(Charge("rail", frozenset(inputs.commodities["commodity"]), -0.03, "freight_charge"))
    (tmp_path / "inputs.pickle").write_bytes(pickle.dumps(charged))
    program = "import pathlib, pickle; from transport_sim.inputs import inputs_key; "
    program += "print(inputs_key(pickle.loads(pathlib.Path('inputs.pickle').read_bytes())))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONHASHSEED": "1"},
    )
    assert done.stdout.strip() == inputs_key(charged)


def test_nothing_in_the_package_imports_a_policy():
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = (
                [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else [a.name for a in node.names]
                if isinstance(node, ast.Import)
                else []
            )
            for name in names:
                assert name.removeprefix("transport_sim.policies.") not in KINDS, f"{path} imports {name}"


DELETED = """
import importlib, os, pkgutil, sys
import pandas, pydantic, pandera.pandas, scipy.optimize, ruamel.yaml, simpy  # once for all children
failed = []
for kind in {kinds!r}:
    child = os.fork()
    if child == 0:
        try:
            sys.path.insert(0, {root!r} + "/without_" + kind)
            import transport_sim
            assert transport_sim.__file__.startswith(sys.path[0]), transport_sim.__file__
            for module in ("run", "cli", "config", "planning", "policies.package", "results.audit", "results.schemas"):
                importlib.import_module("transport_sim." + module)
            from transport_sim.config import load_scenario
            from transport_sim.config.scenario import scenario_json_schema
            from transport_sim.policies import registered_policies
            assert set(registered_policies()) == set({kinds!r}) - {{kind}}, set(registered_policies())
            assert load_scenario({baseline!r}).policies == ()
            scenario_json_schema()
            os._exit(0)
        except BaseException as error:
            print(kind, type(error).__name__, error, flush=True)
            os._exit(1)
    if os.waitpid(child, 0)[1]:
        failed.append(kind)
sys.exit(", ".join(failed) or 0)
"""


def test_deleting_the_file_of_a_policy_breaks_nothing_else(tmp_path):
    for kind in KINDS:
        # links, so that all children share the compiled modules
        copy = tmp_path / f"without_{kind}" / "transport_sim"
        (copy / "policies").mkdir(parents=True)
        for folder, left_out in ((PACKAGE, "policies"), (PACKAGE / "policies", f"{kind}.py")):
            for path in folder.iterdir():
                if path.name != left_out:
                    (copy / path.relative_to(PACKAGE)).symlink_to(path)
        for data in ("networks", "scenarios"):
            (copy.parent / data).symlink_to(embedded(data))
    program = DELETED.format(kinds=KINDS, root=str(tmp_path), baseline=str(BASELINE))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
