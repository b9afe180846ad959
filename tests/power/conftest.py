import numpy as np
import pandas as pd
import pytest

from gazesim.responses import as_responses

SIZES = (3, 6, 12)


@pytest.fixture
def made():
    """Return a function that simulates responses: people's slopes are normal, and so are their trials."""

    def make(n, slopes=(10.0,), *, sd=4.0, trial_sd=60.0, trials=40, wrong=0.1, same=True, seed=0, names="ab"):
        random = np.random.default_rng(seed)
        rows = []
        for name, slope in zip(names, slopes, strict=False):
            for person in range(n):
                own = random.normal(slope, sd)
                for size in SIZES:
                    times = random.normal(700 + own * size, trial_sd, trials)
                    right = random.random(trials) >= wrong
                    who = f"p{person}" if same else f"{name}{person}"
                    rows += [(who, name, size, time, ok) for time, ok in zip(times, right, strict=True)]
        table = pd.DataFrame(rows, columns=["observer", "condition", "set_size", "rt_ms", "correct"])
        return as_responses(table.assign(trial=[str(number) for number in range(len(table))]))

    return make
