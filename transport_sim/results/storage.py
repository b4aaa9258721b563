"""Results on disk: run tables as Parquet, output folders that appear whole or not at all."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from transport_sim.errors import OutputError, did_you_mean
from transport_sim.results.schemas import RUN_KEYS, TABLES

KEY_FILE = ".key"
MANIFEST = "manifest.json"
LARGE = frozenset({"legs", "loads", "shipments", "traffic_hours"})
"""Tables with a row per movement or consignment, or per link and hour."""


def sha256_of(path: Path) -> str:
    """Return the checksum of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def run_folder(root: Path, scenario: str, year: int, replication: int) -> Path:
    """Return where a run's tables lie."""
    return root / "runs" / scenario / str(year) / str(replication)


def write_run(root: Path, scenario: str, year: int, replication: int, tables: dict[str, pd.DataFrame]) -> None:
    """Write the tables of one run with its keys; the folder appears when all of them are there."""
    folder = run_folder(root, scenario, year, replication)
    partial = folder.with_name(f"{folder.name}.{os.getpid()}.tmp")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    for name, frame in tables.items():
        keyed = frame.copy(deep=False)
        keyed.insert(0, "scenario", scenario)
        keyed.insert(1, "year", year)
        keyed.insert(2, "replication", replication)
        keyed["scenario"] = keyed["scenario"].astype("category")
        keyed.to_parquet(partial / f"{name}.parquet", compression="zstd", index=False)
    shutil.rmtree(folder, ignore_errors=True)
    partial.replace(folder)


def read_run(
    root: Path, scenario: str, year: int, replication: int, table: str, *, columns: Sequence[str] | None = None
) -> pd.DataFrame:
    """Read one table of one run, or some of its columns.

    Raises
    ------
    OutputError
        If the table was not written or cannot be read.
    """
    if table not in TABLES:
        raise OutputError(f"no result table {table!r}{did_you_mean(table, TABLES)}")
    path = run_folder(root, scenario, year, replication) / f"{table}.parquet"
    try:
        frame = pd.read_parquet(path, columns=None if columns is None else list(columns))
    except (OSError, ValueError) as error:
        raise OutputError(f"{path}: cannot be read: {error}") from None
    if "scenario" in frame:
        frame["scenario"] = frame["scenario"].astype(str)
    return frame


@dataclass(frozen=True)
class RunTables(Mapping[str, pd.DataFrame]):
    """The result tables of one scenario's runs, read from disk when they are asked for.

    Small tables are kept; those with a row per movement or consignment (`LARGE`) are read anew each time, because all
    of them together do not fit into the memory of a small machine. `read` gets some columns or one year of them.
    """

    root: Path
    runs: tuple[tuple[str, int, int], ...]
    """Scenario, year, replication."""
    _kept: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False, compare=False)

    def read(
        self,
        table: str,
        *,
        columns: Sequence[str] | None = None,
        year: int | None = None,
        replication: int | None = None,
    ) -> pd.DataFrame:
        """Read a table of all runs, or of a year and replication, with the run keys and the columns wanted."""
        wanted = None if columns is None else [*RUN_KEYS, *(c for c in columns if c not in RUN_KEYS)]
        runs = [r for r in self.runs if year in (None, r[1]) and replication in (None, r[2])]
        return pd.concat([read_run(self.root, *run, table, columns=wanted) for run in runs], ignore_index=True)

    def __getitem__(self, table: str) -> pd.DataFrame:
        """Return a table of all runs."""
        if table in LARGE:
            return self.read(table)
        if table not in self._kept:
            self._kept[table] = self.read(table)
        return self._kept[table]

    def __iter__(self) -> Iterator[str]:
        """Go through the names of the tables that there are: those of road traffic only where it was simulated."""
        there = {path.stem for path in run_folder(self.root, *self.runs[0]).glob("*.parquet")}
        return (name for name in TABLES if name in there)

    def __len__(self) -> int:
        """Count them."""
        return sum(1 for _ in self)


