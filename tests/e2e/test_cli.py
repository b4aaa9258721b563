"""The command line as a program: options, targets, interruptions, odd terminals, and an installed copy."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from transport_sim.config import load_scenario
from transport_sim.errors import OutputError
from transport_sim.results.storage import KEY_FILE, output_folder
from transport_sim.run import compare

Cli = Callable[..., Any]

PROGRAM = (sys.executable, "-c", "from transport_sim.cli.main import main; main()")
ROOT = Path(__file__).parents[2]
MANIFEST = {"scenarios": ["baseline"], "factor_set": "cn_emep_glec", "sha256": {}}


# options


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("comparee", "No such command 'comparee'"),
        ("compare -o out", "Missing argument"),
        ("compare baseline.yaml", "Missing option '--output'"),
        ("compare baseline.yaml -o out --workers 0", "Invalid value for '--workers'"),
        ("compare baseline.yaml -o out --replications 0", "Invalid value for '--replications'"),
        ("compare baseline.yaml -o out --replications many", "Invalid value for '--replications'"),
        ("compare baseline.yaml -o out --seed -1", "Invalid value for '--seed'"),
        ("compare baseline.yaml -o out --lang fr", "Invalid value for '--lang'"),
        ("check", "Missing argument"),
        ("network", ""),
        ("", ""),
    ],
)
def test_a_wrong_call_ends_with_2_and_says_why(cli: Cli, folder: Path, words: str, text: str):
    said = cli(*words.split())
    assert said.code == 2
    assert text in said.err
    assert not (folder / "out").exists()


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("policies rail_sidin", "no policy of kind 'rail_sidin'; did you mean 'rail_siding'?"),
        ("policies [red]", "no policy of kind '[red]'; known: "),
        ("network info absent", "absent: no such folder"),
        ("network validate absent", "absent: no such folder"),
        ("network plot -o picture.docx", "picture.docx: give the name of a picture that ends in .png"),
        ("network plot -o data", "data: give the name of a picture that ends in .png"),
        ("network plot -o absent/picture.png", "absent/picture.png: cannot be written: No such file or directory"),
    ],
)
def test_a_wrong_name_ends_with_2_and_says_what_there_is(cli: Cli, folder: Path, words: str, text: str):
    before = sorted(folder.rglob("*"))
    said = cli(*words.split())
    assert said.code == 2
    assert said.err.startswith(text)
    assert sorted(folder.rglob("*")) == before


def test_check_reports_every_year_and_simulates_nothing(cli: Cli, folder: Path):
    said = cli("check", "baseline.yaml", "packages/rail_shift.yaml")
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines()[0] == "baseline 2022: 0 policies, 0 changes to the inputs"
    assert said.out.splitlines()[-1] == "no problems found"
    assert sorted(path.name for path in folder.iterdir()) == ["baseline.yaml", "data", "packages"]


# targets


def _file(folder: Path) -> None:
    (folder / "out").write_text("precious", encoding="utf-8")


def _foreign(folder: Path) -> None:
    (folder / "out").mkdir()
    (folder / "out/thesis.txt").write_text("precious", encoding="utf-8")


def _web_page(folder: Path) -> None:
    _foreign(folder)
    (folder / "out/manifest.json").write_text('{"name": "my page"}', encoding="utf-8")


def _earlier(folder: Path) -> None:
    (folder / "out").mkdir()
    (folder / "out/manifest.json").write_text(json.dumps(MANIFEST), encoding="utf-8")


def _link(folder: Path) -> None:
    (folder / "out").symlink_to(folder / "elsewhere")


@pytest.mark.parametrize(
    ("prepare", "words", "text"),
    [
        (_file, "out", "out: is a file; give the name of a folder"),
        (_file, "out --overwrite", "out: is a file; give the name of a folder"),
        (_foreign, "out", "out: is not empty and holds no earlier results; give another folder"),
        (_foreign, "out --overwrite", "out: is not empty and holds no earlier results; give another folder"),
        (_web_page, "out --overwrite", "out: is not empty and holds no earlier results; give another folder"),
        (_earlier, "out", "out: holds earlier results; give another folder, or --overwrite to replace them"),
        (_link, "out", "out: is a link; give the folder itself"),
        (_file, "out/results", "out/results: cannot be written: out is a file"),
        (_file, "x" * 300, f"{'x' * 300}: cannot be written: File name too long"),
        (_file, ".", ".: is not empty and holds no earlier results; give another folder"),
        (_file, "/proc/results", "/proc/results: cannot be written: No such file or directory"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_target_that_cannot_be_used_is_left_as_it_is(
    cli: Cli, folder: Path, prepare: Callable[[Path], None], words: str, text: str
):
    prepare(folder)
    before = sorted(folder.rglob("*"))
    said = cli("compare", "baseline.yaml", "-o", *words.split())
    assert (said.code, said.out, said.err) == (2, "", text.format(folder=folder) + "\n")
    assert sorted(folder.rglob("*")) == before


def _add_run(work: Path, name: str = "0") -> None:
    (work / "runs/baseline/2022" / name).mkdir(parents=True)


def _interrupt(target: Path, key: str, *runs: str) -> None:
    with suppress(KeyboardInterrupt), output_folder(target, key, overwrite=False) as work:
        for run in runs:
            _add_run(work, run)
        (work / "comparison.csv").write_text("half", encoding="utf-8")
        raise KeyboardInterrupt


def test_finished_runs_of_the_same_attempt_are_kept_and_nothing_else(tmp_path: Path):
    target = tmp_path / "结果 out" / "deep"
    _interrupt(target, "key", "0", "1.77.tmp")
    assert not target.exists()
    with output_folder(target, "key", overwrite=False) as work:
        assert sorted(str(p.relative_to(work)) for p in work.rglob("*") if p.name != KEY_FILE) == [
            "runs",
            "runs/baseline",
            "runs/baseline/2022",
            "runs/baseline/2022/0",
        ]
        (work / "manifest.json").write_text("{}", encoding="utf-8")
    assert sorted(path.name for path in target.iterdir()) == ["manifest.json", "runs"]
    assert [path.name for path in target.parent.iterdir()] == ["deep"]


def test_finished_runs_of_other_inputs_are_not_kept(tmp_path: Path):
    _interrupt(tmp_path / "out", "key", "0")
    with output_folder(tmp_path / "out", "other key", overwrite=False) as work:
        assert [path.name for path in work.iterdir()] == [KEY_FILE]


def test_an_error_before_the_first_run_leaves_nothing(tmp_path: Path):
    with pytest.raises(ValueError), output_folder(tmp_path / "out", "key", overwrite=False):
        raise ValueError
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_said_in_words_and_keeps_the_runs(tmp_path: Path):
    def fill() -> None:
        with output_folder(tmp_path / "out", "key", overwrite=False) as work:
            _add_run(work)
            raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match=r"out: cannot be written: No space left on device"):
        fill()
    assert [path.name for path in tmp_path.iterdir()] == [".out.partial"]


def test_two_processes_cannot_write_the_same_target(tmp_path: Path):
    with output_folder(tmp_path / "out", "key", overwrite=False) as work:
        _add_run(work)
        with (
            pytest.raises(OutputError, match="another process is writing it now"),
            output_folder(tmp_path / "out", "key", overwrite=False),
        ):
            raise AssertionError
    assert (tmp_path / "out/runs/baseline/2022/0").is_dir()


def test_earlier_results_are_replaced_as_a_whole(tmp_path: Path):
    _earlier(tmp_path)
    (tmp_path / "out/old.csv").write_text("old", encoding="utf-8")
    with output_folder(tmp_path / "out", "key", overwrite=True) as work:
        assert (tmp_path / "out/old.csv").is_file(), "they stay until the new ones are there"
        (work / "new.csv").write_text("new", encoding="utf-8")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["new.csv"]


# interruptions


def _start(folder: Path, wanted: int, kill: signal.Signals) -> tuple[int, str]:
    """Start a comparison with two workers, kill it when so many runs are there; return its code and what it said."""
    words = ["compare", "baseline.yaml", "-o", "out", "--workers", "2"]
    process = subprocess.Popen(
        [*PROGRAM, *words],
        cwd=folder,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # a suite that a shell started in the background would hand down an ignored Ctrl-C
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    end = time.monotonic() + 120
    while len(_runs(folder)) < wanted and process.poll() is None and time.monotonic() < end:
        time.sleep(0.02)
    (os.killpg if kill == signal.SIGINT else os.kill)(process.pid, kill)  # Ctrl-C reaches the workers, too
    _, said = process.communicate(timeout=30)
    end = time.monotonic() + 10
    while _lives(process.pid) and time.monotonic() < end:
        time.sleep(0.05)
    assert not _lives(process.pid), "workers end with the main process"
    return process.returncode, said


def _lives(group: int) -> bool:
    """Tell whether a process of a group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def _runs(folder: Path) -> dict[str, int]:
    found = (folder / ".out.partial/runs/baseline/2022").glob("[0-9]")
    return {path.name: path.stat().st_mtime_ns for path in found}


