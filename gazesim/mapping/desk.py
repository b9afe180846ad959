"""A synthetic desk before a wall of photographs, seen by a head that moves: pictures, boxes, gaze, and the truth.

Two equal tablets, two equal devices and a book lie below three photographs, which count as background, as in the
recordings of I-MPN (arXiv 2406.06239). The camera pans, turns and zooms; things are pushed about a little; boxes are
imprecise, some are missed, and some frame nothing. Places on the desk are degrees, x right and y down, seen at zoom 1.
"""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from gazesim.checks import check_at_least, check_not_negative, check_positive
from gazesim.mapping.detections import BACKGROUND, Detections, Values, detections
from gazesim.mapping.gaze import Gaze, gaze_table

LABELS = ("tablet-left", "tablet-right", "device-left", "device-right", "book", BACKGROUND)
TEXTURE_PX = 16  # a degree of a thing's own picture


@dataclass(frozen=True)
class _Thing:
    label: str
    kind: str
    x: float
    y: float
    width: float
    height: float


THINGS = (
    _Thing("tablet-left", "tablet", -12, 3, 11, 8),
    _Thing("tablet-right", "tablet", 12, 3, 11, 8),
    _Thing("device-left", "device", -3.5, 1, 3.5, 6),
    _Thing("device-right", "device", 3.5, 1, 3.5, 6),
    _Thing("book", "book", 0, 12, 8, 6),
    _Thing(BACKGROUND, "photograph 1", -15, -10, 9, 7),
    _Thing(BACKGROUND, "photograph 2", 0, -11, 8, 8),
    _Thing(BACKGROUND, "photograph 3", 15, -10, 9, 7),
)
LOOKED_AT = np.array([2, 2, 1, 1, 1, 0.5, 0.5, 0.5])  # how often, relative to one another


@dataclass(frozen=True)
class DeskSettings:
    """How a sequence is made.

    Parameters
    ----------
    frames : int
    frames_per_second : float
    width, height : int
        Of the frames, px.
    px_per_degree : float
    turn_deg : float
        How far the camera turns to either side.
    zoom : float
        How much larger or smaller things get.
    missed : float
        The share of boxes that are missed.
    false : float
        The share of frames with a box around nothing.
    box_error_deg, gaze_error_deg : float
        Standard deviation of each side of a box, and of the measured gaze along x and y.
    elsewhere : float
        The share of fixations on no thing.
    """

    frames: int = 600
    frames_per_second: float = 30
    width: int = 640
    height: int = 480
    px_per_degree: float = 10
    turn_deg: float = 35
    zoom: float = 1.35
    missed: float = 0.08
    false: float = 0.3
    box_error_deg: float = 0.2
    gaze_error_deg: float = 1.0
    elsewhere: float = 0.15

    def __post_init__(self) -> None:
        check_at_least("frames", self.frames, 1)
        for name in ("frames_per_second", "px_per_degree", "zoom"):
            check_positive(name, getattr(self, name))
        for name in ("turn_deg", "missed", "false", "box_error_deg", "gaze_error_deg", "elsewhere"):
            check_not_negative(name, getattr(self, name))


