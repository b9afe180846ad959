"""Work shared among processes: one thread each, results in order, what a killed process had begun is done again."""

import os
import pickle
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from multiprocessing import get_context
from typing import Any, TypeVar

from gazesim.checks import check_at_least

Job = TypeVar("Job")
Result = TypeVar("Result")
MOST_DEATHS = 3  # of workers, in a row, without a job done
_AHEAD = 2  # jobs a worker that are sent before they are needed
_task: Callable[[Any], Any]


def in_workers(task: Callable[[Job], Result], jobs: Iterable[Job], workers: int) -> Iterator[Result]:
    """Yield `task(job)` of every job, in their order.

    Parameters
    ----------
    task : callable
        Sent to each process once; it and the jobs can be pickled.
    jobs : iterable
    workers : int
        How many processes, each with one thread of torch and OpenCV, so that the results do not depend on it.

    Raises
    ------
    ValueError
        If `workers` is below 1, or `task` cannot be pickled.
    RuntimeError
        If processes die again and again, as they do without enough memory.
    Exception
        What `task` raises.
    """
    check_at_least("workers", workers, 1)
    try:
        sent = pickle.dumps(task)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise ValueError(f"workers is {workers}, but what they are to run cannot be sent to them: {error}") from None
    waiting, left, deaths = list[Job](), iter(jobs), 0
    while True:
        with _pool(sent, workers) as pool:
            futures: list[Future[Result]] = [pool.submit(_run, job) for job in waiting]
            try:
                while True:
                    for job in islice(left, workers * _AHEAD - len(waiting)):
                        waiting.append(job)
                        futures.append(pool.submit(_run, job))
                    if not waiting:
                        return
                    result = futures[0].result()
                    del waiting[0], futures[0]
                    deaths = 0
                    yield result
            except BrokenProcessPool:
                deaths += 1
                if deaths == MOST_DEATHS:
                    raise RuntimeError(
                        f"workers died {MOST_DEATHS} times in a row, perhaps for want of memory: use fewer workers"
                    ) from None
                print("a worker died; its trials are done again", file=sys.stderr)


@contextmanager
def _pool(task: bytes, workers: int) -> Iterator[ProcessPoolExecutor]:
    """Give a pool of processes that know the task; they end with it, also when it is interrupted."""
    pool = ProcessPoolExecutor(workers, get_context("spawn"), _begin, (task,))
    try:
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in list((pool._processes or {}).values()):
            process.terminate()


def _begin(task: bytes) -> None:
    global _task
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process ends the others
    os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    _task = pickle.loads(task)
    if "cv2" in sys.modules:
        sys.modules["cv2"].setNumThreads(1)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


def _run(job: Any) -> Any:
    return _task(job)
