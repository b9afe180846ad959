"""Where people look next, learned from them: a density over px that depends on the fixations so far."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gazesim.attention import Attention, Glance, ModelSpec, OfTrials, Priority
from gazesim.attention.learned.features import FeatureSettings, TrunkFeatures
from gazesim.attention.learned.readout import Readout, led_channels, past_channels, places
from gazesim.attention.learned.weights import SHIPPED, GazeWeights, read_gaze_weights
from gazesim.checks import check_option, unknown
from gazesim.encoders.backbones import TrunkSettings, load_trunk
from gazesim.encoders.named import NAMED
from gazesim.trial import Trial

UNIFORM = "uniform"


@dataclass(frozen=True)
class GazeSettings:
    """The choices of `gaze`.

    Parameters
    ----------
    history : bool
        Whether the next fixation depends on those before; without, the density of all fixations is that of each.
    centre : str, optional
        Whose centre bias: a data set that the weights were trained on, or "uniform". None is the first data set's.
    """

    history: bool = True
    centre: str | None = None

    def __post_init__(self) -> None:
        check_option("history", self.history, (True, False))
        if not isinstance(self.centre, str | None):
            raise ValueError(f"centre is {self.centre!r}, expected the name of a data set, {UNIFORM!r} or None")


class Seen(NamedTuple):
    """What members see in a picture: the channels (rows, columns, salient) of each."""

    salient: list[Tensor]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.salient[0].shape[0], self.salient[0].shape[1]


class GazeAttention(Attention):
    """The density of the next fixation by readouts of a trunk's features, and durations; free viewing.

    Maps are logarithms of densities over px: a policy of temperature 1 draws fixations as people make them, as far as
    the readouts know. Several members give the mean of their densities. Pictures with painted out parts are seen so.

    Parameters
    ----------
    features : callable
        Picture (H, W, 3) of a trial -> projected features (rows, columns, channels); see `projected`.
    members : callable
        Trial -> its readouts.
    centre : Tensor (24, 32)
        See `centre_bias`.
    history : bool
        See `GazeSettings`.
    """

    logarithmic = True

    def __init__(
        self,
        features: Callable[[Trial, NDArray[np.uint8]], Tensor],
        members: Callable[[Trial], Sequence[Readout]],
        centre: Callable[[Trial], Tensor],
        history: bool = True,
    ) -> None:
        self.features, self.members, self.centre, self.history = features, members, centre, history
        self._seen = OfTrials[Seen]()

    def check(self, trial: Trial) -> None:
        """Raise ValueError if px_per_degree of `trial` is not known, FileNotFoundError if its picture is not here."""
        trial.px_per_degree, trial.image  # noqa: B018

    def attend(self, glances: Sequence[Glance]) -> list[Priority]:
        """Return the log density (H, W) of the next fixation of each glance, and how long it will last."""
        return [self._next(glance) if self.history else self.overview(glance) for glance in glances]

    @torch.inference_mode()
    def overview(self, glance: Glance) -> Priority:
        """Return the log density (H, W) of all fixations on the display, whenever they are made."""
        seen, trial = self.seen(glance), glance.trial
        centre, members = self.centre(trial), self.members(trial)
        found = [member.density(salient, centre) for member, salient in zip(members, seen.salient, strict=True)]
        return Priority(log_density_over_px(_mean(found), trial), duration_ms=partial(self._duration, glance, seen))

    @torch.inference_mode()
    def _next(self, glance: Glance) -> Priority:
        seen, trial = self.seen(glance), glance.trial
        centre, found = self.centre(trial), []
        xy = glance.history.clip(0, [trial.width - 1, trial.height - 1])
        for member, salient in zip(self.members(trial), seen.salient, strict=True):
            past = past_channels(trial, [xy], seen.shape, member.sizes.past)
            found.append(member.next_density(salient, past, centre)[0])
        return Priority(log_density_over_px(_mean(found), trial), duration_ms=partial(self._duration, glance, seen))

    def seen(self, glance: Glance) -> Seen:
        """Return what the members see in the picture of `glance`; of the whole display it is kept."""
        whole = glance.picture is glance.trial.image
        if whole and glance.trial in self._seen:
            return self._seen[glance.trial]
        features = self.features(glance.trial, glance.picture)
        with torch.inference_mode():
            found = Seen([member.salient(features) for member in self.members(glance.trial)])
        if whole:
            self._seen[glance.trial] = found
        return found

    @torch.inference_mode()
    def _duration(self, glance: Glance, seen: Seen, xy: NDArray[np.float64], random: np.random.Generator) -> float:
        """Draw how long the last fixation of `xy` (n, 2) lasts, ms."""
        at = places(glance.trial, xy[-1:], seen.shape)
        led = led_channels(glance.trial, xy)[-1:]
        drawn = [
            (float(member.log_duration(salient.flatten(0, 1)[at], led)), float(member.log_duration_sd.exp()))
            for member, salient in zip(self.members(glance.trial), seen.salient, strict=True)
        ]
        mean, sd = np.mean(drawn, axis=0)
        return float(np.exp(mean + sd * random.standard_normal()))


def projected(features: TrunkFeatures, weights: GazeWeights) -> Callable[[Trial, NDArray[np.uint8]], Tensor]:
    """Return the function that gives the projected features of a trial's picture."""
    return partial(_projected, features, weights)


