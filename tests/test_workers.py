"""Work in several processes: the same results in the same order, and what a killed one had begun is done again."""

import os
import signal
from functools import partial
from pathlib import Path

import pytest

from gazesim.workers import in_workers


def squared(number):
    return number**2


def threads(_):
    import torch

    return torch.get_num_threads()


def killed_once(folder, number):
    """Kill the own process the first time that the job is 2."""
    mark = Path(folder) / "killed"
    if number == 2 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def killed(_):
    os.kill(os.getpid(), signal.SIGKILL)


def refused(number):
    raise ValueError(f"job {number} is refused")


def test_results_come_in_order_from_one_thread_each(tmp_path, capfd):
    assert list(in_workers(squared, iter(range(7)), 2)) == [0, 1, 4, 9, 16, 25, 36]
    assert list(in_workers(threads, [0], 1)) == [1]
    with pytest.raises(ValueError, match="job 0 is refused"):
        next(in_workers(refused, [0], 1))


def test_a_killed_worker_is_replaced(tmp_path, capfd):
    assert list(in_workers(partial(killed_once, str(tmp_path)), range(5), 2)) == [0, 1, 2, 3, 4]
    assert capfd.readouterr().err.count("a worker died") == 1


@pytest.mark.slow
def test_workers_that_die_always_end_with_one_line():
    with pytest.raises(RuntimeError, match=r"died 3 times.*fewer workers"):
        list(in_workers(killed, [1], 1))


def test_what_cannot_be_sent_is_named():
    with pytest.raises(ValueError, match="workers is 2, but what they are to run cannot be sent"):
        next(in_workers(lambda job: job, [1], 2))
    with pytest.raises(ValueError, match="workers is 0"):
        next(in_workers(squared, [1], 0))
