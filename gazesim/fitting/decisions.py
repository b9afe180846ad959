"""The data of a fit: at each fixation, which places there were, what the model says of each, and which was next."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gazesim.attention import Attention, Glance
from gazesim.attention.lattice import OnLattice
from gazesim.encoders.isolation import isolated
from gazesim.files import atomic_path
from gazesim.fitting.cells import Places, read_at
from gazesim.progress import progress_bar
from gazesim.scanpath import Scanpath
from gazesim.search.memory import Memory
from gazesim.trial import Trial

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
NEVER = 255  # fixations ago, for what was not looked at


@dataclass(frozen=True, eq=False)
class Decisions:
    """Every fixation but the first of some scanpaths, with the maps from which a model would choose it.

    d decisions in t displays of at most p points; m maps of k components. Where a display has fewer points the rest
    has log_area -inf.

    maps     : float32 (m, k, p)
    map_of   : int64 (d,)
    log_area : float64 (t, p); -inf for points that are there because somebody fixated them
    points   : float64 (t, p, 2), px
    degree   : float64 (t,), px
    trial_of : int64 (d,)
    chosen   : int64 (d, q), points of the place that was fixated next, or the point itself; -1 where there are fewer
    area     : float64 (d, q), log of how many px these stand for
    uniform  : float64 (d,), share of the display that it has
    age      : uint8 (d, p), fixations since the place was looked at
    last     : float64 (d, 2), the fixation before, px
    observer_of, path_of, number : int64 (d,), number counts the fixations of a path from 1
    observers, trials : names
    """

    maps: NDArray[np.float32]
    map_of: Ints
    log_area: Floats
    points: Floats
    degree: Floats
    trial_of: Ints
    chosen: Ints
    area: Floats
    uniform: Floats
    age: NDArray[np.uint8]
    last: Floats
    observer_of: Ints
    path_of: Ints
    number: Ints
    observers: tuple[str, ...]
    trials: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.map_of)

    def of(self, wanted: NDArray[np.bool_]) -> "Decisions":
        """Return those of the decisions (d,) that are wanted; maps are shared."""
        part = {name: getattr(self, name)[wanted] for name in PER_DECISION}
        return replace(self, **part)


PER_DECISION = ("map_of", "trial_of", "chosen", "area", "uniform", "age", "last", "observer_of", "path_of", "number")


class MapSource:
    """Reads the maps of an attention at the points of displays, each map once.

    Parameters
    ----------
    attention : Attention
    memory : Memory
        Of the model: what it paints out changes the picture.
    components : bool
        Whether the maps of `Attention.components` are read, or the whole one.
    folder : Path, optional
        Where the maps of each display are kept.
    """

    def __init__(self, attention: Attention, memory: Memory, *, components: bool, folder: Path | None = None) -> None:
        self.attention, self.memory, self.components, self.folder = attention, memory, components, folder

    def key(self, trial: Trial, history: Floats) -> bytes:
        """Return what the map after `history` (n, 2) depends on; the same for the same map."""
        painted = self.memory.picture(trial, history) is not trial.image
        if painted or self.attention.depends_on == "history":
            return bytes(history.tobytes())
        if self.attention.depends_on == "trial":
            return b""
        if isinstance(self.attention, OnLattice):
            return str(self.attention.point(trial, history[-1])[0]).encode()
        return bytes(history[-1].tobytes())

    @isolated()
    def read(self, trial: Trial, points: Floats, histories: dict[bytes, Floats]) -> NDArray[np.float32]:
        """Return the maps after each of `histories` at `points` (p, 2), float32 (m, k, p)."""
        if not histories:
            return np.empty((0, 1, len(points)), np.float32)
        key = b"".join((*histories, str(trial.id).encode(), points.tobytes()))
        name = sha256(key).hexdigest()[:24]
        file = None if self.folder is None else self.folder / f"{name}.npy"
        if file is not None and file.exists():
            return np.asarray(np.load(file), np.float32)
        found = np.stack([read_at(self._maps(trial, history), points) for history in histories.values()])
        if file is not None:
            with atomic_path(file) as partial, partial.open("wb") as stream:
                np.save(stream, found)
        return found

    def _maps(self, trial: Trial, history: Floats) -> Floats:
        glance = Glance(trial, self.memory.picture(trial, history), history[-1], history)
        if self.components:
            return self.attention.components([glance])[0]
        return self.attention.attend([glance])[0].map[None]


class Table:
    """The scanpaths of people as decisions; maps and memory can be exchanged.

    Parameters
    ----------
    trials : sequence of Trial
    paths : iterable of Scanpath
        Of these trials. Fixations beyond every place are left out, as what they chose is not known.
    cell_deg : float
        Side of the cells of displays without objects.
    objects : bool
        Whether the places are objects, where trials have them.
    """

    def __init__(self, trials: Sequence[Trial], paths: Iterable[Scanpath], cell_deg: float, *, objects: bool) -> None:
        self.trials, number = list(trials), {trial.id: i for i, trial in enumerate(trials)}
        self.places = [Places.of(trial, cell_deg, objects=objects) for trial in self.trials]
        self.paths = [path for path in paths if path.trial in number]
        self.observers = tuple(dict.fromkeys(str(path.observer) for path in self.paths))
        self.rows: list[tuple[int, int, int, int]] = []  # trial, path, fixation, place
        for i, path in enumerate(self.paths):
            trial = number[path.trial]
            for n in range(1, len(path)):
                if (place := self.places[trial].place_of(path.xy[n])) >= 0:
                    self.rows.append((trial, i, n, place))
        self.left_out = sum(len(path) - 1 for path in self.paths) - len(self.rows)
        self.rows.sort(key=lambda row: row[0])
        self.points = [places.points for places in self.places]
        for t, own in enumerate(self._of_trials()):
            if not self.places[t].objects and own:
                fixated = np.array([self.paths[path].xy[n] for _, path, n, _ in own])
                self.points[t] = np.concatenate([self.points[t], fixated])

    def decisions(self, source: MapSource, *, keep: bool = False, progress: bool | None = None) -> Decisions:
        """Return the decisions with the maps of `source`, in the order of the trials.

        With `keep` the attention of the source may keep what it makes of a trial.
        """
        longest = max(map(len, self.points))
        maps, map_of, per_trial = [], [], self._of_trials()
        total = 0
        with progress_bar(total=len(self.trials), unit="display", desc="maps", shown=progress) as bar:
            for t, (trial, points) in enumerate(zip(self.trials, self.points, strict=True)):
                trial = trial if keep else trial.replace()  # let go with what attention keeps of it
                histories: dict[bytes, Floats] = {}
                for _, path, n, _ in per_trial[t]:
                    history = self.paths[path].xy[:n]
                    key = source.key(trial, history)
                    histories.setdefault(key, history)
                    map_of.append(total + list(histories).index(key))
                found = source.read(trial, points, histories)
                total += len(found)
                if len(found):
                    missing = longest - found.shape[2]
                    maps.append(np.pad(found, ((0, 0), (0, 0), (0, missing)), constant_values=np.nan))
                bar.update()
        return self._joined(np.concatenate(maps), np.array(map_of, np.int64), source.memory, longest)

    def _of_trials(self) -> list[list[tuple[int, int, int, int]]]:
        found: list[list[tuple[int, int, int, int]]] = [[] for _ in self.trials]
        for row in self.rows:
            found[row[0]].append(row)
        return found

    def _joined(self, maps: NDArray[np.float32], map_of: Ints, memory: Memory, longest: int) -> Decisions:
        t, n_trials = np.array([row[0] for row in self.rows]), len(self.trials)
        log_area, points = np.full((n_trials, longest), -np.inf), np.zeros((n_trials, longest, 2))
        for i, places in enumerate(self.places):
            log_area[i, : len(places.points)], points[i, : len(self.points[i])] = places.log_area, self.points[i]
        shares = [places.share() for places in self.places]
        width = max(places.per_place for places in self.places)
        chosen, area = np.full((len(self.rows), width), -1, np.int64), np.zeros((len(self.rows), width))
        age = np.full((len(self.rows), longest), NEVER, np.uint8)
        seen = np.zeros(n_trials, np.int64)
        for d, (trial, path, n, place) in enumerate(self.rows):
            places = self.places[trial]
            own = np.flatnonzero(places.place == place)
            if places.objects:
                chosen[d, : len(own)], area[d, : len(own)] = own, places.log_area[own]
            else:
                chosen[d, 0] = len(places.points) + seen[trial]
                area[d, 0] = np.log(np.exp(places.log_area[own]).sum())
            seen[trial] += 1
            self._fill_age(age[d], memory, trial, self.paths[path].xy[:n])
        observer = [self.observers.index(str(self.paths[path].observer)) for _, path, _, _ in self.rows]
        return Decisions(
            maps,
            map_of,
            log_area,
            points,
            np.array([trial.px_per_degree for trial in self.trials]),
            t,
            chosen,
            area,
            np.array([shares[trial][place] for trial, _, _, place in self.rows]),
            age,
            np.array([self.paths[path].xy[n - 1] for _, path, n, _ in self.rows]),
            np.array(observer, np.int64),
            np.array([row[1] for row in self.rows]),
            np.array([row[2] for row in self.rows]),
            self.observers,
            tuple(str(trial.id) for trial in self.trials),
        )

    def _fill_age(self, age: NDArray[np.uint8], memory: Memory, trial: int, history: Floats) -> None:
        boxes, ago = memory.inhibited(self.trials[trial], history)
        points = self.points[trial]
        for box, since in zip(boxes, ago, strict=True):
            inside = ((box[:2] <= points) & (points < box[2:])).all(axis=1)
            within = age[: len(points)]
            within[inside] = np.minimum(within[inside], min(int(since), NEVER - 1))
