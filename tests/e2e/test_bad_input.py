"""Every mistake gets one clear message with its place, exit code 2, no traceback, and leaves no output behind."""

import csv
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from transport_sim.paths import embedded
from transport_sim.tables.freight import PARAMETER_BOUNDS, PARAMETER_NAMES, TABLES, parameter_problem

Cli = Callable[..., Any]
Spoil = Callable[[Path], object]


def refused(cli: Cli, folder: Path, *scenarios: str) -> str:
    """Compare, check that it is refused as a whole, and return the message with names relative to the folder."""
    said = cli("compare", *(scenarios or ["baseline.yaml"]), "-o", "out")
    assert said.code == 2
    assert said.out == ""
    assert not [path.name for path in folder.iterdir() if "out" in path.name], "nothing half-written"
    return said.err.replace(f"{folder}/", "").rstrip("\n")


def one(table: str, text: str) -> str:
    return f"data/{table}.csv: 1 problem\n  {text}"


def cell(table: str, line: int, column: str, value: str) -> Spoil:
    """Return what writes one cell; the header is line 1."""

    def spoil(folder: Path) -> None:
        path = folder / "data" / f"{table}.csv"
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.reader(stream))
        rows[line - 1][rows[0].index(column)] = value
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, lineterminator="\n").writerows(rows)

    return spoil


def replaced(name: str, pattern: str, text: str, count: int = 1) -> Spoil:
    def spoil(folder: Path) -> None:
        path = folder / name
        changed, found = re.subn(pattern, text, path.read_text(encoding="utf-8"), count=count, flags=re.MULTILINE)
        assert found, "the test changes nothing"
        path.write_text(changed, encoding="utf-8")

    return spoil


def without_terminals(pattern: str) -> Spoil:
    """Return what takes terminals away, and the tables of operations that name them."""
    spoil = replaced("data/terminals.csv", pattern, "", 0)
    return lambda folder: (spoil(folder), shutil.rmtree(folder / "data" / "operations"))[0]


def raw(name: str, change: Callable[[bytes], bytes]) -> Spoil:
    return lambda folder: (folder / name).write_bytes(change((folder / name).read_bytes()))


def parameter(name: str, value: str) -> Spoil:
    return replaced("data/parameters.csv", rf"^{name},[^,]*,[^,]*,[^,]*,", f"{name},{value},,,")


# cells


