import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
import torch

import gazesim
from gazesim import list_models, load_model
from gazesim.attention import Attention, ModelSpec, Priority
from gazesim.attention.chance import ChanceAttention
from gazesim.attention.learned.features import FeatureSettings, TrunkFeatures
from gazesim.attention.learned.projection import principal_components
from gazesim.attention.learned.readout import Readout, ReadoutSizes
from gazesim.attention.learned.weights import GazeWeights, write_gaze_weights
from gazesim.attention.objects.transformer import ObjectSizes, ObjectTransformer
from gazesim.attention.objects.weights import write_object_weights
from gazesim.attention.top_down.target import TargetAttention, TargetSettings
from gazesim.attention.top_down.template import TemplateAttention
from gazesim.encoders.backbones import load_trunk
from gazesim.models import MODELS, OWN, as_spec, describe, model_settings, settings_classes
from gazesim.registry import Registry
from gazesim.trial import Trial

PARTS = dict.fromkeys(part for name in MODELS for part in settings_classes(name))
FIELDS = {part: [f.name for f in fields(part)] for part in PARTS}


@pytest.fixture
def trial(noise):
    return Trial(noise(48, 64), None, target_box=(4, 4, 20, 20), px_per_degree=8, id="t")


# all but those whose weights neither ship nor are at hand
READY = [name for name in list_models() if name != "nevaclip"]


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """What to load each model with: those of objects ship none, and the small trunk is the faster one."""
    path = tmp_path_factory.mktemp("weights") / "oat.safetensors"
    sizes = {"position_size": 8, "feed_forward": 8, "encoder_layers": 1, "decoder_layers": 1}
    model = ObjectTransformer(ObjectSizes(appearance="none", knows_target="place", **sizes))
    model.initialise(0)
    model.top_down_weight = 2.0
    write_object_weights(path, model, {})
    own = {"gaze": gaze_weights(path.with_name("gaze.safetensors")), "gaze_search": "embedded"}
    return {name: own.get(name, path if name.startswith("oat") else "places") for name in list_models()}


def gaze_weights(path):
    """Write a readout of the small trunk that sees pictures of 64 px, and return its path."""
    sees = TrunkFeatures(load_trunk("places"), FeatureSettings(64))
    projection = principal_components([sees(np.eye(64, dtype=np.uint8)[:, :, None].repeat(3, 2) * 255)], 4)
    readout = Readout(ReadoutSizes(channels=4))
    readout.initialise(0)
    weights = GazeWeights(sees.kind, "places", 64, projection, (readout,), {"none": torch.zeros(24, 32)})
    write_gaze_weights(path, weights)
    return path


@pytest.mark.parametrize("name", READY)
def test_every_model_searches(name, trial, weights):
    if name.startswith("oat"):
        boxes = [trial.target_box, (24, 4, 40, 20), (30, 25, 60, 40)]
        trial = Trial(trial.image, trial.target, target_box=boxes[0], objects=boxes, px_per_degree=8, id="t")
    model = load_model(name, weights=weights[name])
    path = model.search(trial, max_fixations=2)
    assert (path.observer, path.trial) == (name, "t")
    assert 1 <= len(path) <= 3
    assert isinstance(path.found, bool)
    assert ((path.xy >= 0) & (path.xy < [64, 48])).all()
    assert model.priority(trial).shape == (48, 64)


def test_the_list_begins_with_the_models_of_the_readme():
    names = list_models()
    assert len(names) == len(set(names)) == len(MODELS)
    assert {"eccnet", "ivsn", "template", "chance"} <= set(names)
    names.clear()
    assert list_models()


# Gupta et al., NeurIPS 2021, section 3: eccNET compares three levels with average pooling that grows with
# eccentricity; IVSN the deepest level with plain max pooling
@pytest.mark.parametrize(
    ("name", "levels", "eccentric", "pooling", "temperature"),
    [
        ("eccnet", (3, 4, 5), True, "average", None),
        ("eccnet_1_0_0", (3,), True, "average", None),
        ("eccnet_0_1_0", (4,), True, "average", None),
        ("eccnet_0_0_1", (5,), True, "average", None),
        ("eccnet_noecc", (3, 4, 5), False, "max", None),
        ("ivsn", (5,), False, "max", None),
        ("eccnet_sampling", (3, 4, 5), True, "average", 0.05),
    ],
)
def test_what_the_named_models_are(name, levels, eccentric, pooling, temperature):
    model = load_model(name)
    assert model.attention.levels == levels
    assert (model.attention.encoder.eccentricity is not None) == eccentric
    assert model.attention.encoder.pooling == pooling
    assert model.policy.temperature == temperature


def test_models_without_a_network_need_no_weights(trial):
    assert isinstance(load_model("chance", weights="/nowhere.pt").attention, ChanceAttention)
    assert isinstance(load_model("template", weights="/nowhere.pt").attention, TemplateAttention)


