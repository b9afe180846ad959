import json

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from gazesim import load_model
from gazesim.attention import Attention, Glance, Priority
from gazesim.attention.objects.attention import (
    PEAK,
    JoinedAttention,
    JoinSettings,
    ObjectAttention,
    at_objects,
    spread,
)
from gazesim.attention.objects.batch import ObjectArray, side_by_side
from gazesim.attention.objects.layout import Layout
from gazesim.attention.objects.transformer import ObjectSizes, ObjectTransformer
from gazesim.attention.objects.weights import KEY, read_object_weights, write_object_weights
from gazesim.encoders.foveated import FoveatedEncoder
from gazesim.search.loop import SearchModel
from gazesim.search.memory import Memory
from gazesim.search.policy import Policy
from gazesim.search.recognition import OracleRecognition
from gazesim.trial import Trial

SMALL = {"position_size": 12, "appearance_size": 4, "feed_forward": 8, "encoder_layers": 1, "decoder_layers": 1}
SMALL |= {"extent": 8, "channels": 8}


@pytest.fixture
def trial(noise):
    boxes = [[x, y, x + 10, y + 14] for y in (0, 20) for x in (0, 20, 40)]
    return Trial(noise(40, 60), None, target_box=boxes[4], objects=boxes, px_per_degree=4, id="t")


def make(appearance="none", knows="place"):
    model = ObjectTransformer(ObjectSizes(appearance=appearance, knows_target=knows, **SMALL))
    model.initialise(0)
    return model.eval()


def glance(trial, *xy):
    history = np.array(xy, float)
    return Glance(trial, trial.image, history[-1], history)


def searcher(attention, temperature=None, stop=False):
    return SearchModel(
        "oat",
        attention,
        memory=Memory(inhibition="none"),
        policy=Policy(temperature),
        recognition=OracleRecognition(test_first=True, stop_when_found=stop),
    )


@torch.inference_mode()
def test_priorities_and_ending_are_the_models_probabilities(trial):
    model = make()
    attention = ObjectAttention(model)
    seen = glance(trial, (30, 17), (5, 27), (45, 7))  # begins on no object
    path = Layout.of(trial).path(seen.history)
    assert path.tolist() == [3, 2]
    expected = model(side_by_side([ObjectArray(Layout.of(trial))]), torch.from_numpy(path)[None])[0, -1].numpy()
    (found,) = attention.attend([seen])
    priority = found.map
    assert found.ending == pytest.approx(expected[-1], abs=1e-5)
    for (x, y), chance in zip(Layout.of(trial).centres.astype(int), expected[:-1], strict=True):
        assert priority[y, x] == pytest.approx(chance, abs=1e-5)
        assert priority[y + 1, x] == pytest.approx(chance - PEAK, abs=1e-5)
    assert np.isnan(priority[0, 15])


def test_the_map_draws_objects_by_probability_whatever_their_size(noise):
    boxes = [[0, 0, 4, 4], [10, 0, 50, 40]]
    trial = Trial(noise(40, 60), None, target_box=boxes[0], objects=boxes, px_per_degree=4)
    mass = np.exp(spread(np.log([0.3, 0.7]), trial))
    assert np.nansum(mass[:, :10]) == pytest.approx(0.3, abs=1e-6)
    assert np.nansum(mass[:, 10:]) == pytest.approx(0.7, abs=1e-6)


def test_the_loop_walks_from_object_to_object(trial):
    attention = ObjectAttention(make())
    path = searcher(attention).search(trial, max_fixations=4)
    middles = {tuple(xy) for xy in np.floor(Layout.of(trial).centres).tolist()}
    assert all(tuple(xy) in middles for xy in path.xy[1:].tolist())
    sampled = [searcher(attention, 1.0).search(trial, seed=seed) for seed in range(6)]
    assert len({path.xy.tobytes() for path in sampled}) > 1
    again = searcher(attention, 1.0).search(trial, seed=2)
    np.testing.assert_array_equal(again.xy, sampled[2].xy)


class Scripted(Attention):
    """Looks at the objects in order, and wants to end after as many as `last`."""

    def __init__(self, order, last):
        self.order, self.last = order, last

    def attend(self, glances):
        return [self._answer(glance) for glance in glances]

    def _answer(self, glance):
        log_prob = np.where(np.arange(6) == self.order[len(glance.history) - 1], 0.0, -20.0)
        return Priority(spread(log_prob, glance.trial), 1.0 if len(glance.history) > self.last else -50.0)


@pytest.mark.parametrize("temperature", [None, 0.05])
@pytest.mark.parametrize(
    ("last", "stop", "steps", "found"), [(2, False, 2, True), (3, False, 3, False), (3, True, 2, True)]
)
def test_a_model_that_ends_itself_has_found_what_it_ends_on(trial, temperature, last, stop, steps, found):
    path = searcher(Scripted([0, 4, 1, 2, 3], last), temperature, stop).search(trial)
    assert path.n_saccades == steps
    assert path.found is found


def test_a_search_that_is_not_stopped_goes_to_its_limit(trial):
    path = searcher(Scripted([4, 1, 4, 1, 4], 99)).search(trial, max_fixations=3)
    assert (path.n_saccades, path.found) == (3, True)


def test_foveated_appearance_is_pooled_where_it_looked(trial, tiny_trunk):
    encoder = FoveatedEncoder(tiny_trunk)
    attention = ObjectAttention(make("foveated", "appearance"), encoder)
    path = searcher(attention, 1.0).search(trial, max_fixations=3, seed=1)
    assert 2 <= len(path) <= 4
    with pytest.raises(ValueError, match="encoder is None"):
        ObjectAttention(make("foveated", "appearance"))
    (log_prob,) = ObjectAttention(make("patches", "appearance")).choices([glance(trial, (30, 20))])
    assert np.exp(log_prob).sum() == pytest.approx(1, abs=1e-5)


