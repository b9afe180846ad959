"""Example trials as drawings: the display, and on it the fixations of models and people.

Lengths in a drawing are px of the display; marks have the same size on the page whatever the display's.
"""

import colorsys
import io
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gazesim.image import montage
from gazesim.plotting.search_figures import outcome
from gazesim.scanpath import Scanpath
from gazesim.trial import Trial

LONGER_SIDE = 800  # of an embedded picture at most, px
JPEG_QUALITY = 88
PAGE_PX = np.array([760, 640])  # the most that a display covers on the page, width and height
RADIUS, FEW, MANY = 10.0, 10, 30  # of a mark, px on the page; smaller from 10 fixations, smallest from 30
# Dark enough for white numbers; the first ones can be told apart by colour-blind readers.
COLOURS = ("#0072b2", "#a3457d", "#00795a", "#8a5a00", "#5b4aa8", "#4d4d4d")


@dataclass(frozen=True)
class Observer:
    """Whose scanpaths are drawn.

    person : whether the scanpaths are a person's
    chosen : whether they are shown before the reader chooses
    """

    name: str
    person: bool
    colour: str
    chosen: bool


@dataclass(frozen=True)
class Mark:
    """A fixation: its number, place (px), radius (px), its description, and whether it found the target."""

    number: int
    x: float
    y: float
    radius: float
    told: str
    found: bool


@dataclass(frozen=True)
class Drawing:
    """The scanpath of an observer.

    observer : its number in the list of observers
    """

    observer: int
    outcome: str
    marks: list[Mark]


@dataclass(frozen=True)
class Example:
    """A trial.

    image      : data URI, None where the picture is not here
    page_width : of the display on the page, px
    scale      : px of the display that a px on the page covers
    target     : data URI of a picture, or the word for it, or None
    boxes      : x, y, width, height of the target's places, px
    """

    id: str
    image: str | None
    width: int
    height: int
    page_width: int
    scale: float
    target: str | None
    boxes: list[tuple[float, float, float, float]]
    drawings: list[Drawing]


def spread(ids: Sequence[str], n: int) -> list[str]:
    """Return `n` of the ids, evenly spaced from the first to the last; all if there are no more.

    >>> spread(["a", "b", "c", "d", "e"], 3)
    ['a', 'c', 'e']
    """
    if n >= len(ids):
        return list(ids)
    return [ids[i] for i in np.linspace(0, len(ids) - 1, n).round().astype(int)] if n else []


def observers_of(simulated: Sequence[Scanpath], people: Sequence[Scanpath]) -> list[Observer]:
    """Return all observers, people last; of each kind the first is chosen."""
    models = list(dict.fromkeys(str(path.observer) for path in simulated))
    persons = list(dict.fromkeys(str(path.observer) for path in people))
    return [
        Observer(name, number >= len(models), _colour(number), chosen=number in (0, len(models)))
        for number, name in enumerate([*models, *persons])
    ]


def example(trial: Trial, paths: Mapping[int, Scanpath]) -> Example:
    """Return the drawings of one trial; `paths` are by the number of their observer.

    Raises
    ------
    FileNotFoundError, ValueError
        If a picture of it cannot be read.
    """
    scale = float(np.max(np.array([trial.width, trial.height]) / PAGE_PX))
    target = data_uri(montage(trial.targets)) if trial.targets else " or ".join(trial.target_texts) or None
    places = [] if trial.target_boxes is None else trial.target_boxes.tolist()
    boxes = [(x0 - 0.5, y0 - 0.5, x1 - x0, y1 - y0) for x0, y0, x1, y1 in places]
    drawings = [
        Drawing(observer, _outcome(path, trial), _marks(path, RADIUS * scale)) for observer, path in paths.items()
    ]
    image = data_uri(trial.image) if trial.has_image else None
    page_width = round(trial.width / scale)
    return Example(str(trial.id), image, trial.width, trial.height, page_width, scale, target, boxes, drawings)


def data_uri(pixels: NDArray[np.uint8]) -> str:
    """Return a picture (height, width, 3), made smaller if need be, as a JPEG that a page can hold."""
    picture = Image.fromarray(pixels)
    picture.thumbnail((LONGER_SIDE, LONGER_SIDE), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return f"data:image/jpeg;base64,{b64encode(file.getvalue()).decode()}"


def _colour(number: int) -> str:
    if number < len(COLOURS):
        return COLOURS[number]
    rgb = colorsys.hls_to_rgb(number * 0.381966 % 1, 0.33, 0.6)  # steps of the golden angle
    return "#" + "".join(f"{round(255 * part):02x}" for part in rgb)


def _outcome(path: Scanpath, trial: Trial) -> str:
    off = int(((path.xy < -0.5) | (path.xy > np.array([trial.width, trial.height]) - 0.5)).any(axis=1).sum())
    return outcome(path) + (f", {off} outside the display" if off else "")


def _marks(path: Scanpath, radius: float) -> list[Mark]:
    radii = np.full(len(path), radius * np.interp(len(path), (FEW, MANY), (1.0, 0.75)))
    if path.duration_ms is not None and path.duration_ms.any():
        radii *= np.clip(np.sqrt(path.duration_ms / path.duration_ms.mean()), 0.9, 1.5)
    marks = []
    for number, (x, y) in enumerate(path.xy.tolist()):
        told = f"{path.observer}, fixation {number}: x {x:.0f}, y {y:.0f} px"
        if path.duration_ms is not None:
            told += f", {path.duration_ms[number]:.0f} ms"
        last = number == len(path) - 1
        marks.append(Mark(number, round(x, 2), round(y, 2), round(radii[number], 2), told, last and path.found is True))
    return marks