@pytest.mark.parametrize(
    ("settings", "read"),
    [
        ({"levels": [4, 5], "level_weights": [0.2, 0.8]}, lambda m: (m.attention.levels, m.attention.settings)),
        ({"sharpening": [[3, 1.0], [5, 3.0]]}, lambda m: m.attention.settings.sharpening),
        ({"sharpening": []}, lambda m: m.attention.settings.sharpening),
        ({"slopes": [0, 0, 0.1, 0.1, 0.1]}, lambda m: m.attention.encoder.eccentricity.slopes),
        ({"first_fixation": [3, 4]}, lambda m: m.course.first_fixation),
    ],
)
def test_lists_do_for_tuples(settings, read):
    def as_tuple(value):
        return tuple(map(as_tuple, value)) if isinstance(value, list) else value

    listed, tupled = (load_model("eccnet", **s) for s in (settings, {k: as_tuple(v) for k, v in settings.items()}))
    assert read(listed) == read(tupled) != read(load_model("eccnet"))


def test_settings_reach_the_parts(trial):
    model = load_model(
        "eccnet",
        fovea_deg=2.0,
        similarity="cosine",
        inhibition_deg=1.0,
        memory=2,
        temperature=0.5,
        recognition_deg=3.0,
        test_first=False,
        max_fixations=7,
    )
    assert model.attention.encoder.eccentricity.fovea_deg == 2
    assert model.attention.settings.similarity == "cosine"
    assert (model.memory.inhibition_deg, model.memory.memory) == (1, 2)
    assert (model.policy.temperature, model.recognition.recognition_deg) == (0.5, 3)
    assert (model.recognition.test_first, model.course.max_fixations) == (False, 7)
    assert load_model("eccnet_sampling", temperature=None).policy.temperature is None


@pytest.mark.parametrize("name", READY)
def test_model_settings_are_all_there_are_with_their_values(name, weights):
    settings, own = model_settings(name), load_model(name, weights=weights[name])
    assert sorted(settings) == sorted(field for part in settings_classes(name) for field in FIELDS[part])
    for part in (own.memory, own.policy, own.recognition, own.course):
        assert {key: settings[key] for key in FIELDS[type(part)]} == vars(part)
    top_down = getattr(own.attention, "top_down", own.attention)
    if type(top_down) is TargetAttention:
        assert {key: settings[key] for key in FIELDS[TargetSettings]} == vars(top_down.settings)
    assert load_model(name, weights=weights[name], **settings).course == own.course


def test_no_setting_has_two_meanings():
    names = [name for part in PARTS for name in FIELDS[part]]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", list_models())
def test_the_description_shows_every_setting(name):
    text = describe(name)
    assert text.startswith(f"{name}: ")
    for key, value in model_settings(name).items():
        assert f"    {key} = {value!r}\n" in text + "\n"
    assert f"\n{name} " in "\n" + describe(None)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: load_model("eccnett"), "unknown model 'eccnett'; known: .*; did you mean 'eccnet'"),
        (lambda: load_model("ECCNET"), "unknown model 'ECCNET'; known: .*, chance, cle, eccnet, "),
        (lambda: load_model(None), "unknown model 'None'; known: "),
        (lambda: model_settings("ivsm"), "unknown model 'ivsm'; .*; did you mean 'ivsn'"),
        (lambda: describe("ivsm"), "unknown model 'ivsm'; .*; did you mean 'ivsn'"),
        (
            lambda: load_model("eccnet", level=(3,)),
            "unknown setting of model eccnet 'level'; known: .*; did you mean 'levels'",
        ),
        (
            lambda: load_model("chance", levels=(3,)),
            "unknown setting of model chance 'levels'; known: candidates, duration_ms, ",
        ),
        (lambda: load_model("ivsn", weights="embeded"), "unknown weights 'embeded'; .*; did you mean 'embedded'"),
        (lambda: load_model("ivsn", device="gpu"), "device is 'gpu', which cannot be used here"),
        (lambda: load_model("eccnet", levels=(6,)), r"levels is \(6,\), expected some of \(1, 2, 3, 4, 5\)"),
        pytest.param(lambda: load_model(["eccnet"]), "unknown model"),
    ],
)
def test_names_are_checked(call, words):
    with pytest.raises(ValueError, match=f"^{words}") as caught:
        call()
    assert "\n" not in str(caught.value)


OF_PART = {part: name for name in MODELS for part in settings_classes(name)}
SETTINGS = [(OF_PART[part], name) for part in PARTS for name in FIELDS[part]]


