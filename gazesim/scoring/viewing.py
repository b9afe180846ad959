"""One display of a data set, the people who looked at it, and what is known from all other displays."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from gazesim.checks import check_positive
from gazesim.datasets.dataset import DataSet
from gazesim.metrics.chance import other_images, uniform_fixations
from gazesim.metrics.clusters import cluster_centres
from gazesim.metrics.maps import density, fixation_density, flat_pixels, on_map
from gazesim.scanpath import Scanpath
from gazesim.trial import Trial

Map = NDArray[np.float64]
TRUNCATE = 4.0  # standard deviations, as `gazesim.metrics.maps.fixation_density`
UNIFORM_SHARE = 0.01  # of the centre bias: nowhere is it impossible to look


@dataclass(frozen=True, eq=False)
class Person:
    """One observer on one display.

    observer : str
    path : Scanpath
    shape : (height, width) of the display
    limit : after how many fixations the search was stopped; None where it was not, or that is not known
    """

    observer: str
    path: Scanpath
    shape: tuple[int, int]
    limit: int | None = None

    @cached_property
    def xy(self) -> NDArray[np.float64]:
        """The fixations (n, 2) that are on the display."""
        return np.asarray(self.path.xy[on_map(self.path.xy, self.shape)])

    @cached_property
    def pixels(self) -> NDArray[np.intp]:
        """Their pixels (n,), in a flattened map."""
        return flat_pixels("fixations", self.xy, self.shape)


@dataclass(frozen=True, eq=False)
class Viewing:
    """A display as people looked at it.

    The maps that it computes are kept as long as it lives: megabytes. Many are scored as copies (`dataclasses.replace`)
    that are let go.

    Attributes
    ----------
    trial : Trial
    people : list of Person
    everywhere : float64 (n, 2)
        Fixations of all people on all displays, in parts of the width and height. Displays share it.
    own : slice
        Which of them are on this display.
    partner : list of Scanpath
        People's scanpaths on one other display, scaled likewise.
    seed : int
    """

    trial: Trial
    people: list[Person]
    everywhere: NDArray[np.float64]
    own: slice
    partner: list[Scanpath]
    seed: int

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width, px."""
        return self.trial.height, self.trial.width

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, px."""
        return self.trial.width, self.trial.height

    @property
    def px_per_degree(self) -> float:
        """Pixels in a degree; ValueError where that is not known."""
        return self.trial.px_per_degree

    @property
    def trial_id(self) -> str:
        """What tables call the trial."""
        return str(self.trial.id)

    @cached_property
    def elsewhere(self) -> NDArray[np.float64]:
        """Fixations (n, 2) of all people on all other displays, at the same places of this one, px."""
        rest = np.concatenate([self.everywhere[: self.own.start], self.everywhere[self.own.stop :]]) * self.size
        return np.asarray(rest[on_map(rest, self.shape)])

    @cached_property
    def centre_bias(self) -> Map:
        """The centre bias: where people look on other displays, a density without zeros; uniform if there are none."""
        uniform = np.full(self.shape, 1 / np.prod(self.shape))
        if not len(self.elsewhere):
            return uniform
        bias = fixation_density(self.elsewhere, self.shape, self.px_per_degree)
        return (1 - UNIFORM_SHARE) * bias + UNIFORM_SHARE * uniform

    @cached_property
    def log2_centre_bias(self) -> Map:
        """The logarithm of that, bits."""
        return np.asarray(np.log2(density(self.centre_bias)))

    @cached_property
    def cluster_centres(self) -> NDArray[np.float64]:
        """Where the fixations of all people on the display gather, (k, 2), px."""
        return cluster_centres([person.path for person in self.people])

    @cached_property
    def densities(self) -> dict[Person, Map]:
        """The density of the fixations of each person who has any on the display."""
        there = [person for person in self.people if len(person.xy)]
        return {person: few_blurred(person.xy, self.shape, self.px_per_degree) for person in there}

    def of_others(self, person: int) -> Map:
        """Return the density of the fixations of everybody but one; uniform if there are none."""
        others = [other.xy for number, other in enumerate(self.people) if number != person]
        xy = np.concatenate([np.empty((0, 2)), *others])
        if not len(xy):
            return np.full(self.shape, 1 / np.prod(self.shape))
        return few_blurred(xy, self.shape, self.px_per_degree)

    def random_paths(self, longest: int | None = None) -> list[Scanpath]:
        """Return for each person a scanpath by chance, which starts where theirs does.

        Its fixations are uniform over the display; on an array of objects, over the objects, each once before any
        again. It is as long as the person's, or `longest`.
        """
        random = np.random.default_rng([self.seed, crc32(self.trial_id.encode())])
        paths = []
        for person in self.people:
            n = (longest or len(person.path)) - 1
            xy = np.concatenate([person.path.xy[:1], self._by_chance(n, random)])
            paths.append(Scanpath(xy, trial=self.trial_id, observer=person.observer))
        return paths

    def _by_chance(self, n: int, random: np.random.Generator) -> NDArray[np.float64]:
        boxes = self.trial.objects
        if boxes is None:
            return uniform_fixations(n, self.size, random)
        centres = (boxes[:, :2] + boxes[:, 2:] - 1) / 2
        rounds = [centres[random.permutation(len(centres))] for _ in range(-(-n // len(centres)))]
        return np.concatenate([np.empty((0, 2)), *rounds])[:n]


def viewings(data: DataSet, chosen: Sequence[Trial], seed: int) -> list[Viewing]:
    """Return the viewings of the trials `chosen`; other displays are all others of `data`.

    A display that no observer viewed has none.
    """
    looked: dict[str | None, list[Scanpath]] = {trial.id: [] for trial in data.trials}
    for path in data.scanpaths:
        looked[path.trial].append(path)
    seen = [trial for trial in data.trials if looked[trial.id]]
    number = {trial.id: i for i, trial in enumerate(seen)}
    partners = other_images(len(seen), np.random.default_rng(seed)) if len(seen) > 1 else np.zeros(1, int)
    sizes = [np.array([trial.width, trial.height], float) for trial in seen]
    looked_at = [np.concatenate([path.xy for path in looked[trial.id]]) for trial in seen]
    relative = [xy / size for xy, size in zip(looked_at, sizes, strict=True)]
    ends = np.cumsum([len(xy) for xy in relative])
    everywhere = np.concatenate(relative)
    found = []
    for trial in chosen:
        if not looked[trial.id]:
            continue
        i, shape = number[trial.id], (trial.height, trial.width)
        own = slice(ends[i] - len(relative[i]), ends[i])
        partner = looked[seen[partners[i]].id] if len(seen) > 1 else []
        scale = sizes[i] / sizes[partners[i]]
        people = [Person(str(p.observer), p, shape, data.limits.get(p.key)) for p in looked[trial.id]]
        found.append(Viewing(trial, people, everywhere, own, [_scaled(p, scale) for p in partner], seed))
    return found


def _scaled(path: Scanpath, scale: NDArray[np.float64]) -> Scanpath:
    if (scale == 1).all():
        return path
    return Scanpath(path.xy * scale, trial=path.trial, observer=path.observer, duration_ms=path.duration_ms)


def few_blurred(xy: NDArray[np.float64], shape: tuple[int, int], sd_px: float) -> Map:
    """Return `gazesim.metrics.maps.fixation_density` of few fixations (n, 2), ten times as fast as that.

    As the Gaussian is separable, the map is the product of n columns and n rows.
    """
    y, x = np.divmod(flat_pixels("fixations", xy, shape), shape[1])
    return density(_profiles(shape[0], sd_px)[y].T @ _profiles(shape[1], sd_px)[x])


@lru_cache(maxsize=8)
def _profiles(length: int, sd_px: float) -> Map:
    """Return the Gaussian about each place of an axis, (length, length), 0 beyond `TRUNCATE`."""
    check_positive("sd_px", sd_px)
    away = np.arange(length) - np.arange(length)[:, None]
    inside = abs(away) <= int(TRUNCATE * sd_px + 0.5)
    return np.where(inside, np.exp(-0.5 * (away / sd_px) ** 2), 0.0)
