import json
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pandas as pd
import pytest
import torch

from gazesim.attention.objects.batch import ObjectArray, side_by_side
from gazesim.attention.objects.layout import Layout
from gazesim.attention.objects.transformer import ObjectSizes, ObjectTransformer
from gazesim.attention.objects.weights import as_in_file, read_object_weights, write_object_weights
from gazesim.cli import main
from gazesim.training import oat
from gazesim.training.appearance import extent_of
from gazesim.training.baselines import BASELINES
from gazesim.training.evaluation import evaluate, score_paths
from gazesim.training.oat import IGNORED, Recipe, batches, make_batch, negative_log_likelihood, train
from gazesim.training.object_paths import ObjectPath, Split

SIZES = ObjectSizes(
    appearance="none",
    knows_target="place",
    position="sinusoidal",
    position_size=16,
    feed_forward=16,
    encoder_layers=1,
    decoder_layers=1,
)
RECIPE = Recipe(learning_rate=0.01, batch_size=8, epochs=4, samples=2, longest=8, seed=0)
BOXES = [[x, y, x + 10, y + 10] for y in (0, 10) for x in range(0, 40, 10)]


@pytest.fixture(scope="module")
def split():
    """Searchers who walk along the row of the target, from object 0 or 4; to some with a second look or a return."""
    paths = []
    for i in range(40):
        target = 5 * i % 8
        start = 4 * (target // 4)
        layout = Layout(BOXES[: 8 if i % 3 else max(5, target + 1)], target, f"d{i}")
        extra = {1: [start], 3: [start + 1, start]}.get(target % 4, [])
        objects = np.array([start, *extra, *range(start + 1, target + 1)])
        paths.append(ObjectPath(objects, ObjectArray(layout), f"p{i % 4}", "t"))
    return Split(paths[:28], paths[28:34], paths[34:])


def states(model):
    return {name: tensor.numpy() for name, tensor in model.state_dict().items()}


def test_a_batch_is_padded_and_ends(split):
    batch = make_batch(split.train[:5])
    n = max(len(path.layout) for path in split.train[:5])
    for row, path in zip(batch.expected.tolist(), split.train[:5], strict=True):
        assert row == [*path.objects.tolist(), n, *[IGNORED] * (len(row) - len(path) - 1)]


def test_an_epoch_has_each_path_once_in_an_order_of_its_own(split):
    def order(epoch, seed=0):
        return [id(path) for batch in batches(split.train, 8, seed, epoch) for path in batch]

    assert sorted(order(0)) == sorted(id(path) for path in split.train)
    assert order(0) == order(0) != order(1)
    assert order(0, seed=1) != order(0)


def test_the_likelihood_is_the_mean_over_all_steps_and_ends(split):
    model = ObjectTransformer(SIZES)
    model.initialise(0)
    model.eval()
    total, steps = 0.0, 0
    for path in split.test:
        scores = model(side_by_side([path.display]), torch.from_numpy(path.objects)[None])[0].detach()
        wanted = [*path.objects.tolist(), len(path.layout)]
        total -= sum(float(scores[t, choice]) for t, choice in enumerate(wanted))
        steps += len(wanted)
    assert negative_log_likelihood(model, split.test) == pytest.approx(total / steps, rel=1e-4)


@pytest.mark.slow
def test_it_learns_what_people_do(split, tmp_path):
    recipe = Recipe(learning_rate=0.01, batch_size=8, epochs=60, monitor="nll", samples=1, seed=0)
    model, history = train(SIZES, recipe, split, tmp_path)
    assert history["validation_nll"].min() < 0.5 < 1.5 < history["validation_nll"][0]
    scores = evaluate({"oat": model}, split, samples=5, longest=10)
    baselines = scores.loc[list(BASELINES)]
    assert scores.loc["oat", "nll"] < baselines["nll"].min() / 2
    assert scores.loc["oat", "sequence_score"] > baselines["sequence_score"].max()
    assert scores.loc["oat", "correct"] > 0.8


def test_the_training_loss_is_the_mean_over_all_steps_whatever_the_batches(split, tmp_path):
    """Batches of paths of similar length have other numbers of steps; each step counts the same."""
    recipe = replace(RECIPE, learning_rate=1e-12, batch_size=3, epochs=1, monitor="nll")
    sizes = replace(SIZES, dropout=0.0)
    model, history = train(sizes, recipe, split, tmp_path)
    per_batch = np.mean([negative_log_likelihood(model, part) for part in batches(split.train, 3, recipe.seed, 0)])
    expected = negative_log_likelihood(model, split.train)
    assert abs(per_batch - expected) > 1e-3
    assert history["train_nll"][0] == pytest.approx(expected, abs=1e-5)


def test_stopped_and_continued_training_ends_with_the_same_weights(split, tmp_path, monkeypatch):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    whole, history = train(SIZES, RECIPE, split, tmp_path / "a")
    validate, calls = oat._validate, []

    def interrupted(*arguments):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return validate(*arguments)

    monkeypatch.setattr(oat, "_validate", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train(SIZES, RECIPE, split, tmp_path / "b")
    torch.manual_seed(99)
    continued, again = train(SIZES, RECIPE, split, tmp_path / "b")
    assert len(calls) == 5  # epochs 0 and 1, 2 lost, then 2 and 3
    np.testing.assert_equal(states(continued), states(whole))
    pd.testing.assert_frame_equal(again.drop(columns="seconds"), history.drop(columns="seconds"))
    once_more, _ = train(SIZES, RECIPE, split, tmp_path / "b")
    np.testing.assert_equal(states(once_more), states(whole))


def test_the_number_of_threads_changes_nothing(split, tmp_path):
    found = []
    for threads in (1, 2):
        torch.set_num_threads(threads)
        (tmp_path / str(threads)).mkdir()
        model, _ = train(SIZES, RECIPE, split, tmp_path / str(threads))
        assert torch.get_num_threads() == threads
        found.append((states(model), evaluate({"oat": model}, split, samples=2, longest=8).to_csv()))
    np.testing.assert_equal(found[0], found[1])


def test_mirrored_displays_are_other_lessons(split, tmp_path):
    found = []
    for mirror in (False, True):
        (tmp_path / str(mirror)).mkdir()
        recipe = replace(RECIPE, epochs=1, mirror=mirror)
        found.append(states(train(SIZES, recipe, split, tmp_path / str(mirror))[0]))
    assert not np.allclose(found[0]["mix.weight"], found[1]["mix.weight"], atol=1e-6)


@pytest.mark.parametrize(("columns", "extent"), [(4, 32), (40, 41), (41, 42)])
def test_the_code_of_position_reaches_as_far_as_the_data(columns, extent):
    row = Layout([[x, 0, x + 10, 10] for x in range(0, 10 * columns, 10)], 0)
    sizes = replace(SIZES, position="distance", extent=extent_of([Layout(BOXES, 0), row]))
    assert sizes.extent == extent
    model = ObjectTransformer(sizes)
    model.initialise(0)
    assert model(side_by_side([ObjectArray(row)]), torch.tensor([[0]])).isfinite()[0, 1].all()


def test_training_stops_without_gain_and_keeps_the_best(split, tmp_path, monkeypatch):
    seen, gains = [], iter([3.0, 2.0, np.nan, 2.5, 2.0, 1.0])

    def validate(model, *_):
        seen.append({name: tensor.clone() for name, tensor in model.state_dict().items()})
        return {"validation_nll": 0.0, "validation_delta": next(gains)}

    monkeypatch.setattr(oat, "_validate", validate)
    recipe = Recipe(learning_rate=0.01, batch_size=8, epochs=9, patience=3, seed=0)
    model, history = train(SIZES, recipe, split, tmp_path)
    assert len(history) == 5
    np.testing.assert_equal(states(model), {name: tensor.numpy() for name, tensor in seen[1].items()})


def test_a_checkpoint_of_another_training_is_refused(split, tmp_path):
    train(SIZES, Recipe(epochs=1, samples=1, longest=3, seed=0), split, tmp_path)
    with pytest.raises(ValueError, match=r"checkpoint\.pt is of another training"):
        train(SIZES, Recipe(epochs=1, samples=1, longest=3, seed=1), split, tmp_path)
    (tmp_path / "checkpoint.pt").write_bytes(b"torn")
    with pytest.raises(ValueError, match=r"checkpoint\.pt is no checkpoint"):
        train(SIZES, RECIPE, split, tmp_path)


def test_a_delta_that_is_not_defined_is_no_criterion(split, tmp_path):
    plain = [path for path in split.validation if path.layout.target % 4 not in (1, 3)]
    with pytest.raises(ValueError, match="monitor is 'delta', but people's refixation in the valid"):
        train(SIZES, RECIPE, split._replace(validation=plain), tmp_path)
    assert len(train(SIZES, replace(RECIPE, monitor="nll"), split._replace(validation=plain), tmp_path)[1]) == 4


def test_a_loss_that_is_not_finite_stops(split, tmp_path):
    with pytest.raises(ValueError, match="the loss is nan in epoch 0; try a smaller learning_rate"):
        train(SIZES, Recipe(learning_rate=1e30, batch_size=4, epochs=1, seed=0), split, tmp_path)
    assert not list(tmp_path.iterdir())


def test_people_score_as_people(split):
    own = [[path.objects] for path in split.test]
    scores = score_paths(own, split.test)
    assert scores["sequence_score"] == 1
    assert scores["edit_distance"] == 0
    assert scores["scanmatch"] == scores["multimatch"] == 1
    assert scores["correct"] == 1
    other = score_paths([[path.objects[:1]] for path in split.test], split.test)
    lengths = np.array([len(path) for path in split.test])
    assert other["sequence_score"] == pytest.approx(np.mean(1 / lengths))
    assert other["length"] == 1


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"learning_rate": 0}, "learning_rate is 0"),
        ({"epochs": 0}, "epochs is 0"),
        ({"monitor": "loss"}, "monitor is 'loss', expected one of 'delta', 'nll'"),
        ({"seed": -1}, "seed is -1"),
    ],
)
def test_recipes_are_checked(setting, words):
    with pytest.raises(ValueError, match=words):
        Recipe(**setting)


