"""The one loop that every model runs through: attend, choose, look, recognise."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, overload
from zlib import crc32

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gazesim.attention import Attention, Glance, Priority
from gazesim.attention.several import SeveralTargets
from gazesim.checks import as_floats, check_at_least
from gazesim.encoders.isolation import isolated
from gazesim.html import facts_html
from gazesim.progress import progress_bar
from gazesim.scanpath import Scanpath
from gazesim.search.memory import Memory
from gazesim.search.policy import Policy
from gazesim.search.recognition import OracleRecognition
from gazesim.search.shared import walk_in_workers
from gazesim.search.stopping import State, Stopping, belief, place_weight, within
from gazesim.search.timing import Timing
from gazesim.trial import Trial

SCENE_FIXATIONS = 30
Duration = Callable[[NDArray[np.float64], np.random.Generator], float]


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
    memory, policy, recognition, stopping, timing, course
        See the classes.

    Raises
    ------
    ValueError
        If quitting competes with places and the policy does not sample.
    """

    PARTS: ClassVar[dict[str, type]] = {
        "memory": Memory,
        "policy": Policy,
        "recognition": OracleRecognition,
        "stopping": Stopping,
        "timing": Timing,
        "course": Course,
    }

    def __init__(
        self,
        name: str,
        attention: Attention,
        *,
        memory: Memory = Memory(),  # noqa: B008 (frozen, as those below)
        policy: Policy = Policy(),  # noqa: B008
        recognition: OracleRecognition = OracleRecognition(),  # noqa: B008
        stopping: Stopping = Stopping(),  # noqa: B008
        timing: Timing = Timing(),  # noqa: B008
        course: Course = Course(),
    ) -> None:
        self.name, self.attention = name, attention
        self.memory, self.policy, self.recognition, self.course = memory, policy, recognition, course
        self.several = SeveralTargets(policy.over_targets)
        self.stopping, self.timing = stopping, timing
        if stopping.stopping == "quitting" and policy.temperature is None:
            raise ValueError("stopping is 'quitting', which is drawn against places, but temperature is None")

    @property
    def samples(self) -> bool:
        """Whether it draws fixations, so that another seed gives another scanpath."""
        drawn = (self.recognition.miss_rate, self.recognition.false_alarm_rate, self.stopping.quit_spread)
        timed = self.timing.durations not in (None, "constant")
        return self.policy.temperature is not None or any(drawn) or self.memory.forget_rate > 0 or timed

    @property
    def answers(self) -> bool:
        """Whether it says of a target that it is present or absent."""
        return self.stopping.stopping is not None or self.recognition.false_alarm_rate > 0

    def __repr__(self) -> str:
        return f"SearchModel({self.name!r}, {type(self.attention).__name__})"

    def _repr_html_(self) -> str:
        parts = {name: getattr(self, name) for name in ("attention", *self.PARTS)}
        return facts_html(
            self.name, {name: type(part).__name__ if name == "attention" else part for name, part in parts.items()}
        )

    @overload
    def search(
        self,
        trials: Trial,
        *,
        max_fixations: int | None = None,
        seed: int = 0,
        progress: bool | None = None,
        batch_size: int = 1,
        workers: int | None = None,
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
        workers: int | None = None,
    ) -> list[Scanpath]: ...

    def search(
        self,
        trials: Trial | Sequence[Trial],
        *,
        max_fixations: int | None = None,
        seed: int = 0,
        progress: bool | None = None,
        batch_size: int = 1,
        workers: int | None = None,
    ) -> Scanpath | list[Scanpath]:
        """Search one trial, or several, and return the scanpath of each.

        Parameters
        ----------
        trials : Trial or sequence of Trial
        max_fixations : int, optional
            How many fixations may follow the initial one; None leaves it to the model's `Course`.
        seed : int
            Only models that draw depend on it; each trial draws from a stream of its own, named by its id.
        progress : bool, optional
            Whether to show a progress bar; None shows one in a terminal or notebook, and elsewhere a line a minute.
        batch_size : int
            How many trials run side by side. The scanpaths do not depend on it.
        workers : int, optional
            How many processes search, each with one thread; the scanpaths do not depend on it. None searches in this
            one. A script that sets it needs `if __name__ == "__main__":`.

        Returns
        -------
        Scanpath or list of Scanpath
            The initial fixation comes first. `found` is None for trials without a target box; `answer` is None for
            models that give none. Where `stopping` adapts, each search depends on those before it in `trials`.

        Raises
        ------
        ValueError
            If `max_fixations` or `batch_size` is below 1, or the trial does not suit the model's settings.
        """
        several = [trials] if isinstance(trials, Trial) else trials
        walk = self.walk_with_progress(
            several,
            progress=progress,
            max_fixations=max_fixations,
            seed=seed,
            batch_size=batch_size,
            workers=workers,
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
        workers: int | None = None,
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
            if workers is None:
                step = bar.update if single else None
                walk = self.walk(trials, max_fixations=max_fixations, seed=seed, batch_size=batch_size, on_step=step)
            else:
                walk = walk_in_workers(
                    self, trials, workers, max_fixations=max_fixations, seed=seed, batch_size=batch_size
                )
            for path in walk:
                if not single or workers is not None:
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
        share, step = self.stopping.quit_share, 1 if self.stopping.adapts else batch_size
        for start in range(0, len(trials), step):
            batch = [
                self._begun(trial, max_fixations, _stream(trial, i, seed), share)
                for i, trial in enumerate(trials[start : start + step], start)
            ]
            while active := [search for search in batch if not self._finished(search)]:
                self._step(active)
                if on_step is not None:
                    on_step()
            for search in batch:
                path = self.timing.timed(search.scanpath(self.name, self.answers), search.random)
                share = self.stopping.next_share(share, path.answer, search.trial.present)
                yield path

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
            NaN where the next fixation may not land: outside the candidates, inhibited, or out of view. A density
            where the attention gives its logarithm.
        """
        xy = as_floats("history", [self.course.first(trial)] if history is None else history, ("n", 2))
        if not len(xy):
            raise ValueError("history has 0 fixations, expected at least one")
        glance = Glance(trial, self.memory.picture(trial, xy), xy[-1], xy)
        found = self._lowered(self.several.attend(self.attention, [glance])[0].map, trial, xy)
        return np.where(self.memory.selectable(trial, xy), self._shown(found), np.nan)

    @isolated()
    def first_priority(self, trial: Trial) -> NDArray[np.float64]:
        """Return the priority map (H, W) of the whole display at the first fixation, before anything is inhibited."""
        xy = np.array([self.course.first(trial)])
        return self._shown(self.several.overview(self.attention, Glance(trial, trial.image, xy[0], xy)).map)

    def _shown(self, priority: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.exp(priority) if self.attention.logarithmic else priority

    def free_viewing(self) -> "SearchModel":
        """Return the model with what remains of its attention where nothing is searched for."""
        return SearchModel(
            self.name,
            self.attention.free_viewing(),
            memory=self.memory,
            policy=self.policy,
            recognition=self.recognition,
            timing=self.timing,
            course=self.course,
        )

    def _begun(self, trial: Trial, max_fixations: int | None, random: np.random.Generator, share: float) -> "_Search":
        limit = max_fixations or self.course.limit(trial)
        search = _Search(trial, self.course.first(trial), limit, random)
        if self.stopping.stopping is not None:
            search.most_checked = self.stopping.limit(share, self.memory.places(trial), random)
        self._remember(search)
        return search

    def _finished(self, search: "_Search") -> bool:
        """Whether `search` is over; tests the current fixation once."""
        if search.over is None:
            seen = self.memory.seen(search.trial, search.xy[-1])
            search.found, alarm = self.recognition.judged(search.trial, search.xy, search.random, seen)
            search.reported = alarm or (search.found and self.recognition.stop_when_found)
            search.over = search.reported or len(search.fixations) > search.limit
        return search.over

    @isolated()
    def _step(self, searches: list["_Search"]) -> None:
        """Add one fixation to each search, or end it where the model wants to or no place is left."""
        kept = [search.kept if self.memory.forget_rate else None for search in searches]
        pictures = [self.memory.picture(s.trial, s.xy, each) for s, each in zip(searches, kept, strict=True)]
        glances = [Glance(s.trial, seen, s.xy[-1], s.xy) for s, seen in zip(searches, pictures, strict=True)]
        for search, priority, each in zip(searches, self.several.attend(self.attention, glances), kept, strict=True):
            selectable = self.memory.selectable(search.trial, search.xy, each)
            lowered = self._lowered(priority.map, search.trial, search.xy, each)
            ending = priority.ending
            if self.stopping.stopping is not None:
                ending = max(ending, self._ending(search, priority, lowered, selectable))
            anywhere = self.memory.candidate(search.trial) if self.policy.lapse else None
            chosen = self.policy.choose(lowered, selectable, search.random, ending, anywhere)
            if chosen is None:
                search.over = True
            else:
                search.move(float(chosen[0]), float(chosen[1]), priority.duration_ms)
                self._remember(search)

    def _lowered(
        self,
        priority: NDArray[np.float64],
        trial: Trial,
        xy: NDArray[np.float64],
        kept: NDArray[np.bool_] | None = None,
    ) -> NDArray[np.float64]:
        """Return the map (H, W) less the cost of saccades and what memory lowers."""
        costly = self.policy.costly(priority, xy[-1], trial.px_per_degree) if self.policy.saccade_cost else priority
        return self.memory.lowered(costly, trial, xy, kept)

    def _remember(self, search: "_Search") -> None:
        """Draw for how many further fixations the last one is remembered."""
        if self.memory.forget_rate:
            search.lifetimes.append(int(search.random.geometric(self.memory.forget_rate)))

    def _ending(
        self, search: "_Search", priority: Priority, lowered: NDArray[np.float64], selectable: NDArray[np.bool_]
    ) -> float:
        """Return the priority with which the stopping rule ends `search` now."""
        trial, temperature = search.trial, self.policy.temperature
        checked, places = self.memory.checked(trial, search.xy), self.memory.places(trial)
        if search.belief is None:
            search.belief = belief(priority.map, selectable, temperature)
            search.first_weight = place_weight(priority.map[search.belief > 0], temperature or 1.0, places)
        log_odds = priority.log_odds
        if log_odds is None and self.stopping.stopping == "odds":
            with np.errstate(divide="ignore"):
                log_odds = float(np.log(max(0.0, 1 - within(search.belief, checked))))
        state = State(
            lowered[selectable & ~np.isnan(lowered)],
            temperature,
            len(checked),
            places,
            np.inf if log_odds is None else log_odds,
            search.most_checked,
        )
        return self.stopping.ending(state, search.first_weight)


class _Search:
    """One trial in progress; `over` is None until the current fixation has been tested.

    Its pictures are held, so that they are read once.
    """

    def __init__(self, trial: Trial, first: tuple[float, float], limit: int, random: np.random.Generator) -> None:
        self.trial, self.limit, self.random = trial, limit, random
        self.pictures = trial.image, trial.targets
        self.fixations: list[tuple[float, float]] = [first]
        self.durations: list[float] = []
        self.over: bool | None = None
        self.found, self.reported = False, False
        self.most_checked = np.inf  # places
        self.lifetimes: list[int] = []  # of fixations in memory, where some are forgotten
        self.belief: NDArray[np.float64] | None = None  # of the first map, where a stopping rule asks
        self.first_weight = 0.0

    @property
    def kept(self) -> NDArray[np.bool_]:
        return np.arange(len(self.lifetimes))[::-1] < np.array(self.lifetimes)

    @property
    def xy(self) -> NDArray[np.float64]:
        return np.array(self.fixations, np.float64)

    def move(self, x: float, y: float, duration_ms: Duration | None) -> None:
        """Fixate (x, y); `duration_ms` draws how long, for the initial fixation too."""
        if duration_ms is not None and len(self.fixations) == 1:
            self.durations.append(duration_ms(self.xy, self.random))
        self.fixations.append((x, y))
        self.over = None
        if duration_ms is not None:
            self.durations.append(duration_ms(self.xy, self.random))

    def scanpath(self, observer: str, answers: bool) -> Scanpath:
        found = None if self.trial.target_box is None else self.found
        answer = ("present" if self.reported else "absent") if answers else None
        duration_ms = np.array(self.durations) if len(self.durations) == len(self.fixations) else None
        return Scanpath(
            self.xy, found=found, trial=self.trial.id, observer=observer, answer=answer, duration_ms=duration_ms
        )


def _stream(trial: Trial, index: int, seed: int) -> np.random.Generator:
    key = f"#{index}" if trial.id is None else trial.id
    return np.random.default_rng([seed, crc32(key.encode())])
