import numpy as np
import pytest

from gazesim.attention.bottom_up.context_aware import _at_scale, _distance_from_foci, _patches, context_aware


def test_an_odd_spot_stands_out():
    y, x = np.mgrid[:90, :120]
    plane = 0.5 + 0.5 * np.sin(x / 2) * np.sin(y / 2)
    plane[20:34, 80:94] = 1 - np.hypot(y - 27, x - 87)[20:34, 80:94] / 10
    row, column = np.unravel_index(context_aware(plane).argmax(), (90, 120))
    assert (15 <= row < 39, 75 <= column < 99) == (True, True)


def test_nothing_stands_out_of_a_uniform_plane():
    assert not context_aware(np.full((40, 60), 0.3)).any()


@pytest.mark.parametrize("shape", [(1, 1), (3, 400), (300, 200)])
def test_any_size(shape):
    found = context_aware(np.random.default_rng(0).random(shape))
    assert np.isfinite(found).all()
    assert max(found.shape) <= 128


def test_saliency_at_a_scale_is_the_formula():
    """1 - exp(-mean of the 64 least d), d = d_appearance / (1 + 3 d_position), by loops."""
    plane = np.random.default_rng(1).random((31, 37))
    patches, places, rows = (np.asarray(part) for part in _patches(plane, 1.0))
    others = [_patches(plane, r) for r in (1.0, 0.5, 0.25)]
    candidates, where = (np.concatenate([np.asarray(other[i]) for other in others]) for i in (0, 1))
    appearance = np.array([[np.linalg.norm(p - q) for q in candidates] for p in patches])
    expected = []
    for i in range(len(patches)):
        unlike = appearance[i] / appearance.max() / (1 + 3 * np.linalg.norm(places[i] - where, axis=1))
        expected.append(1 - np.exp(-np.sort(unlike)[1:65].mean()))
    columns = len(patches) // int(rows)
    found = _at_scale(plane, 1.0, (columns, int(rows)))
    np.testing.assert_allclose(found.flatten(), expected, atol=1e-6)


def test_distance_from_foci():
    saliency = np.zeros((3, 10))
    saliency[1, 2] = 0.9
    found = _distance_from_foci(saliency)
    assert (found[1, 2], found[1, 6]) == (0, pytest.approx(0.4))