@pytest.mark.parametrize(
    "case",
    [
        ("zones", 3, "population_thousand", "abc", "line 3  population_thousand: must be a number, got 'abc'"),
        ("zones", 3, "population_thousand", "1,5", "line 3  population_thousand: must be a number, got '1,5'"),
        ("zones", 3, "population_thousand", "nan", "line 3  population_thousand: must be a number, got 'nan'"),
        ("zones", 3, "population_thousand", "inf", "line 3  population_thousand: must be a number, got 'inf'"),
        ("zones", 3, "population_thousand", "１２", "line 3  population_thousand: must be a number, got '１２'"),
        ("zones", 3, "population_thousand", "-5", "line 3  population_thousand: must be from 0 to 1e+12, got -5"),
        ("zones", 3, "population_thousand", "1e308", "line 3  population_thousand: must be from 0 to 1e+12, got 1e+308"),
        ("zones", 3, "population_thousand", "", "line 3  an internal zone needs population_thousand"),
        ("zones", 3, "external_weight_bulk", "5", "line 3  external weights are for external zones only"),
        ("zones", 33, "external_weight_bulk", "", "line 33  an external zone needs both external weights (0 for none)"),
        ("zones", 3, "zone", "tongchuan", "line 3  zone: tongchuan is there already, in an earlier line"),
        ("zones", 3, "zone", "", "line 3  zone: must be a word without spaces, ; and :, got ''"),
        ("zones", 3, "zone", "a;b", "line 3  zone: must be a word without spaces, ; and :, got 'a;b'"),
        ("zones", 3, "kind", "inside", "line 3  kind: must be one of internal, external, got 'inside'"),
        ("commodities", 3, "freight_share", "2", "line 3  freight_share: must be from 0 to 1, got 2"),
        ("commodities", 3, "rail_tariff_class", "2.5", "line 3  rail_tariff_class: must be a whole number, got '2.5'"),
        ("commodities", 3, "road_lot_t", "0", "line 3  road_lot_t: must be from 1 to 10000, got 0"),
        ("commodities", 3, "relative_haul", "1e-9", "line 3  relative_haul: must be from 0.01 to 100, got 1e-09"),
        ("generators", 3, "source", "", "line 3  source: must not be empty, got ''"),
        ("known_flows", 3, "flow", "ore_old_works", "line 3  flow: ore_old_works is there already, in an earlier line"),
        ("known_flows", 2, "tonnes_per_year_t", "-1", "line 2  tonnes_per_year_t: must be from 0 to 1e+12, got -1"),
        ("known_flows", 2, "origin", "tongchuan", "line 2  origin and destination are the same zone"),
        ("known_flows", 2, "to_year", "1999", "line 2  to_year lies before from_year"),
        ("known_flows", 2, "captive_chain", "rail", "line 2  captive_chain: must be one of (nothing), road, road_rail_road, rail_siding, road_water_road, rail_water, got 'rail'"),
        ("terminals", 2, "cranes_count", "0", "line 2  cranes_count: must be from 1 to 10000, got 0"),
        ("terminals", 2, "to_year", "1900", "line 2  to_year lies before from_year"),
        ("terminals", 12, "zone", "", "line 12  a siding or gateway needs the zone that it serves"),
        ("terminals", 2, "mode", "waterway", "line 2  kind must be yard, siding, gateway or port_station for rail, port or gateway for waterway"),
        ("rail_tariff", 3, "rail_tariff_class", "2", "line 3  rail_tariff_class: 2 is there already, in an earlier line"),
        ("truck_fleet", 3, "emission_standard", "china_iv", "line 3  an earlier line has the same year and emission_standard"),
        ("truck_fleet", 2, "emission_standard", "euro_6", "line 2  emission_standard: must be one of china_iv, china_v, china_vi, got 'euro_6'"),
        ("vessel_fleet", 2, "navigation_class", "IX", "line 2  navigation_class: must be one of I, II, III, IV, V, VI, got 'IX'"),
        ("parameters", 3, "parameter", "freight_total_t", "line 3  parameter: freight_total_t is there already, in an earlier line"),
        ("parameters", 3, "confidence", "sure", "line 3  confidence: must be one of H, M, L, memory, got 'sure'"),
    ],
    ids=lambda case: "-".join(map(str, case[:4])),
)  # fmt: skip
def test_a_bad_cell(cli: Cli, folder: Path, case: tuple[str, int, str, str, str]):
    table, line, column, value, text = case
    cell(table, line, column, value)(folder)
    assert refused(cli, folder) == one(table, text)


