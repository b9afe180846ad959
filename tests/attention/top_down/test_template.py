import numpy as np
import pytest

from gazesim.attention import Glance
from gazesim.attention.top_down.template import TemplateAttention
from gazesim.trial import Trial


def priority(display, target, **settings):
    trial = Trial(display, target, px_per_degree=10, **settings)
    found = TemplateAttention().attend([Glance(trial, trial.image, np.zeros(2))])[0].map
    return trial, found


def coefficient(trial):
    """The correlation coefficient at each px by loops, each colour about its own mean."""
    target, (height, width) = trial.target.astype(float), trial.target.shape[:2]
    top, left = (height - 1) // 2, (width - 1) // 2
    around = np.empty((trial.height + height, trial.width + width, 3))
    around[:] = trial.background
    around[top : top + trial.height, left : left + trial.width] = trial.image
    found = np.empty((trial.height, trial.width))
    t = target - target.mean(axis=(0, 1))
    for y, x in np.ndindex(found.shape):
        patch = around[y : y + height, x : x + width]
        p = patch - patch.mean(axis=(0, 1))
        energy = (p**2).sum() * (t**2).sum()
        found[y, x] = (p * t).sum() / np.sqrt(energy) if energy else 0
    return found


@pytest.mark.parametrize("size", [(5, 7), (6, 4), (1, 8), (20, 24)])
@pytest.mark.parametrize("background", [0, 255, (10, 200, 90)])
def test_the_map_is_the_correlation_coefficient(noise, size, background):
    trial, found = priority(noise(20, 24), noise(*size, seed=1), background=background)
    np.testing.assert_allclose(found, coefficient(trial), atol=2e-5)
    assert found.dtype == np.float64


@pytest.mark.parametrize("change", [lambda t: t, lambda t: t // 2 + 60, lambda t: 255 - t])
def test_a_copy_of_the_target_correlates_fully_at_its_centre(noise, change):
    display = noise(30, 40) // 2
    target = display[10:15, 20:27]
    _, found = priority(display, change(target))
    sign = -1 if change(np.uint8(0)) > change(np.uint8(100)) else 1
    assert np.unravel_index((sign * found).argmax(), found.shape) == (12, 23)
    assert sign * found[12, 23] == pytest.approx(1, abs=1e-3)


def test_what_is_uniform_resembles_nothing(noise):
    grey = np.full((20, 24, 3), 128, np.uint8)
    assert not priority(grey, noise(5, 7), background=128)[1].any()
    assert not priority(noise(20, 24), grey[:5, :7])[1].any()
    assert not priority(noise(20, 24), noise(1, 1))[1].any()


def test_a_nearly_uniform_display_stays_within_bounds(noise):
    display = np.full((20, 24, 3), 254, np.uint8)
    display[8, 9] = 255
    _, found = priority(display, noise(5, 7), background=254)
    assert np.isfinite(found).all()
    assert abs(found).max() <= 1


def test_what_memory_painted_out_is_not_found_again(noise):
    display = noise(30, 40)
    trial = Trial(display, display[10:15, 20:27], px_per_degree=10)
    painted = display.copy()
    painted[8:18, 18:30] = 0
    whole, erased = TemplateAttention().attend(
        [Glance(trial, picture, np.zeros(2)) for picture in (trial.image, painted)]
    )
    assert whole.map[12, 23] > 0.99
    assert erased.map[12, 23] == 0
