import numpy as np
import torch

from gazesim.attention.objects.batch import gather, mirrored
from gazesim.attention.objects.layout import Layout

ROW = Layout([[x, 0, x + 10, 10] for x in (0, 10, 20)], 2)
SQUARE = Layout([[x, y, x + 10, y + 10] for y in (0, 10) for x in (0, 10)], 1)


def test_mirrored_displays_run_the_other_way():
    displays = gather([ROW, SQUARE, SQUARE])
    found = mirrored(displays, torch.tensor([[True, True], [False, True], [False, False]]))
    assert found.places[0, [0, 1, 2, 4]].tolist() == [[2, 0], [1, 0], [0, 0], [0, 0]]
    assert found.places[1].tolist() == [[0, 1], [1, 1], [0, 0], [1, 0], [1, 1]]
    assert torch.equal(found.places[2], displays.places[2])
    assert torch.equal(found.real, displays.real)
    again = mirrored(found, torch.tensor([[True, True], [False, True], [False, False]]))
    np.testing.assert_allclose(again.places[1], displays.places[1])


def test_displays_of_other_numbers_of_objects_lie_side_by_side():
    strengths = [np.arange(12, dtype=np.float32).reshape(4, 3), np.ones((5, 4), np.float32)]
    displays = gather([ROW, SQUARE], strengths=strengths)
    assert displays.real.tolist() == [[True, True, True, False, True], [True] * 5]
    assert displays.strengths[0, 4].tolist() == [9, 10, 11, 0]
    assert displays.strengths[0, 1].tolist() == [3, 4, 5, 0]
    rows = displays.rows(torch.tensor([1, 0, 1]))
    assert torch.equal(rows.places, displays.places[[1, 0, 1]])
    assert torch.equal(rows.strengths, displays.strengths[[1, 0, 1]])
    assert rows.looks is None
