"""The one loop that every model runs through: attend, choose, look, recognise."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, overload
from zlib import crc32

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gazesim.attention import Attention, Glance
from gazesim.attention.several import SeveralTargets
from gazesim.checks import as_floats, check_at_least
from gazesim.encoders.isolation import isolated
from gazesim.progress import progress_bar
from gazesim.scanpath import Scanpath
from gazesim.search.memory import Memory
from gazesim.search.policy import Policy
from gazesim.search.recognition import OracleRecognition
from gazesim.trial import Trial

SCENE_FIXATIONS = 30


@dataclass(frozen=True)
class Course:
    """Where a search starts and when it gives up.

    Parameters
    ----------
    first_fixation : (x, y), optional
        The initial fixation, px of the display. None is the px at its centre, (width // 2, height // 2).
    max_fixations : int, optional
        How many fixations may follow the initial one. None is one more than the number of objects, as
        published, or 30 for trials without objects.
    """

    first_fixation: tuple[float, float] | None = None
    max_fixations: int | None = None

    def __post_init__(self) -> None:
        if self.max_fixations is not None:
            check_at_least("max_fixations", self.max_fixations, 1)
        if self.first_fixation is not None:
            as_floats("first_fixation", self.first_fixation, (2,))

    def first(self, trial: Trial) -> tuple[float, float]:
        """Return the initial fixation for `trial`; ValueError if it lies outside its display."""
        if self.first_fixation is None:
            return trial.width // 2, trial.height // 2
        x, y = self.first_fixation
        if not (0 <= x < trial.width and 0 <= y < trial.height):
            raise ValueError(f"first_fixation ({x:g}, {y:g}) is outside the {trial.width}x{trial.height} display")
        return float(x), float(y)

    def limit(self, trial: Trial) -> int:
        """Return how many fixations may follow the initial one."""
        if self.max_fixations is not None:
            return self.max_fixations
        return SCENE_FIXATIONS if trial.objects is None else len(trial.objects) + 1


class SearchModel:
    """A searcher: attention, memory, policy and recognition, run by one loop.

    Parameters
    ----------
    name : str
        What its scanpaths carry as observer.
    attention : Attention
        Gives the priority map.
    memory, policy, recognition, course
        See the classes.
    """

    PARTS: ClassVar[dict[str, type]] = {
        "memory": Memory,
        "policy": Policy,
        "recognition": OracleRecognition,
        "course": Course,
    }

    def __init__(
        self,
        name: str,
        attention: Attention,
        *,
        memory: Memory = Memory(),  # noqa: B008 (frozen, as the three below)
        policy: Policy = Policy(),  # noqa: B008
        recognition: OracleRecognition = OracleRecognition(),  # noqa: B008
        course: Course = Course(),
    ) -> None:
        self.name, self.attention = name, attention
        self.memory, self.policy, self.recognition, self.course = memory, policy, recognition, course
        self.several = SeveralTargets(policy.over_targets)

    @property
    def samples(self) -> bool:
        """Whether it draws fixations, so that another seed gives another scanpath."""
        return self.policy.temperature is not None

    def __repr__(self) -> str:
        return f"SearchModel({self.name!r}, {type(self.attention).__name__})"

    @overload
    def search(
        self,
        trials: Trial,
        *,
        max_fixations: int | None = None,
        seed: int = 0,
        progress: bool | None = None,
        batch_size: int = 1,
    ) -> Scanpath: ...

    @overload
    def search(
        self,
        trials: Sequence[Trial],
        *,
        max_fixations: int | None = None,
        seed: int = 0,
        progress: bool | None = None,
        batch_size: int = 1,
    ) -> list[Scanpath]: ...

    def search(
        self,
        trials: Trial | Sequence[Trial],
        *,
        max_fixations: int | None = None,
        seed: int = 0,
        progress: bool | None = None,
        batch_size: int = 1,
    ) -> Scanpath | list[Scanpath]:
        """Search one trial, or several, and return the scanpath of each.

        Parameters
        ----------
        trials : Trial or sequence of Trial
        max_fixations : int, optional
            How many fixations may follow the initial one; None leaves it to the model's `Course`.
        seed : int
            Only models that sample depend on it; each trial draws from a stream of its own, named by its id.
        progress : bool, optional
            Whether to show a progress bar; None shows one in a terminal, and elsewhere a line a minute.
        batch_size : int
            How many trials run side by side. The scanpaths do not depend on it.

        Returns
        -------
        Scanpath or list of Scanpath
            The initial fixation comes first. `found` is None for trials without a target box.

        Raises
        ------
        ValueError
            If `max_fixations` or `batch_size` is below 1, or the trial does not suit the model's settings.
        """
        several = [trials] if isinstance(trials, Trial) else trials
        walk = self.walk_with_progress(
            several, progress=progress, max_fixations=max_fixations, seed=seed, batch_size=batch_size
        )
        return next(walk) if isinstance(trials, Trial) else list(walk)

    def walk_with_progress(
        self,
        trials: Sequence[Trial],
        *,
        already: int = 0,
        progress: bool | None = None,
        max_fixations: int | None = None,
        seed: int = 0,
        batch_size: int = 1,
    ) -> Iterator[Scanpath]:
        """Yield what `walk` does; progress counts trials, of which `already` were done, or a single one's fixations."""
        total = already + len(trials)
        single = total == 1 and len(trials) == 1
        if single:
            bar = progress_bar(
                total=max_fixations or self.course.limit(trials[0]), unit="fixation", desc=self.name, shown=progress
            )
        else:
            bar = progress_bar(total=total, initial=already, unit="trial", desc=self.name, shown=progress)
        with bar:
            walk = self.walk(
                trials,
                max_fixations=max_fixations,
                seed=seed,
                batch_size=batch_size,
                on_step=bar.update if single else None,
            )
            for path in walk:
                if not single:
                    bar.update()
                yield path

    def walk(
        self,
        trials: Sequence[Trial],
        *,
        max_fixations: int | None = None,
        seed: int = 0,
        batch_size: int = 1,
        on_step: Callable[[], object] | None = None,
    ) -> Iterator[Scanpath]:
        """Yield the scanpaths of `trials` in order, each as soon as its batch is finished; see `search`.

        `on_step` is called whenever the searches of a batch have one fixation more.
        """
        if max_fixations is not None:
            check_at_least("max_fixations", max_fixations, 1)
        check_at_least("batch_size", batch_size, 1)
        check_at_least("seed", seed, 0)
        for start in range(0, len(trials), batch_size):
            batch = [
                _Search(
                    trial, self.course.first(trial), max_fixations or self.course.limit(trial), _stream(trial, i, seed)
                )
                for i, trial in enumerate(trials[start : start + batch_size], start)
            ]
            while active := [search for search in batch if not self._finished(search)]:
                self._step(active)
                if on_step is not None:
                    on_step()
            yield from (search.scanpath(self.name) for search in batch)

    @isolated()
    def check(self, trials: Iterable[Trial]) -> None:
        """Raise ValueError, as a search would on its way, at the first of `trials` that the model cannot search."""
        for trial in trials:
            self.memory.selectable(trial, np.array([self.course.first(trial)]))
            for each in self.several.singles(trial, self.attention):
                self.attention.check(each)

    @isolated()
    def priority(self, trial: Trial, history: ArrayLike | None = None) -> NDArray[np.float64]:
        """Return the priority map from which the next fixation would be chosen.

        Parameters
        ----------
        trial : Trial
        history : (n, 2), optional
            The fixations so far as (x, y) px of the display, the initial one first; None is the model's
            initial fixation alone. Positions off the display are clipped to it for seeing.

        Returns
        -------
        float64 (H, W)
            NaN where the next fixation may not land: outside the candidates, inhibited, or out of view.
        """
        xy = as_floats("history", [self.course.first(trial)] if history is None else history, ("n", 2))
        if not len(xy):
            raise ValueError("history has 0 fixations, expected at least one")
        glance = Glance(trial, self.memory.picture(trial, xy), xy[-1], xy)
        return np.where(self.memory.selectable(trial, xy), self.several.attend(self.attention, [glance])[0].map, np.nan)

    @isolated()
    def first_priority(self, trial: Trial) -> NDArray[np.float64]:
        """Return the priority map (H, W) of the whole display at the first fixation, before anything is inhibited."""
        xy = np.array([self.course.first(trial)])
        return self.several.attend(self.attention, [Glance(trial, trial.image, xy[0], xy)])[0].map

    def free_viewing(self) -> "SearchModel":
        """Return the model with what remains of its attention where nothing is searched for."""
        return SearchModel(
            self.name,
            self.attention.free_viewing(),
            memory=self.memory,
            policy=self.policy,
            recognition=self.recognition,
            course=self.course,
        )

    def _finished(self, search: "_Search") -> bool:
        """Whether `search` is over; tests the current fixation once."""
        if search.over is None:
            search.found = self.recognition.found(search.trial, search.xy)
            stop = search.found and self.recognition.stop_when_found
            search.over = stop or len(search.fixations) > search.limit
        return search.over

    @isolated()
    def _step(self, searches: list["_Search"]) -> None:
        """Add one fixation to each search, or end it where the model wants to or no place is left."""
        glances = [Glance(s.trial, self.memory.picture(s.trial, s.xy), s.xy[-1], s.xy) for s in searches]
        for search, priority in zip(searches, self.several.attend(self.attention, glances), strict=True):
            selectable = self.memory.selectable(search.trial, search.xy)
            chosen = self.policy.choose(priority.map, selectable, search.random, priority.ending)
            if chosen is None:
                search.over = True
            else:
                search.fixations.append((float(chosen[0]), float(chosen[1])))
                search.over = None


class _Search:
    """One trial in progress; `over` is None until the current fixation has been tested.

    Its pictures are held, so that they are read once.
    """

    def __init__(self, trial: Trial, first: tuple[float, float], limit: int, random: np.random.Generator) -> None:
        self.trial, self.limit, self.random = trial, limit, random
        self.pictures = trial.image, trial.targets
        self.fixations: list[tuple[float, float]] = [first]
        self.over: bool | None = None
        self.found = False

    @property
    def xy(self) -> NDArray[np.float64]:
        return np.array(self.fixations, np.float64)

    def scanpath(self, observer: str) -> Scanpath:
        found = None if self.trial.target_box is None else self.found
        return Scanpath(self.xy, found=found, trial=self.trial.id, observer=observer)


def _stream(trial: Trial, index: int, seed: int) -> np.random.Generator:
    key = f"#{index}" if trial.id is None else trial.id
    return np.random.default_rng([seed, crc32(key.encode())])
