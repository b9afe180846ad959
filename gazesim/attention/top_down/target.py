"""Top-down attention: the target's features, as the kernel of a correlation, find where the display resembles it.

Gupta et al., NeurIPS 2021 (arXiv 2106.02953); without eccentricity Zhang et al., Nature Communications 9:3730, 2018.
"""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from gazesim.attention import Attention, Glance, ModelSpec, Need, Priority, target_image
from gazesim.attention.top_down.field_of_view import FieldOfView, Upsampling
from gazesim.checks import check_degrees, check_option, check_px_per_degree
from gazesim.encoders.backbones import Trunk, TrunkSettings, load_trunk
from gazesim.encoders.cost import Cost
from gazesim.encoders.eccentricity import Eccentricity
from gazesim.encoders.foveated import EncoderSettings, FoveatedEncoder
from gazesim.encoders.network_encoder import NetworkEncoder
from gazesim.encoders.pyramid import Pyramid
from gazesim.trial import Trial

LevelWeights = Literal["equal", "maximum"] | tuple[float, ...]
Blur = tuple[int, float]
PUBLISHED_PX_PER_DEGREE = 30.0
KEPT_TARGETS = 64  # targets repeat over the trials of an experiment


@dataclass(frozen=True)
class TargetSettings:
    """The choices of `TargetAttention`.

    Parameters
    ----------
    levels : tuple of int, optional
        The levels of the trunk that are compared, counted from 1 or, negative, from the deepest. None is the
        three deepest, as in eccNET (3, 4, 5 of VGG).
    level_weights : {"equal", "maximum"} or tuple of float, optional
        Weight of each level's map after scaling to 0..1: all alike, in proportion to its maximum before
        scaling, or given. None is as published: "maximum" for trials with objects, else "equal".
    sharpening : two of (side, sigma), or ()
        Three times, the map blurred with the first Gaussian is added and with the second subtracted; px of
        the map, an odd side, sigma 0 is OpenCV's default for the side. () leaves the map as it is.
    similarity : {"dot", "cosine"}
        The plain correlation, as published, or divided by the norms of the target's features and of the
        features it is laid over.
    field_of_view_deg : float, optional
        Side of the square that is seen around the fixation. None is as published: twice the display's height
        plus twice `margin_deg`.
    margin_deg : float
        Border of the field of view where no fixation is selected; 64 px at 30 px per degree as published.
    resample_px_per_degree : float or "published", optional
        Px per degree to which display and target are resampled first. None leaves them as they are. With "published",
        scenes (trials without objects) that are finer than the published 30 px per degree are seen at 30; a warning
        says so once.
    upsampling : {"blocks", "linear"}
        How the map becomes one value per px. "blocks" is the published enlargement into blocks one stride
        wide, of which the top left px is fixated. "linear" has its peak at the middle of the winning block.
    """

    levels: tuple[int, ...] | None = None
    level_weights: LevelWeights | None = None
    sharpening: tuple[Blur, ...] = ((3, 0.0), (5, 1.0))
    similarity: Literal["dot", "cosine"] = "dot"
    field_of_view_deg: float | None = None
    margin_deg: float = 64 / 30
    resample_px_per_degree: float | Literal["published"] | None = "published"
    upsampling: Upsampling = "blocks"

    def __post_init__(self) -> None:
        if self.levels is not None and not (self.levels and all(type(level) is int for level in self.levels)):
            raise ValueError(f"levels is {self.levels!r}, expected level numbers such as (3, 4, 5)")
        check_option("similarity", self.similarity, ("dot", "cosine"))
        check_option("upsampling", self.upsampling, ("blocks", "linear"))
        if self.field_of_view_deg is not None:
            check_degrees("field_of_view_deg", self.field_of_view_deg)
        if self.resample_px_per_degree is not None and self.resample_px_per_degree != "published":
            check_px_per_degree("resample_px_per_degree", self.resample_px_per_degree)
        check_degrees("margin_deg", self.margin_deg, zero=True)
        if isinstance(self.level_weights, str):
            check_option("level_weights", self.level_weights, ("equal", "maximum"))
        elif self.level_weights is not None and not (
            self.level_weights and min(self.level_weights) >= 0 and 0 < sum(self.level_weights) < np.inf
        ):
            raise ValueError(f"level_weights is {self.level_weights!r}, expected numbers of at least 0, not all 0")
        if not (
            isinstance(self.sharpening, tuple)
            and len(self.sharpening) in (0, 2)
            and all(map(_is_blur, self.sharpening))
        ):
            raise ValueError(
                f"sharpening is {self.sharpening!r}, expected () or two (side, sigma) with an odd side and sigma >= 0"
            )


