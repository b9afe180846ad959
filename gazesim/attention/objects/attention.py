"""Attention that moves from object to object as a map for the one loop; alone, or joined with a top-down map."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from gazesim.attention import Attention, Glance, ModelSpec, Need, OfTrials, Priority
from gazesim.attention.objects.appearance import SharpFeatures, cut_patches, name_features, pool_features
from gazesim.attention.objects.batch import ObjectArray, side_by_side
from gazesim.attention.objects.layout import Layout
from gazesim.attention.objects.transformer import ObjectSizes, ObjectTransformer, join
from gazesim.attention.objects.weights import read_object_weights
from gazesim.attention.top_down import target
from gazesim.checks import check_not_negative
from gazesim.encoders.backbones import TrunkSettings, load_trunk
from gazesim.encoders.foveated import FoveatedEncoder
from gazesim.encoders.named import NAMED
from gazesim.trial import Trial

PEAK = 30.0  # nats: all other px of a box together are drawn less than once in a million times
Values = NDArray[np.float64]


class ObjectAttention(Attention):
    """The next object by an `ObjectTransformer`, which also says when it wants to end the search.

    A map has the log-probability of each object at the middle of its box, 30 less at the other px of the box, and NaN
    elsewhere. A policy that samples at temperature 1 so draws objects by their probability, whatever their size, and
    winner-take-all takes the likeliest; both land in its middle.

    Parameters
    ----------
    model : ObjectTransformer
    encoder : FoveatedEncoder, optional
        Of a model with foveated appearance, the one it was trained with.
    """

    needs: frozenset[Need] = frozenset({"objects"})

    def __init__(self, model: ObjectTransformer, encoder: FoveatedEncoder | None = None) -> None:
        if model.sizes.appearance in ("foveated", "sharp") and encoder is None:
            raise ValueError("encoder is None, expected the one that the model of objects was trained with")
        self.model, self.encoder = model, encoder
        self.takes_several = model.sizes.appearance in ("sharp", "names", "none")
        self._sharp = None if encoder is None else SharpFeatures(encoder)
        self._appearance = OfTrials[dict[int, NDArray[np.float32]]]()

    def check(self, trial: Trial) -> None:
        """Raise ValueError if `trial` has no objects, or none of them is the target and it is not absent."""
        super().check(trial)
        Layout.of(trial)
        if self.model.sizes.appearance == "names":
            name_features(trial)

    def attend(self, glances: Sequence[Glance]) -> list[Priority]:
        """Return one map (H, W) per glance, and the log-probability of ending the search."""
        choices = zip(glances, self.choices(glances), strict=True)
        return [Priority(spread(found[:-1], glance.trial), float(found[-1])) for glance, found in choices]

    @torch.inference_mode()
    def choices(self, glances: Sequence[Glance]) -> list[Values]:
        """Return the log-probabilities (n + 1,) of the n objects of each glance and, last, of the end."""
        found, device = [], next(self.model.parameters()).device
        for glance in glances:
            layout = Layout.of(glance.trial)
            path = layout.path(glance.history)
            displays = side_by_side([self._array(glance, layout, path)]).to(device)
            log_prob = self.model(displays, torch.from_numpy(path)[None].to(device))
            found.append(log_prob[0, -1].cpu().double().numpy())
        return found

    def _array(self, glance: Glance, layout: Layout, path: NDArray[np.int64]) -> ObjectArray:
        """Return the objects with their appearance, seen from the initial fixation and the objects of `path`."""
        if self.model.sizes.appearance == "none":
            return ObjectArray(layout)
        kept = self._appearance.setdefault(glance.trial, {})
        if self.model.sizes.appearance != "foveated":
            if 0 not in kept:
                kept[0] = still_appearance(glance.trial, layout, self.model.sizes, self._sharp)
            return ObjectArray(layout, kept[0])
        assert self.encoder is not None
        places = np.vstack([layout.centres, [[glance.trial.width // 2, glance.trial.height // 2]]])
        seen_from = sorted({*path.tolist(), len(layout)})
        view = np.zeros(len(layout) + 1, np.int64)
        for number, at in enumerate(seen_from):
            view[at] = number
            if at not in kept:
                kept[at] = pool_features(glance.trial, layout, places[at : at + 1], self.encoder)[0]
        return ObjectArray(layout, np.stack([kept[at] for at in seen_from]), view)


def still_appearance(
    trial: Trial, layout: Layout, sizes: ObjectSizes, sharp: SharpFeatures | None
) -> NDArray[np.float32]:
    """Return what the objects and the target look like from everywhere alike: all appearances but "foveated"."""
    if sizes.appearance == "names":
        return name_features(trial)
    if sizes.appearance == "sharp":
        assert sharp is not None
        return sharp.of(trial, layout)
    return cut_patches(trial, layout)


@dataclass(frozen=True)
class JoinSettings:
    """How objects and the target's features are joined.

    Parameters
    ----------
    top_down_weight : float, optional
        w of p(object) * exp(w * s), s being the top-down priority at the object, scaled to 0..1 over the objects; 0 is
        attention to objects alone. None is the one that `gazesim train model=oat_eccnet` fitted, in the weights file.
    """

    top_down_weight: float | None = None

    def __post_init__(self) -> None:
        if self.top_down_weight is not None:
            check_not_negative("top_down_weight", self.top_down_weight)


class JoinedAttention(ObjectAttention):
    """`ObjectAttention` times the exponential of a top-down map at the objects; how likely the end is stays.

    Raises
    ------
    ValueError
        If no weight is given and none was fitted.
    """

    def __init__(self, objects: ObjectAttention, top_down: Attention, settings: JoinSettings = JoinSettings()) -> None:
        super().__init__(objects.model, objects.encoder)
        weight = objects.model.top_down_weight if settings.top_down_weight is None else settings.top_down_weight
        if weight is None:
            raise ValueError(
                "top_down_weight is not set and the weights have none, expected a number, or weights that `gazesim "
                "train model=oat_eccnet` wrote"
            )
        self.top_down, self.weight = top_down, weight
        self.needs = self.needs | top_down.needs

    def check(self, trial: Trial) -> None:
        """Raise ValueError if `trial` has no objects, none of them is the target, or there is no top-down map of it."""
        super().check(trial)
        self.top_down.check(trial)

    def choices(self, glances: Sequence[Glance]) -> list[Values]:
        """Return the log-probabilities (n + 1,) of the n objects of each glance and, last, of the end."""
        alone, answers = super().choices(glances), self.top_down.attend(glances)
        found = []
        for glance, log_prob, answer in zip(glances, alone, answers, strict=True):
            log_weight = self.weight * at_objects(answer.map, Layout.of(glance.trial))
            found.append(join(torch.from_numpy(log_prob), torch.from_numpy(log_weight)).numpy())
        return found


def at_objects(priority: Values, layout: Layout) -> Values:
    """Return the largest priority (n,) of a map (H, W) within each box, scaled to 0..1 over the objects.

    Objects that cannot be looked at have 0.
    """
    boxes = np.ceil(layout.boxes).astype(int)
    found = np.array([np.fmax.reduce(priority[y0:y1, x0:x1], axis=None) for x0, y0, x1, y1 in boxes])
    if np.isnan(found).all():
        return np.zeros(len(found))
    low, high = np.nanmin(found), np.nanmax(found)
    return np.asarray(np.nan_to_num((found - low) / (high - low if high > low else 1), nan=0.0), np.float64)


def spread(log_prob: Values, trial: Trial) -> Values:
    """Return the map (H, W) of log-probabilities (n,) of the objects of `trial`; where they overlap, the larger."""
    layout = Layout.of(trial)
    found = np.full((trial.height, trial.width), np.nan)
    last = [trial.width - 1, trial.height - 1]
    for (x0, y0, x1, y1), own in zip(np.ceil(layout.boxes).astype(int), log_prob, strict=True):
        found[y0:y1, x0:x1] = np.fmax(found[y0:y1, x0:x1], own - PEAK)
    for (x, y), own in zip(np.floor(layout.centres).astype(int).clip(0, last), log_prob, strict=True):
        found[y, x] = np.fmax(found[y, x], own)
    return found


def _objects(weights: str | Path, device: str, parts: Mapping[type, Any]) -> ObjectAttention:
    if weights in NAMED or not isinstance(weights, str | Path):
        found = repr(weights) if isinstance(weights, str | Path) else f"a {type(weights).__name__}"
        raise ValueError(f"weights is {found}, but models of objects ship none; make them: {TRAIN}")
    model = read_object_weights(weights, device)
    if model.sizes.appearance not in ("foveated", "sharp"):
        return ObjectAttention(model)
    return ObjectAttention(model, FoveatedEncoder(load_trunk("places", TrunkSettings(), device=device)))


def _joined(weights: str | Path, device: str, parts: Mapping[type, Any]) -> JoinedAttention:
    objects = _objects(weights, device, parts)
    return JoinedAttention(objects, target.build("embedded", device, parts), parts[JoinSettings])


TRAIN = "gazesim train model=oat dataset=amazon_books, then weights=FOLDER/weights.safetensors"
ENDS_ITSELF = {"temperature": 1.0, "inhibition": "none", "test_first": True, "stop_when_found": False}
OAT = ModelSpec(_objects, settings=ENDS_ITSELF)
OAT_ECCNET = ModelSpec(_joined, (*target.PARTS, JoinSettings), ENDS_ITSELF)