@pytest.mark.parametrize(
    "case",
    [
        ("zones", 3, "road_node", "TC99", "line 3  road_node: unknown 'TC99'; did you mean 'TC9'?"),
        ("zones", 3, "road_node", "R_XY_DAZHOU_YARD", "line 3  road_node: unknown 'R_XY_DAZHOU_YARD'"),
        ("generators", 3, "zone", "highteck", "line 3  zone: unknown 'highteck'; did you mean 'high_tech'?"),
        ("generators", 3, "zone", "dushi;dachuan", "line 3  zone: unknown 'dushi;dachuan'; did you mean 'dachuan'?"),
        ("generators", 3, "zone", "wuhan", "line 3  zone: wuhan is external; its weights belong into zones.csv"),
        ("generators", 3, "commodity", "kohle", "line 3  commodity: unknown 'kohle'; known: cement_building, coal, general_containers, grain_farm, ore_steel, phosphate_fertiliser, sand_gravel, sulphur_chemicals"),
        ("known_flows", 3, "origin", "see_ports", "line 3  origin: unknown 'see_ports'; did you mean 'sea_ports'?"),
        ("known_flows", 2, "destination", "xian", "line 2  sea_ports and xian are both external; through traffic is not modelled"),
        ("terminals", 2, "terminal", "W_ZH_MUTOU", "line 2  terminal: unknown 'W_ZH_MUTOU', mode rail"),
        ("terminals", 12, "zone", "wengfuu", "line 12  zone: unknown 'wengfuu'; did you mean 'wengfu'?"),
        ("commodities", 3, "rail_tariff_class", "1", "line 3  rail_tariff_class: class 1 is not in rail_tariff.csv"),
        ("commodities", 3, "freight_share", "0.2", "freight_share must add up to 1, got 1.1000"),
        ("commodities", 3, "truck_heavy_share", "0.4", "the truck shares of ore_steel must add up to 1, got 1.2000"),
        ("truck_fleet", 2, "share", "0.9", "the shares of 2022 must add up to 1, got 1.6500"),
        ("vessel_fleet", 2, "payload_capacity_t", "99999", "line 2  payload_capacity_t: the largest vessel with factors has 3000 t, got 99999"),
        ("parameters", 2, "low", "190000000", "line 2  freight_total_t: value 175000000 lies outside low 190000000 to high 180000000"),
        ("parameters", 3, "parameter", "target_rail", "rows are missing for target_rail_t\ndata/parameters.csv: line 3  no parameter 'target_rail'; did you mean 'target_rail_t'?"),
    ],
    ids=lambda case: "-".join(map(str, case[:4])),
)  # fmt: skip
def test_a_cell_that_does_not_fit_the_rest(cli: Cli, folder: Path, case: tuple[str, int, str, str, str]):
    table, line, column, value, text = case
    cell(table, line, column, value)(folder)
    assert refused(cli, folder) == f"data/{table}.csv: {text}"


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("rail_speed_kmh", "0", "must be from 0.1 to 1000, got 0"),
        ("rail_speed_kmh", "-40", "must be from 0.1 to 1000, got -40"),
        ("vessel_upstream_kmh", "0", "must be from 0.1 to 1000, got 0"),
        ("rail_loading_h", "-1", "must be from 0 to 10000, got -1"),
        ("logit_scale_bulk", "0", "must be from 0.01 to 50, got 0"),
        ("target_rail_t", "-1", "must be from 0 to 1e+12, got -1"),
        ("freight_total_t", "-1", "must be from 1 to 1e+12, got -1"),
        ("demand_growth_ratio_per_year", "-1", "must be from -0.1 to 0.1, got -1"),
        ("daytime_release_share", "1", "must be from 0.01 to 0.99, got 1"),
        ("bay_utilisation_ratio", "0", "must be from 0.05 to 1, got 0"),
        ("train_net_t", "0", "must be from 1 to 50000, got 0"),
        ("headway_s", "0", "must be from 1 to 86400, got 0"),
        ("road_rate_cny_per_tkm", "-1", "must be from 0 to 1000, got -1"),
        ("truck_load_t_reference", "0", "must be from 0.1 to 1000, got 0"),
    ],
)
def test_a_parameter_that_the_model_cannot_work_with(cli: Cli, folder: Path, name: str, value: str, text: str):
    line = next(
        n
        for n, row in enumerate((folder / "data/parameters.csv").read_text("utf-8").splitlines(), 1)
        if row.startswith(f"{name},")
    )
    parameter(name, value)(folder)
    assert refused(cli, folder) == f"data/parameters.csv: line {line}  {name}: {text}"


@pytest.mark.parametrize("name", PARAMETER_NAMES)
def test_every_parameter_has_bounds(name: str):
    assert parameter_problem(name, float("inf")).startswith(f"{name}: must be from ")


def test_every_bound_is_of_use():
    from fnmatch import fnmatchcase

    first = {
        next(pattern for pattern, *_ in PARAMETER_BOUNDS if fnmatchcase(name, pattern)) for name in PARAMETER_NAMES
    }
    assert first == {pattern for pattern, *_ in PARAMETER_BOUNDS}


# whole tables


@pytest.mark.parametrize("table", TABLES)
def test_a_missing_table(cli: Cli, folder: Path, table: str):
    (folder / f"data/{table}.csv").unlink()
    needed = ", ".join(f"{name}.csv" for name in TABLES)
    assert refused(cli, folder) == f"data/{table}.csv: no such table; the data folder needs {needed}"


@pytest.mark.parametrize("table", TABLES)
def test_an_empty_table(cli: Cli, folder: Path, table: str):
    (folder / f"data/{table}.csv").write_bytes(b"")
    assert refused(cli, folder) == f"data/{table}.csv: the file is empty"


