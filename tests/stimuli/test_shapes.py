import numpy as np
import pytest

from gazesim.stimuli.patch import BLACK, WHITE
from gazesim.stimuli.shapes import arc, bar, common, disc, draw, mirrored, ring, stroke, turned, union, without

SIDE, SCALE = 120, 60


def covered(shape, side=SIDE, scale=SCALE):
    """Return the share (side, side) of every pixel that is inside."""
    return draw("", shape, side, scale, WHITE, BLACK).pixels[..., 0] / 255


def area(shape):
    """Return square degrees."""
    return covered(shape).sum() / SCALE**2


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        (bar(1, 0.5), 0.5),
        (turned(bar(1, 0.5), 33), 0.5),
        (disc(0.7), np.pi * 0.49),
        (ring(0.6, 0.2), np.pi * (0.49 - 0.25)),
        (arc(0.7, 0.2, 0.65), 0.65 * (0.64 - 0.36)),
        (stroke((-0.5, -0.4), (0.3, 0.6), 0.2), 0.2 * np.hypot(0.8, 1)),
        (union(bar(1, 0.2), bar(0.2, 1)), 0.36),
        (common(bar(1, 0.2), bar(0.2, 1)), 0.04),
        (without(bar(1, 1), disc(0.3)), 1 - np.pi * 0.09),
    ],
)
def test_areas(shape, expected):
    assert area(shape) == pytest.approx(expected, rel=0.01)


def test_edges_along_the_pixels_are_exact():
    # 2.5 x 1 px in the middle of 4 px: a quarter px on either side
    np.testing.assert_allclose(covered(bar(2.5, 2), 4, 1)[1], [0.25, 1, 1, 0.25], atol=0.002)
    np.testing.assert_allclose(covered(bar(2, 2, 0.5, 0), 4, 1)[1], [0, 0.5, 1, 0.5], atol=0.003)


def test_directions():
    right = covered(bar(0.2, 0.2, 0.5, 0))
    y, x = (np.average(axis, weights=right) for axis in np.indices(right.shape))
    assert (x > 80, abs(y - 59.5) < 1) == (True, True)
    up = covered(turned(bar(0.2, 0.2, 0.5, 0), 90))
    y, x = (np.average(axis, weights=up) for axis in np.indices(up.shape))
    assert (y < 40, abs(x - 59.5) < 1) == (True, True)
    np.testing.assert_array_equal(covered(mirrored(bar(0.2, 0.2, 0.5, 0))), right[:, ::-1])
    assert covered(arc(0.7, 0.2, 0.65))[:60].max() == 0


def test_stroke_joins_its_ends():
    across = covered(stroke((-0.5, -0.4), (0.3, 0.6), 0.2))
    for x, y, inside in ((-0.45, -0.34, 1), (0.25, 0.54, 1), (-0.1, 0.1, 1), (0.25, -0.4, 0), (0.4, 0.72, 0)):
        assert across[int(60 + 60 * y), int(60 + 60 * x)] == inside


def test_a_patch_knows_its_item():
    patch = draw("dot", disc(0.3), 40, 60, (10.4, 20, 30), (200.4, 200, 200))
    assert patch.pixels[20, 20].tolist() == [10, 20, 30]
    assert patch.pixels[0, 0].tolist() == [200, 200, 200]
    np.testing.assert_array_equal(patch.mask, (patch.pixels != [200, 200, 200]).any(axis=2))
    assert np.pi * 18**2 < patch.mask.sum() < np.pi * 19.5**2