def _is_blur(blur: object) -> bool:
    """Whether `blur` is (side, sigma) that OpenCV can blur with."""
    if not (isinstance(blur, tuple) and len(blur) == 2 and type(blur[0]) is int):
        return False
    return bool(blur[0] > 0 and blur[0] % 2 == 1 and 0 <= blur[1] < np.inf)


class TargetAttention(Attention):
    """The priority map of an encoder for the target of a trial."""

    needs: frozenset[Need] = frozenset({"target_image"})
    depends_on = "fixation"
    weights_setting = "level_weights"

    def __init__(self, encoder: FoveatedEncoder | NetworkEncoder, settings: TargetSettings = TargetSettings()) -> None:
        self.encoder, self.settings = encoder, settings
        deepest = len(encoder.levels)
        self.levels = tuple(level % (deepest + 1) for level in settings.levels or encoder.levels[-3:])
        if not all(0 < abs(level) <= deepest for level in settings.levels or ()):
            raise ValueError(f"levels is {settings.levels!r}, expected some of {encoder.levels} or negative ones")
        weights = settings.level_weights
        if isinstance(weights, tuple) and len(weights) != len(self.levels):
            raise ValueError(f"level_weights has {len(weights)} entries, expected {len(self.levels)}, one per level")
        self.n_components = len(self.levels)
        self._targets: dict[tuple[bytes, tuple[int, ...], float], dict[int, Tensor]] = {}
        self._told = False

    def check(self, trial: Trial) -> None:
        """Raise ValueError if `trial` has no image of a target, or one that is too small to have features."""
        super().check(trial)
        self._target(trial, self._field(trial))

    def cost(self, trials: Iterable[Trial]) -> Cost | None:
        """Return what a fixation in the largest of `trials` takes, None where that is little."""
        costs = [self._cost(*view) for view in {(self._field(trial), trial.width * trial.height) for trial in trials}]
        largest = max(costs, key=lambda cost: cost.memory_bytes, default=None)
        return largest if largest is not None and largest.worth_telling else None

    def _cost(self, field: FieldOfView, display_px: int) -> Cost:
        side = 2 * field.half
        share = min(1.0, min(field.width, side) * min(field.height, side) / side**2)
        return self.encoder.cost(side, field.px_per_degree, self.levels, share, display_px)

    def free_viewing(self) -> "UntargetedAttention":
        """Return the same view in which no feature counts more than another."""
        return UntargetedAttention(self.encoder, self.settings)

    def attend(self, glances: Sequence[Glance]) -> list[Priority]:
        """Return one map (H, W) per glance, 0 at the least value of its view and NaN where it cannot look."""
        found = []
        for glance, similarity in zip(glances, self.similarities(glances), strict=True):
            low = self.combine(similarity, glance.trial)
            field = self._field(glance.trial)
            centre = field.centre(glance.fixation, glance.trial)
            spread = field.spread(low - low.min(), centre, glance.trial, self.settings.upsampling)
            found.append(Priority(spread))
        return found

    def components(self, glances: Sequence[Glance]) -> list[NDArray[np.float64]]:
        """Return the map of each level (levels, H, W), scaled to 0..1 and sharpened; weighted, they add up."""
        found = []
        for glance, similarity in zip(glances, self.similarities(glances), strict=True):
            field = self._field(glance.trial)
            centre = field.centre(glance.fixation, glance.trial)
            levels = [self._sharpened(level) for level in _scaled(similarity)]
            found.append(
                np.stack([field.spread(each, centre, glance.trial, self.settings.upsampling) for each in levels])
            )
        return found

    def similarities(self, glances: Sequence[Glance]) -> list[NDArray[np.float32]]:
        """Return the maps (levels, n, n) of each glance: correlation of the view's features with the target's.

        On a GPU, consecutive glances with views of one size run as one batch; on a CPU that gains nothing.
        """
        on_gpu = next(self.encoder.trunk.features.parameters()).is_cuda
        fields = [self._field(glance.trial) for glance in glances]
        found: list[NDArray[np.float32]] = []
        for _, group in groupby(range(len(glances)), key=lambda i: (fields[i], 0 if on_gpu else i)):
            members = [glances[i] for i in group]
            field = fields[len(found)]
            views = [self._view(glance, field) for glance in members]
            features = self.encoder.search_features(views, field.px_per_degree, self.levels)
            for i, glance in enumerate(members):
                target = self._target(glance.trial, field)
                maps = [self._correlate(features[level][i : i + 1], target[level]) for level in self.levels]
                found.append(torch.stack(maps).cpu().numpy())
        return found

    def combine(self, similarity: NDArray[np.float32], trial: Trial) -> NDArray[np.float64]:
        """Return the weighted sum of the maps (levels, n, n), each scaled to 0..1, after sharpening; (n, n)."""
        weights = self._weights(similarity.max(axis=(1, 2)), trial)
        return self._sharpened(np.tensordot(weights, _scaled(similarity), axes=1))

    def _sharpened(self, total: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.settings.sharpening:
            (side_1, sigma_1), (side_2, sigma_2) = self.settings.sharpening
            for _ in range(3):
                narrow = cv2.GaussianBlur(total, (side_1, side_1), sigma_1)
                wide = cv2.GaussianBlur(total, (side_2, side_2), sigma_2)
                total = total + narrow - wide
        return np.asarray(total, np.float64)

    def _weights(self, maxima: NDArray[np.float32], trial: Trial) -> NDArray[np.float64]:
        rule = self.settings.level_weights or ("equal" if trial.objects is None else "maximum")
        weights = np.ones(len(maxima))
        if isinstance(rule, tuple):
            weights = np.array(rule, np.float64)
        elif rule == "maximum" and maxima.max() > 0:
            weights = maxima.clip(min=0).astype(np.float64)
        return np.asarray(weights / weights.sum(), np.float64)

    def _field(self, trial: Trial) -> FieldOfView:
        return FieldOfView.of(
            trial,
            resample_px_per_degree=self._resampled(trial),
            field_of_view_deg=self.settings.field_of_view_deg,
            margin_deg=self.settings.margin_deg,
            grid=self.encoder.grid,
        )

    def _resampled(self, trial: Trial) -> float | None:
        wanted = self.settings.resample_px_per_degree
        if wanted != "published":
            return wanted
        if trial.objects is not None or trial.px_per_degree <= PUBLISHED_PX_PER_DEGREE:
            return None
        if not self._told:
            self._told = True
            warnings.warn(
                f"the display has {trial.px_per_degree:g} px per degree and is seen at {PUBLISHED_PX_PER_DEGREE:g}, as "
                f"published; resample_px_per_degree={trial.px_per_degree:g} sees all of it",
                stacklevel=2,
            )
        return PUBLISHED_PX_PER_DEGREE

    def _view(self, glance: Glance, field: FieldOfView) -> NDArray[np.uint8]:
        picture = field.resample(glance.picture, glance.trial)
        return field.cut(picture, field.centre(glance.fixation, glance.trial), glance.trial.background)

    def _target(self, trial: Trial, field: FieldOfView) -> dict[int, Tensor]:
        target = field.resample(target_image(trial), trial)
        key = target.tobytes(), target.shape, field.px_per_degree
        if key not in self._targets:
            if len(self._targets) == KEPT_TARGETS:
                self._targets.pop(next(iter(self._targets)))
            self._targets[key] = self.encoder.target_features(target, field.px_per_degree, self.levels)
        return self._targets[key]

    @torch.inference_mode()
    def _correlate(self, features: Tensor, target: Tensor) -> Tensor:
        """Correlate (1, C, n, n) with (1, C, h, w) to (n, n), zero "same" padding, the odd px right and bottom."""
        found = _correlation(features[0], target[0])
        if self.settings.similarity == "cosine":
            energy = _correlation(features[0].square().sum(0, keepdim=True), torch.ones_like(target[0, :1]))
            found = found / (energy * target.square().sum()).clamp(min=torch.finfo(torch.float32).tiny).sqrt()
        return found


def _correlation(features: Tensor, target: Tensor) -> Tensor:
    """Correlate (C, n, m) with (C, h, w) to (n, m): a product of matrices and its sums, much faster than conv2d."""
    (rows, columns), (height, width) = features.shape[1:], target.shape[1:]
    parts = target.flip(1, 2).flatten(1).T @ features.flatten(1)
    whole = F.fold(parts[None], (rows + height - 1, columns + width - 1), (height, width))[0, 0]
    return whole[height // 2 :, width // 2 :][:rows, :columns]


def _scaled(similarity: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the maps (levels, n, n), each scaled to 0..1."""
    low, high = similarity.min(axis=(1, 2)), similarity.max(axis=(1, 2))
    spread = np.where(high > low, high - low, 1).astype(np.float32)
    return np.asarray((similarity - low[:, None, None]) / spread[:, None, None], np.float64)


class UntargetedAttention(TargetAttention):
    """The same view without a target, as in free viewing: no feature counts more than another.

    The map of a level is the sum of its features without their signs; what follows is as with a target. No publication
    defines this.
    """

    needs = frozenset()

    def check(self, trial: Trial) -> None:
        """Raise ValueError if the settings of the field of view do not fit."""
        self._field(trial)

    def similarities(self, glances: Sequence[Glance]) -> list[NDArray[np.float32]]:
        """Return the maps (levels, n, n) of each glance: the sum over the sizes of the view's features."""
        found: list[NDArray[np.float32]] = []
        for glance in glances:
            field = self._field(glance.trial)
            views = [self._view(glance, field)]
            features = self.encoder.search_features(views, field.px_per_degree, self.levels)
            found.append(torch.stack([features[level][0].abs().sum(dim=0) for level in self.levels]).cpu().numpy())
        return found


def build(weights: str | Path | nn.Module, device: str, parts: Mapping[type, Any]) -> TargetAttention:
    """Return the attention whose settings are `parts`, instances of the classes `PARTS`, by class."""
    trunk = load_trunk(weights, parts[TrunkSettings], device=device)
    return TargetAttention(
        encoder_of(trunk, parts[EncoderSettings], parts[Eccentricity], parts[Pyramid]), parts[TargetSettings]
    )


def encoder_of(
    trunk: Trunk, settings: EncoderSettings, eccentricity: Eccentricity, pyramid: Pyramid
) -> FoveatedEncoder | NetworkEncoder:
    """Return the encoder that `settings.foveation` asks for, or the one that fits the trunk."""
    pools = isinstance(trunk.features, nn.Sequential) if settings.foveation is None else settings.foveation == "pools"
    if not pools:
        return NetworkEncoder(trunk, settings, eccentricity, pyramid)
    if pyramid.network_levels is not None:
        raise ValueError(f"network_levels is {pyramid.network_levels!r}, which foveation=pyramid reads")
    return FoveatedEncoder(trunk, settings, eccentricity)


PARTS = (TrunkSettings, EncoderSettings, Eccentricity, Pyramid, TargetSettings)
PLAIN = {"eccentric": False, "pooling": "max"}
ECCNET = ModelSpec(build, PARTS)
ECCNET_SAMPLING = ModelSpec(build, PARTS, {"temperature": 0.05})
ECCNET_1_0_0 = ModelSpec(build, PARTS, {"levels": (-3,)})
ECCNET_0_1_0 = ModelSpec(build, PARTS, {"levels": (-2,)})
ECCNET_0_0_1 = ModelSpec(build, PARTS, {"levels": (-1,)})
ECCNET_NOECC = ModelSpec(build, PARTS, PLAIN)
IVSN = ModelSpec(build, PARTS, {"levels": (-1,), **PLAIN})
