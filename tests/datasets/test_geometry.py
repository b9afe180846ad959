"""Declared coordinates into px."""

import numpy as np
import pytest

from gazesim.datasets.geometry import coordinates

SIZE = np.array([[800.0, 600.0]])


@pytest.mark.parametrize(
    ("declared", "xy", "expected"),
    [
        ({}, [10, 20], [10, 20]),
        ({"unit": "share"}, [0, 1], [-0.5, 599.5]),
        ({"unit": "share"}, [0.5, 0.5], [399.5, 299.5]),
        ({"unit": "share", "origin": "bottom_left"}, [0.25, 0.25], [199.5, 449.5]),
        ({"origin": "centre"}, [0, 0], [399.5, 299.5]),
        ({"origin": "centre", "y": "up"}, [10, 20], [409.5, 279.5]),
        ({"origin": "centre", "y": "down"}, [10, 20], [409.5, 319.5]),
        ({"origin": "bottom_left"}, [10, 0], [10, 599]),
        ({"origin": "bottom_left", "y": "down"}, [10, 0], [10, 0]),
        ({"unit": "deg", "origin": "centre", "y": "up"}, [1, -1], [424.5, 324.5]),
        ({"unit": "cm", "px_per_cm": 40}, [1, 2], [39.5, 79.5]),
        ({"picture": {"x": 100, "y": 50, "width": 800, "height": 600}}, [110, 60], [10, 10]),
        ({"picture": {"x": 100, "y": 50, "width": 400, "height": 300}}, [99.5, 49.5], [-0.5, -0.5]),
        ({"picture": {"x": 100, "y": 50, "width": 400, "height": 300}}, [299.5, 199.5], [399.5, 299.5]),
        (
            {
                "unit": "share",
                "picture": {"x": 560, "y": 240, "width": 800, "height": 600},
                "screen": {"width": 1920, "height": 1080},
            },
            [0.5, 0.5],
            [399.5, 299.5],
        ),
    ],
)
def test_px(declared, xy, expected):
    found = coordinates(declared).to_px(np.array([xy], float), SIZE, np.array([25.0]))
    np.testing.assert_allclose(found, [expected])


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ({"unit": "m"}, "unit is 'm', expected one of 'px', 'deg', 'share', 'cm'"),
        ({"origin": "left"}, "origin is 'left', expected one of"),
        ({"y": "left"}, "y is 'left', expected one of"),
        ({"unit": "cm"}, "unit is 'cm', expected px_per_cm with it"),
        ({"picture": 3}, r"picture is 3, expected \{x, y, width, height\}"),
        ({"picture": {"x": 1, "y": 1, "w": 3, "height": 3}}, "unknown field of picture 'w'"),
        ({"picture": {"x": 1, "y": 1, "width": 3}}, "picture lacks 'height'"),
        ({"picture": {"x": 1, "y": 1, "width": 3, "height": 0}}, "picture.height is 0, expected a finite number above"),
        ({"unit": "share", "picture": {"x": 1, "y": 1, "width": 3, "height": 3}}, "expected screen: "),
        ({"screen": {"width": "a", "height": 3}}, "screen width is 'a', expected a finite number above 0"),
    ],
)
def test_what_cannot_be_declared(declared, message):
    with pytest.raises(ValueError, match=message):
        coordinates(declared)


def test_degrees_need_their_size():
    with pytest.raises(ValueError, match="unit is 'deg', expected px_per_degree with it"):
        coordinates({"unit": "deg"}).to_px(np.zeros((1, 2)), SIZE, None)
