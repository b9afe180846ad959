"""Loss-driven attention: the next fixation is the one whose foveated view serves a task best.

NeVA: Schwinn, Precup, Eskofier & Zanca, arXiv 2204.09093, 2022. NevaClip: Zanca et al., arXiv 2305.12380, 2023.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torchvision.transforms.functional import gaussian_blur

from gazesim.attention import Attention, Glance, ModelSpec, OfTrials, Priority
from gazesim.attention.loss_driven.network import ClassifierSettings, Network, load_network, run
from gazesim.attention.loss_driven.tasks import Task, classification, reconstruction, resized, similarity
from gazesim.checks import check_at_least, check_option, check_positive
from gazesim.encoders.backbones import TrunkSettings
from gazesim.trial import Trial

PLASTIC = 1.3247179572447460  # of the two-dimensional sequence of Roberts (2018) that fills a square evenly


@dataclass(frozen=True)
class NevaSettings:
    """The choices of `GradientAttention`. Positions count from -1 to 1 along each side of the display.

    Parameters
    ----------
    side_px : int
        Side of the square to which the display is brought, whatever its proportions.
    fovea : float
        s of the share exp(-d^2 / s) that is seen sharply at distance d from the fixation.
    blur_px : float
        Deviation of the Gaussian by which the rest is blurred, px of that square.
    forgetting : float
        What is remembered of earlier fixations is multiplied by it with each new one: at 0, as in the
        example of NevaClip, only the last one is remembered and the eye goes back and forth between two places; at 1
        nothing is forgotten.
    steps : int
        How often the loss is evaluated for a fixation.
    starts : int
        How many of these are at places that are spread over the display, the first one its centre; the descent
        begins at the best of them, or, where there are none, at the centre.
    step : float
        Length of a step of the descent.
    step_rule : {"gradient", "sign"}
        Along the gradient, or along the sign of each of its two components (a step of `step` along each).
    schedule : {"halve", "constant", "linear"}
        After a step that is no gain, "halve" goes back to the best place with half the step; the others walk on
        with the step as it is, or one that falls linearly to 0.
    restarts : bool
        Whether a step that is no gain is followed by a place drawn at random instead, with the step as it is.
    blend : int, optional
        How many stages of the network see the sharp and the blurred display apart, before the two are blended
        into the view: 0 blends the pictures, as published. Each stage more makes it faster and less exact. None
        is all but the last; for networks of one stage 0.
    compat : {"published", "published_later"}, optional
        As the published program (blend 0, starts 0, steps along the sign, constant, restarts at random), with what
        this corrects: it keeps the place that the step after the best evaluation led to, not the one
        evaluated; places may leave the display; and the initial fixation is not remembered. The authors' later program
        starts again near the place that a step without gain led to, within half a step, not anywhere.
    """

    side_px: int = 224
    fovea: float = 0.2
    blur_px: float = 10.0
    forgetting: float = 0.7
    steps: int = 20
    starts: int = 12
    step: float = 0.1
    step_rule: Literal["gradient", "sign"] = "gradient"
    schedule: Literal["halve", "constant", "linear"] = "halve"
    restarts: bool = False
    blend: int | None = None
    compat: Literal["published", "published_later"] | None = None

    def __post_init__(self) -> None:
        check_at_least("side_px", self.side_px, 32)
        for name in ("fovea", "blur_px", "step"):
            check_positive(name, getattr(self, name))
        if isinstance(self.forgetting, bool) or not 0 <= self.forgetting <= 1:
            raise ValueError(f"forgetting is {self.forgetting!r}, expected a number within 0..1")
        check_at_least("steps", self.steps, 1)
        check_at_least("starts", self.starts, 0)
        if self.starts >= self.steps:
            raise ValueError(f"starts is {self.starts}, expected less than steps, {self.steps}")
        check_option("step_rule", self.step_rule, ("gradient", "sign"))
        check_option("schedule", self.schedule, ("halve", "constant", "linear"))
        check_option("restarts", self.restarts, (True, False))
        if self.restarts and self.schedule == "halve":
            raise ValueError("restarts is True, expected False with schedule 'halve', or another schedule")
        check_option("compat", self.compat, (None, "published", "published_later"))
        if self.blend is not None:
            check_at_least("blend", self.blend, 0)
        if self.blur_taps // 2 >= self.side_px:
            raise ValueError(f"blur_px is {self.blur_px!r}, expected less than half of side_px, {self.side_px}")

    @property
    def blur_taps(self) -> int:
        """Length of the blurring filter, px; 41 for a deviation of 10, as published."""
        return 2 * round(2 * self.blur_px) + 1


@dataclass(frozen=True, eq=False)
class Visits:
    """The places that an optimisation evaluated.

    xy   : float32 (steps, N, 2), x and y from -1 to 1, of N displays
    loss : float32 (steps, N)
    """

    xy: Tensor
    loss: Tensor


@dataclass(frozen=True, eq=False)
class Scene:
    """One display before the stage at which views are blended, and what the task compares them with."""

    sharp: Tensor
    blurred: Tensor
    goal: Tensor


class GradientAttention(Attention):
    """NeVA: chooses by descending the loss of a task along the gradient of the fixation."""

    def __init__(self, task: Task, settings: NevaSettings = NevaSettings()) -> None:
        self.task, self.settings, self.needs = task, settings, task.needs
        last = len(task.stages) - 1
        blend = 0 if settings.compat else last if settings.blend is None else settings.blend
        if blend > last:
            raise ValueError(f"blend is {blend}, expected at most {last}, as the network has {last + 1} stages")
        self._before, self._after = task.stages[:blend], task.stages[blend:]
        self._scenes = OfTrials[Scene]()

    def check(self, trial: Trial) -> None:
        """Raise ValueError if the task has no goal in `trial`."""
        super().check(trial)
        self.task.check(trial)

    def attend(self, glances: Sequence[Glance]) -> list[Priority]:
        """Return one map (H, W) per glance, 1 at the best place that was evaluated.

        Every place that was evaluated spreads its gain, from 0 for the worst to 1 for the best, over what it
        makes sharp; of several the largest counts. On a GPU all glances run as one batch.
        """
        scenes = [self._scene(glance) for glance in glances]
        together = bool(scenes) and scenes[0].sharp.is_cuda
        groups = [range(len(glances))] if together else [range(i, i + 1) for i in range(len(glances))]
        found: list[Priority] = []
        for group in groups:
            visits = self.optimise([glances[i] for i in group])
            for n, i in enumerate(group):
                xy, loss = (values[:, n].cpu().double().numpy() for values in (visits.xy, visits.loss))
                found.append(Priority(_spread(xy, loss, glances[i].trial, self.settings.fovea)))
        return found

    def optimise(self, glances: Sequence[Glance]) -> Visits:
        """Return the places that were evaluated for the next fixation of each glance, all in one batch."""
        streams = [np.random.default_rng(len(glance.history)) for glance in glances]
        draws = np.stack([random.uniform(-1, 1, (self.settings.steps, 2)) for random in streams], axis=1)
        return descend(self.objective(glances), torch.from_numpy(draws).float(), self.settings)

    def objective(self, glances: Sequence[Glance]) -> Callable[[Tensor], Tensor]:
        """Return the loss (N,) of fixations (N, 2), one for each of N glances, from -1 to 1."""
        scenes = [self._scene(glance) for glance in glances]
        sharp, blurred, goal = (
            torch.cat([getattr(scene, part) for scene in scenes]) for part in ("sharp", "blurred", "goal")
        )
        size = sharp.shape[-2:]
        memory = torch.cat([self._memory(glance, size, sharp) for glance in glances])

        def loss(xy: Tensor) -> Tensor:
            left = (1 - memory - self._fovea(xy.to(sharp), size)).clamp(0, 1)
            return self.task.loss(run(self._after, sharp + left * (blurred - sharp)), goal)

        return loss

    def _scene(self, glance: Glance) -> Scene:
        kept = glance.picture is glance.trial.image
        if kept and glance.trial in self._scenes:
            return self._scenes[glance.trial]
        with torch.no_grad():
            sharp = self.task.to_input(resized(glance.picture, self.settings.side_px))
            blurred = gaussian_blur(sharp, [self.settings.blur_taps] * 2, [self.settings.blur_px] * 2)
            before, blurred = run(self._before, sharp), run(self._before, blurred)
            scene = Scene(before, blurred, self.task.goal(glance.trial, run(self._after, before)))
        if kept:
            self._scenes[glance.trial] = scene
        return scene

    def _memory(self, glance: Glance, size: torch.Size, like: Tensor) -> Tensor:
        """Return what is remembered sharply (1, 1, h, w) of the fixations so far."""
        memory = like.new_zeros((1, 1, *size))
        sides = np.array([glance.trial.width, glance.trial.height])
        for fixation in glance.history[1:] if self.settings.compat else glance.history:
            xy = torch.from_numpy(_to_square(fixation, sides))[None]
            memory = self.settings.forgetting * memory + self._fovea(xy.to(like), size)
        return memory

    def _fovea(self, xy: Tensor, size: torch.Size) -> Tensor:
        """Return the share (N, 1, h, w) that fixations `xy` (N, 2) see sharply of maps that cover the square."""
        side = self.settings.side_px
        rows, columns = (
            ((torch.arange(n, device=xy.device) + 0.5) * (side / n) - 0.5) * (2 / (side - 1)) - 1 for n in size
        )
        square = (rows - xy[:, 1:]).square()[:, :, None] + (columns - xy[:, :1]).square()[:, None, :]
        return torch.exp(-square / self.settings.fovea)[:, None]


def descend(loss: Callable[[Tensor], Tensor], draws: Tensor, settings: NevaSettings) -> Visits:
    """Minimise `loss`, (n, 2) -> (n,), over positions from -1 to 1; see `NevaSettings`.

    Restarts take their places from `draws` (steps, n, 2). With a `compat`, the places returned are those
    after the step that followed each evaluation.
    """
    published = settings.compat is not None
    starts = 0 if published else settings.starts
    n = draws.shape[1]
    places = [_start(number, n) for number in range(starts)]
    with torch.no_grad():
        losses = [loss(place).float().cpu() for place in places]
    xy = _best(places, losses) if starts else _start(0, n)
    best_xy, best_loss, way = xy, torch.full((n,), torch.inf), torch.zeros(n, 2)
    length = torch.full((n, 1), settings.step)
    for number in range(starts, settings.steps):
        value, gradient = _evaluate(loss, xy)
        along = gradient.sign() if published or settings.step_rule == "sign" else _unit(gradient)
        moved = xy - length * along if published else (xy - length * along).clamp(-1, 1)
        gain = (value < best_loss)[:, None]
        places.append(moved if published else xy)
        losses.append(value)
        best_xy, way = torch.where(gain, places[-1], best_xy), torch.where(gain, along, way)
        best_loss = torch.minimum(value, best_loss)
        if settings.compat == "published_later":
            xy = torch.where(gain, moved, moved + draws[number] * settings.step / 2)
        elif published or settings.restarts:
            xy = torch.where(gain, moved, draws[number])
        elif settings.schedule == "halve":
            length = torch.where(gain, length, length / 2)
            xy = (best_xy - length * way).clamp(-1, 1)
        else:
            xy = moved
        if settings.schedule == "linear" and not published:
            length = length - settings.step / (settings.steps - starts)
    return Visits(torch.stack(places), torch.stack(losses))


def _best(places: list[Tensor], losses: list[Tensor]) -> Tensor:
    """Return for each of n displays that of the `places` (n, 2) with the least of the `losses` (n,)."""
    least = torch.stack(losses).argmin(dim=0)
    return torch.stack(places)[least, torch.arange(len(least))]


def _evaluate(loss: Callable[[Tensor], Tensor], xy: Tensor) -> tuple[Tensor, Tensor]:
    """Return the losses (N,) at `xy` (N, 2) and their gradients (N, 2), on the CPU."""
    xy = xy.clone().requires_grad_()
    value = loss(xy)
    (gradient,) = torch.autograd.grad(value.sum(), xy)
    return value.detach().float().cpu(), gradient.float().cpu()


def _start(number: int, n: int) -> Tensor:
    """Return the place of that number, (n, 2), of a sequence that begins at the centre and fills the square."""
    share = (0.5 + number / np.array([PLASTIC, PLASTIC**2])) % 1
    return torch.from_numpy(2 * share - 1).float().expand(n, 2)


def _unit(vectors: Tensor) -> Tensor:
    length: Tensor = vectors.norm(dim=1, keepdim=True).clamp(min=torch.finfo(vectors.dtype).tiny)
    return vectors / length


def _to_square(xy: NDArray[np.float64], sides: NDArray[np.int64] | int) -> NDArray[np.float64]:
    """Return px of a display of `sides` (width, height) as positions from -1, its first px, to 1, its last."""
    return np.asarray(2 * xy / np.maximum(sides - 1, 1) - 1, np.float64)


def _spread(xy: NDArray[np.float64], loss: NDArray[np.float64], trial: Trial, fovea: float) -> NDArray[np.float64]:
    """Return the gains of the places `xy` (k, 2) as a map (H, W), each falling off like the fovea around it."""
    sides = np.array([trial.width, trial.height])
    columns, rows = (_to_square(np.arange(side, dtype=np.float64), int(side)) for side in sides)
    # to the nearest px, so that the best place has exactly 1
    px = np.rint((xy.clip(-1, 1) + 1) / 2 * (sides - 1)).astype(int)
    worst, least = loss.max(), loss.min()
    found = np.zeros((trial.height, trial.width))
    for (x, y), value in zip(px, loss, strict=True):
        gain = (worst - value) / (worst - least) if worst > least else 1.0
        across = np.exp(-((columns - columns[x]) ** 2) / fovea)
        down = np.exp(-((rows - rows[y]) ** 2) / fovea)
        np.maximum(found, gain * down[:, None] * across, out=found)
    return found


def _model(task: Callable[[Network, int], Task]) -> ModelSpec:
    """Return the model that serves a task of a network and the side of its pictures, px."""

    def build(weights: str | Path | nn.Module, device: str, parts: Mapping[type, Any]) -> GradientAttention:
        network = load_network(weights, parts[TrunkSettings], parts[ClassifierSettings], device=device)
        return GradientAttention(task(network, parts[NevaSettings].side_px), parts[NevaSettings])

    return ModelSpec(build, (TrunkSettings, ClassifierSettings, NevaSettings), {"inhibition": "none"})


NEVA = _model(lambda network, _: reconstruction(network))
NEVA_CLASSIFICATION = _model(lambda network, _: classification(network))
NEVA_TARGET = _model(similarity)
