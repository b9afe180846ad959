"""Where gaze was measured, as declared, into px of the display: done once, where data come in."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazesim.checks import check_finite, check_option, check_positive, unknown

UNITS = ("px", "deg", "share", "cm")
ORIGINS = ("top_left", "centre", "bottom_left")
DIRECTIONS = ("down", "up")


@dataclass(frozen=True)
class Picture:
    """Where the picture lay on the screen that gaze was measured on, px of the screen.

    x, y          : its top left corner
    width, height : as it was shown
    """

    x: float
    y: float
    width: float
    height: float

    def __post_init__(self) -> None:
        for name in ("x", "y"):
            check_finite(f"picture.{name}", getattr(self, name))
        for name in ("width", "height"):
            check_positive(f"picture.{name}", getattr(self, name))


@dataclass(frozen=True)
class Coordinates:
    """How positions are written in a table.

    unit      : "px", "deg", "share" (0 to 1 across the display) or "cm"
    origin    : where 0, 0 is: "top_left", "centre" or "bottom_left" of the display, or of the screen if `picture` is
                given
    y         : where y grows: "down", or "up", the default where the origin is "bottom_left"
    picture   : where the picture lay on the screen, with `screen`; without it, it filled the display
    screen    : (width, height) of the screen, px, needed with `picture` unless the unit is px from the top left
    px_per_cm : needed for cm

    Positions of px count pixel centres, so the top left corner of the top left pixel is (-0.5, -0.5): that is where
    shares, cm and degrees from a corner begin, and the centre is (width - 1) / 2.
    """

    unit: str = "px"
    origin: str = "top_left"
    y: str | None = None
    picture: Picture | None = None
    screen: tuple[float, float] | None = None
    px_per_cm: float | None = None

    def __post_init__(self) -> None:
        check_option("unit", self.unit, UNITS)
        check_option("origin", self.origin, ORIGINS)
        check_option("y", self.y, (None, *DIRECTIONS))
        if self.px_per_cm is not None:
            check_positive("px_per_cm", self.px_per_cm)
        elif self.unit == "cm":
            raise ValueError("unit is 'cm', expected px_per_cm with it")
        if self.screen is not None:
            for name, value in zip(("screen width", "screen height"), self.screen, strict=True):
                check_positive(name, value)
        elif self.picture is not None and (self.unit, self.origin, self.up) != ("px", "top_left", False):
            raise ValueError("picture is given, expected screen: {width: ..., height: ...} with it")

    @property
    def up(self) -> bool:
        """Whether y grows upwards."""
        return (self.y or ("up" if self.origin == "bottom_left" else "down")) == "up"

    @property
    def plain(self) -> bool:
        """Whether positions are px of the display already."""
        return self == Coordinates() or (not self.up and self == Coordinates(y="down"))

    def to_px(
        self, xy: NDArray[np.float64], sizes: NDArray[np.float64], px_per_degree: NDArray[np.float64] | None
    ) -> NDArray[np.float64]:
        """Return positions (n, 2) as px of their displays.

        Parameters
        ----------
        xy : float64 (n, 2)
        sizes : float64 (n, 2)
            Width and height of the display of each.
        px_per_degree : float64 (n,), optional
            Of each display, NaN where it is not known; of the screen, where a picture is declared.

        Raises
        ------
        ValueError
            If degrees are given and px_per_degree is not known.
        """
        if self.plain:
            return xy
        frame = sizes if self.screen is None else np.broadcast_to(np.array(self.screen, float), sizes.shape)
        scaled = xy * self._px(frame, px_per_degree)
        if self.up:
            scaled = scaled * [1, -1]
        if self.origin == "centre":
            scaled = scaled + (frame - 1) / 2
        else:
            edge = 0.0 if self.unit == "px" else -0.5
            flipped = self.up and self.origin == "bottom_left"
            scaled = scaled + np.column_stack(
                [np.full(len(xy), edge), frame[:, 1] - 1 - edge if flipped else np.full(len(xy), edge)]
            )
        if self.picture is None:
            return np.asarray(scaled)
        corner = np.array([self.picture.x, self.picture.y])
        shown = np.array([self.picture.width, self.picture.height])
        return np.asarray((scaled - corner + 0.5) * sizes / shown - 0.5)

    def _px(self, frame: NDArray[np.float64], px_per_degree: NDArray[np.float64] | None) -> NDArray[np.float64]:
        """Return how many px one unit has (n, 2)."""
        if self.unit == "share":
            return frame
        if self.unit == "deg":
            if px_per_degree is None or np.isnan(px_per_degree).any():
                raise ValueError("unit is 'deg', expected px_per_degree with it")
            return np.repeat(px_per_degree[:, None], 2, axis=1)
        return np.full(frame.shape, self.px_per_cm if self.unit == "cm" else 1.0)


def coordinates(settings: Mapping[str, Any]) -> Coordinates:
    """Return the coordinates that a description declares with the fields of `Coordinates`.

    Raises
    ------
    ValueError
        If one is unknown or not as described.
    """
    values = {key: value for key, value in settings.items() if value is not None}
    if "picture" in values:
        values["picture"] = Picture(**_numbers("picture", values["picture"], [field.name for field in fields(Picture)]))
    if "screen" in values:
        values["screen"] = tuple(_numbers("screen", values["screen"], ["width", "height"]).values())
    return Coordinates(**values)


def _numbers(name: str, value: Any, keys: list[str]) -> dict[str, float]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{name} is {value!r}, expected {{{', '.join(keys)}}}")
    for key in value:
        if key not in keys:
            raise ValueError(unknown(f"field of {name}", str(key), keys))
    for key in keys:
        if key not in value:
            raise ValueError(f"{name} lacks {key!r}, expected {', '.join(keys)}")
    return {key: value[key] for key in keys}
