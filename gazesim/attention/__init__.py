"""Attention: what a model has seen of a display -> a priority map over its pixels, and the priority of ending."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeVar
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from gazesim.checks import as_numbers
from gazesim.trial import Trial

if TYPE_CHECKING:
    from gazesim.encoders.cost import Cost


Need = Literal["target_image", "target_text", "objects", "target_box"]


@dataclass(frozen=True, eq=False)
class Glance:
    """What attention is asked about: one trial at one moment of its search.

    trial    : the display and the target
    picture  : uint8 (H, W, 3), the display with what memory has painted out
    fixation : float64 (2,), where the eye is now: x right, y down, px of the display
    history  : float64 (n, 2), the fixations so far, the last one is `fixation`; unless given that one alone
    """

    trial: Trial
    picture: NDArray[np.uint8]
    fixation: NDArray[np.float64]
    history: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 2)))

    def __post_init__(self) -> None:
        if not len(self.history):
            object.__setattr__(self, "history", np.asarray(self.fixation, np.float64)[None])


@dataclass(frozen=True, eq=False)
class Priority:
    """What attention answers to a glance.

    map         : float64 (H, W), px of the display: the higher, the sooner it is fixated; NaN where it cannot be
    ending      : the priority of ending the search, which competes with those of the px; by default it never ends
    duration_ms : draws how long the last fixation of a scanpath (n, 2) lasts; None where durations are not modelled
    log_odds    : natural logarithm of the posterior odds that the target is present, where attention has a posterior
    """

    map: NDArray[np.float64]
    ending: float = -np.inf
    duration_ms: Callable[[NDArray[np.float64], np.random.Generator], float] | None = None
    log_odds: float | None = None


Of = TypeVar("Of")


class OfTrials(WeakKeyDictionary[Trial, Of]):
    """What an attention has found out about trials, while they exist; what is pickled is empty."""

    def __reduce__(self) -> tuple[type["OfTrials[Of]"], tuple[()]]:
        return OfTrials, ()


class Attention(ABC):
    """A model of attention.

    Attributes
    ----------
    needs : frozenset of {"target_image", "target_text", "objects", "target_box"}
        What a trial must have.
    takes_several : bool
        Whether it attends to several targets, a memory set, itself. If not, a search asks it about each and combines
        the answers; see `gazesim.attention.several`.
    depends_on : {"history", "fixation", "trial"}
        What its map of an unchanged picture depends on: all fixations so far, the last one, or none.
    weights_setting : str
        The setting that holds the weights of its `components`; "" where there are none to weight.
    logarithmic : bool
        Whether its maps are logarithms of densities; a `SearchModel` shows them as densities.
    n_components : int
        How many `components` a map has.
    """

    needs: frozenset[Need] = frozenset()
    takes_several: bool = False
    depends_on: Literal["history", "fixation", "trial"] = "history"
    weights_setting: str = ""
    logarithmic: bool = False
    n_components: int = 1

    @abstractmethod
    def attend(self, glances: Sequence[Glance]) -> list[Priority]:
        """Return one answer per glance."""

    def components(self, glances: Sequence[Glance]) -> list[NDArray[np.float64]]:
        """Return the maps (k, H, W) whose weighted sum is the map of each glance, up to a constant; or it alone."""
        return [answer.map[None] for answer in self.attend(glances)]

    def overview(self, glance: Glance) -> Priority:
        """Return the map of the whole display, whenever its places are fixated; unless defined, as `attend` does."""
        return self.attend([glance])[0]

    def check(self, trial: Trial) -> None:
        """Raise ValueError, one line that says what is missing, if it cannot attend to `trial`."""
        check_needs(trial, self.needs)

    def cost(self, trials: Iterable[Trial]) -> "Cost | None":
        """Return what a fixation in the costliest of `trials` takes, None where that is little or not known."""
        return None

    def free_viewing(self) -> "Attention":
        """Return what remains of it where nothing is searched for: itself, unless it is defined otherwise."""
        return self


@dataclass(frozen=True)
class ModelSpec:
    """How a named model is made; see `gazesim.models`.

    build    : makes its attention from weights (a name, a file or a network), device and the settings by class
    parts    : the settings classes that `build` reads: frozen dataclasses whose fields have defaults
    settings : what differs from the defaults of these and of the search
    about    : one line for people who choose
    """

    build: Callable[[Any, str, Mapping[type, Any]], Attention]
    parts: tuple[type, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    about: str = ""


class MapAttention(Attention):
    """A function `trial -> map` as attention: the same map whatever the fixations.

    Parameters
    ----------
    function : callable
        Trial -> (H, W), as `Priority.map`; called once for a trial.
    """

    depends_on = "trial"

    def __init__(self, function: Callable[[Trial], NDArray[np.float64]]) -> None:
        self.function = function
        self._maps = OfTrials[NDArray[np.float64]]()

    def attend(self, glances: Sequence[Glance]) -> list[Priority]:
        """Return the map of the trial of each glance; ValueError if it is none."""
        return [Priority(self._map(glance.trial)) for glance in glances]

    def _map(self, trial: Trial) -> NDArray[np.float64]:
        if trial not in self._maps:
            name = f"map of trial {trial.id!r} by {getattr(self.function, '__name__', repr(self.function))}"
            found = as_numbers(name, self.function(trial), (trial.height, trial.width))
            if np.isinf(found).any():
                raise ValueError(f"{name} holds {found[np.isinf(found)].flat[0]}, expected numbers, or NaN")
            self._maps[trial] = found
        return self._maps[trial]


def check_needs(trial: Trial, needs: Iterable[Need]) -> None:
    """Raise ValueError, one line, at the first of `needs` that `trial` does not have."""
    name = f"trial {trial.id!r}"
    free = "has its target in words only" if trial.target_texts else "is of free viewing"
    several = f"has {max(len(trial.target_texts), len(trial.targets))} targets, expected one" * trial.is_multi_target
    objects = "expected their boxes: this model attends to objects; objects=segmented finds some"
    missing: dict[Need, tuple[bool, str]] = {
        "target_image": (
            trial.target is None,
            several or f"{free}, expected an image of the target, which this model compares",
        ),
        "target_text": (
            trial.target_text is None,
            several or "has no target_text, expected a caption or the name of a class",
        ),
        "objects": (trial.objects is None, f"has no objects, {objects}"),
        "target_box": (
            trial.target_box is None,
            "has no target_box, expected where the target is among the objects",
        ),
    }
    for need, (lacks, words) in missing.items():
        if need in needs and lacks:
            raise ValueError(f"{name} {words}")


def target_image(trial: Trial) -> NDArray[np.uint8]:
    """Return the image (h, w, 3) of the target; ValueError if `trial` has none."""
    check_needs(trial, ("target_image",))
    assert trial.target is not None
    return trial.target
