"""Fits how strongly a top-down map joins in the choice of the next object, on people's paths."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch
from scipy.optimize import minimize_scalar
from torch import Tensor
from tqdm.auto import tqdm

from gazesim.attention import Attention, Glance
from gazesim.attention.objects.attention import at_objects
from gazesim.attention.objects.batch import ObjectArray
from gazesim.attention.objects.transformer import ObjectTransformer, join
from gazesim.training.oat import make_batch
from gazesim.training.object_paths import ObjectPath, without_top_down
from gazesim.trial import Trial

LARGEST = 50.0


def read_top_down(
    displays: Mapping[str, ObjectArray], trials: Mapping[str, Trial], top_down: Attention
) -> dict[str, ObjectArray]:
    """Return `displays` with the priority that `top_down` gives their objects.

    It is seen from the middle of each object, last from that of the display, with nothing painted out.

    Parameters
    ----------
    displays, trials : mapping
        By the id of the display.
    top_down : Attention
    """
    found = {}
    for id, display in tqdm(displays.items(), desc="top-down", unit="display", disable=None):
        trial, layout = trials[id], display.layout
        middles = np.floor(layout.centres).clip(0, [trial.width - 1, trial.height - 1])
        places = np.vstack([middles, [[trial.width // 2, trial.height // 2]]])
        maps = (top_down.attend([Glance(trial, trial.image, place)])[0].map for place in places)
        priority = np.stack([at_objects(values, layout) for values in maps]).astype(np.float32)
        found[id] = replace(display, top_down=priority)
    return found


@torch.inference_mode()
def fit_on_paths(model: ObjectTransformer, paths: Sequence[ObjectPath]) -> float:
    """Return the weight at which the objects that people chose in `paths` are likeliest; see `fit_weight`.

    The displays of `paths` have a top-down priority; ValueError if one has none.
    """
    device, log_probs, priorities, chosen = next(model.parameters()).device, [], [], []
    for path, alone in zip(paths, without_top_down(paths), strict=True):
        if path.display.top_down is None:
            raise ValueError(f"display {path.layout.id!r} has no top_down, expected the priority of its objects")
        batch = make_batch([alone])
        log_prob = model(batch.displays.to(device), batch.paths.to(device))
        log_probs.append(log_prob[0, : len(path)].cpu().double())
        seen_from = [len(path.layout), *path.objects[:-1].tolist()]
        priorities.append(torch.from_numpy(path.display.top_down[seen_from]).double())
        chosen.append(torch.from_numpy(path.objects))
    return fit_weight(log_probs, priorities, chosen)


def fit_weight(log_probs: Sequence[Tensor], priorities: Sequence[Tensor], chosen: Sequence[Tensor]) -> float:
    """Return the weight of the top-down priority with which people's next objects are likeliest.

    Parameters
    ----------
    log_probs : sequence of float64 (t, n + 1)
        For each path the log-probabilities of the objects and the end at its steps.
    priorities : sequence of float64 (t, n)
        The top-down priority of the objects.
    chosen : sequence of int64 (t,)
        The objects that were fixated next.

    Returns
    -------
    float
        From 0 to 50.
    """

    def loss(weight: float) -> float:
        total, steps = 0.0, 0
        for own, seen, objects in zip(log_probs, priorities, chosen, strict=True):
            total -= float(join(own, weight * seen).gather(1, objects[:, None]).sum())
            steps += len(objects)
        return total / steps

    return float(minimize_scalar(loss, bounds=(0.0, LARGEST), method="bounded").x)
