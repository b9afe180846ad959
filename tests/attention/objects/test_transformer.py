import numpy as np
import pytest
import torch

from gazesim.attention.objects.batch import ObjectArray, side_by_side
from gazesim.attention.objects.layout import Layout
from gazesim.attention.objects.transformer import ObjectSizes, ObjectTransformer

SMALL = {"appearance_size": 8, "position_size": 16, "feed_forward": 16, "encoder_layers": 1, "decoder_layers": 2}
SMALL |= {"extent": 8, "channels": 5}


def grid(columns, rows, target=0, id=""):
    y, x = np.divmod(np.arange(columns * rows), columns)
    return Layout(np.column_stack([x, y, x + 1, y + 1]) * 10, target, id)


def make(appearance="none", knows_target=None, seed=3, **sizes):
    knows = knows_target or ("place" if appearance == "none" else "appearance")
    model = ObjectTransformer(ObjectSizes(appearance=appearance, knows_target=knows, **{**SMALL, **sizes}))
    model.initialise(seed)
    return model.eval()


def arrays(layouts, appearance="none"):
    random = np.random.default_rng(0)
    if appearance == "none":
        return [ObjectArray(layout) for layout in layouts]
    shapes = {"patches": lambda n: (n + 1, 3, 150, 93), "foveated": lambda n: (n + 1, n + 1, 5)}[appearance]
    return [ObjectArray(layout, random.normal(size=shapes(len(layout))).astype(np.float32)) for layout in layouts]


def batch(layouts, appearance="none"):
    return side_by_side(arrays(layouts, appearance))


def test_the_published_sizes_are_the_defaults():
    # Fang et al. (2024), the published code: d 512 = 256 + 256, 4 heads, feed-forward 512, 4 + 4 layers, 2
    # readout heads; the CNN ends in 1440 numbers, and the readout maps 512 -> 512 for each head and side
    model = ObjectTransformer()
    assert model.sizes.width == 512
    assert len(model.encoder) == len(model.decoder) == 4
    assert model.encoder[0].attend.heads == 4
    assert model.encoder[0].feed[0].out_features == 512
    assert model.appearance[-1].in_features == 1440
    assert model.query.out_features == model.key.out_features == 2 * 512
    assert (model.mix.in_features, model.mix.out_features) == (2, 1)


@pytest.mark.parametrize("appearance", ["none", "patches", "foveated"])
@torch.inference_mode()
def test_a_batch_of_ragged_displays_gives_what_one_at_a_time_gives(appearance):
    model, layouts = make(appearance), [grid(3, 2, 1), grid(1, 1), grid(4, 2, 5)]
    displays = arrays(layouts, appearance)
    paths = [[2, 2, 0, 5], [0], [7, 1]]
    padded = torch.tensor([path + [0] * (4 - len(path)) for path in paths])
    together = model(side_by_side(displays), padded)
    assert together.shape == (3, 5, 9)
    for i, (layout, path) in enumerate(zip(layouts, paths, strict=True)):
        alone = model(side_by_side([displays[i]]), torch.tensor([path]))[0]
        n, steps = len(layout), len(path) + 1
        np.testing.assert_allclose(together[i, :steps, :n], alone[:, :n], atol=1e-5)
        np.testing.assert_allclose(together[i, :steps, -1], alone[:, -1], atol=1e-5)
        assert (together[i, :, n:-1] == -np.inf).all()
    np.testing.assert_allclose(together.exp().sum(-1), 1, atol=1e-5)
    assert (together[:, 0, -1] == -np.inf).all()
    assert torch.isfinite(together[0, 1:, -1]).all()


@pytest.mark.parametrize("appearance", ["none", "patches", "foveated"])
@torch.inference_mode()
def test_what_comes_later_does_not_matter(appearance):
    model, layouts = make(appearance), [grid(3, 2, 1)]
    displays = batch(layouts, appearance)
    one, other = (model(displays, torch.tensor([[2, 4, last, 1]])) for last in (0, 5))
    np.testing.assert_allclose(one[:, :3], other[:, :3], atol=1e-5)
    assert not torch.allclose(one[:, 3], other[:, 3], atol=1e-4)


@pytest.mark.parametrize("appearance", ["none", "patches", "foveated"])
@torch.inference_mode()
def test_decoding_step_by_step_gives_the_likeliest_object_of_the_whole_path(appearance):
    model, layouts = make(appearance), [grid(3, 2, 1, "a"), grid(4, 2, 5, "b")]
    displays = batch(layouts, appearance)
    for (path,), row in zip(model.sample(displays, ["a", "b"], longest=7), range(2), strict=True):
        assert len(path) >= 1
        scores = model(displays.rows(torch.tensor([row])), torch.from_numpy(path)[None])[0]
        best = scores.argmax(dim=-1).tolist()
        assert best[: len(path)] == path.tolist()
        assert len(path) == 7 or best[len(path)] == displays.end