TINY = ["sizes.position_size=8", "sizes.feed_forward=8", "sizes.decoder_layers=1", "samples=1"]
TINY += ["training.epochs=1", "training.samples=1", "training.longest=5"]


@pytest.mark.slow
def test_the_command_writes_weights_scores_and_a_figure(data, tmp_path, capsys):
    out, root = tmp_path / "run", data / "amazon_books"
    main(["train", "model=oat", "dataset=amazon_books", f"root={root}", f"out={out}", *TINY])
    names = {
        "checkpoint.pt",
        "learning_curve.csv",
        "learning_curve.png",
        "learning_curve.pdf",
        "run.json",
        "scores.csv",
    }
    assert {path.name for path in out.iterdir()} == {*names, "weights.safetensors", "weights.md"}
    card = (out / "weights.md").read_text()
    assert sha256((out / "weights.safetensors").read_bytes()).hexdigest() in card
    assert "for the weights too: CC BY-NC-SA 4.0" in card
    assert "| people | 0." in card
    scores = pd.read_csv(out / "scores.csv", index_col="model")
    assert list(scores.index[-3:]) == ["oat_greedy", "oat", "people"]
    assert scores.loc["people", "sequence_score"] == pytest.approx(0.2, abs=0.05)
    assert json.loads((out / "run.json").read_text())["config"]["sizes"]["position_size"] == 8
    assert read_object_weights(out / "weights.safetensors").sizes.position_size == 8
    assert "1 epochs, the best was 1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["model=eccnet"], "model is 'eccnet', expected one of 'oat'"),
        (["split=person"], "split is 'person'"),
        (["sizes.heads=5"], "heads is 5"),
        (["sizes.appearance=patches"], "px_per_degree of '1' is not known"),
        (["sizes.appearance=patches", "px_per_degree=40"], "the picture of '1' is not part of this copy"),
        (["device=gpu"], "device is 'gpu', which cannot be used here"),
        (["training.batch_size=0"], "batch_size is 0"),
        (["training.rate=1"], "unknown key 'training.rate'"),
        (["dataset=amazon_boks"], "did you mean 'amazon_books'"),
    ],
)
def test_wrong_settings_are_one_line(data, tmp_path, capsys, arguments, words):
    given = [] if any("dataset" in argument for argument in arguments) else [f"root={data / 'amazon_books'}"]
    with pytest.raises(SystemExit) as stop:
        main(["train", *given, f"out={tmp_path / 'run'}", *arguments])
    error = capsys.readouterr().err
    assert stop.value.code == 2
    assert words in error
    assert error.count("\n") == 1
    assert not (tmp_path / "run").exists()


