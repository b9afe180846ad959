"""What a foveated system leaves of a display at a fixation, for figures and animations."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gazesim.checks import as_floats
from gazesim.perception.systems import Name, Systems, Texture
from gazesim.perception.texture import PyramidTexture
from gazesim.perception.windows import AllFoveaError, Windows
from gazesim.plotting.foveated_view import View, reduced
from gazesim.trial import Trial


def view_of(
    name: Name,
    *,
    scale: float = 0.4,
    strength: float | None = None,
    seed: int = 0,
    engine: Callable[[Windows], Texture] = PyramidTexture,
) -> View:
    """Return the view of a foveated system: it takes a trial, a fixation and the longest side, px, and gives a picture.

    See `gazesim.perception.systems.Systems` for the parameters. A display that lies within the fovea is seen as it is.
    """

    def view(trial: Trial, xy: ArrayLike, longest: int | None = None) -> NDArray[np.uint8]:
        image = trial.image if longest is None else reduced(trial.image, longest)
        try:
            windows = windows_of(trial, xy, (image.shape[1], image.shape[0]), scale)
        except AllFoveaError:
            return image
        return Systems(windows, engine)(name, image, strength=strength, seed=seed)

    return view


def windows_of(trial: Trial, xy: ArrayLike, size: tuple[int, int], scale: float) -> Windows:
    """Return the windows of a display that is shown at another size (width, height), px, for a fixation on it."""
    factor = size[0] / trial.width
    xy = (as_floats("xy", xy, (2,)) + 0.5) * factor - 0.5
    return Windows(*size, xy, trial.px_per_degree * factor, scale)
