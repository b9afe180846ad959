import io
from dataclasses import replace

import encoder_report
import numpy as np
import pytest
import torch
import train_encoder
from encoder_data import Warp, cut_targets, draw_centres, draw_displays, load_cifar10, load_photographs
from encoder_loss import (
    Pooling,
    Student,
    correlate,
    display_features,
    eccnet_window,
    miss,
    right_cells,
    stages,
    target_features,
)
from PIL import Image
from safetensors import safe_open
from train_encoder import Recipe, losses, main, train

from gazesim.attention import Attention, Glance, Priority
from gazesim.attention.top_down.target import TargetAttention, TargetSettings
from gazesim.encoders.eccentricity import zones
from gazesim.encoders.foveated import EncoderSettings, FoveatedEncoder
from gazesim.trial import Trial

TINY = [6, "M", 8, "M", 12, "M", 12, "M", 12, "M"]
QUICK = Recipe(steps=6, threads=1, displays=2, targets=4, side=128, learning_rate=3e-3)
UNCHANGED = Warp((0, 0), (0, 0), (1, 1), (0, 0), (1, 1))


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(train_encoder, "CONFIG", TINY)
    monkeypatch.setattr(train_encoder, "SAVE_EVERY", 2)
    monkeypatch.setattr(train_encoder, "WARM_UP", 1)
    monkeypatch.setattr(encoder_report, "SHORT_SIDE", 96)
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def photographs(tmp_path_factory):
    """Ten pictures of coloured blobs."""
    folder, random = tmp_path_factory.mktemp("photographs"), np.random.default_rng(0)
    for i in range(10):
        blobs = Image.fromarray(random.integers(0, 256, (6, 7, 3), np.uint8))
        blobs.resize((112, 96), Image.Resampling.BICUBIC).save(folder / f"{i}.png")
    return folder


@pytest.fixture(scope="module")
def cifar10(tmp_path_factory):
    """Twenty pictures of ten greys."""
    arrays = {}
    for part in ("train", "test"):
        files = []
        for label in range(10):
            stream = io.BytesIO()
            Image.new("RGB", (32, 32), (25 * label,) * 3).save(stream, "JPEG")
            files.append(stream.getvalue())
        arrays[f"{part}_bytes"] = np.frombuffer(b"".join(files), np.uint8)
        arrays[f"{part}_offsets"] = np.cumsum([0, *map(len, files)])
        arrays[f"{part}_labels"] = np.arange(10, dtype=np.uint8)
    file = tmp_path_factory.mktemp("cifar10") / "cifar10.npz"
    np.savez(file, **arrays)
    return file


@pytest.fixture(scope="module")
def photos(photographs):
    return load_photographs(photographs, seed=0).train


@pytest.fixture(scope="module")
def classes(cifar10):
    return load_cifar10(cifar10)


def make(folder):
    folder.mkdir(exist_ok=True)
    return folder


def same(a, b):
    return all(torch.equal(x, y) for x, y in zip(a.state_dict().values(), b.state_dict().values(), strict=True))


def test_photographs_are_held_back_by_seed(photographs):
    split, again, other = (load_photographs(photographs, seed) for seed in (0, 0, 1))
    assert (len(split.train), len(split.test)) == (8, 2)
    assert all(map(torch.equal, split.test, again.test))
    assert not all(map(torch.equal, split.test, other.test))


def test_cifar10_is_read_with_its_labels(classes):
    assert classes["train"].shape == (10, 3, 32, 32)
    assert classes["test_labels"].tolist() == list(range(10))
    np.testing.assert_allclose(classes["test"].float().mean((1, 2, 3)), 25.0 * np.arange(10), atol=1)


def test_an_unchanged_target_is_its_place_in_the_display(photos):
    generator = torch.Generator().manual_seed(0)
    displays = draw_displays(photos, 2, 128, generator)
    centres = torch.tensor([[[50.5, 40.5], [70.5, 60.5]]] * 2)
    targets = cut_targets(displays, centres, 32, UNCHANGED, generator)
    torch.testing.assert_close(targets[1], displays[0, :, 45:77, 55:87], atol=1e-5, rtol=0)
    torch.testing.assert_close(targets[2], displays[1, :, 25:57, 35:67], atol=1e-5, rtol=0)