@pytest.mark.parametrize("table", TABLES)
def test_a_missing_column(cli: Cli, folder: Path, table: str):
    replaced(f"data/{table}.csv", r"\A(.*)confidence", r"\1confidenc")(folder)
    assert refused(cli, folder) == (
        f"data/{table}.csv: 2 problems\n"
        "  line 1: column 'confidence' is missing\n"
        "  line 1: unknown column 'confidenc'; did you mean 'confidence'?"
    )


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda b: b"\x00\x01\xff" * 50, "line 1  not UTF-8 text; a spreadsheet saves it as 'CSV UTF-8'"),
        (lambda b: b.decode().encode("gb18030"), "line 2  not UTF-8 text; a spreadsheet saves it as 'CSV UTF-8'"),
        (lambda b: b.decode().encode("utf-16"), "line 1  not UTF-8 text; a spreadsheet saves it as 'CSV UTF-8'"),
        (lambda b: b.replace(b"Baijie", b"Bai\0jie"), "line 11  not a text file: it holds the character U+0000"),
        (lambda b: b + b'"open\n', "line 45  not CSV: unexpected end of data; is a quote not closed?"),
        (lambda b: b.replace(b"Wanzhou", b'"Wan\nzhou"'), "line 32  a cell runs over several lines; is a quote not closed?"),
        (lambda b: b.replace(b"\nwuhan", b"\n\nwuhan"), "1 problem\n  line 43: 0 cells, the header has 14"),
        (lambda b: b.replace(b",14,10,", b",14,10,7,"), "1 problem\n  line 32: 15 cells, the header has 14"),
        (lambda b: b.replace(b",", b";"), "1 problem\n  line 1: columns are separated by semicolons; separate them by commas"),
        (lambda b: b.replace(b",", b"\t"), "1 problem\n  line 1: columns are separated by tabs; separate them by commas"),
        (lambda b: b + b" " * 50_000_000, "larger than 50 MB"),
        (lambda b: b.replace(b"\n", b",zone\n", 1), "2 problems\n  line 1: column 'zone' appears twice\n  line 2: 14 cells, the header has 15"),
    ],
    ids=["binary", "gbk", "utf16", "nul", "quote", "line_break", "blank_line", "ragged", "semicolons", "tabs", "huge", "twice"],
)  # fmt: skip
def test_a_file_that_is_no_such_table(cli: Cli, folder: Path, change: Callable[[bytes], bytes], text: str):
    raw("data/zones.csv", change)(folder)
    message = refused(cli, folder)
    if "15" in text and "twice" in text:
        assert message.startswith("data/zones.csv: 44 problems, first 5 of 44\n  line 1: column 'zone' appears twice\n")
    else:
        assert message == f"data/zones.csv: {text}"


def test_a_folder_in_place_of_a_table(cli: Cli, folder: Path):
    (folder / "data/zones.csv").unlink()
    (folder / "data/zones.csv").mkdir()
    assert refused(cli, folder) == "data/zones.csv: this is a folder, not a file"


@pytest.mark.parametrize(
    "change",
    [
        lambda b: b"\xef\xbb\xbf" + b.replace(b"\n", b"\r\n"),
        lambda b: b + b"\n\n",
        lambda b: b + b"," * 13 + b"\r\n",
    ],
    ids=["excel", "blank_lines", "blank_cells"],
)
def test_what_spreadsheets_do_to_a_table_is_no_mistake(cli: Cli, folder: Path, change: Callable[[bytes], bytes]):
    raw("data/zones.csv", change)(folder)
    cell("generators", 3, "zone", "highteck")(folder)  # the next table's mistake shows that this one was read
    assert refused(cli, folder).startswith("data/generators.csv: line 3")


# tables that contradict each other or the map


