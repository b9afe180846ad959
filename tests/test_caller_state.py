"""What the calling program has set, and being sent to another process, change nothing of a model."""

import pickle

import numpy as np
import pytest
import torch

from gazesim import Trial, list_models, load_model

SMALL = {"side_px": 64, "steps": 3, "starts": 1}
SETTINGS = {**dict.fromkeys(("neva", "neva_classification", "neva_target"), SMALL), "relevance": {"relevance_px": 64}}
NEED_FILES = ("oat", "oat_eccnet", "nevaclip")
KINDS = ("eccnet", "gbvs", "relevance", "neva_target")
OTHERS = sorted(set(list_models()) - {*KINDS, *NEED_FILES})
ALL = [*KINDS, *(pytest.param(name, marks=pytest.mark.slow) for name in OTHERS)]


def load(name):
    return load_model(name, **SETTINGS.get(name, {}))


def searched(model, trial):
    return model.search(trial, max_fixations=2).xy


@pytest.fixture
def trial(noise):
    picture = noise(48, 64)
    return Trial(picture, picture[4:20, 10:26], px_per_degree=4, id="a")


class Float64:
    def __enter__(self):
        torch.set_default_dtype(torch.float64)

    def __exit__(self, *_):
        torch.set_default_dtype(torch.float32)


SURROUNDINGS = {
    "no_grad": torch.no_grad,
    "inference_mode": torch.inference_mode,
    "autocast": lambda: torch.autocast("cpu", torch.bfloat16),
    "default dtype": Float64,
    "default device": lambda: torch.device("meta"),
}


@pytest.mark.parametrize("name", ALL)
def test_what_the_caller_has_set_changes_nothing(trial, name):
    outside = searched(load(name), trial)
    for surrounding in SURROUNDINGS.values():
        with surrounding():
            model = load(name)
            np.testing.assert_array_equal(searched(model, trial), outside)
        np.testing.assert_array_equal(searched(model, trial), outside)


def test_the_caller_finds_torch_as_it_was(trial):
    with torch.no_grad(), Float64(), torch.autocast("cpu", torch.bfloat16):
        searched(load("neva"), trial)
        assert not torch.is_grad_enabled()
        assert torch.get_default_dtype() == torch.float64
        assert torch.is_autocast_enabled("cpu")


@pytest.mark.parametrize("name", ALL)
def test_models_are_pickled_and_draw_from_no_global_stream(trial, name):
    model = load(name)
    torch_state, numpy_state = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    found = searched(model, trial)
    assert torch.equal(torch.get_rng_state(), torch_state)
    np.testing.assert_array_equal(np.random.get_state()[1], numpy_state)  # noqa: NPY002
    np.testing.assert_array_equal(searched(pickle.loads(pickle.dumps(model)), trial), found)
