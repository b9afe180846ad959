"""What is told from numbers alone, and what must not be: real recordings are not to be refused."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from gazesim import Scanpath
from gazesim.datasets.plausibility import check_plausible, off_screen

SIZES = st.tuples(st.integers(200, 3000), st.integers(200, 3000))


def one(xy, width=800, height=600, **fields):
    return {"a": (width, height)}, [Scanpath(xy, trial="a", observer="p", **fields)]


@settings(deadline=None, max_examples=60)
@given(size=SIZES, seed=st.integers(0, 999), n=st.integers(1, 200), lost=st.floats(0, 0.015))
def test_recordings_on_the_display_are_plausible(size, seed, n, lost):
    random = np.random.default_rng(seed)
    xy = random.uniform(-0.5, np.array(size) - 0.5, (n, 2))
    xy[random.uniform(size=n) < lost] += 5 * max(size)
    trials, scanpaths = one(xy, *size, duration_ms=random.uniform(50, 900, n))
    if off_screen(trials, scanpaths).mean() <= 0.02:
        check_plausible("set", trials, scanpaths)


@settings(deadline=None, max_examples=60)
@given(size=SIZES, seed=st.integers(0, 999))
def test_swapped_axes_and_a_centred_origin_are_told(size, seed):
    width, height = size
    xy = np.random.default_rng(seed).uniform(0, [width - 1, height - 1], (300, 2))
    if max(width, height) > 1.2 * min(width, height):
        with pytest.raises(ValueError, match=r"^set: .* with x and y swapped: the columns look like \(y, x\)"):
            check_plausible("set", *one(xy[:, ::-1], width, height))
    with pytest.raises(ValueError, match=r"^set: .*none if the origin were its centre"):
        check_plausible("set", *one(xy - np.array(size) / 2, width, height))


def test_other_units_are_told():
    xy = np.random.default_rng(0).uniform(0, [799, 599], (50, 2))
    for fields, message in (
        ({"duration_ms": np.full(50, 0.25)}, "the median duration is 0.25 ms, it looks like seconds"),
        ({"duration_ms": np.full(50, 25e4)}, "the median duration is 250000 ms, it looks like microseconds"),
        ({"onset_ms": np.arange(50) / 4}, "the median time from one onset to the next is 0.25 ms"),
    ):
        with pytest.raises(ValueError, match=message):
            check_plausible("set", *one(xy, **fields))
    with pytest.raises(ValueError, match="they look like shares of the display"):
        check_plausible("set", *one(xy / [800, 600]))
    with pytest.raises(
        ValueError, match=r"100.0% of the fixations lie outside their display \(x 5\d\d\d.*\), expected px"
    ):
        check_plausible("set", *one(xy + 5000))


def test_each_fixation_is_judged_by_its_own_display():
    sizes = {"a": (800, 600), "b": (100, 100)}
    paths = [Scanpath([[700, 500]], trial="a", observer="p"), Scanpath([[99, 99], [700, 500]], trial="b", observer="p")]
    assert off_screen(sizes, paths).tolist() == [False, False, True]
