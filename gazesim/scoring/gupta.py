"""ScanMatch as Gupta et al. (2021) scored it: the protocol of the published numbers for their three data sets.

Their program gives ScanMatch positions as they are stored (codes in object arrays, row and column exchanged in scenes),
scaled from 1280 x 1024 to 1024 x 768 px, without the first fixation unless it is the only one. The score of two
searchers is the mean over k of the mean over displays of the score of the first k fixations of both.
"""

from collections.abc import Iterator
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from gazesim.datasets import vsa
from gazesim.metrics import Measure, paired, scanmatch
from gazesim.metrics.ceiling import leave_one_out_pairs
from gazesim.scanpath import Scanpath
from gazesim.scoring.candidates import Candidate
from gazesim.scoring.map_scores import Row
from gazesim.scoring.viewing import Viewing

NAME = "scanmatch_gupta"
DATASETS = (vsa.OBJECT_ARRAYS.name, vsa.NATURAL_DESIGN.name, vsa.WALDO.name)
SIZE = (1024, 768)
Path = NDArray[np.float64]
CODES_X, CODES_Y = ({px: code for code, px in codes.items()} for codes in (vsa.CODED_X, vsa.CODED_Y))


def score_gupta(dataset: str, viewings: list[Viewing], models: list[Candidate]) -> Iterator[tuple[str, Row]]:
    """Yield trial and score of each person with each model, with the other people, and by chance.

    The published score is a mean of means, not of trials. A display's value here is its pseudo-value: the score of the
    two searchers, plus how far the display pulls it, times the number of displays. Their mean is the published score,
    and their spread its uncertainty. It depends on which displays are scored.
    """
    ids = [viewing.trial_id for viewing in viewings]
    names = list(dict.fromkeys(person.observer for viewing in viewings for person in viewing.people))
    people = _stored(dataset, [{p.observer: p.path for p in v.people} for v in viewings], names)
    chance = _stored(dataset, [{str(p.observer): p for p in v.random_paths()} for v in viewings], names)
    pairs = list(combinations(range(len(names)), 2))
    among = np.full((len(names), len(names), len(ids)), np.nan)
    for (i, j), values in zip(pairs, _scores([(people[i], people[j]) for i, j in pairs]), strict=True):
        among[i, j] = among[j, i] = values
    yield from _rows("people", ids, names, np.stack([leave_one_out_pairs(table) for table in among.T], axis=1))
    # one path by chance for each person: that of the next person
    nexts = [chance[(i + 1) % len(names)] for i in range(len(names))]
    yield from _rows("uniform", ids, names, _scores(list(zip(people, nexts, strict=True))))
    for model in models:
        (own,) = _stored(dataset, [{model.name: model.paths[trial]} if trial in model.paths else {} for trial in ids])
        yield from _rows(model.name, ids, names, _scores([(person, own) for person in people]))


def _stored(
    dataset: str, displays: list[dict[str, Scanpath]], names: list[str] | None = None
) -> list[list[Path | None]]:
    """Return the paths of each searcher, display by display, as ScanMatch is given them."""
    names = names or list(dict.fromkeys(name for display in displays for name in display))
    return [[_as_given(dataset, display[name]) if name in display else None for display in displays] for name in names]


def _as_given(dataset: str, path: Scanpath) -> Path:
    if dataset == vsa.OBJECT_ARRAYS.name:
        stored = np.array([[_code(CODES_X, x), _code(CODES_Y, y)] for x, y in path.xy.tolist()])
    else:
        stored = path.xy[:, ::-1]
    scaled: Path = stored * [SIZE[0] / vsa.WIDTH, SIZE[1] / vsa.HEIGHT]
    return scaled[1:] if len(scaled) > 1 else scaled


def _code(codes: dict[int, int], px: float) -> int:
    """Return the stored code of a coordinate, of the nearest object if it is at none."""
    return codes[min(codes, key=lambda known: abs(known - px))]


def _scores(pairs: list[tuple[list[Path | None], list[Path | None]]]) -> NDArray[np.float64]:
    """Return the scores (pairs, displays) of pairs of searchers; NaN where one has no path."""
    prefixes = [
        (number, display, k, first[:k], second[:k])
        for number, (one, other) in enumerate(pairs)
        for display, (first, second) in enumerate(zip(one, other, strict=True))
        if first is not None and second is not None
        for k in range(1, min(len(first), len(second)) + 1)
    ]
    table = np.full((len(pairs), len(pairs[0][0]) if pairs else 0), np.nan)
    if not prefixes:
        return table
    number, display, k, first, second = zip(*prefixes, strict=True)
    scores = paired(scanmatch, first, second, size=SIZE, clip_all=True)
    totals = np.zeros((len(pairs), table.shape[1], max(k) + 1))
    totals[number, display, k] = scores
    there = np.zeros(totals.shape, bool)
    there[number, display, k] = True
    displays, shown = there.sum(axis=1, keepdims=True), there.any(axis=2)
    depths = (displays > 0).sum(axis=2, keepdims=True)
    means = totals.sum(axis=1, keepdims=True) / np.maximum(displays, 1)
    score = (means / np.maximum(depths, 1)).sum(axis=2)
    pulls = (np.where(there, totals - means, 0) / np.maximum(displays * depths, 1)).sum(axis=2)
    return np.where(shown, score + pulls * shown.sum(axis=1, keepdims=True), np.nan)


def _rows(model: str, trials: list[str], people: list[str], values: NDArray[np.float64]) -> Iterator[tuple[str, Row]]:
    """Yield the values (people, trials)."""
    for observer, row in zip(people, values.tolist(), strict=True):
        for trial, value in zip(trials, row, strict=True):
            yield trial, (model, NAME, "", observer, value)


SCANMATCH_GUPTA = Measure(
    function=score_gupta, kind="protocol", direction="higher", high=1.0, source="Gupta et al. 2021", datasets=DATASETS
)
