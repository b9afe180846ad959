"""A set at a glance: one display of every kind, with its target."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from gazesim.image import montage
from gazesim.trial import Trial

THUMBNAIL, MARGIN, CAPTION, MOST = 240, 14, 62, 6
PAPER, TEXT, MARK = (255, 255, 255), (40, 40, 40), (230, 90, 0)


def contact_sheet(displays: Sequence[Trial], columns: int | None = None) -> NDArray[np.uint8]:
    """Return a picture (height, width, 3) of displays: a row a condition, longer ones broken, or rows of `columns`.

    Above each display stand its target, its condition and set size; an orange box marks the target.
    """
    if columns is not None:
        named = [(display.condition or "", display) for display in displays]
        return sheet([named[start : start + columns] for start in range(0, len(named), columns)])
    rows: dict[tuple[str | None, bool | None], list[tuple[str, Trial]]] = {}
    for display in displays:
        rows.setdefault((display.condition, display.present), []).append((_caption(display), display))
    return sheet([row[start : start + MOST] for row in rows.values() for start in range(0, len(row), MOST)])


def sheet(rows: Sequence[Sequence[tuple[str, Trial]]]) -> NDArray[np.uint8]:
    """Return a picture (height, width, 3) of rows of displays with captions."""
    highest = max(min(1, display.height / display.width) for row in rows for _, display in row)
    step_x, step_y = THUMBNAIL + MARGIN, round(THUMBNAIL * highest) + CAPTION + MARGIN
    page = Image.new("RGB", (max(map(len, rows)) * step_x + MARGIN, len(rows) * step_y + MARGIN), PAPER)
    for row, displays in enumerate(rows):
        for column, (caption, display) in enumerate(displays):
            _paste(page, MARGIN + column * step_x, MARGIN + row * step_y, caption, display)
    return np.asarray(page)


def _caption(display: Trial) -> str:
    number = display.set_size or 0
    items = "" if display.condition == "scene" else f"\n{number} item{'s' * (number > 1)}"
    return f"{display.condition}{items}{'' if display.present else ', absent'}"


def _paste(page: Image.Image, left: int, top: int, caption: str, display: Trial) -> None:
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(14)
    target, shown = _thumbnail(montage(display.targets), CAPTION - 8), _thumbnail(display.image, THUMBNAIL)
    page.paste(target, (left, top))
    pen.rectangle((left - 1, top - 1, left + target.width, top + target.height), outline=(200, 200, 200))
    pen.text((left + target.width + 8, top + 2), caption, TEXT, font)
    top += CAPTION
    page.paste(shown, (left, top))
    pen.rectangle((left - 1, top - 1, left + shown.width, top + shown.height), outline=(200, 200, 200))
    if display.items is not None and display.items.target is not None:
        x0, y0, x1, y1 = display.items.boxes[display.items.target] * shown.width / display.width
        pen.rectangle((left + x0 - 4, top + y0 - 4, left + x1 + 3, top + y1 + 3), outline=MARK, width=2)


def _thumbnail(pixels: NDArray[np.uint8], side: int) -> Image.Image:
    image = Image.fromarray(pixels)
    scale = side / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Image.Resampling.LANCZOS)
