"""Every code that stands for a source can be looked up in the table beside it."""

import csv
import re
from pathlib import Path

import pytest

from transport_sim.paths import embedded

SCENARIOS = embedded("scenarios")
NETWORKS = embedded("networks")
DOCS = Path(__file__).parents[2] / "docs"
CODE = re.compile(r"\bS\d+[a-z]?\b")
BRACKETED = re.compile(r"\[(S\d+[a-z]?(?:[ ,;]+S\d+[a-z]?)*)\]")
"""On the map an S with a number is also the number of a provincial road: only `[S12]` and `[S12, S13]` are codes."""


def known(folder: Path) -> set[str]:
    with (folder / "source_codes.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    codes = [row["code"] for row in rows]
    assert len(set(codes)) == len(codes), f"a code stands twice in {folder}"
    assert all(row["source"].strip() for row in rows), f"a code without a source in {folder}"
    return set(codes)


def table_of(path: Path, root: Path) -> Path | None:
    """Return the folder of the nearest table of codes: above a file, or in the folder of tables beside it."""
    near = (f for parent in path.parents if parent.is_relative_to(root) for f in (parent, parent / "data"))
    return next((f for f in near if (f / "source_codes.csv").exists()), None)


def dangling(cited: set[str], path: Path, root: Path) -> set[str]:
    folder = table_of(path, root) if cited else None
    return cited - known(folder) if folder else cited


@pytest.mark.parametrize("path", sorted(SCENARIOS.rglob("*.csv")), ids=lambda p: str(p.relative_to(SCENARIOS)))
def test_the_codes_of_a_scenarios_tables_are_known(path):
    cited = set(CODE.findall(path.read_text(encoding="utf-8")))
    assert not dangling(cited, path, SCENARIOS)


@pytest.mark.parametrize("path", sorted(NETWORKS.rglob("*.csv")), ids=lambda p: str(p.relative_to(NETWORKS)))
def test_the_codes_of_a_maps_tables_are_known(path):
    groups = BRACKETED.findall(path.read_text(encoding="utf-8"))
    assert not dangling({code for group in groups for code in CODE.findall(group)}, path, NETWORKS)


@pytest.mark.parametrize("path", sorted(DOCS.rglob("*.md")), ids=lambda p: str(p.relative_to(DOCS)))
def test_the_codes_of_the_manual_are_those_of_dazhou(path):
    groups = BRACKETED.findall(path.read_text(encoding="utf-8"))
    assert {code for group in groups for code in CODE.findall(group)} <= known(SCENARIOS / "dazhou" / "data")


def test_the_traffic_tables_do_cite_codes():
    cited = {p.name for p in (SCENARIOS / "dazhou/data/traffic").glob("*.csv") if CODE.search(p.read_text("utf-8"))}
    assert {"areas.csv", "episodes.csv", "trip_rates.csv", "vehicle_stock.csv", "vehicle_totals.csv"} <= cited