@pytest.mark.parametrize(
    ("spoil", "text"),
    [
        (without_terminals(r"^R_.*\n"), "terminals.csv: no terminal of mode rail is in service in 2022"),
        (without_terminals(r"^W_.*\n"), "terminals.csv: no terminal of mode waterway is in service in 2022"),
        (without_terminals(r"^R_(?!XY_DAZ).*\n"), "calibration: no flow can use rail, its target is 20,000,000 t"),
        (replaced("data/generators.csv", r"^\w+,coal.*\n", "", 0), "generators.csv: no zone has a production weight for coal"),
        (replaced("data/zones.csv", r"(,internal,\w+),[\d.]+,", r"\1,0,", 0), "gravity model: the totals of the zones cannot all be met (gap nan); is a zone cut off?"),
        (replaced("data/zones.csv", r"^.*,external,.*\n", "", 0), None),
        (replaced("data/vessel_fleet.csv", r"^IV,.*\n", ""), "data/vessel_fleet.csv: rows are missing for the navigation classes IV"),
        (cell("known_flows", 2, "tonnes_per_year_t", "300000000"), "known_flows.csv: the known flows of ore_steel exceed its share of the total by 285,500,000 t"),
        (cell("known_flows", 2, "captive_chain", "road"), "known_flows.csv: ore_old_works: no chain road leads from sea_ports to tongchuan in 2022; possible: rail_siding, road_water_road, rail_water"),
        (cell("known_flows", 24, "captive_chain", "rail_water"), None),
        (cell("zones", 43, "beyond_road_km", ""), None),
        (parameter("target_rail_t", "170000000"), "data/parameters.csv: target_rail_t and target_water_t leave nothing of freight_total_t to the road"),
        (parameter("target_road_haul_km", "1"), None),
    ],
    ids=["no_rail", "no_port", "one_rail", "no_coal", "no_people", "one_side", "no_class_iv", "too_much", "no_road", "no_river", "cut_off", "no_road_left", "short_haul"],
)  # fmt: skip
def test_tables_that_contradict_each_other(cli: Cli, folder: Path, spoil: Spoil, text: str | None):
    spoil(folder)
    message = refused(cli, folder)
    if text is not None:
        assert message == text


def test_a_zone_without_a_road_yet(cli: Cli, folder: Path):
    from transport_sim.run import _network

    network = _network(embedded("networks/dazhou"))
    roads = network.links[network.links["mode"] == "road"]
    there = set(network.at_year(2022).mode_links("road")["to_node"])
    later = network.nodes.loc[[node for node in roads["to_node"].unique() if node not in there], "ref"]
    ref = next(ref for ref in later if ref)
    cell("zones", 3, "road_node", ref)(folder)
    assert refused(cli, folder) == f"data/zones.csv: line 3  road_node: no road leads to {ref!r} in 2022"


# scenario files (tests/unit/config has every mistake of the loader)

HEAD = "extends: baseline.yaml\nname: package\ntitle_en: P\ntitle_zh: 包\n"
SIDING = "  - {kind: rail_siding, from_year: %d, zone: %s, terminal: %s}\n"
SERVICE = (
    "  - {kind: rail_service, from_year: 2025, origin_terminal: %s, destination_terminal: %s, trains_per_week: 7}\n"
)
RIVER = (
    "  - {kind: waterway_upgrade, from_year: 2025, from_node: %s, to_node: %s, navigation_class: III, depth_m: %d}\n"
)
CHARGE = "  - {kind: freight_charge, from_year: 2025, mode: rail, commodities: [%s], cny_per_tkm: 0.1}\n"