def test_places_keep_from_the_border_and_prefer_structure():
    displays = torch.full((1, 3, 128, 128), 0.5)
    displays[..., 64:] += 0.4 * torch.rand(64, 64 + 64, generator=torch.Generator().manual_seed(0)).T
    centres = draw_centres(displays, 200, 36, torch.Generator().manual_seed(1))
    assert centres.min() >= 36
    assert centres.max() <= 127 - 36
    assert (centres[..., 0] > 50).float().mean() > 0.9


def test_maps_equal_those_of_the_search(photos):
    student = Student(TINY)
    display = torch.nn.functional.interpolate(photos[0][None].float(), (192, 192)).round().byte()
    patch = display[..., 40:88, 40:88]
    maps = [stages(student.features, x / 255, Pooling()) for x in (display, patch)]
    pairs = zip(display_features(maps[0], "average"), target_features(maps[1], "average"), strict=True)
    found = torch.stack([correlate(*pair)[0, 0] for pair in pairs])
    trial = Trial(*(x[0].permute(1, 2, 0).numpy() for x in (display, patch)), px_per_degree=24, background=(0, 0, 0))
    encoder = FoveatedEncoder(encoder_report.of(student), EncoderSettings(eccentric=False))
    attention = TargetAttention(encoder, TargetSettings(field_of_view_deg=320 / 24))
    (expected,) = attention.similarities([Glance(trial, trial.image, np.array([96.0, 96.0]))])
    # the display begins 4 cells into the view; the border of the display is left out, bfloat16 allowed for
    for level, least in enumerate((0.999, 0.999, 0.99)):
        inner = found[level, 3:9, 3:9].detach().ravel()
        assert np.corrcoef(inner, expected[level, 7:13, 7:13].ravel())[0, 1] > least


def test_windows_are_those_of_the_search():
    for stage, slope in ((3, 0.07), (4, 0.16)):
        per_degree = 30 / 2 ** (stage - 1)
        published = zones(1024 >> (stage - 1), per_degree, slope, 4.0, 1.0, 2)
        degrees = np.array(published.borders) / round(per_degree)
        np.testing.assert_allclose([eccnet_window(stage, d) for d in degrees], published.windows, atol=1)
    assert eccnet_window(1, 14) == eccnet_window(2, 14) == 2


def test_peripheral_images_are_pooled_more():
    x = torch.rand(2, 1, 32, 32, generator=torch.Generator().manual_seed(0))
    near, far = Pooling("average", (0.0, 14.0))(x, 4)
    assert far.std() < 0.6 * near.std()
    torch.testing.assert_close(Pooling("max")(x, 4), torch.nn.functional.max_pool2d(x, 2))


def test_right_cells_surround_the_target():
    cells = right_cells(torch.tensor([[34.0, 18.0]]), 8, 8, radius=17.0)[0]
    assert torch.nonzero(cells).tolist() == [[0, 2], [1, 1], [1, 2], [1, 3], [2, 2]]


def test_miss_is_the_entropy_of_the_right_cells():
    right = torch.tensor([[True, True, False, False]])
    assert miss(torch.zeros(1, 4), right).item() == pytest.approx(np.log(2))
    assert miss(torch.tensor([[9.0, 9.0, 0.0, 0.0]]), right) < 1e-3


def test_each_seed_and_step_draws_its_own_data(photos, classes):
    torch.manual_seed(0)
    student = Student(TINY)
    first, again, later, other = (
        losses(student, photos, classes, replace(QUICK, seed=seed), step)
        for seed, step in ((0, 1), (0, 1), (0, 2), (1, 2))
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, later)
    assert not torch.equal(later, other)


