"""How much each part explains of where people look when they search: a conditional logit over places, by likelihood."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from scipy.stats import t
from torch import Tensor

from gazesim.attention.learned.readout import centre_bias, places
from gazesim.attention.learned.search import CHANNELS, PARTS, PAST, SearchWeights, centre_channel, past_of
from gazesim.metrics.maps import on_map
from gazesim.progress import progress_bar
from gazesim.scanpath import Scanpath
from gazesim.training.oat import one_thread
from gazesim.training.viewed import deal
from gazesim.trial import Trial

Floats = NDArray[np.float64]
RIDGE = 1.0  # of the weights, as if so many fixations had told of them
STEPS, ENOUGH = 20, 1e-5
TELL = {"pictures": "that were not seen", "people": "who were not seen"}


@dataclass(frozen=True, eq=False)
class Searched:
    """A picture as people searched it.

    trial     : with its target
    seen      : the channels `SEEN` (4, rows, columns)
    past      : those of the past, (m, places, 5), of m fixations
    targets   : the place of each, int64 (m,)
    observers : whose each is
    relative  : all fixations in parts of width and height
    """

    trial: Trial
    seen: Tensor
    past: Tensor
    targets: Tensor
    observers: NDArray[np.str_]
    relative: Floats

    @classmethod
    def of(cls, trial: Trial, paths: Sequence[Scanpath], seen: Tensor, most: int, seed: int) -> "Searched":
        """Return a picture, of whose next fixations at most so many are drawn."""
        shape, size = (seen.shape[1], seen.shape[2]), (trial.height, trial.width)
        before, at, observers, everywhere = [], [], [], []
        for path in paths:
            there, xy = on_map(path.xy, size), path.xy.clip(0, [trial.width - 1, trial.height - 1])
            everywhere.append(path.xy[there])
            for i in range(1, len(xy)):
                if there[i]:
                    before.append(xy[:i])
                    at.append(xy[i])
                    observers.append(str(path.observer))
        chosen = np.sort(np.random.default_rng([seed, 4]).permutation(len(at))[:most])
        past = past_of(trial, [before[i] for i in chosen], shape).flatten(1, 2)
        targets = torch.from_numpy(places(trial, np.array(at).reshape(-1, 2)[chosen], shape))
        relative = (np.concatenate(everywhere) + 0.5) / (trial.width, trial.height)
        return cls(trial, seen, past, targets, np.array(observers, np.str_)[chosen], relative)

    def of_observers(self, observers: set[str]) -> "Searched":
        """Return what is known of these people."""
        kept = torch.from_numpy(np.isin(self.observers, sorted(observers)))
        return Searched(
            self.trial, self.seen, self.past[kept], self.targets[kept], self.observers[kept.numpy()], self.relative
        )


class Fit(NamedTuple):
    """Weights (k,), 0 where a channel is left out, and their standard deviations, for other pictures."""

    weights: Floats
    sd: Floats


def centre_of(pictures: Sequence[Searched]) -> Tensor:
    """Return the centre bias of the fixations on these pictures."""
    return centre_bias(np.concatenate([picture.relative for picture in pictures]))


@one_thread()
def fit(
    pictures: Sequence[Searched], centre: Tensor, channels: Sequence[str] = CHANNELS, start: Floats | None = None
) -> Fit:
    """Return the weights at which people's next fixations are likeliest, by Newton's method.

    Parameters
    ----------
    pictures : sequence of Searched
    centre : Tensor (24, 32)
    channels : sequence of str
        Those that count; all others have weight 0.
    start : (k,), optional
        Weights to begin with.

    Returns
    -------
    Fit
        The deviations are those of the sandwich estimator, pictures taken as what was sampled.
    """
    free = np.isin(CHANNELS, list(channels))
    weights = np.where(free, np.zeros(len(CHANNELS)) if start is None else start, 0.0)
    for _ in range(STEPS):
        loss, scores, hessian = _derivatives(pictures, centre, weights)
        gradient = scores.sum(0) - RIDGE * weights
        step = np.zeros(len(CHANNELS))
        inner = hessian[np.ix_(free, free)] + RIDGE * np.eye(free.sum())
        step[free] = np.linalg.solve(inner, gradient[free])
        if abs(gradient @ step) < ENOUGH * max(1.0, loss):
            break
        whole = loss + RIDGE * weights @ weights / 2
        for _ in range(STEPS):  # far from the best, a whole step may lead away
            if _loss(pictures, centre, weights + step) <= whole:
                break
            step = step / 2
        weights = weights + step
    bread = np.zeros_like(hessian)
    bread[np.ix_(free, free)] = np.linalg.inv(inner)
    n = len(pictures)
    return Fit(weights, np.sqrt(np.diag(bread @ (scores.T @ scores * n / max(1, n - 1)) @ bread)))


def _derivatives(pictures: Sequence[Searched], centre: Tensor, weights: Floats) -> tuple[float, Floats, Floats]:
    """Return -log likelihood, its gradient with the sign turned for each picture (n, k), and the Hessian (k, k)."""
    loss, scores, hessian = 0.0, [], np.zeros((len(CHANNELS),) * 2)
    for picture in pictures:
        static, log_density = _log_density(picture, centre, weights)
        p = log_density.exp()
        m = len(p)
        loss -= float(log_density.gather(1, picture.targets[:, None]).double().sum())
        rows = torch.arange(m)
        expected = torch.cat([p @ static, torch.einsum("mn,mnk->mk", p, picture.past)], 1).double()
        own = torch.cat([static[picture.targets], picture.past[rows, picture.targets]], 1).double()
        scores.append((own - expected).sum(0).numpy())
        total = p.sum(0)
        both = torch.einsum("mn,mnk->nk", p, picture.past)
        square = torch.einsum("mnk,mnl->kl", picture.past * p[..., None], picture.past)
        mixed = static.T @ both
        moment = torch.cat(
            [torch.cat([(static * total[:, None]).T @ static, mixed], 1), torch.cat([mixed.T, square], 1)]
        )
        hessian += (moment.double() - expected.T @ expected).numpy()
    return loss, np.array(scores), hessian


def _loss(pictures: Sequence[Searched], centre: Tensor, weights: Floats) -> float:
    """Return what is minimised: -log likelihood and the ridge."""
    found = 0.0
    for picture in pictures:
        _, log_density = _log_density(picture, centre, weights)
        found -= float(log_density.gather(1, picture.targets[:, None]).double().sum())
    return found + RIDGE * float(weights @ weights) / 2


def _log_density(picture: Searched, centre: Tensor, weights: Floats) -> tuple[Tensor, Tensor]:
    """Return the channels (places, k) that do not depend on the past, and the log density (m, places)."""
    shape = picture.seen.shape[1], picture.seen.shape[2]
    static = torch.cat([picture.seen, centre_channel(centre, shape)]).flatten(1).T
    given = torch.from_numpy(weights).float()
    priority = static @ given[: -len(PAST)] + picture.past @ given[-len(PAST) :]
    return static, torch.log_softmax(priority, 1)


def gains(picture: Searched, centre: Tensor, weights: Floats) -> Floats:
    """Return for each next fixation (m,) the bits that are gained over uniform."""
    _, log_density = _log_density(picture, centre, weights)
    own = log_density.gather(1, picture.targets[:, None])[:, 0].double().numpy()
    return np.asarray((own + np.log(log_density.shape[1])) / np.log(2))


def explained(
    pictures: Sequence[Searched], folds: int, seed: int, whole: Fit
) -> tuple[pd.DataFrame, list[SearchWeights]]:
    """Return what is gained on pictures, and on people, that were not fitted to; with all parts and without each.

    Returns
    -------
    DataFrame
        One row a split (pictures, people) and model (all, without a part): bits a fixation over uniform, and what is
        lost against all parts, with 95 % intervals over pictures.
    list of SearchWeights
        Of each picture, fitted to the others.
    """
    models = {"all": CHANNELS, **{f"without {part}": _without(part) for part in PARTS}}
    rows, own_weights = [], {}
    with progress_bar(total=2 * folds * len(models), unit="fit", desc="parts") as bar:
        for split in TELL:
            found = {name: np.full(len(pictures), np.nan) for name in models}
            sums, counts = {name: np.zeros(len(pictures)) for name in models}, np.zeros(len(pictures))
            for learned, tested in _splits(pictures, split, folds, seed):
                centre = centre_of([picture for _, picture in learned])
                for name, channels in models.items():
                    fitted = fit([picture for _, picture in learned], centre, channels, whole.weights)
                    for i, picture in tested:
                        sums[name][i] += gains(picture, centre, fitted.weights).sum()
                        counts[i] += len(picture.targets) if name == "all" else 0
                        if split == "pictures" and name == "all":
                            own_weights[i] = SearchWeights(fitted.weights, centre, {})
                    bar.update()
            for name in models:
                found[name] = sums[name] / counts
                lost = _interval(found["all"] - found[name]) if name != "all" else (np.nan,) * 3
                row = (split, name, *_interval(found[name]), *lost)
                rows.append(dict(zip(EXPLAINED, row, strict=True)))
    return pd.DataFrame(rows), [own_weights[i] for i in range(len(pictures))]


EXPLAINED = ("not_seen", "model", "gain", "low", "high", "lost", "lost_low", "lost_high")


def _without(part: str) -> list[str]:
    return [name for name in CHANNELS if name not in PARTS[part]]


def _splits(
    pictures: Sequence[Searched], split: str, folds: int, seed: int
) -> list[tuple[list[tuple[int, Searched]], list[tuple[int, Searched]]]]:
    """Return what is fitted to and what is tested on, in each fold; with the number of the picture."""
    numbered = list(enumerate(pictures))
    if split == "pictures":
        dealt = deal(len(pictures), folds, seed)
        return [
            (
                [each for each in numbered if dealt[each[0]] != fold],
                [each for each in numbered if dealt[each[0]] == fold],
            )
            for fold in range(folds)
        ]
    people = sorted({name for picture in pictures for name in picture.observers.tolist()})
    dealt, found = deal(len(people), folds, seed), []
    for fold in range(folds):
        tested = {name for name, own in zip(people, dealt, strict=True) if own == fold}
        parts = (set(people) - tested, tested)
        learned, left = ([(i, picture.of_observers(part)) for i, picture in numbered] for part in parts)
        found.append((learned, left))
    return found


def _interval(values: Floats) -> tuple[float, float, float]:
    known = values[~np.isnan(values)]
    mean, n = float(known.mean()), len(known)
    half = float(t.ppf(0.975, n - 1)) * float(known.std(ddof=1)) / np.sqrt(n) if n > 2 else np.nan
    return mean, mean - half, mean + half


def weight_table(fitted: Fit) -> pd.DataFrame:
    """Return one row a channel: its weight and 95 % interval for other pictures."""
    low, high = (fitted.weights + sign * 1.96 * fitted.sd for sign in (-1, 1))
    return pd.DataFrame({"channel": CHANNELS, "weight": fitted.weights, "low": low, "high": high})


def write_search_weights(path: Path, weights: SearchWeights) -> None:
    """Write `weights` as JSON."""
    from gazesim.files import atomic_path

    with atomic_path(path) as partial:
        partial.write_text(weights.to_json(), encoding="utf-8")


def about(name: str, licence: str, pictures: Sequence[Searched]) -> Mapping[str, Any]:
    """Return what weights were fitted to."""
    people = {one for picture in pictures for one in picture.observers.tolist()}
    fixations = sum(len(picture.targets) for picture in pictures)
    return {"datasets": {name: licence}, "pictures": len(pictures), "people": len(people), "fixations": fixations}
