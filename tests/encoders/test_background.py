import numpy as np
import pytest
import torch
import torchvision
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from gazesim.encoders.backbones import Trunk
from gazesim.encoders.background import BackgroundView, _Known, changed
from gazesim.encoders.foveated import EncoderSettings, FoveatedEncoder

COLOUR = (255, 40, 0)


def small_trunk(window=2):
    """Five levels of a few random channels, the first with batch normalisation; bias makes the background felt."""
    random, layers = torch.Generator().manual_seed(0), []
    for level, channels in enumerate((3, 4, 4, 4, 4)):
        conv = nn.Conv2d(channels, 4, 3, padding=1)
        conv.weight.data.normal_(0, (channels * 9) ** -0.5, generator=random)
        conv.bias.data.normal_(0, 0.3, generator=random)
        layers += [conv, *([nn.BatchNorm2d(4)] if level == 0 else []), nn.ReLU(), nn.MaxPool2d(window, 2)]
    return Trunk("small", nn.Sequential(*layers).eval().requires_grad_(False), "torchvision", "seed 0")


def view_with(side, rows, columns, seed=0):
    view = np.full((side, side, 3), COLOUR, np.uint8)
    random = np.random.default_rng(seed)
    view[slice(*rows), slice(*columns)] = random.integers(0, 256, (rows[1] - rows[0], columns[1] - columns[0], 3))
    return view


def whole_features(encoder, view, px_per_degree, levels):
    run = encoder._run([view], px_per_degree, levels)
    return {level: encoder._bring(features, level) for level, features, _ in run}


def assert_same_features(encoder, view, px_per_degree, levels=(3, 4, 5)):
    rows, columns = changed(view)
    stages = encoder._cut(px_per_degree)
    background = BackgroundView(encoder.trunk, stages, encoder._halve, view[0, 0], len(view), levels)
    found = background.features(view, rows, columns)
    wanted = whole_features(encoder, view, px_per_degree, levels)
    assert list(found) == sorted(levels)
    for level in levels:
        torch.testing.assert_close(found[level], wanted[level], rtol=1e-5, atol=1e-5 * float(wanted[level].abs().max()))


spans = st.tuples(st.floats(0, 1), st.floats(0, 1)).map(sorted)


@settings(deadline=None, max_examples=40)
@given(
    side=st.integers(100, 420),
    down=spans,
    across=spans,
    px_per_degree=st.sampled_from([4.0, 9.0, 14.5]),
    eccentric=st.booleans(),
    pooling=st.sampled_from(["average", "max"]),
)
def test_only_the_changed_part_is_computed_but_all_features_are_right(
    side, down, across, px_per_degree, eccentric, pooling
):
    rows, columns = (
        (min(int(a * side), side - 1), min(int(a * side), side - 1) + max(1, int((b - a) * side)))
        for a, b in (down, across)
    )
    rows, columns = (rows[0], min(rows[1], side)), (columns[0], min(columns[1], side))
    encoder = FoveatedEncoder(small_trunk(), EncoderSettings(eccentric=eccentric, pooling=pooling))
    view = view_with(side, rows, columns)
    view[0, 0] = COLOUR
    if changed(view)[0] != (0, 0):
        assert_same_features(encoder, view, px_per_degree)


@pytest.mark.parametrize("name", ["vgg11_bn", "alexnet", "squeezenet1_0", "squeezenet1_1"])
@pytest.mark.parametrize("place", [(0, 60), (130, 210), (271, 331)])
def test_other_trunks(name, place):
    torch.manual_seed(0)
    features = getattr(torchvision.models, name)(weights=None).features.eval().requires_grad_(False)
    encoder = FoveatedEncoder(Trunk(name, features, "torchvision", "seed 0"))
    view = view_with(331, place, (100, 190))
    view[0, 0] = COLOUR
    assert_same_features(encoder, view, 12, encoder.levels[-3:])


def test_the_encoder_takes_the_short_way_for_a_small_display_and_keeps_two_backgrounds(monkeypatch):
    encoder = FoveatedEncoder(small_trunk())
    view = view_with(200, (60, 120), (70, 130))
    wanted = whole_features(encoder, view, 9, (3, 4, 5))
    monkeypatch.setattr(encoder, "_run", None)
    found = encoder.search_features([view], 9, (3, 4, 5))
    for level in wanted:
        torch.testing.assert_close(found[level], wanted[level], rtol=1e-5, atol=1e-5)
    for colour in range(5):
        view[view == COLOUR[0]] = colour
        encoder.search_features([np.where(view == 255, colour, view).astype(np.uint8)], 9, (3,))
    assert len(encoder._backgrounds) == 2


def test_a_view_of_background_alone_or_filled_by_the_display_is_computed_whole():
    encoder = FoveatedEncoder(small_trunk())
    for view in (view_with(160, (0, 0), (0, 0)), view_with(160, (0, 160), (0, 160))):
        found = encoder.search_features([view], 9, (5,))
        torch.testing.assert_close(found[5], whole_features(encoder, view, 9, (5,))[5], rtol=0, atol=0)
    assert not encoder._backgrounds


def test_changed_is_the_bounding_box_of_what_differs_from_the_corner():
    view = np.full((20, 20, 3), 7, np.uint8)
    assert changed(view) == ((0, 0), (0, 0))
    view[4, 9, 1], view[11, 2] = 8, 0
    assert changed(view) == ((4, 12), (2, 10))


@pytest.mark.parametrize(("pooling", "rounded"), [("average", (4, 5)), ("max", (5,))])
def test_bfloat16_rounds_the_deepest_levels_only(pooling, rounded):
    exact, fast = (
        FoveatedEncoder(small_trunk(), EncoderSettings(pooling=pooling, precision=precision))
        for precision in ("float32", "bfloat16")
    )
    view = view_with(300, (90, 200), (100, 210))
    one, other = (encoder.search_features([view], 9, (3, 4, 5)) for encoder in (exact, fast))
    for level in (3, 4, 5):
        assert other[level].dtype == torch.float32
        error = float((one[level] - other[level]).abs().max() / one[level].abs().max())
        assert (1e-4 < error < 0.02) if level in rounded else error == 0
    with pytest.raises(ValueError, match="precision is 'half', expected one of 'float32', 'bfloat16'"):
        EncoderSettings(precision="half")


def test_of_what_is_alike_in_the_background_a_few_px_are_kept():
    """A kernel of 3 px makes one px more at each border unlike the middle, a pool of 2 px halves their number."""
    encoder = FoveatedEncoder(small_trunk())
    view = view_with(600, (200, 300), (210, 320))
    background = BackgroundView(encoder.trunk, encoder._cut(9.0), encoder._halve, view[0, 0], 600, (3, 4, 5))
    sides = [link.known.features.shape[-1] for link in background.levels[3].down]
    assert sides[:4] == [2, 4, 4, 6]  # picture, convolution, pool, convolution: twice the unlike ones and the middle's
    assert_same_features(encoder, view, 9.0)


def test_background_whose_middle_differs_is_kept_whole():
    random = torch.rand(1, 2, 12, 12, generator=torch.Generator().manual_seed(0))
    assert _Known(random, 100).cropped().features is random
    even = torch.full((1, 2, 12, 12), 3.0)
    even[:, :, :, 10] = 1.0
    small = _Known(even, 100).cropped()
    assert small.features.shape == (1, 2, 6, 6)
    everything = (0, 100)
    torch.testing.assert_close(
        small.cut(everything, everything), _Known(even, 100).cut(everything, everything), rtol=0, atol=0
    )