def test_an_interrupted_comparison_goes_on_and_leaves_no_process_behind(folder: Path):
    text = (folder / "baseline.yaml").read_text(encoding="utf-8")
    for old, new in (("[2022, 2030]", "[2022]"), ("duration_days: 7", "duration_days: 1"), (": 5\n", ": 4\n")):
        assert old in text
        text = text.replace(old, new)
    (folder / "baseline.yaml").write_text(text, encoding="utf-8")
    goods = folder / "data/commodities.csv"
    lots = re.sub(r",(120|90|24|20),(0[.,])", r",2000,\2", goods.read_text(encoding="utf-8"))
    assert lots.count(",2000,") == 8, "few large consignments are simulated fast"
    goods.write_text(lots, encoding="utf-8")

    code, said = _start(folder, 1, signal.SIGINT)
    assert code == 130
    assert said == "interrupted; finished runs are kept, the same command goes on from there\n"
    first = _runs(folder)
    assert first
    assert not (folder / "out").exists()

    code, said = _start(folder, len(first) + 1, signal.SIGKILL)
    assert code == -signal.SIGKILL
    assert "Traceback" not in said
    second = _runs(folder)
    assert first.items() <= second.items(), "finished runs are not simulated again"
    assert not (folder / "out").exists()

    compare([load_scenario("baseline.yaml")], output=Path("out"), report=False)
    third = {path.name: path.stat().st_mtime_ns for path in (folder / "out/runs/baseline/2022").iterdir()}
    assert sorted(third) == ["0", "1", "2", "3"]
    assert second.items() <= third.items()
    assert sorted(path.name for path in folder.iterdir()) == ["baseline.yaml", "data", "out", "packages"]


