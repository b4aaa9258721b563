"""Every mistake in a scenario file has one message, with the file and the line."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from transport_sim.config import load_scenario
from transport_sim.config.stated import MAX_BYTES
from transport_sim.errors import ScenarioError

KEYS = (
    "annual_factor, base_year, data, description, duration_days, extends, factor_set, fleets, grid_path, grid_region, "
    "grid_region_beyond, gwp_set, name, network, parameter_uncertainty, parameters, policies, replications, seed, title_en, title_zh, traffic, wait_rounds, wait_tolerance_ratio, years"
)
SIDING = "  - {kind: test_siding, from_year: 2025, terminal: dazhou_north}\n"


def refused(text: str | bytes, name: str = "ban.yaml") -> str:
    """Write a file, load it, and return the message."""
    Path(name).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ScenarioError) as caught:
        load_scenario(name)
    return str(caught.value)


def one(message: str, name: str = "ban.yaml") -> str:
    return f"{name}: 1 problem\n  {message}"


@pytest.fixture(autouse=True)
def _in_folder(folder: Path) -> None:
    """Run every test in the scenario folder."""


def test_a_good_file_gives_a_scenario_with_absolute_paths():
    Path("base.yaml").write_text(Path("base.yaml").read_text(encoding="utf-8") + "policies:\n" + SIDING, "utf-8")
    scenario = load_scenario("base.yaml")
    assert scenario.years == (2022, 2030)
    assert scenario.title_zh == "基准情景"
    assert scenario.network == Path.cwd() / "net"
    assert scenario.annual_factor == 365 / 7
    assert scenario.policies[0].terminal == "dazhou_north"
    assert scenario.source_files == ((Path.cwd() / "base.yaml").resolve(),)


def test_all_problems_at_once_in_the_order_of_lines():
    text = """\
name: ban
title_en: A ban
title_zh: 禁令
duration_days: 0
network: net
data: data
years: [2022]
sed: 3

policies:
  - from_year: 2025
    kind: test_sidin
  - kind: test_siding
    terminal: dazhou_north
    share: 1.4