@pytest.fixture(scope="module")
def mixed(split):
    """The same, and as many searches for what is absent, which end after all objects, or one more."""
    parts = []
    for part in split:
        lost = []
        for number, path in enumerate(part):
            n = len(path.layout)
            objects = np.array([*range(n), *([0] if number % 2 else [])])
            layout = Layout(path.layout.boxes, None, f"{path.layout.id}-absent")
            lost.append(replace(path, objects=objects, display=ObjectArray(layout)))
        parts.append([*part, *lost])
    return Split(*parts)


def test_the_end_of_absent_searches_is_learned(mixed, tmp_path):
    recipe = replace(RECIPE, epochs=25, monitor="nll", longest=12)
    model, history = train(SIZES, recipe, mixed, tmp_path)
    assert history["validation_nll"].min() < 0.7 * history["validation_nll"].iloc[0]
    table = evaluate({"oat": model}, mixed, samples=5, longest=12)
    people = table.loc["people"]
    assert people["absent_length"] == pytest.approx(
        np.mean([len(path) for path in mixed.test if path.layout.target is None])
    )
    assert abs(table.loc["oat", "absent_length"] - people["absent_length"]) < 1.5
    assert table.loc["oat", "nll"] < table.loc["random", "nll"] - 0.5
    assert {"absent_search", "absent_refixation", "absent_revisit"} <= set(table.columns)
    assert "absent_correct" not in table.columns


def test_sets_without_absent_trials_have_no_columns_of_them(split):
    drawn = [[path.objects] for path in split.test]
    assert not [name for name in score_paths(drawn, split.test) if name.startswith("absent")]


def test_weights_from_the_file_have_the_same_scores(mixed, tmp_path):
    model, _ = train(SIZES, replace(RECIPE, epochs=1, monitor="nll"), mixed, tmp_path)
    write_object_weights(tmp_path / "weights.safetensors", model, {})
    first = evaluate({"oat": as_in_file(model)}, mixed, samples=2, longest=8)
    again = evaluate({"oat": read_object_weights(tmp_path / "weights.safetensors")}, mixed, samples=2, longest=8)
    pd.testing.assert_frame_equal(first, again, check_exact=True)