def _projected(features: TrunkFeatures, weights: GazeWeights, trial: Trial, picture: NDArray[np.uint8]) -> Tensor:
    return weights.projection(features(picture))


def _mean(log_densities: Sequence[Tensor]) -> NDArray[np.float64]:
    total = torch.logsumexp(torch.stack(list(log_densities)), dim=0) - np.log(len(log_densities))
    return np.asarray(total.double().numpy(), np.float64)


def log_density_over_px(log_density: NDArray[np.float64], trial: Trial) -> NDArray[np.float64]:
    """Return a log density over places as one over the px (H, W) of `trial`, its exponential summing to 1."""
    spread = cv2.resize(log_density, (trial.width, trial.height), interpolation=cv2.INTER_LINEAR)
    top = spread.max()
    return np.asarray(spread - top - np.log(np.exp(spread - top).sum()), np.float64)


def _the_same(value: Any, trial: Trial) -> Any:
    return value


def load_gaze(
    weights: str | Path, device: str, parts: Mapping[type, Any]
) -> tuple[GazeWeights, Callable[[Trial, NDArray[np.uint8]], Tensor], Tensor]:
    """Return weights by the name of a trunk, whose readout ships, or by file, with the features and centre bias."""
    settings: GazeSettings = parts[GazeSettings]
    shipped = isinstance(weights, str) and weights in NAMED
    found = read_gaze_weights(SHIPPED if shipped else weights)
    trunk = load_trunk(weights if shipped else found.trunk, parts[TrunkSettings], device=device)
    features = TrunkFeatures(trunk, FeatureSettings(found.long_side))
    found.check_trunk(features)
    names = [*found.centres, UNIFORM]
    name = names[0] if settings.centre is None else settings.centre
    if name not in names:
        raise ValueError(unknown("centre", name, names))
    centre = torch.zeros_like(found.centres[names[0]]) if name == UNIFORM else found.centres[name]
    return found, projected(features, found), centre


def _gaze(weights: str | Path, device: str, parts: Mapping[type, Any]) -> GazeAttention:
    found, features, centre = load_gaze(weights, device, parts)
    return GazeAttention(
        features, partial(_the_same, found.members), partial(_the_same, centre), parts[GazeSettings].history
    )


SAMPLES = {"temperature": 1.0, "inhibition": "none", "candidates": "display"}
GAZE = ModelSpec(_gaze, (GazeSettings, TrunkSettings), SAMPLES)
