import numpy as np
import pytest

from gazesim.attention.bottom_up.centre_bias import CentreBiasSettings, centre_bias


@pytest.mark.parametrize("shape", [(60, 80), (61, 81), (1, 7)])
def test_it_is_highest_at_the_centre_and_symmetric(noise, shape):
    found = centre_bias(noise(*shape))
    assert found.shape == shape
    np.testing.assert_allclose(found, found[::-1, ::-1])
    assert found.max() == found[shape[0] // 2, shape[1] // 2]


def test_its_variances_are_those_of_the_settings():
    found = centre_bias(np.zeros((400, 400, 3), np.uint8), CentreBiasSettings(0.01, 0.5))
    place = (np.arange(400) - 199.5) / 200
    weights = found / found.sum()
    assert (weights.sum(axis=0) * place**2).sum() == pytest.approx(0.01, rel=1e-3)
    assert (weights.sum(axis=1) * place**2).sum() == pytest.approx(0.005, rel=1e-3)
