"""Objects without a trained detector: the regions about the peaks of a map of what stands out."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from gazesim.checks import as_numbers, check_not_negative, check_positive
from gazesim.proposals.boxes import Boxes, distinct, within

CELLS_PER_DEGREE = 4  # of the grid on which regions are found
NONE = -1


@dataclass(frozen=True)
class SegmentationSettings:
    """Which regions of a map count as objects.

    Parameters
    ----------
    prominence : float
        How far a peak stands out from the saddle to a higher one, as a share of the map's range; lower peaks belong
        to the region of the higher one.
    least_deg, largest_deg : float
        Regions narrower or lower than the least side are left out. Of those that are wider or higher than the
        largest, only the upper part that is not is kept.
    """

    prominence: float = 0.05
    least_deg: float = 1.0
    largest_deg: float = 6.0

    def __post_init__(self) -> None:
        check_not_negative("prominence", self.prominence)
        check_positive("least_deg", self.least_deg)
        check_positive("largest_deg", self.largest_deg)
        if self.largest_deg < self.least_deg:
            raise ValueError(f"largest_deg is {self.largest_deg:g}, expected at least least_deg, {self.least_deg:g}")


def segmented(
    priority: ArrayLike, px_per_degree: float, settings: SegmentationSettings = SegmentationSettings()
) -> Boxes:
    """Return the boxes (n, 4) of the regions of a map that stand out, x0, y0, x1, y1 in px, the highest peak first.

    What lies above Otsu's threshold (IEEE Trans. SMC 9(1), 62-66, 1979) is divided into the watersheds of the peaks
    that are prominent (Chazal et al., J. ACM 60(6), 41, 2013), on a grid of four cells a degree. Of boxes that are
    nearly the same, the one of the higher peak is kept.

    Parameters
    ----------
    priority : (H, W)
        What stands out, px of the display, on any scale; NaN where nothing can.
    px_per_degree : float
    settings : SegmentationSettings

    Returns
    -------
    float64 (n, 4)
        Whole px. None, n = 0, of a map that is the same everywhere.

    Raises
    ------
    ValueError
        If the map is no map of numbers, infinite somewhere or NaN everywhere.
    """
    check_positive("px_per_degree", px_per_degree)
    values, seen = _reduced(as_numbers("priority", priority, ("H", "W")), px_per_degree)
    regions = watersheds(values, seen & (values > _otsu(values[seen])), settings.prominence)
    height, width = np.shape(priority)
    scale = np.array([width, height] * 2) / ([values.shape[1], values.shape[0]] * 2)
    largest = settings.largest_deg * px_per_degree / scale[:2]
    peaks = np.unique(regions[regions != NONE])
    boxes = [_box(np.flatnonzero(regions == peak), values, largest) for peak in peaks]
    found, covers = within(np.reshape(boxes, (-1, 4)) * scale, width, height)
    wide = (found[:, 2:] - found[:, :2] >= settings.least_deg * px_per_degree).all(axis=1)
    return distinct(found[covers & wide], values.ravel()[peaks][covers & wide])


def _reduced(priority: NDArray[np.float64], px_per_degree: float) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the mean in each cell (h, w) of what is not NaN, scaled to 0..1, and in which cells something is not."""
    finite = np.isfinite(priority)
    if np.isinf(priority).any() or not finite.any():
        raise ValueError(f"priority is {'infinite somewhere' if finite.any() else 'finite nowhere'}, expected numbers")
    low, high = priority[finite].min(), priority[finite].max()
    # what rounding leaves of a uniform map is no saliency
    scaled = (priority - low) / (high - low) if high - low > 1e-6 * max(abs(low), abs(high)) else priority * 0
    scale = min(1.0, CELLS_PER_DEGREE / px_per_degree)
    size = [max(1, round(side * scale)) for side in priority.shape[::-1]]
    planes = np.where(finite, scaled, 0.0), finite.astype(np.float64)
    total, share = (np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.float64) for plane in planes)
    return np.divide(total, share, out=np.zeros_like(total), where=share > 0), share > 0


def _otsu(values: NDArray[np.float64]) -> float:
    """Return the value that divides `values` (n,), from 0 to 1, best into two classes, of 256 steps."""
    level, _ = cv2.threshold(np.rint(values * 255).astype(np.uint8)[None], 0, 255, cv2.THRESH_OTSU)
    return (level + 0.5) / 255


def watersheds(values: NDArray[np.float64], above: NDArray[np.bool_], prominence: float) -> NDArray[np.int64]:
    """Return the region of each cell that is `above` (h, w), -1 of the others; int64 (h, w).

    A region is called by the number of its peak, counted row by row. Cells are gone through from the highest to the
    lowest. One without a region beside it is a new peak, any other belongs to the highest neighbour's. Where regions
    meet, those whose peaks are less than `prominence` above the cell join the region of the highest peak.

    Parameters
    ----------
    values : (h, w)
    above : bool (h, w)
    prominence : float
    """
    height, width = values.shape
    # a border of one cell, which is in no region, makes neighbours simple
    padded, columns = np.pad(values, 1).ravel(), width + 2
    heights, region = padded.tolist(), [NONE] * len(padded)
    joined: dict[int, int] = {}  # peak -> the peak of the region that it belongs to

    def root(cell: int) -> int:
        while joined[cell] != cell:
            cell = joined[cell]
        return cell

    cells = np.flatnonzero(np.pad(above, 1))
    around = [-columns - 1, -columns, -columns + 1, -1, 1, columns - 1, columns, columns + 1]
    for cell in cells[np.argsort(-padded[cells], kind="stable")].tolist():
        beside = [cell + step for step in around if region[cell + step] != NONE]
        if not beside:
            region[cell] = joined[cell] = cell
            continue
        peaks = {root(region[other]) for other in beside}
        highest = max(peaks, key=lambda peak: (heights[peak], -peak))
        region[cell] = root(region[max(beside, key=lambda other: (heights[other], -other))])
        for peak in peaks:
            if heights[peak] - heights[cell] < prominence:
                joined[peak] = highest
    peaks_of = np.array([NONE if peak == NONE else root(peak) for peak in region])
    inner = peaks_of.reshape(height + 2, columns)[1:-1, 1:-1]
    return np.where(inner == NONE, NONE, (inner // columns - 1) * width + inner % columns - 1)


def _box(cells: NDArray[np.int64], values: NDArray[np.float64], largest: NDArray[np.float64]) -> list[int]:
    """Return x0, y0, x1, y1 of the highest of `cells` (n,), as many as make no box larger than `largest` (2,)."""
    rows, columns = np.divmod(cells[np.argsort(-values.ravel()[cells], kind="stable")], values.shape[1])
    x0, y0 = np.minimum.accumulate(columns), np.minimum.accumulate(rows)
    x1, y1 = np.maximum.accumulate(columns) + 1, np.maximum.accumulate(rows) + 1
    fitting = int(np.count_nonzero((x1 - x0 <= largest[0]) & (y1 - y0 <= largest[1])))
    last = max(0, fitting - 1)
    return [int(edge[last]) for edge in (x0, y0, x1, y1)]