@torch.inference_mode()
def test_only_the_views_that_are_needed_give_the_same():
    model, layout, path = make("foveated"), grid(3, 2, 1), np.array([4, 2, 4])
    (whole,) = arrays([layout], "foveated")
    every = model(side_by_side([whole]), torch.from_numpy(path)[None])
    view = np.zeros(7, np.int64)
    view[[2, 4, 6]] = 2, 0, 1
    part = ObjectArray(layout, whole.appearance[[4, 6, 2]], view)
    some = model(side_by_side([part]), torch.from_numpy(path)[None])
    np.testing.assert_allclose(some, every, atol=1e-6)


@torch.inference_mode()
def test_top_down_priority_multiplies_the_probability_of_objects_but_not_of_the_end():
    model, layouts, paths = make(), [grid(3, 2, 1, "a"), grid(2, 2, 0, "b")], torch.tensor([[4, 2], [3, 0]])
    top_down = [np.random.default_rng(0).random((n + 1, n)).astype(np.float32) for n in (6, 4)]
    displays = side_by_side([ObjectArray(own, top_down=seen) for own, seen in zip(layouts, top_down, strict=True)])
    with pytest.raises(ValueError, match="top_down_weight is None"):
        model(displays, paths)
    plain = model(batch(layouts), paths).double()
    model.top_down_weight = 3.0
    found = model(displays, paths).double()
    for row, n in enumerate((6, 4)):
        for step, at in enumerate([n, *paths[row].tolist()][:3]):
            weights = plain[row, step, :n].exp() * torch.from_numpy(np.exp(3 * top_down[row][at]))
            expected = weights / weights.sum() * (1 - plain[row, step, -1].exp())
            np.testing.assert_allclose(found[row, step, :n].exp(), expected, atol=1e-5)
            np.testing.assert_allclose(found[row, step, -1], plain[row, step, -1])
    model.top_down_weight = 1000.0
    likeliest = model.sample(displays, ["a", "b"], longest=1)
    assert [path[0].tolist() for path in likeliest] == [[s[-1].argmax()] for s in top_down]


def test_samples_depend_on_the_display_and_not_on_the_others_of_the_batch():
    model, layouts = make(), [grid(3, 2, 1, "a"), grid(4, 2, 5, "b"), grid(2, 2, 0, "c")]
    ids = [layout.id for layout in layouts]
    together = model.sample(batch(layouts), ids, samples=5, seed=1, longest=20)
    for layout, drawn in zip(layouts, together, strict=True):
        (alone,) = model.sample(batch([layout]), [layout.id], samples=5, seed=1, longest=20)
        assert [path.tolist() for path in alone] == [path.tolist() for path in drawn]
        assert all(1 <= len(path) <= 20 and path.max() < len(layout) for path in drawn)
    assert len({tuple(path) for path in together[1]}) > 1
    other = model.sample(batch(layouts), ids, samples=5, seed=2, longest=20)
    assert [p.tolist() for p in other[1]] != [p.tolist() for p in together[1]]


@torch.inference_mode()
def test_samples_are_as_frequent_as_the_model_says():
    model, layout = make(), grid(2, 2, 3, "a")
    drawn = model.sample(batch([layout]), ["a"], samples=4000, seed=0, longest=2)[0]
    scores = model(batch([layout]), torch.tensor([[2]]))[0].exp().numpy()
    first = np.bincount([path[0] for path in drawn], minlength=4) / 4000
    np.testing.assert_allclose(first, scores[0, :4], atol=0.035)  # four standard errors and more
    after = [path for path in drawn if path[0] == 2]
    ended = np.mean([len(path) == 1 for path in after])
    assert ended == pytest.approx(scores[1, -1], abs=4 * 0.5 / len(after) ** 0.5)


@torch.inference_mode()
def test_what_is_known_of_the_target():
    def scores(knows, target, path):
        return make(knows_target=knows)(batch([grid(3, 2, target)]), torch.tensor([path]))

    assert not torch.allclose(scores("place", 0, [4]), scores("place", 5, [4]), atol=1e-4)
    assert torch.equal(scores("fixated", 0, [4]), scores("fixated", 5, [4]))
    assert not torch.allclose(scores("fixated", 4, [4])[:, 1], scores("fixated", 5, [4])[:, 1], atol=1e-4)
    assert torch.equal(scores("fixated", 4, [4])[:, 0], scores("fixated", 5, [4])[:, 0])