@pytest.mark.parametrize(
    ("policies", "text"),
    [
        (SIDING % (2025, "east_etzz", "R_SD_DAGANG"), "package.yaml: line 6  policies.0 (rail_siding): no zone 'east_etzz'; did you mean 'east_etz'?"),
        (SIDING % (2055, "east_etzz", "R_SD_DAGANG"), "package.yaml: line 6  policies.0 (rail_siding): no zone 'east_etzz'; did you mean 'east_etz'?"),
        (SIDING % (2025, "wuhan", "R_SD_DAGANG"), "package.yaml: line 6  policies.0 (rail_siding): zone 'wuhan' lies outside the region"),
        (SIDING % (2025, "east_etz", "R_SD_DAGAN"), "package.yaml: line 6  policies.0 (rail_siding): no rail node 'R_SD_DAGAN'; did you mean 'R_SD_DAGANG'?"),
        (SIDING % (2025, "east_etz", "R_GW_CHONGQING"), "package.yaml: line 6  policies.0 (rail_siding): terminal 'R_GW_CHONGQING' is there already, for chongqing, guizhou, sea_ports"),
        (SIDING % (2025, "east_etz", "R_SD_DAGANG") + SIDING % (2025, "wanyuan", "R_SD_DAGANG"), "package.yaml: line 7  policies.1 (rail_siding): terminal 'R_SD_DAGANG' is there already, for east_etz"),
        (SIDING % (2025, "east_etz", "R_SD_DAGANG") * 2, "package.yaml: 1 problem\n  line 7  policies.1: duplicate policy, first stated at line 6"),
        (SERVICE % ("R_GW_XIAN", "R_GW_XIAN"), "package.yaml: line 6  policies.0 (rail_service): origin and destination are the same terminal 'R_GW_XIAN'"),
        (SERVICE % ("R_GW_XIAN", "R_SD_WENGFU") + SERVICE % ("R_SD_WENGFU", "R_GW_XIAN"), "package.yaml: 1 problem\n  line 7  policies.1: duplicate policy, first stated at line 6"),
        (SERVICE % ("R_GW_XIANN", "R_SD_WENGFU"), "package.yaml: line 6  policies.0 (rail_service): no rail terminal 'R_GW_XIANN'; did you mean 'R_GW_XIAN'?"),
        (RIVER % ("W_QJ_TUXI", "W_QJ_TUXI", 3), "package.yaml: line 6  policies.0 (waterway_upgrade): the stretch begins and ends at the same node 'W_QJ_TUXI'"),
        (RIVER % ("W_QJ_TUXY", "W_QJ_QUXIAN", 3), "package.yaml: line 6  policies.0 (waterway_upgrade): no waterway node 'W_QJ_TUXY'; did you mean 'W_QJ_TUXI'?"),
        (CHARGE % "coall", "package.yaml: line 6  policies.0 (freight_charge): no commodity 'coall'; did you mean 'coal'?"),
    ],
)  # fmt: skip
def test_a_policy_that_does_not_fit(cli: Cli, folder: Path, policies: str, text: str):
    (folder / "package.yaml").write_text(f"{HEAD}policies:\n{policies}", encoding="utf-8")
    assert refused(cli, folder, "package.yaml") == text


def test_policies_that_contradict_each_other(cli: Cli, folder: Path):
    two = RIVER % ("W_ZH_NANMENKOU", "W_QJ_TUXI", 4) + RIVER % ("W_ZH_NANMENKOU", "W_QJ_QUXIAN", 5)
    (folder / "package.yaml").write_text(f"{HEAD}policies:\n{two}", encoding="utf-8")
    assert re.fullmatch(
        r"package\.yaml: line 7  policies\.1 \(waterway_upgrade\) and package\.yaml: line 6  policies\.0 \(waterway_upgrade\)"
        r" both write (depth_m of links|lock_depth_m of nodes) '\d+': 4\.0 against 5\.0",
        refused(cli, folder, "package.yaml"),
    )


@pytest.mark.parametrize(
    ("extra", "text"),
    [
        ("years: [2015, 2030]\n", "scenario 'package': electricity.csv: quantity=grid_kgco2_per_kwh, region=sichuan is given for 2021 (line 2), 2022 (line 3), 2023 (line 4), not for 2015, and no fall-back is declared that leads to a row"),
        ("factor_set: own\n", "package.yaml: 1 problem\n  line 5  factor_set: no such factor set or folder: own; known: china_official, cn_emep_glec, emep_copert, glec_v3"),
        ("parameters: {headway: 300}\n", "package.yaml: line 5  parameters: no parameter 'headway'; did you mean 'headway_s'?"),
        ("parameters:\n  headway_s: 0\n", "package.yaml: line 6  parameters: headway_s: must be from 1 to 86400, got 0"),
        ("duration_days: 0\n", "package.yaml: 1 problem\n  line 5  duration_days: must be at least 1, got 0"),
        ("policies:\n\t- {}\n", "package.yaml: 1 problem\n  line 6  not valid YAML: while scanning for the next token, found character '\\t' that cannot start any token"),
        ("extends: package.yaml\n", None),
    ],
)  # fmt: skip
def test_a_scenario_that_does_not_fit(cli: Cli, folder: Path, extra: str, text: str | None):
    (folder / "package.yaml").write_text(HEAD + extra, encoding="utf-8")
    message = refused(cli, folder, "package.yaml")
    if text is not None:
        assert message == text


@pytest.mark.parametrize(
    ("stated", "text"),
    [
        ("grid_region: mars", "electricity.csv: no row with region='mars'"),
        ("grid_region_beyond: mars", "electricity.csv: no row with region='mars'"),
        ("grid_path: hope", "grid_paths.csv: no row with grid_path='hope'"),
    ],
)
def test_an_unknown_grid_or_path(cli: Cli, folder: Path, stated: str, text: str):
    replaced("baseline.yaml", "grid_region: .*", stated)(folder)
    assert refused(cli, folder).startswith(f"scenario 'baseline': {text}")