# odd terminals


def _run(*words: str, cwd: Path, shell_tail: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    command = [*PROGRAM, *words]
    if shell_tail:
        command = ["sh", "-c", f'"$@" {shell_tail}', "sh", *command]
    return subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **env},
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


@pytest.mark.parametrize("words", ["schema", "policies rail_siding", "network info", "check 不存在.yaml"])
def test_a_terminal_without_unicode(tmp_path: Path, words: str):
    ended = _run(*words.split(), cwd=tmp_path, LANG="C", LC_ALL="C", PYTHONIOENCODING="ascii")
    assert "Traceback" not in ended.stderr
    assert ended.returncode == (2 if "check" in words else 0), ended.stderr
    assert ended.stderr.endswith(".yaml: no such file\n") if "check" in words else ended.stderr == ""


@pytest.mark.parametrize(
    ("tail", "said"),
    [("| head -1", ""), (">&-", ""), ("> /dev/full", "standard output: No space left on device\n")],
    ids=["closed_pipe", "closed", "full"],
)
def test_a_standard_output_that_takes_nothing(tmp_path: Path, tail: str, said: str):
    ended = _run("policies", "rail_siding", cwd=tmp_path, shell_tail=tail)
    assert "Traceback" not in ended.stderr
    assert ended.stderr.startswith(said)


# an installed copy


def test_the_wheel_brings_its_data_along(tmp_path: Path):
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    wheel = [*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", str(tmp_path / "wheel"), str(ROOT)]
    subprocess.run(wheel, check=True, capture_output=True)
    (file,) = (tmp_path / "wheel").glob("*.whl")
    site = tmp_path / "site"
    subprocess.run([*pip, "install", "--no-deps", "--target", str(site), str(file)], check=True, capture_output=True)
    scenario = site / "transport_sim/_data/scenarios/dazhou/baseline.yaml"
    ended = _run("check", str(scenario), cwd=tmp_path, PYTHONPATH=str(site))
    assert (ended.returncode, ended.stderr) == (0, "")
    ended = _run("network", "info", cwd=tmp_path, PYTHONPATH=str(site))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("dazhou: ")
