"""What models of objects are trained on besides the paths: the extent of the displays, and the objects' appearance."""

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

import numpy as np
from tqdm.auto import tqdm

from gazesim.attention.objects.appearance import SharpFeatures, pool_features
from gazesim.attention.objects.attention import still_appearance
from gazesim.attention.objects.batch import ObjectArray
from gazesim.attention.objects.layout import Layout
from gazesim.attention.objects.transformer import ObjectSizes
from gazesim.datasets.dataset import DataSet
from gazesim.encoders.backbones import TrunkSettings, load_trunk
from gazesim.encoders.foveated import FoveatedEncoder
from gazesim.trial import Trial

LEAST_EXTENT = 32


def extent_of(layouts: Iterable[Layout]) -> int:
    """Return how many columns and rows a code of position needs for `layouts`, at least 32."""
    return max(LEAST_EXTENT, *(math.floor(float(layout.places().max())) + 2 for layout in layouts))


def read_appearance(
    displays: Mapping[str, ObjectArray], trials: Mapping[str, Trial], sizes: ObjectSizes, device: str = "cpu"
) -> dict[str, ObjectArray]:
    """Return `displays` with the appearance of their objects; as they are for a model without.

    Parameters
    ----------
    displays, trials : mapping
        By the id of the display.
    sizes : ObjectSizes
        With appearance "foveated" or "sharp", the features are those of the trunk `places`.
    device : str
        Where it runs.
    """
    if sizes.appearance == "none":
        return dict(displays)
    found = {}
    encoder = None
    if sizes.appearance in ("foveated", "sharp"):
        encoder = FoveatedEncoder(load_trunk("places", TrunkSettings(), device=device))
    if sizes.appearance != "foveated":
        sharp = None if encoder is None else SharpFeatures(encoder)
        for id, own in tqdm(displays.items(), desc="appearance", unit="display", disable=None):
            found[id] = replace(own, appearance=still_appearance(trials[id], own.layout, sizes, sharp))
        return found
    assert encoder is not None
    for id, own in tqdm(displays.items(), desc="features", unit="display", disable=None):
        start = [[trials[id].width // 2, trials[id].height // 2]]
        fixations = np.vstack([own.layout.centres, start])
        found[id] = replace(own, appearance=pool_features(trials[id], own.layout, fixations, encoder))
    return found


def trials_of(data: DataSet, displays: Collection[str], *, pictures: bool = True) -> dict[str, Trial]:
    """Return the trials of `displays`.

    With `pictures` ValueError or FileNotFoundError if px_per_degree or a picture is not known.
    """
    trials = {str(trial.id): trial for trial in data.trials if trial.id in displays}
    for trial in trials.values() if pictures else ():
        if trial.px_per_degree and not trial.has_image:
            raise FileNotFoundError(f"the picture of {trial.id!r} is not part of this copy of {data.name}")
    return trials
