"""The four foveated systems of Deza & Konkle (2020): a picture as it is, with texture, and with two kinds of blur."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from gazesim.checks import check_not_negative, check_option, check_shape
from gazesim.perception.blur import foveation_blur, uniform_blur
from gazesim.perception.matching import Match, Measure, Pictures, match, similarity
from gazesim.perception.texture import PyramidTexture
from gazesim.perception.windows import Windows

Name = Literal["reference", "foveation_texture", "foveation_blur", "uniform_blur"]
SYSTEMS: dict[Name, str] = {
    "reference": "the picture as the texture engine gives it back without texture",
    "foveation_texture": "each window's statistics kept, its detail replaced, the more the larger it is",
    "foveation_blur": "a Gaussian blur that grows with eccentricity",
    "uniform_blur": "the same Gaussian blur everywhere",
}
MOST = 4.0  # times as wide as the windows, the widest blur that is tried
BLURS: tuple[Name, ...] = ("foveation_blur", "uniform_blur")


class Texture(Protocol):
    """A texture engine for pictures of one size, seen from one fixation."""

    def __call__(self, image: NDArray[np.uint8], seed: int = 0) -> NDArray[np.uint8]:
        """Return `image` with texture; the same seed gives the same bytes."""

    def reference(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return `image` after the engine's own analysis and synthesis, without texture."""


@dataclass(frozen=True, eq=False)
class Systems:
    """The four systems for pictures of one size, seen from one fixation.

    Parameters
    ----------
    windows : Windows
    engine : callable, optional
        Makes the texture; by default a `PyramidTexture`, which needs no network and whose reference is the picture.
    """

    windows: Windows
    engine: Callable[[Windows], Texture] = PyramidTexture

    @cached_property
    def texture(self) -> Texture:
        """The engine for these windows."""
        return self.engine(self.windows)

    def __call__(
        self, name: Name, image: NDArray[np.uint8], *, strength: float | None = None, seed: int = 0
    ) -> NDArray[np.uint8]:
        """Return what a system leaves of a picture, uint8 (height, width, 3).

        Parameters
        ----------
        name : str
            One of `SYSTEMS`.
        image : uint8 (height, width, 3)
        strength : float, optional
            Of a blur: the deviation of the Gaussian, in degrees for the uniform one, as a share of the radius of the
            windows for the foveated one; see `matched`.
        seed : int
            Of the texture's noise.

        Raises
        ------
        ValueError
            If the name is unknown, the picture is of another size, or a blur's strength is missing or negative.
        """
        check_option("system", name, SYSTEMS)
        check_shape("image", image, (self.windows.height, self.windows.width, 3))
        if name == "reference":
            return self.texture.reference(image)
        if name == "foveation_texture":
            return self.texture(image, seed)
        if strength is None:
            raise ValueError(f"strength of system {name!r} is missing, expected a number of at least 0")
        check_not_negative("strength", strength)
        reference = self.texture.reference(image)
        if name == "uniform_blur":
            return uniform_blur(reference, strength * self.windows.px_per_degree)
        return foveation_blur(reference, self.windows, strength)

    def unmatched(self, name: Name) -> float:
        """Return the strength of a blur as wide as the windows, for the uniform one as they are on average."""
        if name == "foveation_blur":
            return 1.0
        return float((self.windows.weights.T @ self.windows.radii_deg.astype(np.float32)).mean())

    def matched(
        self, name: Name, pictures: Sequence[NDArray[np.uint8]], measure: Measure = "ssim", seed: int = 0
    ) -> Match:
        """Return the strength of a blur with which pictures are as far from the reference as with texture.

        Parameters
        ----------
        name : {"foveation_blur", "uniform_blur"}
        pictures : sequence of uint8 (height, width, 3)
        measure : {"ssim", "mse"}
        seed : int
            Of the first picture's noise; that of the next is one more.
        """
        check_option("system", name, BLURS)
        references: Pictures = [self.texture.reference(each) for each in pictures]
        textures = (self.texture(each, seed + i) for i, each in enumerate(pictures))
        wanted = similarity(references, textures, measure)
        ppd = self.windows.px_per_degree

        def blur(image: NDArray[np.uint8], strength: float) -> NDArray[np.uint8]:
            if name == "uniform_blur":
                return uniform_blur(image, strength * ppd)
            return foveation_blur(image, self.windows, strength)

        return match(blur, references, wanted, MOST * self.unmatched(name), measure)
