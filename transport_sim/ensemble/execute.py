"""Carrying out independent tasks on worker processes."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from typing import TypeVar

from transport_sim.errors import OutputError

Task = TypeVar("Task")
Progress = Callable[[int, int], None]
"""Called with the tasks done and the tasks in all."""


def execute(
    tasks: Sequence[Task],
    work: Callable[[Task], None],
    *,
    workers: int,
    done: int = 0,
    progress: Progress | None = None,
) -> None:
    """Do every task once, in this process or on several.

    Parameters
    ----------
    tasks
        What is still to be done, in order.
    work
        Does one task; a module-level function (or a partial of one), because workers import it.
    workers
        Processes; with 1 everything happens in this process.
    done
        Tasks that were finished before, for `progress`.
    progress
        Called at the start and after each task.

    Raises
    ------
    OutputError
        If a worker is ended from outside. An error of a task goes through; the workers end with it.
    """
    total = done + len(tasks)
    if progress:
        progress(done, total)
    if workers == 1 or len(tasks) <= 1:
        for number, task in enumerate(tasks, done + 1):
            work(task)
            if progress:
                progress(number, total)
        return
    others = set(multiprocessing.active_children())
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(tasks)), mp_context=spawn, initializer=_start_worker) as pool:
        futures = [pool.submit(work, task) for task in tasks]
        try:
            for number, future in enumerate(as_completed(futures), done + 1):
                future.result()
                if progress:
                    progress(number, total)
        except BaseException as error:
            pool.shutdown(wait=False, cancel_futures=True)
            for worker in set(multiprocessing.active_children()) - others:
                worker.terminate()
            if isinstance(error, BrokenProcessPool):
                raise OutputError(
                    "a worker process was ended from outside, perhaps for lack of memory; finished runs are kept, "
                    "the same command with fewer --workers goes on from there"
                ) from None
            raise


def _start_worker() -> None:
    """Leave Ctrl-C to the main process, and end with it even if it is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
