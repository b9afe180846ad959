"""How simulated paths over objects compare with people's, and how people compare with one another."""

from collections.abc import Sequence
from typing import NamedTuple
from zlib import crc32

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gazesim.attention.objects.transformer import ObjectTransformer
from gazesim.metrics import (
    behaviour,
    behaviour_delta,
    fixation_edit_distance,
    mean_behaviour,
    multimatch,
    paired,
    scanmatch,
    sequence_score,
)
from gazesim.training.baselines import BASELINES, Baseline
from gazesim.training.oat import negative_log_likelihood, one_thread, sample_paths
from gazesim.training.object_paths import ObjectPath, Split, without_top_down

Objects = NDArray[np.int64]
PX = 100


class Drawn(NamedTuple):
    """Simulated paths (people's paths, samples) and the negative log-likelihood of people's next objects, nats."""

    paths: list[list[Objects]]
    nll: float


@one_thread()
def evaluate(
    models: dict[str, ObjectTransformer],
    split: Split,
    *,
    samples: int = 100,
    seed: int = 0,
    longest: int = 60,
) -> pd.DataFrame:
    """Score models, the baselines fitted on the training part, and people, on the test part.

    Parameters
    ----------
    models : dict of ObjectTransformer
        By the name that the table has; each also as `name_greedy`, its single likeliest path.
    split : Split
        Where its displays have a top-down priority, each model is also scored joined with it, as `name_joined` and
        `name_joined_greedy`.
    samples : int
        How many paths each draws for each path of the test part.
    seed : int
        Of these.
    longest : int
        How many fixations they have at most.

    Returns
    -------
    DataFrame
        A row a model, then `people`. sequence_score (matches in order over the longer length, 0 to 1) and edit_distance
        of each simulated path with the person's on the same display, and of the paths through the middles of objects
        scanmatch (a bin an object, threshold 3.5 of them) and multimatch, the mean of its similarities of shape,
        direction, length and position, where both have three or more fixations; correct, length, search, refixation and
        revisit, the means of `behaviour`; the same but correct of the trials whose target is absent, as absent_length
        and so on, if there are any; delta from the people of the test part; nll, of what these people did next,
        ends included. `people` are compared with the others on the same display, in whichever part, and their delta is
        that of the training part.
    """
    rows = {}
    drawn = {
        name: _baseline(Baseline.fit(make(split.train), split.train), split, samples, seed, longest)
        for name, make in BASELINES.items()
    }
    for name, model in models.items():
        tested = {name: without_top_down(split.test)}
        if split.test[0].display.top_down is not None:
            tested[f"{name}_joined"] = split.test
        for own, people in tested.items():
            nll = negative_log_likelihood(model, people)
            for key, count, stream in ((f"{own}_greedy", 1, None), (own, samples, seed)):
                paths = sample_paths(model, people, samples=count, seed=stream, longest=longest)
                drawn[key] = Drawn(paths, nll)
    for name, found in drawn.items():
        rows[name] = {**score_paths(found.paths, split.test), "nll": found.nll}
    rows["people"] = _people(split)
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("model")


def score_paths(drawn: Sequence[Sequence[Objects]], people: Sequence[ObjectPath]) -> dict[str, float]:
    """Return the columns of `evaluate` but nll, for the paths `drawn` for each of people's."""
    flat = [(one, path) for many, path in zip(drawn, people, strict=True) for one in many]
    mean = mean_behaviour(behaviour(one, path.layout.target) for one, path in flat)
    truth = mean_behaviour(behaviour(path.objects, path.layout.target) for path in people)
    return {**_similarity(flat), **mean._asdict(), **_absent(flat), "delta": behaviour_delta(mean, truth)}


def _absent(pairs: Sequence[tuple[Objects, ObjectPath]]) -> dict[str, float]:
    """Return the mean behaviour in trials whose target is absent; nothing if there are none."""
    paths = [behaviour(one) for one, path in pairs if path.layout.target is None]
    found = mean_behaviour(paths)._asdict() if paths else {}
    return {f"absent_{name}": value for name, value in found.items() if name != "correct"}


def _similarity(pairs: Sequence[tuple[Objects, ObjectPath]]) -> dict[str, float]:
    """Return the mean similarities of objects and people's paths over the same display."""
    first, second = [_on_line(one) for one, _ in pairs], [_on_line(path.objects) for _, path in pairs]
    centres = _on_line(np.arange(max(len(path.layout) for _, path in pairs)))
    at = {id(path.layout): PX * (path.layout.places() + 0.5) for _, path in pairs}  # as px, a cell an object
    cells = np.ceil(np.max([places.max(axis=0) for places in at.values()], axis=0) / PX).astype(int).tolist()
    size = PX * cells[0], PX * cells[1]
    walked = [[at[id(path.layout)][objects] for objects in (one, path.objects)] for one, path in pairs]
    ways = [a for a, _ in walked], [b for _, b in walked]
    shapes = paired(multimatch, *ways, size=size)[:, :4]
    aligned = paired(scanmatch, *ways, size=size, bins=tuple(cells), binning="zero_based")
    known = shapes[~np.isnan(shapes).any(axis=1)]
    return {
        "sequence_score": float(np.nanmean(paired(sequence_score, first, second, centres=centres))),
        "edit_distance": float(np.nanmean(paired(fixation_edit_distance, first, second, centres=centres))),
        "scanmatch": float(np.nanmean(aligned)),
        "multimatch": float(known.mean()) if len(known) else float("nan"),
    }


def _on_line(objects: Objects) -> NDArray[np.float64]:
    """Return numbers of objects as positions (n, 2) on a line, for measures of places: equal if the same object."""
    return np.column_stack([objects, np.zeros(len(objects))]).astype(np.float64)


def _baseline(baseline: Baseline, split: Split, samples: int, seed: int, longest: int) -> Drawn:
    paths = []
    for path in split.test:
        random = np.random.default_rng([seed, crc32(f"{path.layout.id}\n{path.observer}".encode())])
        paths.append([baseline.sample(path.layout, random, longest) for _ in range(samples)])
    likelihood = np.concatenate([baseline.log_likelihood(path) for path in split.test])
    return Drawn(paths, -float(likelihood.mean()))


def _people(split: Split) -> dict[str, float]:
    """Return how the people of the test part compare with the others on the same display."""
    everyone = [path for part in split for path in part]
    pairs = [
        (other.objects, path)
        for path in split.test
        for other in everyone
        if other.layout.id == path.layout.id and other.observer != path.observer
    ]
    test, train = (
        mean_behaviour(behaviour(path.objects, path.layout.target) for path in part)
        for part in (split.test, split.train)
    )
    similarity = _similarity(pairs) if pairs else {}
    own = [(path.objects, path) for path in split.test]
    return {**similarity, **test._asdict(), **_absent(own), "delta": behaviour_delta(train, test), "nll": float("nan")}
