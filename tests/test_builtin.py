import numpy as np

from gazesim.builtin import PHOTOGRAPH, builtin_trial


def test_the_builtin_trial_is_a_photograph_with_its_target_cut_out():
    trial = builtin_trial()
    assert (trial.width, trial.height, trial.px_per_degree, trial.id) == (512, 600, 25, "hopper")
    x0, y0, x1, y1 = trial.target_box.astype(int)
    np.testing.assert_array_equal(trial.target, trial.image[y0:y1, x0:x1])
    assert trial.objects is None


def test_the_target_is_off_the_start_and_the_most_colourful_place():
    """The ribbons, and not some other part of the uniform."""
    trial = builtin_trial()
    x0, y0, x1, y1 = trial.target_box.astype(int)
    assert not (x0 <= trial.width // 2 < x1)
    chroma = np.ptp(trial.image.astype(float), axis=2)
    uniform = chroma[400:, 60:].copy()
    inside = chroma[y0:y1, x0:x1].mean()
    uniform[y0 - 400 : y1 - 400, x0 - 60 : x1 - 60] = np.nan
    assert inside > 1.5 * np.nanmean(uniform)


def test_the_photograph_is_small():
    assert PHOTOGRAPH.stat().st_size < 100_000
