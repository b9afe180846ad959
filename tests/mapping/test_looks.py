import numpy as np

from gazesim.mapping.desk import Desk, DeskSettings
from gazesim.mapping.looks import with_looks


def test_equal_things_have_like_looks(tiny_trunk):
    desk = Desk(DeskSettings(frames=3, turn_deg=0, missed=0, false=0, box_error_deg=0), 2)
    found = with_looks(desk.boxes, desk, tiny_trunk)
    assert found.embedding.shape == (len(desk.boxes), 8)
    np.testing.assert_allclose(np.linalg.norm(found.embedding, axis=1), 1, atol=1e-5)
    mean = {label: found.embedding[found.labels == label].mean(axis=0) for label in set(found.labels.tolist())}
    same = np.linalg.norm(mean["tablet-left"] - mean["tablet-right"])
    assert same < 0.3 * np.linalg.norm(mean["tablet-left"] - mean["book"])


def test_only_what_is_in_the_box_counts(tiny_trunk):
    desk = Desk(DeskSettings(frames=1), 2)
    one = with_looks(desk.boxes, desk, tiny_trunk)
    x0, y0, x1, y1 = one.boxes[0].astype(int)

    class Elsewhere:
        size, times_ms = desk.size, desk.times_ms

        def __len__(self):
            return 1

        def __getitem__(self, frame):
            picture = np.zeros_like(desk[0])
            picture[y0 : y1 + 1, x0 : x1 + 1] = desk[0][y0 : y1 + 1, x0 : x1 + 1]
            return picture

    other = with_looks(desk.boxes, Elsewhere(), tiny_trunk)
    np.testing.assert_array_equal(other.embedding[0], one.embedding[0])
    assert not np.array_equal(other.embedding[1], one.embedding[1])