def test_training_learns(photos, classes, tmp_path):
    recipe = replace(QUICK, steps=30)
    torch.manual_seed(recipe.seed)
    untrained = Student(TINY)
    trained, _ = train(recipe, photos, classes, tmp_path)
    with torch.no_grad():
        before, after = (
            sum(losses(student, photos, classes, recipe, step) for step in range(1000, 1006))
            for student in (untrained, trained)
        )
    assert after[:4].sum() < 0.93 * before[:4].sum()


def test_a_killed_run_continues_to_the_same_weights(photos, classes, tmp_path, monkeypatch):
    whole, _ = train(QUICK, photos, classes, make(tmp_path / "whole"))
    with monkeypatch.context() as patch:
        patch.setattr(train_encoder, "losses", lambda *args: losses(*args) if args[-1] < 3 else pytest.fail("killed"))
        with pytest.raises(pytest.fail.Exception):
            train(QUICK, photos, classes, make(tmp_path / "killed"))
    continued, _ = train(QUICK, photos, classes, make(tmp_path / "killed"))
    other, _ = train(replace(QUICK, seed=1), photos, classes, make(tmp_path / "other"))
    assert same(whole, continued)
    assert not same(whole, other)


def test_the_command_writes_weights_and_report(photographs, cifar10, tmp_path, capsys):
    arguments = ["--photographs", photographs, "--cifar10", cifar10, "--out", tmp_path / "out", "--steps", 1]
    assert main([*map(str, arguments), "--threads", "1"]) == 0
    with safe_open(tmp_path / "out" / "places.safetensors", "pt") as file:
        assert file.metadata()["config"].startswith('[6, "M"')
        assert file.get_tensor("features.0.weight").dtype == torch.float16
        assert sorted(file.keys())[-1] == "features.9.weight"
    header = (tmp_path / "out" / "places.safetensors").read_bytes()[8:]
    keys = ("__metadata__", "architecture", "config", "input", "mean", "seed", "std", "version", "features.0.bias")
    assert np.all(np.diff([header.index(f'"{key}"'.encode()) for key in keys]) > 0)
    report = (tmp_path / "out" / "report.md").read_text()
    assert "| these weights | " in report
    assert report in capsys.readouterr().out


def test_a_linear_probe_tells_greys_apart(classes):
    torch.manual_seed(0)
    student = Student(TINY)
    assert encoder_report.probe_accuracy(student, classes) > 0.9
    shuffled = {**classes, "train_labels": classes["train_labels"].roll(5)}
    assert encoder_report.probe_accuracy(student, shuffled) < 0.1


def test_looks_are_counted_from_the_best_place():
    class Ranked(Attention):
        def attend(self, glances):
            priority = np.zeros((96, 128))
            priority[20, 100], priority[20, 97], priority[70, 30], priority[0, 0] = 3, 2, 1, np.nan
            return [Priority(priority)]

    trial = Trial(np.zeros((96, 128, 3), np.uint8), None, target_box=(20, 60, 40, 80), px_per_degree=12)
    assert encoder_report.looks_needed(Ranked(), trial) == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"--photographs": "nowhere"}, "holds 0 images", id="no photographs"),
        pytest.param({"--cifar10": "nowhere.npz"}, "does not exist", id="no CIFAR-10"),
        pytest.param({"--steps": "0"}, "--steps is 0", id="no steps"),
    ],
)
def test_bad_input_is_one_line(change, message, photographs, cifar10, tmp_path, capsys):
    options = {"--photographs": str(photographs), "--cifar10": str(cifar10), "--out": str(tmp_path)} | change
    assert main([word for pair in options.items() for word in pair]) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert message in error
    assert not (tmp_path / "places.safetensors").exists()


def test_a_checkpoint_of_another_recipe_is_refused(photos, classes, tmp_path):
    train(QUICK, photos, classes, tmp_path)
    with pytest.raises(ValueError, match="use another --out"):
        train(replace(QUICK, steps=7), photos, classes, tmp_path)
