"""What a search is said to cost before it."""

import numpy as np
import pytest

from gazesim import Trial, load_model
from gazesim.encoders.cost import Cost, multiply_adds_per_second


def a_trial(width, height, px_per_degree):
    return Trial(np.zeros((height, width, 3), np.uint8), np.zeros((64, 64, 3), np.uint8), px_per_degree=px_per_degree)


def test_small_displays_are_not_worth_a_word():
    assert load_model("eccnet").attention.cost([a_trial(339, 339, 30)]) is None
    assert load_model("template").attention.cost([a_trial(4000, 3000, 30)]) is None


def test_vgg16_of_a_view_counts_what_its_convolutions_do():
    """15.35 GMAC at 224 px are the convolutions of VGG16 (Simonyan & Zisserman 2015)."""
    encoder = load_model("eccnet").attention.encoder
    cost = encoder.cost(224, 30.0, (3, 4, 5), 1.0, 0)
    assert cost.multiply_adds == pytest.approx(15.35e9, rel=0.01)


@pytest.mark.parametrize(("width", "height", "measured"), [(4000, 3000, 1.85e9), (3000, 4000, 1.99e9)])
def test_memory_is_that_measured_with_photographs_of_12_megapixels(width, height, measured):
    with pytest.warns(UserWarning, match="150 px per degree"):
        cost = load_model("eccnet").attention.cost([a_trial(100, 100, 30), a_trial(width, height, 150)])
    assert cost.memory_bytes == pytest.approx(measured, rel=0.15)


def test_it_is_told_in_words():
    assert multiply_adds_per_second() > 1e8
    assert Cost(2.5e9, 1e9).described("cuda") == "needs about 2.5 GB of memory"
    assert "2.5 GB of memory, and about" in Cost(2.5e9, 1e9).described("cpu")
