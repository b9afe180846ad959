import json
import sys

import numpy as np
import pytest
import torch

from gazesim import Trial, load_model
from gazesim.attention import Glance

open_clip = pytest.importorskip("open_clip")
SIDE = 32
CONFIG = {
    "model_cfg": {
        "embed_dim": 16,
        "vision_cfg": {"image_size": SIDE, "layers": 2, "width": 32, "head_width": 16, "patch_size": 8},
        "text_cfg": {"context_length": 16, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 2},
    },
    "preprocess_cfg": {"mean": [0.48, 0.46, 0.41], "std": [0.27, 0.26, 0.28]},
}


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """A small model with random weights: what is tested is the mechanics, no weights of a CLIP are at hand."""
    folder = tmp_path_factory.mktemp("clip")
    (folder / "open_clip_config.json").write_text(json.dumps(CONFIG))
    torch.manual_seed(0)
    model = open_clip.model.CLIP(
        CONFIG["model_cfg"]["embed_dim"], CONFIG["model_cfg"]["vision_cfg"], CONFIG["model_cfg"]["text_cfg"]
    )
    torch.save(model.state_dict(), folder / "open_clip_pytorch_model.bin")
    settings = {"clip_model": f"local-dir:{folder}", "weights": folder / "open_clip_pytorch_model.bin"}
    return model.eval(), {**settings, "side_px": SIDE, "blur_px": 4.0}


def trial(noise, text="a photograph of a dog"):
    return Trial(noise(40, 60), target_text=text, px_per_degree=4, id="a")


def test_the_loss_is_one_minus_the_cosine_of_view_and_caption(clip, noise):
    model, settings = clip
    task = load_model("nevaclip", **settings).attention.task
    picture = noise(SIDE, SIDE)
    pixels = torch.tensor(picture).permute(2, 0, 1)[None] / 255
    config = CONFIG["preprocess_cfg"]
    pixels = (pixels - torch.tensor(config["mean"])[:, None, None]) / torch.tensor(config["std"])[:, None, None]
    with torch.no_grad():
        image = model.encode_image(pixels)[0].numpy()
        text = model.encode_text(open_clip.tokenize(["a photograph of a dog"], context_length=16))[0].numpy()
        seen = task.stages[0](task.to_input(picture))
        found = task.loss(seen, task.goal(trial(noise), seen)).item()
    expected = 1 - image @ text / np.linalg.norm(image) / np.linalg.norm(text)
    assert found == pytest.approx(expected, abs=1e-5)


def test_captions_guide_the_fixations(clip, noise):
    model = load_model("nevaclip", **clip[1])
    captions = ("a photograph of a dog", "seven green bottles")
    first, other = (model.search(trial(noise, text), max_fixations=3) for text in captions)
    again = model.search([trial(noise)], max_fixations=3)[0]
    np.testing.assert_array_equal(first.xy, again.xy)
    assert not np.array_equal(first.xy, other.xy)


def test_the_loss_falls_to_less_than_at_nearly_all_random_places(clip, noise):
    attention, one = load_model("nevaclip", **clip[1]).attention, trial(noise)
    glance = Glance(one, one.image, np.array([30.0, 20.0]))
    visits = attention.optimise([glance])
    assert visits.loss.min() < visits.loss[0].item()
    assert visits.loss[12:].min() <= visits.loss[:12].min()
    places = torch.from_numpy(np.random.default_rng(0).uniform(-1, 1, (200, 2))).float()
    loss = attention.objective([glance])
    with torch.no_grad():
        others = torch.cat([loss(place[None]) for place in places])
    assert (others > visits.loss.min()).float().mean() >= 0.95


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"weights": "embedded"}, "weights are 'embedded', expected for clip_model=.* a file"),
        ({"weights": "openai", "clip_model": "RN5O"}, "clip_model is 'RN5O', expected one that open_clip has; did you"),
        ({"side_px": 64}, "side_px is 64, expected 32"),
    ],
)
def test_what_does_not_fit_is_named(clip, change, words):
    with pytest.raises(ValueError, match=f"^{words}") as caught:
        load_model("nevaclip", **{**clip[1], **change})
    assert "\n" not in str(caught.value)


def test_files_that_are_not_there_or_no_weights_are_named(clip, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"^weights file /no.pt does not exist$"):
        load_model("nevaclip", **{**clip[1], "weights": "/no.pt"})
    (tmp_path / "w.pt").write_bytes(b"nothing")
    with pytest.raises(ValueError, match="cannot be loaded; what is downloaded needs the network once"):
        load_model("nevaclip", **{**clip[1], "weights": tmp_path / "w.pt"})


def test_a_trial_without_words_is_named(clip, noise):
    with pytest.raises(ValueError, match="trial 'a' has no target_text, expected a caption"):
        load_model("nevaclip", **clip[1]).search(trial(noise, None))


def test_a_missing_open_clip_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "open_clip", None)
    with pytest.raises(ValueError, match=r'captions need open_clip: pip install "gazesim\[clip\]"'):
        load_model("nevaclip", weights="openai")
