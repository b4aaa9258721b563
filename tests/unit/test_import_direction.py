"""Who may import whom, read from the sources; and what the command line may not import before it answers."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import transport_sim

PACKAGE = Path(transport_sim.__file__).parent
HEAVY = (
    "osmnx",
    "seaborn",
    "matplotlib",
    "geopandas",
    "pandera",
    "pandas",
    "scipy",
    "simpy",
    "pyarrow",
    "networkx",
    "xlsxwriter",
)


def imports(path: Path) -> set[str]:
    """Return the full name of everything that a module imports anywhere, that for type checking alone apart."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = [ast.Pass()]
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are written in full"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


MODULES = {
    path.relative_to(PACKAGE).with_suffix("").as_posix(): imports(path) for path in sorted(PACKAGE.rglob("*.py"))
}


def importers(name: str) -> set[str]:
    return {module for module, found in MODULES.items() if any(f"{i}.".startswith(f"{name}.") for i in found)}


def of(*folders: str) -> set[str]:
    return {module for module in MODULES if module.split("/")[0] in folders}


def test_the_sources_are_read():
    assert len(MODULES) > 40
    assert "simulation/engine" in importers("simpy")


def test_only_two_modules_know_osmnx():
    assert importers("osmnx") == {"network/build", "network/osm_servers"}


def test_only_the_simulation_knows_simpy():
    assert importers("simpy") <= of("simulation")


@pytest.mark.parametrize(
    "room", ["energy", "emissions", "factors", "choice", "demand", "network", "config", "policies"]
)
def test_arithmetic_knows_nothing_of_the_event_loop(room):
    assert of(room), "the room is there"
    assert not of(room) & (importers("simpy") | importers("transport_sim.simulation"))


@pytest.mark.parametrize(
    "other", ["policies", "choice", "demand", "results", "energy", "emissions", "network", "inputs", "planning", "run"]
)
def test_the_simulation_knows_neither_policies_nor_behaviour_nor_physics(other):
    assert not of("simulation") & importers(f"transport_sim.{other}")


def test_policies_know_only_inputs_measures_conditions_and_the_network():
    allowed = ("conditions", "inputs", "measures", "network", "errors", "policies", "tables", "units")
    allowed += ("relations", "station_sites", "stretch")
    for module in of("policies"):
        for name in MODULES[module]:
            assert not name.startswith("transport_sim.") or name.split(".")[1] in allowed, f"{module} imports {name}"


def test_nobody_imports_a_single_policy():
    """So a policy's file can go, and takes nothing with it but its example and the scenarios that name it."""
    kinds = of("policies") - {"policies/__init__", "policies/base", "policies/package"}
    assert len(kinds) >= 10
    for kind in kinds:
        assert not importers(f"transport_sim.{kind.replace('/', '.')}"), kind


def test_only_the_runner_and_its_users_know_the_runner():
    assert importers("transport_sim.run") <= {"__init__", "siting/site"} | of("results", "cli")


@pytest.mark.parametrize(
    "earlier", ["network", "factors", "energy", "emissions", "demand", "choice", "policies", "simulation"]
)
def test_no_step_reaches_back_into_a_later_one(earlier):
    assert not of(earlier) & importers("transport_sim.results")
    assert not of(earlier) & importers("transport_sim.cli.main")


def test_the_command_line_answers_before_anything_heavy_is_imported():
    program = "import sys, transport_sim.cli.main; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "typer" in done.stdout.split(), "the command line itself is there"
    assert set(HEAVY) & set(done.stdout.split()) == set()