"""
    assert refused(text) == (
        "ban.yaml: 5 problems\n"
        "  line 4   duration_days: must be at least 1, got 0\n"
        "  line 8   sed: unknown key; did you mean 'seed'?\n"
        "  line 12  policies.0.kind: no policy of kind 'test_sidin'; did you mean 'test_siding'?\n"
        "  line 13  policies.1.from_year: required key is missing\n"
        "  line 15  policies.1.share: must be at most 1, got 1.4"
    )


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("seed: '5'", "seed: must be a whole number, got '5'"),
        ("seed: 1.5", "seed: must be a whole number, got 1.5"),
        ("seed: true", "seed: must be a whole number, got true"),
        ("seed:", "seed: must be a whole number, got nothing"),
        ("seed: [1]", "seed: must be a whole number, got a list of 1"),
        ("seed: -1", "seed: must be at least 0, got -1"),
        ("replications: 1001", "replications: must be at most 1000, got 1001"),
        ("annual_factor: '52'", "annual_factor: must be a number, got '52'"),
        ("annual_factor: 0", "annual_factor: must be greater than 0, got 0"),
        ("annual_factor: .nan", "annual_factor: must be a finite number, got nan"),
        ("base_year: 1990", "base_year: must be at least 2015, got 1990"),
        ("parameter_uncertainty: yes", "parameter_uncertainty: must be true or false, got 'yes'"),
        ("description: 5", "description: must be text, got 5 (put it in quotes)"),
        ("grid_region: ''", "grid_region: must have 1 or more characters, got ''"),
        ("gwp_set: AR5", "gwp_set: must be 'AR6', got 'AR5'"),
        ("parameters: {toll_cny: high}", "parameters.toll_cny: must be a number, got 'high'"),
        ("parameters: [1]", "parameters: must be a map of keys, got a list of 1"),
        ("policies: fast", "policies: must be a list, got 'fast'"),
        ("policies: [fast]", "policies.0: must be a map that states the kind of a policy, got 'fast'"),
        ("policies: [{from_year: 2025}]", "policies.0.kind: required key is missing"),
        ("policies: [{kind: 5}]", "policies.0.kind: no policy of kind 5; known: fuel_tax, test_siding"),
        ("policies: [{kind: fuel_tax, from_year: 2025, rate_cny_per_kg: 101}]",
         "policies.0: a tax above 100 CNY/kg is a ban; say so with an access rule"),
        ("zzz: 1", f"zzz: unknown key; known: {KEYS}"),
        ("extends: 5", "extends: must be the name of a file, or a list of names"),
        ("seed: 1\nseed: 2", "seed: duplicate key, first stated at line 7"),
        ("data: data", "data: duplicate key, first stated at line 5"),
    ],
)  # fmt: skip
def test_one_wrong_line(line: str, message: str):
    number = 6 + len(line.splitlines())
    base = Path("base.yaml").read_text("utf-8")
    assert refused(base + line + "\n") == one(f"line {number}  {message}")


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("name", "Ban 5", "name: must match ^[a-z][a-z0-9_]*$, got 'Ban 5'"),
        ("name", "'x" + "y" * 100 + "!'", "name: must match ^[a-z][a-z0-9_]*$, got 'x" + "y" * 54 + "...'"),
        ("years", "[]", "years: must have 1 or more items, got an empty list"),
        ("years", "[2030, 2022]", "years: must ascend without repetition, but 2022 follows 2030"),
        ("years", "[2022, 2022]", "years: must ascend without repetition, but 2022 follows 2022"),
        ("years", "[2022, 2061]", "years.1: must be at most 2060, got 2061"),
        ("years", "[2061]", "years.0: must be at most 2060, got 2061"),
        ("years", "2022", "years: must be a list, got 2022"),
        ("network", "nett", "network: no such folder: {cwd}/nett; did you mean 'net'?"),
        ("network", "far/away", "network: no such folder: {cwd}/far/away"),
        ("network", "base.yaml", "network: this is not a folder: {cwd}/base.yaml; known: data, net"),
        ("network", "''", "network: must be text, got nothing"),
        ("network", "7", "network: must be text, got 7 (put it in quotes)"),
    ],
)
def test_one_wrong_value(key: str, value: str, message: str):
    lines = Path("base.yaml").read_text("utf-8").splitlines()
    number = next(i for i, line in enumerate(lines) if line.startswith(key))
    lines[number] = f"{key}: {value}"
    assert refused("\n".join(lines)) == one(f"line {number + 1}  {message.format(cwd=Path.cwd())}")


def test_a_folder_name_longer_than_the_system_allows():
    text = Path("base.yaml").read_text("utf-8").replace("net\n", "n" * 5000 + "\n")
    assert refused(text).startswith(one(f"line 4  network: no such folder: {Path.cwd()}/nnn"))


def test_a_missing_key_is_reported_where_its_map_begins():
    text = "# a comment\n" + Path("base.yaml").read_text("utf-8").replace("years: [2022, 2030]\n", "")
    assert refused(text) == one("line 2  years: required key is missing")


def test_problems_deep_inside_a_policy():
    text = Path("base.yaml").read_text("utf-8") + (
        "policies:\n"
        "  - kind: test_siding\n"
        "    from_year: 2025\n"
        "    terminal: a\n"
        "    slots:\n"
        "      - start_h: 5\n"
        "      - start_h: 25\n"
        "        start_hh: 3\n"
        "    modes: [rail, raod]\n"
        "    limit_t: 1.5\n"
        "    terminl: b\n"
    )
    assert refused(text) == (
        "ban.yaml: 6 problems\n"
        "  line 13  policies.0.slots.1.start_h: must be at most 24, got 25\n"
        "  line 14  policies.0.slots.1.start_hh: unknown key; did you mean 'start_h'?\n"
        "  line 15  policies.0.modes.1: must be 'rail' or 'road', got 'raod'\n"
        "  line 16  policies.0.limit_t: must be a whole number, got 1.5\n"
        "  line 16  policies.0.limit_t: must be text, got 1.5 (put it in quotes)\n"
        "  line 17  policies.0.terminl: unknown key; did you mean 'terminal'?"
    )


def test_duplicate_policies_by_identity_and_by_equality():
    text = Path("base.yaml").read_text("utf-8") + (
        "policies:\n"
        "  - {kind: test_siding, from_year: 2025, terminal: a}\n"
        "  - {kind: fuel_tax, from_year: 2025, rate_cny_per_kg: 1}\n"
        "  - {kind: fuel_tax, from_year: 2025, rate_cny_per_kg: -1}\n"
        "  - {kind: fuel_tax, from_year: 2025, rate_cny_per_kg: 2}\n"
        "  - {kind: test_siding, from_year: 2030, terminal: a}\n"
        "  - {kind: test_siding, from_year: 2030, terminal: b}\n"
        "  - {kind: fuel_tax, from_year: 2025, rate_cny_per_kg: 1.0}\n"
    )
    assert refused(text) == (
        "ban.yaml: 3 problems\n"
        "  line 10  policies.2.rate_cny_per_kg: must be greater than 0, got -1\n"
        "  line 12  policies.4: duplicate policy, first stated at line 8\n"
        "  line 14  policies.6: duplicate policy, first stated at line 9"
    )


def test_only_a_duplicate_is_also_refused():
    text = Path("base.yaml").read_text("utf-8") + "policies:\n" + SIDING + SIDING
    assert refused(text) == one("line 9  policies.1: duplicate policy, first stated at line 8")


# extends


def test_extends_merges_maps_appends_policies_and_replaces_lists():
    base = Path("base.yaml").read_text("utf-8")
    Path("sub").mkdir()
    Path("base.yaml").write_text(base + "parameters: {a_h: 1, b_h: 2}\npolicies:\n" + SIDING, "utf-8")
    Path("sub/child.yaml").write_text(
        "extends: ../base.yaml\nname: child\nyears: [2040]\nparameters: {b_h: 3}\npolicies:\n"
        + SIDING.replace("north", "south"),
        "utf-8",
    )
    scenario = load_scenario(Path("sub/child.yaml"))
    assert scenario.name == "child"
    assert scenario.years == (2040,)
    assert scenario.parameters == {"a_h": 1, "b_h": 3}
    assert [policy.terminal for policy in scenario.policies] == ["dazhou_north", "dazhou_south"]
    assert scenario.network == Path.cwd() / "net"  # relative to the file that states it
    assert [file.name for file in scenario.source_files] == ["child.yaml", "base.yaml"]


def test_two_parents_with_a_common_one_state_its_policies_once():
    base = Path("base.yaml").read_text("utf-8")
    Path("base.yaml").write_text(base + "policies:\n" + SIDING, "utf-8")
    Path("a.yaml").write_text("extends: base.yaml\nseed: 2\nreplications: 2\n")
    Path("b.yaml").write_text("extends: base.yaml\nseed: 3\n")
    Path("c.yaml").write_text("extends: [a.yaml, ./b.yaml]\nname: c\n")
    scenario = load_scenario("c.yaml")
    assert (scenario.seed, scenario.replications, len(scenario.policies)) == (3, 2, 1)
    assert [file.name for file in scenario.source_files] == ["c.yaml", "a.yaml", "base.yaml", "b.yaml"]


def test_a_problem_in_an_extended_file_names_that_file():
    base = Path("base.yaml").read_text("utf-8")
    Path("base.yaml").write_text(base + "duration_days: 400\npolicies:\n" + SIDING, "utf-8")
    Path("sub").mkdir()
    message = refused("extends: ../base.yaml\nname: 5\npolicies:\n" + SIDING, "sub/ban.yaml")
    assert message == (
        "sub/ban.yaml: 3 problems\n"
        "  line 2            name: must be text, got 5 (put it in quotes)\n"
        "  line 4            policies.1: duplicate policy, first stated at base.yaml line 9\n"
        "  base.yaml line 7  duration_days: must be at most 366, got 400"
    )


def test_extends_in_a_circle():
    Path("a.yaml").write_text("seed: 1\nextends: b.yaml\n")
    Path("b.yaml").write_text("extends: ban.yaml\n")
    message = "b.yaml line 1  extends: ban.yaml: files extend each other in a circle: ban.yaml -> a.yaml -> b.yaml -> ban.yaml"
    assert refused("extends: a.yaml\n") == one(message)


def test_a_file_that_extends_itself():
    message = "line 1  extends: ban.yaml: files extend each other in a circle: ban.yaml -> ban.yaml"
    assert refused("extends: ./ban.yaml\n") == one(message)


def test_a_long_chain():
    for number in range(30):
        Path(f"f{number}.yaml").write_text(f"extends: f{number + 1}.yaml\n")
    message = "f18.yaml line 1  extends: f19.yaml: more than 20 files extend each other"
    assert refused("extends: f0.yaml\n") == one(message)


def test_an_extended_file_that_is_missing():
    Path("sub").mkdir()
    message = refused(
        "name: x\nextends: [../bas.yaml]\nsed: 5\npolicies:\n- kind: fuel_tax\n  from_year: 2025\n", "sub/ban.yaml"
    )
    assert message == (
        "sub/ban.yaml: 3 problems\n"
        "  line 2  extends.0: bas.yaml: no such file; did you mean 'base.yaml'?\n"
        "  line 3  sed: unknown key; did you mean 'seed'?\n"
        "  line 5  policies.0.rate_cny_per_kg: required key is missing"
    )


def test_an_extended_file_that_is_no_yaml():
    Path("broken.yaml").write_text("a: 1\nb: [\n")
    assert refused("extends: broken.yaml\n").startswith(one("broken.yaml line 3  not valid YAML: "))


# files that are no scenario at all


def test_file_not_there():
    with pytest.raises(ScenarioError) as caught:
        load_scenario("bas.yaml")
    assert str(caught.value) == "bas.yaml: no such file; did you mean 'base.yaml'?"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("net", "net: this is a folder, not a file"),
        ("no/where.yaml", "no/where.yaml: no such file"),
        ("base.yaml/x.yaml", "base.yaml/x.yaml: no such file"),
        ("a\0b", "a\0b: no such file; no file can have this name"),
        ("/dev/null", "/dev/null: not a regular file"),
    ],
)
def test_no_file(path: str, message: str):
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path)
    assert str(caught.value) == message


def test_a_file_name_longer_than_the_system_allows():
    with pytest.raises(ScenarioError, match=r"^n{5000}: "):
        load_scenario("n" * 5000)


def test_a_file_that_may_not_be_read(monkeypatch: pytest.MonkeyPatch):
    def forbid(self: Path, *_: object) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "open", forbid)
    with pytest.raises(ScenarioError) as caught:
        load_scenario("base.yaml")
    assert str(caught.value) == "base.yaml: cannot be read: Permission denied"


def test_a_link_to_itself():
    Path("loop.yaml").symlink_to("loop.yaml")
    with pytest.raises(ScenarioError, match=r"^loop.yaml: "):
        load_scenario("loop.yaml")


@pytest.mark.parametrize("text", [b"", b"\n\n", b"# nothing\n", b"---\n", b"null\n", b"\xef\xbb\xbf"])
def test_an_empty_file(text: bytes):
    assert refused(text) == "ban.yaml: the file is empty"


def test_a_file_that_is_too_large():
    assert refused(b"a" * (MAX_BYTES + 1)) == "ban.yaml: larger than 1 MB"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"a: 1\nb: \xff\n", "line 2  not a UTF-8 text file"),
        (b"a: 1\n\nb: \0\n", "line 3  not a UTF-8 text file"),
        ("name: a\n".encode("utf-16"), "line 1  not a UTF-8 text file"),
        (b"a: 1\nb: \x07\n", "line 2  not a text file: it holds the character U+0007"),
        (b"- a\n- b\n", "line 1  must hold keys and values at the top level, not a list"),
        (b"# x\nhello\n", "line 2  must hold keys and values at the top level, not a single value"),
        (b"a: 1\nb: c: d\n", "line 2  not valid YAML: mapping values are not allowed here"),
        (b"a: 1\n\tb: 2\n", "line 2  not valid YAML: while scanning for the next token, found character '\\t' that cannot start any token"),
        (b"a: 1\n---\nb: 1\n", "line 2  not valid YAML: expected a single document in the stream, but found another document"),
        (b"a: 1\nb: *c\n", "line 2  not valid YAML: found undefined alias 'c'"),
        (b"a: 1\nb: !!python/object:os.system x\n", "line 2  YAML tags are not allowed: tag:yaml.org,2002:python/object:os.system 'x'"),
        (b"a: !set {b}\n", "line 1  YAML tags are not allowed: !set"),
        (b"a: !!int x\n", "line 1  cannot read 'x' as int"),
        (b"a: !!null x\n", "line 1  YAML tags are not allowed: tag:yaml.org,2002:null 'x'"),
        (b'a: "\\ud800"\n', "line 1  cannot read '\\ud800' as str"),
        (b"a: " + b"9" * 5000 + b"\n", "line 1  cannot read '9999999999999999999999999999999999999999' as int"),
        (b"a: &b {c: 1}\nd:\n  <<: *b\n", "line 3  merge keys (<<) are not allowed; use extends"),
        (b"a: 1\n5: b\n", "line 2  a key must be a word; put numbers and the like in quotes"),
        (b"a: 1\n[b]: c\n", "line 2  a key must be a word; put numbers and the like in quotes"),
        (b'a: 1\n"b\\nc": d\n', "line 2  a key must be a word; put numbers and the like in quotes"),
        (b"\n[" + b"[" * 60, "line 2  nested deeper than 50 levels"),
        (b"a: &b [*b]\n", "line 1  nested deeper than 50 levels, or an alias that holds itself"),
        (b"a: 1\nb: [" + b"1, " * 20_000 + b"1]\n", "line 2  more than 20000 values, aliases written out"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_plain_map(text: bytes, message: str):
    assert refused(text) == one(message)


def test_a_parser_that_fails_without_a_line():
    assert refused(b'a: "\\UFFFFFFFF"\n').startswith("ban.yaml: not valid YAML: ")


def test_aliases_that_grow_without_limit():
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)]
    assert "more than 20000 values, aliases written out" in refused("\n".join(lines))


def test_plain_aliases_and_numbers_of_yaml_1_2():
    text = Path("base.yaml").read_text("utf-8").replace("[2022", "&y [0x7E6")
    Path("base.yaml").write_text(
        text + "parameters: {a_h: &v 1_000, b_h: *v, c_h: -0o17, d_h: 1e3}\nseed: 010\n", "utf-8"
    )
    scenario = load_scenario("base.yaml")
    assert scenario.years == (2022, 2030)
    assert scenario.parameters == {"a_h": 1000, "b_h": 1000, "c_h": -15, "d_h": 1000}
    assert scenario.seed == 10


def test_a_flood_of_problems_is_cut():
    message = refused(Path("base.yaml").read_text("utf-8") + "".join(f"k{number}: 1\n" for number in range(1000)))
    assert message.startswith("ban.yaml: 1000 problems\n  line 7   k0: unknown key")
    assert message.endswith("\n  and 950 more")
    assert len(message.splitlines()) == 52


# whatever the bytes

GOOD = rb"""
name: base
title_en: &t Base
title_zh: *t
network: net
data: data
years: [2022, 2030]
extends: [other.yaml]
parameters: {a_h: 1.5}
policies:
  - kind: test_siding
    from_year: 2025
    terminal: 'a'
    slots:
    - {start_h: 5}
  - {kind: fuel_tax, from_year: 2030, rate_cny_per_kg: 2}
