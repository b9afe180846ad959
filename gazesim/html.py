"""What a notebook shows of an object: a table of facts, a picture, a drawing; HTML that needs no other file."""

import base64
import io
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

PICTURE_PX = 320


def facts_html(title: str, facts: Mapping[str, Any]) -> str:
    """Return a table with a title and a row for each fact that is not None.

    >>> facts_html("Scanpath", {"found": True, "observer": None})
    '<table><caption>Scanpath</caption><tr><th>found</th><td>True</td></tr></table>'
    """
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(str(value))}</td></tr>"
        for name, value in facts.items()
        if value is not None
    )
    return f"<table><caption>{escape(title)}</caption>{rows}</table>"


def picture_html(pixels: NDArray[np.uint8], alt: str, longest: int = PICTURE_PX) -> str:
    """Return `pixels` (height, width, 3), made smaller so that no side is longer than `longest` px, as an image."""
    image, file = Image.fromarray(pixels), io.BytesIO()
    image.thumbnail((longest, longest))
    image.save(file, "PNG")
    return f'<img alt="{escape(alt)}" src="data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}">'


def path_svg(xy: NDArray[np.float64], longest: int = PICTURE_PX) -> str:
    """Return a drawing of fixations (n, 2), numbered from 0, and of the saccades between them."""
    low, size = xy.min(axis=0), np.ptp(xy, axis=0)
    places = np.round((xy - low) * (longest / max(size.max(), 1e-9)) + 12, 1)
    width, height = np.round(places.max(axis=0) + 12, 1)
    line = " ".join(f"{x},{y}" for x, y in places)
    dots = "".join(
        f'<circle cx="{x}" cy="{y}" r="9" fill="#1f77b4" fill-opacity=".8"/>'
        f'<text x="{x}" y="{y + 3.5}" font-size="10" text-anchor="middle" fill="#fff">{number}</text>'
        for number, (x, y) in enumerate(places)
    )
    return (
        f'<svg width="{width}" height="{height}" role="img" aria-label="the scanpath">'
        f'<polyline points="{line}" fill="none" stroke="#1f77b4" stroke-width="1.5"/>{dots}</svg>'
    )


def side_by_side(parts: Iterable[str]) -> str:
    """Return HTML parts in one row."""
    return f'<div style="display:flex;gap:1em;align-items:flex-start;flex-wrap:wrap">{"".join(parts)}</div>'
