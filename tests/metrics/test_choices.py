import numpy as np
import pytest

from gazesim.metrics.choices import choice_r2


def test_the_likelihood_of_two_groups_is_that_of_their_shares():
    """With a difference of two values the fitted probabilities are the shares, which gives R2 in closed form."""
    difference = np.repeat([-1.0, 1.0], 40)
    chosen = np.r_[np.arange(40) < 10, np.arange(40) < 30]

    def entropy(p):
        return -p * np.log(p) - (1 - p) * np.log(1 - p)

    assert choice_r2(chosen, difference) == pytest.approx(1 - entropy(0.25) / entropy(0.5), abs=1e-6)


def test_nothing_and_all():
    assert choice_r2([1, 0, 1, 0], [1, 1, 2, 2]) == pytest.approx(0, abs=1e-9)
    assert choice_r2([1, 0, 1, 0], [3, 3, 3, 3]) == 0
    assert choice_r2([1, 1, 0, 0], [3, 2, -2, -3]) > 0.99
    assert np.isnan(choice_r2([1, 1], [1, 2]))
    with pytest.raises(ValueError, match=r"^first_chosen holds 2, expected 1 or 0$"):
        choice_r2([2, 0], [1, 2])