class Desk:
    """A sequence of frames, also a video (see `gazesim.mapping.video`): ``len(desk)``, ``desk[frame]``.

    The same settings and seed give the same bytes, whichever frames are looked at.

    Parameters
    ----------
    settings : DeskSettings
    seed : int
    """

    def __init__(self, settings: DeskSettings = DeskSettings(), seed: int = 0) -> None:
        self.settings, self.seed = settings, seed
        random = np.random.default_rng([seed, 0])
        time = np.arange(settings.frames) / settings.frames_per_second
        pan_x, pan_y, turn, self._zoom, self._light = (_wander(time, random) for _ in range(5))
        self._pan = np.stack([13 * pan_x, 8 * pan_y], axis=1)
        self._turn = np.deg2rad(settings.turn_deg) * turn
        about = np.array([[thing.x, thing.y] for thing in THINGS]) + random.normal(0, 0.8, (len(THINGS), 2))
        pushed = [np.stack([_wander(time, random), _wander(time, random)], axis=1) for _ in THINGS]
        moves = np.array([thing.label != BACKGROUND for thing in THINGS])
        self._places = about[:, None] + 1.2 * moves[:, None, None] * pushed  # (things, frames, 2)
        self._pictures = {thing.kind: _picture(thing, seed) for thing in THINGS}

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the frames in px."""
        return self.settings.width, self.settings.height

    @property
    def times_ms(self) -> Values:
        """When each frame begins."""
        return np.arange(self.settings.frames) * 1000 / self.settings.frames_per_second

    def __len__(self) -> int:
        return self.settings.frames

    def __getitem__(self, frame: int) -> NDArray[np.uint8]:
        """Return a frame, uint8 (height, width, 3) RGB."""
        canvas = np.full((self.settings.height, self.settings.width, 3), (150, 120, 90), np.uint8)
        for number, thing in enumerate(THINGS):
            self._draw(canvas, self._pictures[thing.kind], self._corners(number, frame))
        return np.asarray(cv2.convertScaleAbs(canvas, alpha=1 + 0.15 * float(self._light[frame])), np.uint8)

    def _scale(self, frame: int) -> float:
        return float(self.settings.px_per_degree * self.settings.zoom ** self._zoom[frame])

    def _to_px(self, desk: Values, frame: int) -> Values:
        """Return where places (..., 2) on the desk are in a frame, px."""
        cos, sin = np.cos(self._turn[frame]), np.sin(self._turn[frame])
        turned = (desk - self._pan[frame]) @ np.array([[cos, sin], [-sin, cos]])
        middle = np.array(self.size) / 2
        return np.asarray(turned * self._scale(frame) + middle)

    def _corners(self, number: int, frame: int) -> Values:
        thing = THINGS[number]
        half = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * [thing.width / 2, thing.height / 2]
        return self._to_px(self._places[number, frame] + half, frame)

    def _draw(self, canvas: NDArray[np.uint8], picture: NDArray[np.uint8], corners: Values) -> None:
        low = np.floor(corners.min(axis=0)).astype(int).clip(0, self.size)
        high = np.ceil(corners.max(axis=0)).astype(int).clip(0, self.size)
        if (low >= high).any():
            return
        height, width = picture.shape[:2]
        source = np.array([[0, 0], [width, 0], [width, height]], np.float32)
        affine = cv2.getAffineTransform(source, (corners[:3] - low).astype(np.float32))
        (columns, rows) = (high - low).tolist()
        warped = cv2.warpAffine(picture, affine, (columns, rows), flags=cv2.INTER_AREA)
        inside = cv2.warpAffine(np.ones((height, width), np.uint8), affine, (columns, rows), flags=cv2.INTER_NEAREST)
        part = canvas[low[1] : high[1], low[0] : high[0]]
        np.copyto(part, warped, where=inside[..., None] > 0)

    @cached_property
    def boxes(self) -> Detections:
        """What a detector finds, with the true label of each box, without embedding."""
        random = np.random.default_rng([self.seed, 2])
        frames, boxes, labels = [], [], []
        error = self.settings.box_error_deg
        for frame in range(len(self)):
            own = []
            for number, thing in enumerate(THINGS):
                corners = self._corners(number, frame)
                full = np.concatenate([corners.min(axis=0), corners.max(axis=0)])
                own.append((full + random.normal(0, error * self._scale(frame), 4), thing.label, full))
            if random.random() < self.settings.false:
                low = random.uniform(0, 0.8, 2) * self.size
                full = np.concatenate([low, low + random.uniform(3, 10, 2) * self._scale(frame)])
                own.append((full, BACKGROUND, full))
            for place in random.permutation(len(own)):
                box, label, full = own[place]
                kept = random.random() >= self.settings.missed
                cut = box.clip(0, [*self.size, *self.size])
                seen = np.prod((cut[2:] - cut[:2]).clip(0)) / np.prod(full[2:] - full[:2])
                if kept and seen > 0.4:
                    frames.append(frame)
                    boxes.append(box)
                    labels.append(label)
        return detections(frames, np.reshape(boxes, (-1, 4)), self.size, n_frames=len(self), labels=labels)

    def gaze(self, error_deg: float | None = None, viewer: int = 0) -> tuple[Gaze, NDArray[np.str_]]:
        """Return the fixations of a viewer as measured, and what each was truly on, text (n,).

        A fixation lies in the frame of its middle. `error_deg` replaces that of the settings: the same true fixations
        with more or less noise.
        """
        random = np.random.default_rng([self.seed, 3, viewer])
        end, onset = self.times_ms[-1], random.uniform(0, 200)
        rows, truth = [], []
        while True:
            duration = float(np.clip(random.gamma(4, 80), 80, 1200))
            if onset + duration > end:
                break
            frame = int((onset + duration / 2) * self.settings.frames_per_second / 1000)
            place, label = self._look(frame, random)
            rows.append((frame, *place, onset, duration))
            truth.append(label)
            onset += duration + random.uniform(20, 60)
        table = np.reshape(rows, (-1, 5)).astype(np.float64)
        noise = np.random.default_rng([self.seed, 4, viewer]).normal(size=(len(table), 2))
        error = self.settings.gaze_error_deg if error_deg is None else error_deg
        measured = table[:, 1:3] + noise * error * self.settings.px_per_degree
        return gaze_table(table[:, 0], measured, table[:, 3], table[:, 4]), np.array(truth, dtype=np.str_)

    def _look(self, frame: int, random: np.random.Generator) -> tuple[Values, str]:
        """Return where a viewer looks, px (2,), and the label of what is there."""
        corners = np.stack([self._corners(number, frame) for number in range(len(THINGS))])
        middles = corners.mean(axis=1)
        seen = ((middles > 0) & (middles < self.size)).all(axis=1)
        if seen.any() and random.random() >= self.settings.elsewhere:
            weights = LOOKED_AT * seen
            number = int(random.choice(len(THINGS), p=weights / weights.sum()))
            within = random.normal(0, 0.2, 2).clip(-0.48, 0.48) * [THINGS[number].width, THINGS[number].height]
            return self._to_px(self._places[number, frame] + within, frame), THINGS[number].label
        while True:
            place = random.uniform(0.05, 0.95, 2) * self.size
            if all(cv2.pointPolygonTest(own.astype(np.float32), place.tolist(), False) < 0 for own in corners):
                return place, BACKGROUND


def _wander(time: Values, random: np.random.Generator) -> Values:
    """Return a smooth course (n,) between -1 and 1 over `time` in s: three sines of 4 to 15 s."""
    periods, phases = random.uniform(4, 15, 3), random.uniform(0, 2 * np.pi, 3)
    return np.asarray(np.sin(2 * np.pi * time[:, None] / periods + phases).sum(axis=1) / 3)


def _picture(thing: _Thing, seed: int) -> NDArray[np.uint8]:
    """Return a thing's picture; equal kinds have equal ones."""
    width, height = round(thing.width * TEXTURE_PX), round(thing.height * TEXTURE_PX)
    picture = np.zeros((height, width, 3), np.uint8)
    if thing.kind == "tablet":
        picture[:] = (25, 25, 30)
        picture[8:-8, 8:-8] = (200, 215, 235)
        for row in range(20, height - 16, 12):
            picture[row : row + 4, 16 : width - 24 - row % 36] = (70, 80, 110)
    elif thing.kind == "device":
        picture[:] = (230, 230, 225)
        picture[6 : height // 2, 6:-6] = (60, 110, 80)
        for k in range(9):
            cv2.circle(picture, (14 + 14 * (k % 3), height // 2 + 12 + 13 * (k // 3)), 4, (120, 60, 60), -1)
    elif thing.kind == "book":
        picture[:] = (165, 40, 45)
        picture[:, width // 2 - 2 : width // 2 + 2] = (90, 15, 20)
        cv2.rectangle(picture, (10, 16), (width // 2 - 12, 40), (240, 215, 120), -1)
    else:
        random = np.random.default_rng([seed, 5, int(thing.kind[-1])])
        picture[:] = random.integers(90, 230, 3)
        for _ in range(14):
            middle = random.integers(0, [width, height]).tolist()
            colour = random.integers(0, 256, 3).tolist()
            cv2.circle(picture, middle, int(random.integers(6, 34)), colour, -1)
        picture[:4], picture[-4:], picture[:, :4], picture[:, -4:] = 250, 250, 250, 250
    return picture
