"""Where people look next when they search a scene: the target's maps, what stands out, the centre and the past."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from gazesim.attention import Attention, Glance, ModelSpec, Need, OfTrials, Priority, target_image
from gazesim.attention.learned.features import FeatureSettings, TrunkFeatures
from gazesim.attention.learned.gaze import log_density_over_px
from gazesim.attention.learned.readout import CENTRE_SHAPE
from gazesim.attention.learned.similarity import LEVELS, resemblance
from gazesim.attention.learned.weights import SHIPPED, GazeWeights, read_gaze_weights
from gazesim.encoders.backbones import TrunkSettings, load_trunk
from gazesim.encoders.named import NAMED
from gazesim.files import check_file
from gazesim.trial import Trial

NEAR_DEG = (1.0, 2.0, 4.0, 8.0)  # deviations of Gaussians about the last fixation
RETURN_DEG = 1.5  # and about each earlier one
SEEN = (*LEVELS, "bottom_up")
PAST = (*(f"near_{deg:g}_deg" for deg in NEAR_DEG), "return")
CHANNELS = (*SEEN, "centre", *PAST)
PARTS = {"target": LEVELS, "bottom_up": ("bottom_up",), "centre": ("centre",), "history": PAST}
WEIGHTS = Path(__file__).parent / "interiors.json"


@dataclass(frozen=True, eq=False)
class SearchWeights:
    """How much each channel counts.

    weights : float64 (channels,), of `CHANNELS`
    centre  : log of the centre bias, (24, 32)
    about   : what it was fitted to
    """

    weights: NDArray[np.float64]
    centre: Tensor
    about: Mapping[str, Any]

    def to_json(self) -> str:
        """Return it as text."""
        weights = dict(zip(CHANNELS, map(float, self.weights), strict=True))
        centre = np.round(self.centre.double().numpy(), 3).tolist()
        return json.dumps({"gaze_search": weights, "about": dict(self.about), "centre": centre}) + "\n"


def read_search_weights(path: str | Path) -> SearchWeights:
    """Return what `gazesim train model=gaze_search` wrote; one line if the file is not that."""
    check_file("weights file", path)
    try:
        facts = json.loads(Path(path).read_text(encoding="utf-8"))
        weights = np.array([float(facts["gaze_search"][name]) for name in CHANNELS])
        centre = torch.tensor(facts["centre"], dtype=torch.float32)
        if centre.shape != CENTRE_SHAPE or not (np.isfinite(weights).all() and centre.isfinite().all()):
            raise ValueError("numbers are missing")
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ValueError(
            f"weights file {path} is not of gaze_search, expected one that `gazesim train model=gaze_search` wrote"
        ) from None
    return SearchWeights(weights, centre, facts.get("about", {}))


@torch.inference_mode()
def seen_channels(
    features: TrunkFeatures, gaze: GazeWeights, picture: NDArray[np.uint8], target: NDArray[np.uint8]
) -> Tensor:
    """Return the channels `SEEN` (4, rows, columns) of a picture: similarities as z-scores, and what stands out.

    The latter is the log density of fixations in free viewing by the readouts of `gaze`, without a centre bias.
    """
    found, similar = resemblance(features, picture, target)
    return channels_of(found, similar, gaze)


@torch.inference_mode()
def channels_of(features: Tensor, similar: Tensor, gaze: GazeWeights) -> Tensor:
    """Return the same from the features (rows, columns, channels) and similarities (3, rows, columns)."""
    mean, sd = similar.mean((1, 2), keepdim=True), similar.std((1, 2), keepdim=True, correction=0)
    projected, even = gaze.projection(features), torch.zeros(CENTRE_SHAPE)
    densities = [member.density(member.salient(projected), even).exp() for member in gaze.members]
    coarse = F.avg_pool2d(torch.stack(densities).mean(0)[None, None], 2)[0].log()
    return torch.cat([(similar - mean) / sd.clamp_min(1e-6), coarse - coarse.mean()])


def centre_channel(centre: Tensor, shape: tuple[int, int]) -> Tensor:
    """Return the log of the centre bias (1, rows, columns)."""
    return F.interpolate(centre[None, None], shape, mode="bilinear", align_corners=False)[0]


def past_of(trial: Trial, histories: Sequence[ArrayLike], shape: tuple[int, int]) -> Tensor:
    """Return the channels `PAST` (m, rows, columns, 5) of each place after each of m histories (n, 2).

    Gaussians of the distance to the last fixation, and the sum of those about the earlier ones.
    """
    rows, columns = shape
    y = ((torch.arange(rows) + 0.5) * trial.height / rows - 0.5)[:, None].expand(shape)
    x = ((torch.arange(columns) + 0.5) * trial.width / columns - 0.5).expand(shape)
    found = torch.zeros(len(histories), rows, columns, len(PAST))
    for own, history in zip(found, histories, strict=True):
        at = torch.tensor(np.asarray(history, np.float64).reshape(-1, 2)).float()
        square = ((x - at[:, 0, None, None]) ** 2 + (y - at[:, 1, None, None]) ** 2) / trial.px_per_degree**2
        for number, deg in enumerate(NEAR_DEG):
            own[..., number] = torch.exp(-0.5 * square[-1] / deg**2)
        own[..., -1] = torch.exp(-0.5 * square[:-1] / RETURN_DEG**2).sum(0)
    return found


class GazeSearchAttention(Attention):
    """The log density of the next fixation in search: a weighted sum of channels, normalised over places.

    Parameters
    ----------
    seen : callable
        Trial -> its channels `SEEN` (4, rows, columns).
    weights : callable
        Trial -> its `SearchWeights`.
    """

    needs: frozenset[Need] = frozenset({"target_image"})
    logarithmic = True

    def __init__(self, seen: Callable[[Trial], Tensor], weights: Callable[[Trial], SearchWeights]) -> None:
        self.seen, self.weights = seen, weights
        self._static = OfTrials[Tensor]()

    def check(self, trial: Trial) -> None:
        """Raise ValueError if `trial` has no image of a target, or px_per_degree is not known."""
        super().check(trial)
        trial.px_per_degree  # noqa: B018

    @torch.inference_mode()
    def attend(self, glances: Sequence[Glance]) -> list[Priority]:
        """Return the log density (H, W) of the next fixation of each glance."""
        return [Priority(self._map(glance)) for glance in glances]

    def _map(self, glance: Glance) -> NDArray[np.float64]:
        trial, weights = glance.trial, torch.from_numpy(self.weights(glance.trial).weights).float()
        if trial not in self._static:
            seen = self.seen(trial)
            centre = centre_channel(self.weights(trial).centre, (seen.shape[1], seen.shape[2]))
            self._static[trial] = torch.einsum("k,kyx->yx", weights[: -len(PAST)], torch.cat([seen, centre]))
        static = self._static[trial]
        past = past_of(trial, [glance.history], (static.shape[0], static.shape[1]))[0]
        return log_density_over_px((static + past @ weights[-len(PAST) :]).double().numpy(), trial)


def seen_by(features: TrunkFeatures, gaze: GazeWeights, trial: Trial) -> Tensor:
    """Return the channels `SEEN` of a trial."""
    return seen_channels(features, gaze, trial.image, target_image(trial))


def _the_same(weights: SearchWeights, trial: Trial) -> SearchWeights:
    return weights


def _build(weights: str | Path, device: str, parts: Mapping[type, Any]) -> GazeSearchAttention:
    shipped = isinstance(weights, str) and weights in NAMED
    found = read_search_weights(WEIGHTS if shipped else weights)
    gaze = read_gaze_weights(SHIPPED)
    trunk = load_trunk(weights if shipped else gaze.trunk, parts[TrunkSettings], device=device)
    features = TrunkFeatures(trunk, FeatureSettings(gaze.long_side))
    gaze.check_trunk(features)
    return GazeSearchAttention(partial(seen_by, features, gaze), partial(_the_same, found))


SETTINGS = {"temperature": 1.0, "inhibition": "none", "candidates": "display"}
GAZE_SEARCH = ModelSpec(_build, (TrunkSettings,), SETTINGS)
