"""Search for any of several targets by attention that knows of one."""

import numpy as np
import pytest

import gazesim
from gazesim.attention import Attention, Glance, Priority
from gazesim.attention.several import SeveralTargets
from gazesim.search.loop import SearchModel
from gazesim.search.policy import Policy

PATCHES = [np.full((4, 4, 3), grey, np.uint8) for grey in (10, 200)]


class Grey(Attention):
    """High where the display is as grey as the target; ends by as much."""

    def attend(self, glances):
        found = []
        for glance in glances:
            own = float(glance.trial.target.mean())
            priority = -np.abs(glance.trial.image.mean(axis=2) - own) / 255
            priority[:, 0] = np.nan
            found.append(Priority(priority, own))
        return found


@pytest.fixture
def memory_set():
    image = np.full((20, 30, 3), 100, np.uint8)
    image[2:6, 2:6], image[12:16, 20:24] = 10, 200
    return gazesim.Trial(
        image, targets=PATCHES, target_texts=["dark", "light"], target_box=[20, 12, 24, 16], px_per_degree=4, id="a"
    )


def asked(trial, over):
    return SeveralTargets(over).attend(Grey(), [Glance(trial, trial.image, np.array([15.0, 10.0]))])[0]


def test_the_answers_are_the_largest_or_the_sum(memory_set):
    singles = [memory_set.replace(target=patch, target_text="it") for patch in PATCHES]
    alone = [Grey().attend([Glance(single, single.image, np.zeros(2))])[0] for single in singles]
    most, total = asked(memory_set, "max"), asked(memory_set, "sum")
    np.testing.assert_array_equal(most.map, np.maximum(alone[0].map, alone[1].map))
    np.testing.assert_array_equal(total.map, alone[0].map + alone[1].map)
    assert (most.ending, total.ending) == (200, 210)
    assert np.isnan(total.map[:, 0]).all()
    assert not np.isnan(total.map[:, 1:]).any()


def test_one_target_is_asked_about_as_it_is(memory_set):
    single = memory_set.replace(target=PATCHES[0], target_text="it")
    assert SeveralTargets("max").singles(single, Grey()) == [single]
    several = SeveralTargets("max")
    first = several.singles(memory_set, Grey())
    assert [trial.target_text for trial in first] == ["dark", "light"]
    assert several.singles(memory_set, Grey())[0] is first[0]  # what models keep of it serves all fixations
    native = Grey()
    native.takes_several = True
    assert SeveralTargets("max").singles(memory_set, native) == [memory_set]


@pytest.mark.parametrize("over", ["max", "sum"])
@pytest.mark.parametrize("name", ["template", "ibs"])
def test_models_search_for_any_of_them(memory_set, name, over):
    path = (
        gazesim.load_model(name, over_targets=over, cell_deg=1)
        if name == "ibs"
        else gazesim.load_model(name, over_targets=over)
    )
    found = path.search(memory_set, progress=False)
    assert found.found
    assert np.isfinite(path.priority(memory_set)).any()


def test_eccnet_searches_for_any_of_them(memory_set, tiny_trunk):
    from gazesim.attention.top_down.target import TargetAttention
    from gazesim.encoders.foveated import FoveatedEncoder

    model = SearchModel("eccnet", TargetAttention(FoveatedEncoder(tiny_trunk)), policy=Policy(over_targets="sum"))
    alone = [model.priority(memory_set.replace(target=patch, target_text="it")) for patch in PATCHES]
    np.testing.assert_allclose(model.priority(memory_set), alone[0] + alone[1])
    model.check([memory_set])


def test_what_else_it_may_be():
    with pytest.raises(ValueError, match="over_targets"):
        Policy(over_targets="mean")
