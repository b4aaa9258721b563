"""A copy of the Dazhou scenario to spoil, and the command line as a user meets it."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from transport_sim.cli.main import main
from transport_sim.paths import embedded


class Said(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


Cli = Callable[..., Said]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Copy the scenario into an empty folder and work there; the network is the embedded one, read once."""
    source = embedded("scenarios/dazhou")
    for part in ("data", "packages"):
        shutil.copytree(source / part, tmp_path / part)
    text = (source / "baseline.yaml").read_text(encoding="utf-8")
    lines = [
        f"network: {embedded('networks/dazhou')}" if line.startswith("network:") else line for line in text.splitlines()
    ]
    (tmp_path / "baseline.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Return a function that runs one command in this process."""

    def call(*words: str | Path) -> Said:
        monkeypatch.setattr(sys, "argv", ["transport-sim", *map(str, words)])
        code = 0
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return Said(code, said.out, said.err)

    return call