class Map(Attention):
    def __init__(self, values):
        self.values = values

    def attend(self, glances):
        return [Priority(self.values) for _ in glances]


def test_joined_attention_moves_towards_the_top_down_map(trial):
    objects, values = ObjectAttention(make()), np.zeros((40, 60))
    values[25, 25] = 3.0  # in object 4
    seen = glance(trial, (30, 20))
    (alone,) = objects.choices([seen])
    (same,) = JoinedAttention(objects, Map(values), JoinSettings(0.0)).choices([seen])
    (joined,) = JoinedAttention(objects, Map(values), JoinSettings(4.0)).choices([seen])
    np.testing.assert_allclose(same, alone, atol=1e-6)
    assert joined[-1] == alone[-1]
    assert joined[4] > alone[4]
    assert np.exp(joined).sum() == pytest.approx(1, abs=1e-6)
    assert joined[0] - joined[1] == pytest.approx(alone[0] - alone[1], abs=1e-6)
    objects.model.top_down_weight = 4.0
    np.testing.assert_array_equal(JoinedAttention(objects, Map(values)).choices([seen])[0], joined)


def test_top_down_priority_is_scaled_and_unseen_objects_have_none(trial):
    values = np.full((40, 60), np.nan)
    values[:14, :10], values[:14, 20:30] = 2.0, 5.0
    assert at_objects(values, Layout.of(trial)).tolist() == [0, 1, 0, 0, 0, 0]
    assert at_objects(np.full((40, 60), np.nan), Layout.of(trial)).tolist() == [0] * 6


def test_weights_come_back_and_search(trial, tmp_path):
    model = make()
    model.top_down_weight = 1.25
    write_object_weights(tmp_path / "oat.safetensors", model, {"dataset": "none"})
    again = read_object_weights(tmp_path / "oat.safetensors")
    assert again.sizes == model.sizes
    assert again.top_down_weight == 1.25
    for name, tensor in model.state_dict().items():
        torch.testing.assert_close(again.state_dict()[name], tensor.half().float())
    before = (tmp_path / "oat.safetensors").read_bytes()
    write_object_weights(tmp_path / "oat.safetensors", model, {"dataset": "none"})
    assert (tmp_path / "oat.safetensors").read_bytes() == before
    oat = load_model("oat", weights=tmp_path / "oat.safetensors")
    assert oat.policy.temperature == 1
    path = oat.search(trial, seed=3)
    assert path.found == (Layout.of(trial).objects_at(path.xy[-1:])[0] == 4)


def test_weights_of_older_files_have_other_names(trial, tmp_path):
    model = make("patches", "appearance")
    old = {"appearance.": "looks.", "query.": "ask.", "key.": "answer."}
    state = {}
    for name, tensor in model.state_dict().items():
        first = name.split(".")[0] + "."
        state[old.get(first, first) + name.removeprefix(first) if "." in name else name] = tensor
    facts = {"sizes": {**vars(model.sizes), "knows_target": "looks"}, "top_down_weight": 1.5, "about": {}}
    save_file(state, tmp_path / "old.safetensors", {KEY: json.dumps(facts)})
    again = read_object_weights(tmp_path / "old.safetensors")
    assert {"looks.0.weight", "ask.weight", "answer.bias"} <= set(state)
    assert again.sizes == model.sizes
    for name, tensor in model.state_dict().items():
        torch.testing.assert_close(again.state_dict()[name], tensor)


def _damaged(path, *, sizes=None, change=None):
    model = make()
    state = model.state_dict()
    if change:
        change(state)
    facts = {"sizes": {**vars(model.sizes), **(sizes or {})}, "about": {}}
    save_file(state, path, {KEY: json.dumps(facts)})


@pytest.mark.parametrize(
    ("write", "words"),
    [
        (lambda path: path.write_bytes(b"not a file of weights"), "is damaged or not safetensors"),
        (lambda path: save_file({"a": torch.zeros(1)}, path), "is not of a model of objects"),
        (lambda path: _damaged(path, sizes={"feed_forward": 16}), "is of other sizes than it says: size mismatch"),
        (lambda path: _damaged(path, sizes={"wings": 2}), "is of other sizes than it says"),
        (lambda path: _damaged(path, change=lambda s: s["mix.bias"].fill_(np.nan)), "holds values that are not finite"),
    ],
)
def test_files_that_are_no_weights_of_objects(tmp_path, write, words):
    write(tmp_path / "w.safetensors")
    with pytest.raises(ValueError, match=words) as caught:
        load_model("oat", weights=tmp_path / "w.safetensors")
    assert "\n" not in str(caught.value)


def test_models_of_objects_say_how_to_get_weights(tmp_path):
    with pytest.raises(ValueError, match="ship none; make them: gazesim train model=oat"):
        load_model("oat")
    with pytest.raises(FileNotFoundError, match=r"weights file .*none.safetensors' does not exist"):
        load_model("oat_eccnet", weights=tmp_path / "none.safetensors")
    write_object_weights(tmp_path / "oat.safetensors", make(), {})
    with pytest.raises(ValueError, match="top_down_weight is not set and the weights have none, expected a number"):
        load_model("oat_eccnet", weights=tmp_path / "oat.safetensors")
    with pytest.raises(ValueError, match="top_down_weight is -1"):
        load_model("oat_eccnet", weights=tmp_path / "none.safetensors", top_down_weight=-1)
