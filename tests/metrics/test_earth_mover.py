"""Earth mover's distance against closed forms; the solver is optional."""

import sys

import numpy as np
import pytest

from gazesim.metrics.earth_mover import emd


def spot(x, y, shape=(60, 80)):
    density = np.zeros(shape)
    density[y, x] = 1
    return density


def test_it_needs_the_optional_solver(monkeypatch):
    monkeypatch.setitem(sys.modules, "ot", None)
    with pytest.raises(ValueError, match=r"^emd needs the solver POT: pip install 'gazesim\[emd\]'$"):
        emd(spot(0, 0), spot(1, 1))


def test_a_spot_is_moved_by_its_distance():
    pytest.importorskip("ot")
    assert emd(spot(5, 5), spot(35, 45), block_px=10) == pytest.approx(50)
    assert emd(spot(5, 5), spot(8, 2), block_px=10) == 0  # in one square
    assert emd(5 * spot(3, 2, (4, 6)), spot(0, 2, (4, 6)), block_px=1) == pytest.approx(3)
    assert emd(spot(0, 0, (5, 5)), spot(4, 0, (5, 5)), block_px=4) == pytest.approx(4 - 1.5)  # the last square is cut


def test_it_is_symmetric_bounded_and_zero_for_equal_densities():
    pytest.importorskip("ot")
    random = np.random.default_rng(0)
    for _ in range(5):
        first, second, third = random.random((3, 30, 40)) ** 4
        there, back = emd(first, second, block_px=8), emd(second, first, block_px=8)
        assert there == pytest.approx(back)
        assert 0 < there < 50
        assert emd(first, 3 * first, block_px=8) == pytest.approx(0, abs=1e-9)
        assert emd(first, third, block_px=8) <= there + emd(second, third, block_px=8) + 1e-9


def test_in_one_dimension_it_is_that_of_scipy():
    pytest.importorskip("ot")
    from scipy.stats import wasserstein_distance

    first, second = np.random.default_rng(0).random((2, 1, 40))
    places = np.arange(40)
    wanted = wasserstein_distance(places, places, first[0], second[0])
    assert emd(first, second, block_px=1) == pytest.approx(wanted)


def test_without_density_it_is_nan():
    pytest.importorskip("ot")
    assert np.isnan(emd(np.zeros((4, 5)), np.ones((4, 5))))
    assert np.isnan(emd(np.ones((4, 5)), np.zeros((4, 5))))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: emd(np.ones((4, 5)), np.ones((5, 4))), "truth has shape (5, 4), expected (4, 5)"),
        (lambda: emd(np.ones((4, 5)), np.ones((4, 5)), block_px=0), "block_px is 0"),
        (lambda: emd(np.ones((2, 4, 5)), np.ones((4, 5))), "saliency has shape (2, 4, 5), expected (height, width)"),
    ],
)
def test_wrong_input_is_one_line(call, words):
    with pytest.raises(ValueError) as error:  # noqa: PT011
        call()
    assert str(error.value).startswith(words)
