"""What several test folders share: the map, the base year's inputs, one simulated day, and a world small enough to check by hand."""

import datetime as dt
from dataclasses import dataclass, replace
from inspect import signature

import pandas as pd
import pytest
from hypothesis import settings

from transport_sim import day, run
from transport_sim.choice.calibration import Calibration, calibrate
from transport_sim.choice.chains import ChainSet, Skims, build_skims
from transport_sim.choice.supernetwork import build_chains
from transport_sim.config import load_scenario
from transport_sim.demand.shipments import Shipments
from transport_sim.inputs import Inputs
from transport_sim.network.model import LINK_SCHEMA, NODE_SCHEMA, Network, as_schema
from transport_sim.paths import embedded
from transport_sim.randomness import IntArray
from transport_sim.simulation.engine import Records
from transport_sim.simulation.plan import Plan
from transport_sim.tables.traffic import TRAFFIC_TABLES, read_traffic_table
from transport_sim.traffic_inputs import TrafficInputs

settings.register_profile("fixed", derandomize=True)
settings.load_profile("fixed")  # the same examples on every machine: a test that fails by chance tells nothing


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option without which no test leaves this machine."""
    parser.addoption("--remote", action="store_true", help="run the tests that talk to live OpenStreetMap services")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip the tests that need a live service, or open the sockets for them."""
    live = pytest.mark.enable_socket
    if not config.getoption("--remote"):
        live = pytest.mark.skip(reason="needs --remote: asks a live OpenStreetMap service")
    for item in items:
        if item.get_closest_marker("remote"):
            item.add_marker(live)


@pytest.fixture(scope="session")
def dazhou() -> run.Prepared:
    """Return the baseline of Dazhou, ready to simulate."""
    return run.prepare(load_scenario(embedded("scenarios/dazhou") / "baseline.yaml"))


@pytest.fixture(scope="session")
def dazhou_inputs(dazhou: run.Prepared) -> Inputs:
    """Return the inputs of Dazhou's base year without policies."""
    return dazhou.base


@pytest.fixture(scope="session")
def dazhou_traffic(dazhou_inputs: Inputs) -> Inputs:
    """Return the inputs of the base year with road traffic on the regional map alone, without made-up streets."""
    folder = embedded("scenarios/dazhou") / "data" / "traffic"
    tables = {name: read_traffic_table(folder, name) for name in TRAFFIC_TABLES}
    traffic = TrafficInputs(network=dazhou_inputs.network, day=day.Day(dt.date(2022, 6, 15)), **tables)
    return replace(dazhou_inputs, traffic=traffic)


@pytest.fixture(scope="session")
def network(dazhou_inputs: Inputs) -> Network:
    """Return the map of Dazhou with its transfer links."""
    return dazhou_inputs.network


@pytest.fixture(scope="session")
def dazhou_skims(dazhou_inputs: Inputs) -> Skims:
    """Return the shortest paths of the base year."""
    return build_skims(dazhou_inputs)


@pytest.fixture(scope="session")
def dazhou_chains(dazhou_inputs: Inputs, dazhou_skims: Skims) -> tuple[ChainSet, ...]:
    """Return the transport chains of the base year."""
    return build_chains(dazhou_inputs, dazhou_skims)


@pytest.fixture(scope="session")
def dazhou_calibration(dazhou_inputs: Inputs) -> Calibration:
    """Return what is fitted to the base year."""
    return calibrate(dazhou_inputs)


@dataclass(frozen=True)
class Day:
    """One simulated day of Dazhou: the task, what the stages handed on, and the result tables."""

    prepared: run.Prepared
    task: run.Task
    skims: Skims
    plan: Plan
    records: Records
    shipments: Shipments
    chain: IntArray
    tables: dict[str, pd.DataFrame]


@pytest.fixture(scope="session")
def dazhou_day() -> Day:
    """Simulate one day of Dazhou's base year as `compare` does, and keep what accounting was given."""
    scenario = load_scenario(embedded("scenarios/dazhou") / "baseline.yaml")
    scenario = scenario.model_copy(
        update={
            "duration_days": 1,
            "annual_factor": 365.0,
            "years": (2022,),
            "replications": 1,
            "parameter_uncertainty": False,
        }
    )
    prepared = run.prepare(scenario)
    (task,) = run._tasks([prepared])
    seen = {}

    def account(*given, **named):
        bound = signature(original).bind(*given, **named).arguments
        seen.update({name: bound[name] for name in ("skims", "plan", "records", "shipments", "chain")})
        return original(*given, **named)

    original = run.account
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "account", account)
        tables = run.simulate_year(task)
    return Day(prepared, task, **seen, tables=tables)


def _frame(rows: list[dict[str, object]], schema, name: str) -> pd.DataFrame:
    columns = [name, *schema.columns]
    return as_schema(pd.DataFrame(rows, columns=columns).set_index(name), schema)


