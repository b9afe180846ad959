"""The field of view: the square of the display around the fixation that an encoder sees."""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from gazesim.trial import Trial

Upsampling = Literal["blocks", "linear"]


@dataclass(frozen=True)
class FieldOfView:
    """Where display px and view px meet, for one trial.

    width, height : size of the display as the encoder sees it, px; other than the display's if it is resampled
    px_per_degree : resolution at that size
    half          : half the side of the view, px
    margin        : border of the view where no fixation is selected, px
    grid          : the corners of views lie at multiples of so many px of the display
    """

    width: int
    height: int
    px_per_degree: float
    half: int
    margin: int
    grid: int = 1

    @classmethod
    def of(
        cls,
        trial: Trial,
        *,
        resample_px_per_degree: float | None,
        field_of_view_deg: float | None,
        margin_deg: float,
        grid: int = 1,
    ) -> "FieldOfView":
        """Return the field of view for `trial`; the arguments are those of `TargetAttention`.

        `grid` is that of the encoder. With one of more than 1 px views hold all of the display, wherever one fixates;
        what is beyond the field of view is then margin.
        """
        px_per_degree = resample_px_per_degree or trial.px_per_degree
        scale = px_per_degree / trial.px_per_degree
        width, height = max(1, round(trial.width * scale)), max(1, round(trial.height * scale))
        margin = round(margin_deg * px_per_degree)
        half = height + margin if field_of_view_deg is None else round(field_of_view_deg * px_per_degree / 2)
        if half <= margin:
            raise ValueError(
                f"field_of_view_deg is {field_of_view_deg!r}, expected more than twice margin_deg ({margin_deg:g})"
            )
        if grid > 1:
            whole = -(-max(half, width, height) // grid) * grid + 2 * grid
            half, margin = whole, margin + whole - half
        return cls(width, height, px_per_degree, half, margin, grid)

    def resample(self, picture: NDArray[np.uint8], trial: Trial) -> NDArray[np.uint8]:
        """Return `picture` (h, w, 3), the display of `trial` or a part of it, at the resolution of the view."""
        if self.px_per_degree == trial.px_per_degree:
            return picture
        scale = self.px_per_degree / trial.px_per_degree
        height, width = picture.shape[:2]
        size = max(1, round(width * scale)), max(1, round(height * scale))
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        return np.asarray(cv2.resize(picture, size, interpolation=how), np.uint8)

    def centre(self, xy: NDArray[np.float64], trial: Trial) -> tuple[int, int]:
        """Return the px (x, y) of the resampled display, on the grid, nearest to the display position `xy`."""
        x = round((xy[0] + 0.5) * self.width / trial.width - 0.5)
        y = round((xy[1] + 0.5) * self.height / trial.height - 0.5)
        x, y = min(max(x, 0), self.width - 1), min(max(y, 0), self.height - 1)
        return round(x / self.grid) * self.grid, round(y / self.grid) * self.grid

    def cut(
        self, picture: NDArray[np.uint8], centre: tuple[int, int], background: NDArray[np.uint8]
    ) -> NDArray[np.uint8]:
        """Return the view (2 * half, 2 * half, 3) of the resampled `picture` with `centre` at px (half, half)."""
        side = 2 * self.half
        view = np.empty((side, side, 3), np.uint8)
        view[:] = background
        left, top = centre[0] - self.half, centre[1] - self.half
        x0, y0, x1, y1 = max(0, left), max(0, top), min(self.width, left + side), min(self.height, top + side)
        view[y0 - top : y1 - top, x0 - left : x1 - left] = picture[y0:y1, x0:x1]
        return view

    def spread(
        self, values: NDArray[np.float64], centre: tuple[int, int], trial: Trial, upsampling: Upsampling
    ) -> NDArray[np.float64]:
        """Return the map `values` (n, n) of the view as one value per px of the display, (H, W).

        Px beyond the view or in its margin are NaN.
        """
        columns, x_seen = self._view_px(trial.width, self.width, centre[0])
        rows, y_seen = self._view_px(trial.height, self.height, centre[1])
        rows_a, rows_b, down = _neighbours(rows, 2 * self.half, len(values), upsampling)
        columns_a, columns_b, right = _neighbours(columns, 2 * self.half, len(values), upsampling)
        across = values[:, columns_a] * (1 - right) + values[:, columns_b] * right
        spread = across[rows_a]
        spread *= (1 - down)[:, None]
        below = across[rows_b]
        below *= down[:, None]
        spread += below
        spread[~y_seen], spread[:, ~x_seen] = np.nan, np.nan
        return np.asarray(spread, np.float64)

    def _view_px(self, size: int, resampled: int, centre: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return the view px of each display px along one axis, and which of them can be selected."""
        px = np.floor((np.arange(size) + 0.5) * resampled / size).astype(np.int64) - centre + self.half
        seen = (px >= self.margin) & (px < 2 * self.half - self.margin)
        return px.clip(0, 2 * self.half - 1), seen


def _neighbours(
    px: NDArray[np.int64], size: int, n: int, upsampling: Upsampling
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return the two of n nodes that each of `size` px lies between, and the share of the second.

    "blocks" is OpenCV's INTER_AREA when it enlarges: constant blocks with at most one blended px between them.
    """
    per_node = size / n
    if upsampling == "blocks":
        # rounded as OpenCV does, else px on the border of two blocks fall to the other one
        first = np.floor(px * (1 / per_node)).astype(np.int64)
        beyond = (px + 1 - (first + 1) * per_node).astype(np.float32)
        share = np.where(beyond <= 0, 0.0, beyond - np.floor(beyond)).astype(np.float64)
    else:
        position = ((px + 0.5) / per_node - 0.5).clip(0, n - 1)
        first = np.floor(position).astype(np.int64)
        share = position - first
    return first, np.minimum(first + 1, n - 1), share
