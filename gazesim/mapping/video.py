"""The frames of a video: a file, a folder of pictures, or anything that gives them by number."""

import os
import re
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from gazesim.checks import check_positive
from gazesim.files import check_file
from gazesim.image import as_image
from gazesim.mapping.detections import Values

PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp")
DEFAULT_RATE = 30.0


class Video(Protocol):
    """Frames by number, RGB, all of one size."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in px."""
        ...

    @property
    def times_ms(self) -> Values:
        """When each frame begins, (n,), ms since the first."""
        ...

    def __len__(self) -> int: ...

    def __getitem__(self, frame: int, /) -> NDArray[np.uint8]:
        """Return a frame, uint8 (height, width, 3)."""
        ...


def open_video(path: str | os.PathLike[str], frames_per_second: float | None = None) -> Video:
    """Return the frames of a video file, or of a folder with one picture a frame.

    Parameters
    ----------
    path : path
        Pictures are ordered by the last number in their names, and then by name.
    frames_per_second : float, optional
        By default what the file says; 30 for pictures.

    Raises
    ------
    FileNotFoundError, ValueError
        If there is none, or it has no frames.
    """
    if frames_per_second is not None:
        check_positive("frames_per_second", frames_per_second)
    path = Path(path)
    if path.is_dir():
        return _Folder(path, frames_per_second or DEFAULT_RATE)
    check_file("video", path)
    return _File(path, frames_per_second)


class _Folder:
    def __init__(self, folder: Path, rate: float) -> None:
        self.files = sorted(
            (file for file in folder.iterdir() if file.suffix.lower() in PICTURES),
            key=lambda file: (frame_number(file.stem), file.name),
        )
        if not self.files:
            raise ValueError(f"video {str(folder)!r} has no pictures, expected {', '.join(PICTURES)}")
        self.times_ms: Values = np.arange(len(self.files)) * 1000 / rate
        first = self[0]
        self.size = (first.shape[1], first.shape[0])

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, frame: int, /) -> NDArray[np.uint8]:
        return as_image(self.files[frame], "frame")


class _File:
    """A video file, read forward where frames are asked for in order."""

    def __init__(self, path: Path, rate: float | None) -> None:
        self.path = path
        self.reader = cv2.VideoCapture(str(path))
        n = int(self.reader.get(cv2.CAP_PROP_FRAME_COUNT))
        told = float(self.reader.get(cv2.CAP_PROP_FPS))
        if not self.reader.isOpened() or n < 1:
            raise ValueError(f"video {str(path)!r} cannot be read; make it MP4 or AVI, or a folder of pictures")
        width, height = (self.reader.get(key) for key in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
        self.size = (int(width), int(height))
        self.times_ms: Values = np.arange(n) * 1000 / (rate or (told if told > 0 else DEFAULT_RATE))
        self.next = 0

    def __len__(self) -> int:
        return len(self.times_ms)

    def __getitem__(self, frame: int, /) -> NDArray[np.uint8]:
        if frame < self.next or frame > self.next + 100:
            self.reader.set(cv2.CAP_PROP_POS_FRAMES, frame)
            self.next = frame
        while self.next < frame and self.reader.grab():
            self.next += 1
        read, picture = self.reader.read()
        self.next += 1
        if not read:
            raise ValueError(f"frame {frame} of video {str(self.path)!r} cannot be read, it may be damaged")
        return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)


def frame_number(stem: str) -> int:
    """Return the last whole number in the name of a frame's file; -1 if it has none.

    >>> frame_number("cam2_frame_000123")
    123
    """
    numbers = re.findall(r"\d+", stem)
    return int(numbers[-1]) if numbers else -1
