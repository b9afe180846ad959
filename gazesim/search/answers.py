"""What a model answered, as the table of responses that people's answers are in."""

from collections.abc import Sequence
from zlib import crc32

import numpy as np
import pandas as pd

from gazesim.responses import as_responses
from gazesim.scanpath import Scanpath
from gazesim.search.timing import Timing
from gazesim.trial import Trial


def responses_of(trials: Sequence[Trial], paths: Sequence[Scanpath], timing: Timing, seed: int = 0) -> pd.DataFrame:
    """Return a row an answer, in the columns of `gazesim.responses.COLUMNS`.

    Parameters
    ----------
    trials, paths : sequences, one for one
        Scanpaths without an answer have no row.
    timing : Timing
        Says when the answer comes; rt_ms is missing where scanpaths have no times.
    seed : int
        What is around the search is drawn from a stream named by it and the trial.

    Raises
    ------
    ValueError
        If no scanpath has an answer.
    """
    rows = []
    for index, (trial, path) in enumerate(zip(trials, paths, strict=True)):
        if path.answer is None:
            continue
        random = np.random.default_rng([seed, crc32(f"answer {path.trial}".encode())])
        known = path.onset_ms is not None and path.duration_ms is not None
        rows.append(
            {
                "trial": path.trial,
                "observer": path.observer,
                "session": path.session,
                "index": index,
                "condition": trial.condition,
                "set_size": trial.set_size,
                "present": trial.present,
                "response": path.answer,
                "correct": None if trial.present is None else (path.answer == "present") == trial.present,
                "rt_ms": timing.response_ms(path, random) if known else np.nan,
            }
        )
    if not rows:
        raise ValueError("no scanpath has an answer, expected those of a model with a rule of stopping")
    return as_responses(pd.DataFrame(rows))