@pytest.mark.parametrize(
    ("model", "name", "value"),
    [
        *((model, name, {"a": 1}) for model, name in SETTINGS),
        ("eccnet", "sharpening", "7a"),
        ("eccnet", "margin_deg", True),
        ("eccnet", "level_weights", []),
        ("eccnet", "levels", [None]),
        ("eccnet", "slopes", [[1, "b"]]),
        ("chance", "inhibition_deg", np.nan),
        ("chance", "temperature", -1),
    ],
)
def test_values_of_the_wrong_kind_are_one_line_that_names_the_setting(model, name, value):
    with pytest.raises(ValueError, match=name) as caught:
        load_model(model, weights="/nowhere.pt", **{name: value})
    assert "\n" not in str(caught.value)
    assert "class '" not in str(caught.value)


def test_a_list_imports_nothing_heavy():
    program = (
        "import sys, gazesim.models as m; m.describe(None); assert not {'torch', 'cv2', 'scipy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.fixture
def registered(monkeypatch):
    """What a test registers is gone after it."""
    monkeypatch.setattr(MODELS, "_registered", {})


def centre_column(trial):
    """Prefers the middle column."""
    found = np.zeros((trial.height, trial.width))
    found[:, trial.width // 2] = 1
    return found


class Left(Attention):
    """Prefers the left."""

    def attend(self, glances):
        return [Priority(np.tile(-np.arange(64.0), (48, 1))) for _ in glances]


@pytest.mark.parametrize(
    ("thing", "x", "about"),
    [
        (centre_column, 32, "Prefers the middle column."),
        (Left, 0, "Prefers the left."),
        (Left(), 0, "Prefers the left."),
        (ModelSpec(lambda *_: Left(), about="Mine."), 0, "Mine."),
        (lambda trial: np.eye(48, 64).tolist(), 0, "no description"),
    ],
)
def test_a_model_of_ones_own_is_searched_with_by_name(registered, trial, thing, x, about):
    gazesim.register_model("mine", thing)
    model = load_model("mine", inhibition="none")
    path = model.search(trial, max_fixations=1)
    assert path.observer == "mine"
    assert path.xy[1].tolist() == [x, 0]
    assert "mine" in list_models()
    assert re.search(rf"^mine +{re.escape(about)}$", describe(None), re.MULTILINE)
    assert describe("mine").startswith(f"mine: {about}")
    np.testing.assert_array_equal(load_model("mine").first_priority(trial), model.first_priority(trial))


@pytest.mark.parametrize(
    ("name", "thing", "words"),
    [
        ("eccnet", centre_column, "model 'eccnet' exists already"),
        ("mine", 3, "model 'mine' is 3, expected a function trial -> map, an Attention or a ModelSpec"),
        ("mine", dict, "model 'mine' is <class 'dict'>, expected a function"),
    ],
)
def test_what_is_no_model_is_refused(registered, name, thing, words):
    with pytest.raises(ValueError, match=words):
        gazesim.register_model(name, thing)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (np.zeros((48, 63)), r"map of trial 't' by \w+ has shape \(48, 63\), expected \(48, 64\)"),
        (np.full((48, 64), -np.inf), r"map of trial 't' by \w+ holds -inf, expected numbers, or NaN"),
        ("no", r"map of trial 't' by \w+"),
    ],
)
def test_a_map_of_another_kind_is_named(registered, trial, value, words):
    def wrong(trial):
        return value

    gazesim.register_model("mine", wrong)
    with pytest.raises(ValueError, match=f"^{words}"):
        load_model("mine").search(trial)


def test_another_package_brings_a_model(tmp_path, monkeypatch, trial):
    info = tmp_path / "theirs-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[gazesim.models]\nflat = theirs:flat\nbroken = theirs:nothing\n")
    (tmp_path / "theirs.py").write_text(
        'def flat(trial):\n    "Flat."\n    return [[0.0] * trial.width] * trial.height\n'
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("gazesim.models.MODELS", Registry("model", "gazesim.models", OWN, check=as_spec, about=str))
    assert list_models()[-2:] == ["flat", "broken"]
    assert load_model("flat").search(trial).xy[1].tolist() == [0, 0]
    assert describe("flat").startswith("flat: ")
    assert "\nbroken " in describe(None)
    with pytest.raises(ValueError, match=r"model 'broken' \(theirs:nothing\) cannot be loaded: AttributeError"):
        load_model("broken")


def test_the_examples_of_the_docs_run(registered, tmp_path, monkeypatch):
    text = (Path(__file__).parents[1] / "docs" / "models.md").read_text(encoding="utf-8")
    section = text.partition("## A model of your own")[2].partition("\n## ")[0]
    names = {}
    for example in re.findall(r"```python\n(.*?)```", section, re.DOTALL):
        exec(example, names)
    assert {"edges", "towards"} <= set(list_models())
    assert len(names["path"]) == 6
    assert model_settings("towards")["pull"] == 2.0
