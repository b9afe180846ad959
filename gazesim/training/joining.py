"""Fits how strongly a top-down map joins in the choice of the next object, on people's paths."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from scipy.optimize import minimize_scalar
from torch import Tensor
from tqdm.auto import tqdm

from gazesim.attention import Attention, Glance
from gazesim.attention.objects.attention import at_objects
from gazesim.attention.objects.layout import Layout
from gazesim.attention.objects.transformer import ObjectTransformer, join
from gazesim.training.oat import Looks, Strengths, make_batch
from gazesim.training.paths import ObjectPath
from gazesim.trial import Trial

LARGEST = 50.0


def read_strengths(trials: Mapping[str, Trial], layouts: Mapping[str, Layout], top_down: Attention) -> Strengths:
    """Return what the map of `top_down` has at the objects of each display, by its id.

    Parameters
    ----------
    trials, layouts : mapping
        Of each display, by its id.
    top_down : Attention

    Returns
    -------
    mapping of float32 (n + 1, n)
        From 0 to 1; looked at from the middle of each object, last from that of the display, with nothing painted out.
    """
    found = {}
    for id, layout in tqdm(layouts.items(), desc="top-down", unit="display", disable=None):
        trial = trials[id]
        middles = np.floor(layout.centres).clip(0, [trial.width - 1, trial.height - 1])
        places = np.vstack([middles, [[trial.width // 2, trial.height // 2]]])
        maps = (top_down.attend([Glance(trial, trial.image, place)])[0].map for place in places)
        found[id] = np.stack([at_objects(values, layout) for values in maps]).astype(np.float32)
    return found


@torch.inference_mode()
def fit_on_paths(
    model: ObjectTransformer, paths: Sequence[ObjectPath], strengths: Strengths, looks: Looks | None = None
) -> float:
    """Return the weight at which the objects that people chose in `paths` are likeliest; see `fit_weight`."""
    device, chances, pulls, chosen = next(model.parameters()).device, [], [], []
    for path in paths:
        batch = make_batch([path], looks)
        chances.append(model(batch.displays.to(device), batch.paths.to(device))[0, : len(path)].cpu().double())
        seen_from = [len(path.layout), *path.objects[:-1].tolist()]
        pulls.append(torch.from_numpy(strengths[path.layout.id][seen_from]).double())
        chosen.append(torch.from_numpy(path.objects))
    return fit_weight(chances, pulls, chosen)


def fit_weight(chances: Sequence[Tensor], strengths: Sequence[Tensor], chosen: Sequence[Tensor]) -> float:
    """Return the weight by which strengths are multiplied when people's next objects are likeliest.

    Parameters
    ----------
    chances : sequence of float64 (t, n + 1)
        For each path the log-probabilities of the objects and the end at its steps.
    strengths : sequence of float64 (t, n)
        What a top-down map has at the objects.
    chosen : sequence of int64 (t,)
        The objects that were fixated next.

    Returns
    -------
    float
        From 0 to 50.
    """

    def loss(weight: float) -> float:
        total, steps = 0.0, 0
        for own, seen, objects in zip(chances, strengths, chosen, strict=True):
            total -= float(join(own, weight * seen).gather(1, objects[:, None]).sum())
            steps += len(objects)
        return total / steps

    return float(minimize_scalar(loss, bounds=(0.0, LARGEST), method="bounded").x)