def is_complete(root: Path, scenario: str, year: int, replication: int) -> bool:
    """Tell whether a run was written to its end."""
    return run_folder(root, scenario, year, replication).is_dir()


@contextmanager
def output_folder(target: Path, key: str, *, overwrite: bool) -> Iterator[Path]:
    """Give a working folder that becomes `target` when the block ends without an error.

    An interrupted block leaves its finished runs in a hidden folder beside the target; the next one with the
    same `key` (a hash of all inputs) goes on from there.

    Raises
    ------
    OutputError
        If the target exists and may not be replaced, or cannot be written.
    """
    target = Path(os.path.abspath(target))  # noqa: PTH100 (resolve would follow a link that is the target)
    check_target(target, overwrite=overwrite)
    work = target.with_name(f".{target.name}.partial")
    try:
        work.mkdir(parents=True, exist_ok=True)
        with _locked(work, target):
            _clear(work, key)
            try:
                yield work
            except Exception:
                # what was simulated stays for the next attempt; a work folder without a run is nothing but litter
                if not any(work.glob("runs/*/*/*")):
                    shutil.rmtree(work, ignore_errors=True)
                raise
            _put_in_place(work, target)
    except OSError as error:
        raise OutputError(f"{target}: cannot be written: {error.strerror or error}") from None


@contextmanager
def _locked(work: Path, target: Path) -> Iterator[None]:
    """Hold the working folder against a second process, where the system has such locks; they end with the process."""
    try:
        import fcntl  # noqa: PLC0415 - not on Windows
    except ImportError:
        yield
        return
    handle = os.open(work, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OutputError(f"{target}: another process is writing it now") from None
        yield
    finally:
        os.close(handle)


def _clear(work: Path, key: str) -> None:
    """Keep the finished runs of an interrupted attempt at the same, and nothing else."""
    key_file = work / KEY_FILE
    kept = key_file.is_file() and key_file.read_text(encoding="utf-8") == key
    for path in work.iterdir():
        if not kept or path.name not in (KEY_FILE, "runs"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for path in work.glob("runs/*/*/*.tmp"):
        shutil.rmtree(path)
    key_file.write_text(key, encoding="utf-8")


def _put_in_place(work: Path, target: Path) -> None:
    if target.exists():
        old = target.with_name(f".{target.name}.old")
        shutil.rmtree(old, ignore_errors=True)
        target.replace(old)
        work.replace(target)
        shutil.rmtree(old)
    else:
        work.replace(target)
    (target / KEY_FILE).unlink()


def check_target(target: Path, *, overwrite: bool) -> None:
    """Refuse to replace a file, a folder that is no earlier output, or one that the user did not give up.

    Raises
    ------
    OutputError
        Saying what would be right.
    """
    try:
        if target.is_symlink():
            raise OutputError(f"{target}: is a link; give the folder itself")
        if not target.exists():
            first = next((parent for parent in target.parents if parent.exists()), None)
            if first is not None and not first.is_dir():
                raise OutputError(f"{target}: cannot be written: {first} is a file")
            return
        if not target.is_dir():
            raise OutputError(f"{target}: is a file; give the name of a folder")
        if not any(target.iterdir()):
            return
    except OSError as error:
        raise OutputError(f"{target}: cannot be written: {error.strerror or error}") from None
    if not _holds_results(target):
        raise OutputError(f"{target}: is not empty and holds no earlier results; give another folder")
    if not overwrite:
        raise OutputError(f"{target}: holds earlier results; give another folder, or --overwrite to replace them")


def _holds_results(folder: Path) -> bool:
    """Tell our manifest from those of web pages, packages and the like: this folder may be replaced as a whole."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(manifest, dict) and {"scenarios", "factor_set", "sha256"} <= set(manifest)


def write_json(path: Path, content: object) -> None:
    """Write JSON with sorted keys, the same bytes for the same content."""
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")