@torch.inference_mode()
def test_the_published_target_has_its_place_its_appearance_and_its_flag_when_fixated():
    model = make("patches", knows_target="published")
    displays = side_by_side(arrays([grid(3, 2, 4)], "patches"))
    places = model.positions(displays.places, torch.tensor([[False] * 6 + [True]]))
    assert torch.equal(model._tokens(displays)[..., -places.shape[-1] :], places)
    plain = make("patches")._fixated(displays)
    changed = (model._fixated(displays) != plain).any(dim=-1)[0, :6]
    assert changed.tolist() == [number == 4 for number in range(6)]


@torch.inference_mode()
def test_the_appearance_tells_the_target():
    layout = grid(3, 2)
    own = arrays([layout], "patches")[0].appearance
    other = own.copy()
    other[-1] = own[3]
    model = make("patches")
    one, two = (model(side_by_side([ObjectArray(layout, seen)]), torch.tensor([[2]])) for seen in (own, other))
    assert not torch.allclose(one, two, atol=1e-4)


def test_weights_are_drawn_from_the_seed_alone():
    one, two, other = make(seed=1), make(seed=1), make(seed=2)
    state = torch.get_rng_state()
    one.initialise(1)
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))
    assert not torch.equal(one.mix.weight, other.mix.weight)


@pytest.mark.parametrize("n", [(1, 1), (50, 40)])
@torch.inference_mode()
def test_one_object_and_two_thousand(n):
    layout = grid(*n, target=0, id="a")
    (path,) = make(extent=64).sample(batch([layout]), ["a"], samples=1, seed=0, longest=3)[0]
    assert 1 <= len(path) <= 3
    scores = make(extent=64)(batch([layout]), torch.from_numpy(path)[None])
    np.testing.assert_allclose(scores.exp().sum(-1), 1, atol=1e-4)


def test_two_thousand_objects_fit_the_published_code_of_position():
    corners = np.random.default_rng(0).uniform(0, [1680, 1050], (2000, 2))
    places = batch([Layout(np.hstack([corners, corners + 8]), 0)]).places
    assert places.max() < ObjectSizes().extent - 1


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ObjectSizes(appearance="cnn"), "appearance is 'cnn'"),
        (lambda: ObjectSizes(position="learned"), "position is 'learned'"),
        (lambda: ObjectSizes(appearance="none"), "knows_target is 'appearance', but appearance is 'none'"),
        (lambda: ObjectSizes(heads=3), "heads is 3, readout_heads 2: 512 is no multiple"),
        (lambda: ObjectSizes(dropout=1.0), "dropout is 1.0"),
        (lambda: ObjectSizes(encoder_layers=0), "encoder_layers is 0"),
        (
            lambda: make("patches")(batch([grid(2, 2)]), torch.zeros(1, 1, dtype=torch.long)),
            "the displays have no appearance",
        ),
        (lambda: ObjectArray(grid(2, 2, id="a"), np.zeros((4, 3, 150, 93))), r"appearance of 'a' has .*\(4, .* \(5, "),
        (lambda: ObjectArray(grid(2, 2, id="a"), np.full((5, 5, 7), np.nan)), "appearance of 'a' holds nan"),
        (lambda: ObjectArray(grid(2, 2, id="a"), top_down=np.zeros((4, 4))), r"top_down of 'a' has shape \(4, 4\)"),
    ],
)
def test_what_is_refused(call, words):
    with pytest.raises(ValueError, match=words) as caught:
        call()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("knows", ["place", "published", "fixated"])
@torch.inference_mode()
def test_an_absent_target_has_no_place(knows):
    """Displays without it go side by side with others, and where no object is the target all are alike."""
    model = make("sharp" if knows == "published" else "none", knows)
    layouts = [grid(3, 2, 1), grid(3, 2, None)]
    shown = np.random.default_rng(0).normal(size=(7, 5)).astype(np.float32)
    displays = [ObjectArray(layout, shown if knows == "published" else None) for layout in layouts]
    assert side_by_side(displays).targets.tolist() == [1, -1]
    paths = torch.tensor([[1, 4], [1, 4]])
    present, absent = model(side_by_side(displays), paths)
    torch.testing.assert_close(absent, model(side_by_side(displays[1:]), paths[1:])[0])
    assert (present - absent).abs().nan_to_num().max() > 1e-3
    moved = ObjectArray(grid(3, 2, 5), displays[0].appearance)
    assert (model(side_by_side([moved]), paths[:1])[0] - present).abs().nan_to_num().max() > 1e-3
    drawn = model.sample(side_by_side(displays), ["a", "b"], samples=3, seed=0, longest=5)
    assert [len(own) for own in drawn] == [3, 3]


def test_no_display_loses_what_it_had_by_others_without_a_target():
    """The layout keeps None, not the number of an object."""
    assert grid(2, 2, None).target is None
    with pytest.raises(ValueError, match="target is -1, expected the number of an object"):
        grid(2, 2, -1)