@pytest.fixture(scope="session")
def tiny_inputs(dazhou_inputs: Inputs) -> Inputs:
    """Return a world to check by hand: one road, one railway and one river between a mill (west) and a town (east).

    60 km of primary road with a slope of 2 %, 50 km of electrified single track, 70 km of class III river, and a
    kilometre of access road to every terminal.
    """
    places = [
        (10, "A", "road", ""),
        (20, "B", "road", ""),
        (11, "RA", "rail", "freight_yard"),
        (21, "RB", "rail", "freight_yard"),
    ]
    places += [(12, "WA", "waterway", "port"), (22, "WB", "waterway", "port")]
    nodes = [
        {
            "node_id": i,
            "ref": ref,
            "lon": 107.0 + (i >= 20) * 0.6,
            "lat": 31.0,
            "mode": mode,
            "kind": kind,
            "status": "open",
        }
        for i, ref, mode, kind in places
    ]
    ways = [
        (
            1,
            10,
            20,
            {
                "mode": "road",
                "link_class": "primary",
                "length_km": 60.0,
                "free_speed_kmh": 60.0,
                "gradient_ratio": 0.02,
            },
        ),
        (
            2,
            11,
            21,
            {
                "mode": "rail",
                "link_class": "rail",
                "length_km": 50.0,
                "free_speed_kmh": 80.0,
                "electrified": True,
                "tracks_count": 1,
                "usage": "main",
            },
        ),
        (
            3,
            12,
            22,
            {
                "mode": "waterway",
                "link_class": "river",
                "length_km": 70.0,
                "free_speed_kmh": 12.0,
                "navigation_class": "III",
                "depth_m": 3.0,
            },
        ),
        *(
            (4 + n, a, b, {"mode": "transfer", "link_class": "access", "length_km": 1.0, "free_speed_kmh": 30.0})
            for n, (a, b) in enumerate(((10, 11), (20, 21), (10, 12), (20, 22)))
        ),
    ]
    links = []
    for way, start, end, tags in ways:
        base = {
            "way_id": way,
            "free_speed_source": "tag",
            "toll": False,
            "electrified": False,
            "status": "open",
            **tags,
        }
        current = 0.5 if tags["mode"] == "waterway" else None
        links.append({**base, "link_id": 2 * way, "from_node": start, "to_node": end, "current_ms": current})
        links.append(
            {**base, "link_id": 2 * way + 1, "from_node": end, "to_node": start, "current_ms": current and -current}
        )
    zones = dazhou_inputs.zones.iloc[:2].copy()
    zones["zone"], zones["road_node"] = ["mill", "town"], ["A", "B"]
    terminals = pd.concat(
        [dazhou_inputs.terminals[dazhou_inputs.terminals["kind"] == kind].iloc[:2] for kind in ("yard", "port")]
    )
    terminals = terminals.assign(terminal=["RA", "RB", "WA", "WB"], from_year=2000).reset_index(drop=True)
    return replace(
        dazhou_inputs,
        network=Network("tiny", _frame(nodes, NODE_SCHEMA, "node_id"), _frame(links, LINK_SCHEMA, "link_id")),
        zones=zones,
        terminals=terminals,
        known_flows=dazhou_inputs.known_flows.iloc[:0],
    )


@pytest.fixture(scope="session")
def small_comparison(tmp_path_factory) -> run.Comparison:
    """Compare the baseline and one package on one simulated day of 2030 with central parameters; real, and made once."""
    folder = embedded("scenarios/dazhou")
    small = {
        "duration_days": 1,
        "annual_factor": 365.0,
        "years": (2030,),
        "replications": 1,
        "parameter_uncertainty": False,
    }
    scenarios = [
        load_scenario(folder / name).model_copy(update=small) for name in ("baseline.yaml", "packages/rail_shift.yaml")
    ]
    return run.compare(scenarios, output=tmp_path_factory.mktemp("comparison") / "out", report=False)


@pytest.fixture(scope="session")
def traffic_comparison(tmp_path_factory) -> run.Comparison:
    """Compare a day on the streets, few cars on them, with the peak restriction and with a charge; real, and made once."""
    from transport_sim.policies.congestion_charge import CongestionCharge

    folder = embedded("scenarios/dazhou")
    baseline = load_scenario(folder / "traffic.yaml")
    small = {
        "duration_days": 1,
        "annual_factor": 365.0,
        "years": (2030,),
        "replications": 1,
        "parameter_uncertainty": False,
        "traffic": baseline.traffic.model_copy(update={"car_trips_scale": 0.1}),
    }
    peak = load_scenario(folder / "packages" / "peak_restriction.yaml")
    roads = peak.policies[0].where
    charge = CongestionCharge(from_year=2022, where=roads, cny=3.0, per="entry")
    named = {"name": "charge", "title_en": "Charge on bridges", "title_zh": "大桥收费", "policies": (charge,)}
    scenarios = [s.model_copy(update=small) for s in (baseline, peak, peak.model_copy(update=named))]
    return run.compare(scenarios, output=tmp_path_factory.mktemp("traffic") / "out", report=False)


@pytest.fixture(scope="session")
def fleet_comparison(tmp_path_factory) -> run.Comparison:
    """Compare a day of the fleets of 2025 with electric buses and taxis, few cars on the streets; real, and made once."""
    folder = embedded("scenarios/dazhou")
    baseline = load_scenario(folder / "fleets_2025.yaml")
    small = {
        "duration_days": 1,
        "annual_factor": 365.0,
        "replications": 1,
        "parameter_uncertainty": False,
        "traffic": baseline.traffic.model_copy(update={"car_trips_scale": 0.02}),
        "fleets": baseline.fleets.model_copy(update={"days": 1, "freight_trucks": True}),
    }
    package = load_scenario(folder / "packages" / "electric_bus_taxi_2025.yaml")
    scenarios = [s.model_copy(update=small) for s in (baseline, package)]
    return run.compare(scenarios, output=tmp_path_factory.mktemp("fleets") / "out")
