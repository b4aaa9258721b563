"""Files and folders that appear whole or not at all: made beside their place, moved there when they are done."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from transport_sim.errors import OutputError


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """Give the path of a file to write; it becomes `target`, replacing a file there, when the block ends well.

    The file given has the same ending as the target, because some writers choose their format by it.

    Raises
    ------
    OutputError
        If the target is a folder, its folder is missing, or nothing can be written there.
    """
    check_file(target)
    _check_parent(target)
    work = target.with_name(f".{target.stem}.{os.getpid()}.partial{target.suffix}")
    try:
        yield work
        work.replace(target)
    except OSError as error:
        raise OutputError(f"{target}: cannot be written: {error.strerror or error}") from error
    finally:
        work.unlink(missing_ok=True)


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """Give an empty folder to fill; it becomes `target` when the block ends well.

    Raises
    ------
    OutputError
        If the target is a file or a folder that isn't empty, or nothing can be written there.
    """
    check_new_folder(target)
    _check_parent(target)
    work = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        yield work
        if target.exists():
            target.rmdir()
        work.replace(target)
    except OSError as error:
        raise OutputError(f"{target}: cannot be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


def check_new_folder(target: Path) -> None:
    """Refuse a folder that `whole_folder` would refuse, before long work goes into it; raises `OutputError`."""
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        what = "is not empty; give another folder" if target.is_dir() else "is a file; give the name of a folder"
        raise OutputError(f"{target}: {what}")


def check_file(target: Path) -> None:
    """Refuse a file that `whole_file` would refuse, before long work goes into it; raises `OutputError`."""
    if target.is_dir():
        raise OutputError(f"{target}: is a folder; give the name of a file")
    parent = target.resolve().parent
    around = parent if parent.exists() else parent.parent
    if not around.is_dir():
        what = "is a file, not a folder" if around.exists() else "no such folder"
        raise OutputError(f"{target}: cannot be written: {what}: {around}")
    if not os.access(around, os.W_OK | os.X_OK):
        raise OutputError(f"{target}: cannot be written: Permission denied: {around}")


def _check_parent(target: Path) -> None:
    """Make the folder around the target if its own parent is there; a longer missing path is a slip of the pen."""
    parent = target.resolve().parent
    if parent.is_dir():
        return
    try:
        parent.mkdir()
    except OSError as error:
        raise OutputError(f"{target}: cannot be written: {error.strerror or error}: {parent}") from None
