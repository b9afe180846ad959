"""Features in fewer numbers: their principal components over a set of pictures."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

SPREAD = 1e-3  # added to deviations, of their mean
PLACES = 100  # of each picture, evenly spaced


@dataclass(frozen=True, eq=False)
class Projection:
    """The map from features (..., channels) to components (..., k): (features - mean) @ matrix.

    mean   : float32 (channels,)
    matrix : float32 (channels, k)
    """

    mean: Tensor
    matrix: Tensor

    def __call__(self, features: Tensor) -> Tensor:
        """Return the components (..., k) of features (..., channels)."""
        return (features - self.mean) @ self.matrix


def principal_components(pictures: Sequence[Tensor], k: int) -> Projection:
    """Return the projection on the first k components of the features, each channel scaled to the same deviation.

    Parameters
    ----------
    pictures : sequence of (rows, columns, channels)
        Of each, 100 evenly spaced places count.
    k : int
        At most the number of channels; fewer come back where the places hold fewer.
    """
    chosen = []
    for features in pictures:
        flat = features.flatten(0, 1).float()
        chosen.append(flat[torch.linspace(0, len(flat) - 1, min(PLACES, len(flat))).long()])
    x = torch.cat(chosen).double()
    mean, sd = x.mean(0), x.std(0, correction=0)
    sd = sd + SPREAD * sd.mean().clamp_min(1e-6)
    z = (x - mean) / sd
    values, vectors = torch.linalg.eigh(z.T @ z / len(z))
    k = min(k, len(values), len(x))
    vectors = vectors.flip(1)[:, :k]
    largest = vectors.abs().argmax(0)
    vectors = vectors * vectors[largest, torch.arange(k)].sign()  # which of the two directions is not defined
    return Projection(mean.float(), (vectors / sd[:, None]).float())