description: |
  "text"
"""
SHARDS = st.sampled_from(
    [b"", b"\n", b"\n  ", b": ", b"- ", b"[", b"]", b"{", b"}", b"&t ", b"*t", b"!!", b"!!int ", b"? ", b"|", b">", b"'", b'"', b"#", b"%YAML 1.1\n---\n",
     b"\n---\n", b"...", b"<<: *t\n", b"\\", b'"\\U00110000"', b'"\\ud800"', b".inf", b".nan", b"null", b"~", b"1e999", b"-", b"9" * 50, b"0x", b"0b",
     b"1:30", b"2024-01-01", b"true", b"\xff", b"\xe5\x9f", b"\0", b"\t", b"\r", b"\xe2\x80\xa8", b"\xef\xbb\xbf", b"extends: base.yaml\n", b"kind: fuel_tax", b"=", b"@", b"%"]
) | st.binary(max_size=4)  # fmt: skip
CUTS = st.lists(st.tuples(st.integers(0, len(GOOD)), st.integers(0, 12), SHARDS), min_size=1, max_size=4)


@settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@example(cuts=[], parent=False)
@given(cuts=CUTS, parent=st.booleans())
def test_nothing_but_a_scenario_error_escapes(cuts: list[tuple[int, int, bytes]], parent: bool):
    text = GOOD
    for start, length, shard in cuts:
        text = text[:start] + shard + text[start + length :]
    Path("other.yaml").write_bytes(text if parent else b"seed: 3\n")
    Path("fuzz.yaml").write_bytes(GOOD if parent else text)
    try:
        scenario = load_scenario("fuzz.yaml")
    except ScenarioError as error:
        message = str(error)
    else:
        message = "fuzz.yaml: "
        assert type(scenario).model_validate(scenario.model_dump()) == scenario
    assert message.startswith("fuzz.yaml: ")
    assert message.encode()
    assert cuts or message == "fuzz.yaml: "