@pytest.mark.parametrize(
    ("scenarios", "text"),
    [
        (["baseline.yaml", "baseline.yaml"], "two scenarios have the name 'baseline'; names tell the results apart"),
        (["baseline.yaml", "absent.yaml"], "absent.yaml: no such file; did you mean 'baseline.yaml'?"),
        (["absent.yaml", "missing.yaml"], "absent.yaml: no such file; did you mean 'baseline.yaml'?\nmissing.yaml: no such file; did you mean 'baseline.yaml'?"),
        (["baseline.yaml", "data"], "data: this is a folder, not a file"),
    ],
)  # fmt: skip
def test_scenarios_that_cannot_be_compared(cli: Cli, folder: Path, scenarios: list[str], text: str):
    (folder / "package.yaml").write_text(HEAD, encoding="utf-8")
    assert refused(cli, folder, *scenarios) == text


@pytest.mark.parametrize("key", ["years: [2022]", "seed: 7", "replications: 2", "duration_days: 3", "base_year: 2023"])
def test_a_package_must_share_the_frame_of_its_baseline(cli: Cli, folder: Path, key: str):
    (folder / "package.yaml").write_text(f"{HEAD}{key}\n", encoding="utf-8")
    message = refused(cli, folder, "baseline.yaml", "package.yaml")
    assert message.startswith(f"package cannot be compared with baseline: {key.partition(':')[0]} is ")
    assert message.endswith("let the package extend the baseline")


# the network folder

NODES = b'<node id="1" lat="31" lon="107"/><node id="2" lat="31.1" lon="107"/>'
WAY = b'<way id="9"><nd ref="1"/><nd ref="2"/><tag k="highway" v="primary"/></way>'
LAUGHS = b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10))


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (None, "net: no .osm file in this folder, and no network.json"),
        (b"", "net/a.osm: line 1: not well-formed XML: no element found"),
        (b"<osm>\n<node", "net/a.osm: line 2: not well-formed XML: unclosed token"),
        (b"<gpx></gpx>", "net/a.osm: line 1: the root element is <gpx>, OSM XML has <osm>"),
        (b"<osm></osm>", "net/a.osm: the file has no nodes and ways"),
        (b'<!DOCTYPE l [<!ENTITY a0 "lol">%s]><osm>&a9;</osm>' % LAUGHS, "net/a.osm: line 1: OSM XML has no document type declaration"),
        (b'<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]><osm>&a;</osm>', "net/a.osm: line 1: OSM XML has no document type declaration"),
        ('<?xml version="1.0" encoding="gbk"?><osm>达州</osm>'.encode("gbk"), "net/a.osm: line 1: multi-byte encodings are not supported; save it as UTF-8"),
        (b"<osm version='0.6'>%s%s</osm>" % (NODES, WAY.replace(b'"2"', b'"3"')), "net/a.osm: Some edges missing nodes, possibly due to input data clipping issue."),
        (b"<osm version='0.6'>%s%s</osm>" % (NODES.replace(b'lat="31"', b""), WAY), "net/a.osm: an element lacks 'lat', or a way names a node that isn't there"),
        (b"<osm version='0.6'>%s%s</osm>" % (NODES, WAY), None),
    ],
    ids=["none", "empty", "truncated", "root", "no_ways", "laughs", "external_entity", "gbk", "missing_node", "no_lat", "foreign"],
)  # fmt: skip
def test_a_bad_network(cli: Cli, folder: Path, content: bytes | None, text: str | None):
    (folder / "net/z.osm").mkdir(parents=True)  # a folder is no network file whatever its name
    if content is not None:
        (folder / "net/a.osm").write_bytes(content)
    replaced("baseline.yaml", "^network: .*", "network: net")(folder)
    message = refused(cli, folder)
    if text is not None:
        assert message == text
    else:
        assert message.splitlines()[0] == "data/zones.csv: line 2  road_node: unknown 'TC0'; known: 1, 2"
        assert re.fullmatch(r"and \d+ more problems", message.splitlines()[-1])
