import numpy as np
import pytest
import torch

from gazesim.attention.objects.batch import ObjectArray, mirrored, side_by_side
from gazesim.attention.objects.layout import Layout

ROW = Layout([[x, 0, x + 10, 10] for x in (0, 10, 20)], 2)
SQUARE = Layout([[x, y, x + 10, y + 10] for y in (0, 10) for x in (0, 10)], 1)


def test_mirrored_displays_run_the_other_way():
    displays = side_by_side([ObjectArray(layout) for layout in (ROW, SQUARE, SQUARE)])
    found = mirrored(displays, torch.tensor([[True, True], [False, True], [False, False]]))
    assert found.places[0, [0, 1, 2, 4]].tolist() == [[2, 0], [1, 0], [0, 0], [0, 0]]
    assert found.places[1].tolist() == [[0, 1], [1, 1], [0, 0], [1, 0], [1, 1]]
    assert torch.equal(found.places[2], displays.places[2])
    assert torch.equal(found.mask, displays.mask)
    again = mirrored(found, torch.tensor([[True, True], [False, True], [False, False]]))
    np.testing.assert_allclose(again.places[1], displays.places[1])


def test_displays_of_other_numbers_of_objects_lie_side_by_side():
    top_down = np.arange(12, dtype=np.float32).reshape(4, 3), np.ones((5, 4), np.float32)
    arrays = [ObjectArray(layout, top_down=own) for layout, own in zip((ROW, SQUARE), top_down, strict=True)]
    displays = side_by_side(arrays)
    assert displays.mask.tolist() == [[True, True, True, False, True], [True] * 5]
    assert displays.top_down[0, 4].tolist() == [9, 10, 11, 0]
    assert displays.top_down[0, 1].tolist() == [3, 4, 5, 0]
    rows = displays.rows(torch.tensor([1, 0, 1]))
    assert torch.equal(rows.places, displays.places[[1, 0, 1]])
    assert torch.equal(rows.top_down, displays.top_down[[1, 0, 1]])
    assert rows.appearance is None
    with pytest.raises(ValueError, match="of 1 of 2 displays, expected all"):
        side_by_side([arrays[0], ObjectArray(SQUARE)])


def test_features_of_other_numbers_of_places_lie_side_by_side():
    features = [np.full((v, n + 1, 2), v, np.float32) for v, n in ((2, 3), (5, 4))]
    some = ObjectArray(ROW, features[0], np.array([0, 1, 0, 1]))
    displays = side_by_side([some, ObjectArray(SQUARE, features[1])])
    assert displays.appearance.shape == (2, 5, 5, 2)
    assert displays.appearance[0, :, :, 0].tolist() == [[2, 2, 2, 0, 2]] * 2 + [[0] * 5] * 3
    assert displays.view.tolist() == [[0, 1, 0, 0, 1], [0, 1, 2, 3, 4]]
