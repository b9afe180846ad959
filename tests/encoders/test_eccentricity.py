from itertools import pairwise

import hypothesis.strategies as st
import numpy as np
import pytest
import torch
import torchvision
from hypothesis import given, settings
from torch import nn

from gazesim.encoders.eccentricity import Eccentricity, EccentricityPool2d, SamePool2d, foveate, pool_same, zones

KINDS = ("average", "max")
reproducible = settings(deadline=None, max_examples=30, derandomize=True)


def same_by_loops(x, window, kind):
    """TensorFlow's "same" pooling of x (H, W) with stride 2, one output px at a time."""
    reduce = {"average": np.mean, "max": np.max}[kind]
    bounds = []
    for size in x.shape:
        m = -(-size // 2)
        before = max((m - 1) * 2 + window - size, 0) // 2
        bounds.append([(max(0, 2 * i - before), min(size, 2 * i - before + window)) for i in range(m)])
    return np.array([[reduce(x[top:bottom, left:right]) for left, right in bounds[1]] for top, bottom in bounds[0]])


def random_map(*shape, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=shape)).double()


@pytest.mark.parametrize("kind", KINDS)
@reproducible
@given(height=st.integers(1, 13), width=st.integers(1, 13), window=st.integers(1, 9))
def test_pool_same_is_tensorflows_padding(kind, height, width, window):
    x = random_map(1, 2, height, width)
    expected = [same_by_loops(channel, window, kind) for channel in x[0].numpy()]
    np.testing.assert_allclose(pool_same(x, window, kind)[0].numpy(), expected, rtol=1e-6, atol=1e-6)


def test_the_odd_px_of_padding_goes_right_and_bottom():
    x = torch.arange(9.0).reshape(1, 1, 3, 3)
    assert pool_same(x, 2)[0, 0].tolist() == [[2.0, 3.5], [6.5, 8.0]]
    assert pool_same(x, 2, "max")[0, 0].tolist() == [[4, 5], [7, 8]]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", [1, 2, 15, 48])
@pytest.mark.parametrize(("px_per_degree", "slope"), [(2.0, 0.32), (3.75, 0.16), (0.1, 0.32), (2.0, 3.0)])
def test_each_zone_shows_the_whole_map_pooled_with_its_window(kind, n, px_per_degree, slope):
    pool = EccentricityPool2d(px_per_degree, slope, kind=kind)
    x, found = random_map(1, 2, n, n), pool.zones(n)
    everywhere = np.stack([pool_same(x, window, kind)[0].numpy() for window in found.windows])
    expected = np.take_along_axis(everywhere, found.ring[None, None], axis=0)[0]
    np.testing.assert_allclose(pool(x)[0].numpy(), expected, atol=1e-12)


def test_the_wide_map_of_the_test_above_has_several_windows():
    assert set(EccentricityPool2d(2.0, 0.32).zones(48).windows) >= {2, 3, 4, 5}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", [20, 41])
def test_a_constant_map_stays_constant(kind, n):
    pooled = EccentricityPool2d(1, 0.4, kind=kind)(torch.full((1, 3, n, n), -2.5))
    np.testing.assert_allclose(pooled.numpy(), -2.5, rtol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_gives_what_one_at_a_time_gives(kind):
    pool, x = EccentricityPool2d(1, 0.4, kind=kind), random_map(3, 2, 30, 30)
    assert torch.equal(pool(x), torch.cat([pool(one[None]) for one in x]))


@pytest.mark.parametrize("shape", [(12, 31), (31, 12), (7, 8), (8, 7)])
@pytest.mark.parametrize("kind", KINDS)
def test_a_map_that_is_not_square_is_padded_with_zeros(shape, kind):
    x, side = random_map(1, 2, *shape), max(shape)
    top, left = ((side - length) // 2 for length in shape)
    square = torch.zeros(1, 2, side, side).double()
    square[:, :, top : top + shape[0], left : left + shape[1]] = x
    pool = EccentricityPool2d(1, 0.4, kind=kind)
    assert torch.equal(pool(x), pool(square))


def test_the_input_is_left_as_it_is():
    x = random_map(1, 2, 20, 20)
    before = x.clone()
    EccentricityPool2d(1, 0.4)(x)
    assert torch.equal(x, before)


@reproducible
@given(
    n=st.integers(1, 90),
    px_per_degree=st.floats(0.01, 12),
    slope=st.floats(0, 2),
    fovea_deg=st.floats(0.1, 6),
    ring_deg=st.floats(0.1, 3),
)
def test_zones_are_rings_whose_windows_grow(n, px_per_degree, slope, fovea_deg, ring_deg):
    found = zones(n, px_per_degree, slope, fovea_deg, ring_deg, 2)
    m = -(-n // 2)
    assert found.ring.shape == (m, m)
    assert found.ring[m // 2, m // 2] == 0
    assert 0 <= found.ring.min() <= found.ring.max() < len(found.windows) == len(found.borders)
    assert found.windows[0] == 2
    assert list(found.windows) == sorted(found.windows)
    assert all(inner < outer for inner, outer in pairwise(found.borders))
    i, j = np.indices((m, m)) - m // 2
    inner = np.array([0, *found.borders[:-1]])[found.ring] / 2
    outer = np.array([*found.borders[:-1], np.inf])[found.ring] / 2
    distance = np.hypot(i, j)
    assert ((inner <= distance) & (distance < outer)).all()


def test_a_tiny_resolution_gives_one_px_rings():
    found = zones(40, 1e-6, 0.32, 4.0, 1.0, 2)
    assert found.borders[:3] == (4, 6, 8)
    assert len(found.borders) < 40
    assert EccentricityPool2d(1e-6, 0.32)(torch.ones(1, 1, 40, 40)).allclose(torch.ones(1))


# Gupta et al., NeurIPS 2021, the program's constants (kreimanlab/VisualSearchAsymmetry, vs_model/ecc_net.py):
# window 2 + round(slope * (2 * radius - 4 * px_per_degree)); one entry per ring, outer edges 4, 5, ..., 25 degrees
PUBLISHED_WINDOWS = {
    1: [2] * 22,
    2: [2] * 22,
    3: [2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 8, 8, 9, 9, 10, 10, 11, 12, 12, 13, 13, 14],
    4: [2, 3, 3, 4, 5, 5, 6, 6, 7, 8, 8, 9, 10, 10, 11, 12, 12, 13, 14, 14, 15, 15],
    5: [2, 3, 3, 4, 5, 5, 6, 6, 7, 8, 8, 9, 10, 10, 11, 12, 12, 13, 14, 14, 15, 15],
}


@pytest.mark.parametrize("layer", PUBLISHED_WINDOWS)
def test_windows_are_the_published_ones(layer):
    stride = 2 ** (layer - 1)
    found = zones(1600 // stride, 30 / stride, Eccentricity().slope(stride), 4.0, 1.0, 2)
    assert list(found.windows[:22]) == PUBLISHED_WINDOWS[layer]
    per_degree = (30, 15, 8, 4, 2)[layer - 1]  # 7.5 becomes 8, 3.75 becomes 4, 1.875 becomes 2
    assert found.borders[:2] == (4 * per_degree, 4 * per_degree + 2 * round(per_degree / 2))


def test_one_window_everywhere_where_the_fovea_fills_the_map():
    assert zones(20, 30, 0.32, 4.0, 1.0, 2).windows == (2,)


def trunk(name):
    """The trunk of a torchvision network: its layers and shapes, no values."""
    with torch.device("meta"):
        return getattr(torchvision.models, name)(weights=None).features.eval()


# name: (pooling layers, the stride of the first one's input)
TRUNKS = {"vgg16": (5, 1), "vgg11_bn": (5, 1), "alexnet": (3, 4), "squeezenet1_0": (3, 2), "squeezenet1_1": (3, 2)}


@pytest.mark.parametrize("name", TRUNKS)
def test_foveate_replaces_every_pooling_layer(name):
    original = trunk(name)
    before = list(original)
    foveated = foveate(original, 30)
    count, stride = TRUNKS[name]
    pools = [layer for layer in foveated if isinstance(layer, EccentricityPool2d)]
    assert [pool.px_per_degree for pool in pools] == [30 / (stride * 2**i) for i in range(count)]
    assert [pool.slope for pool in pools] == [Eccentricity().slope(stride * 2**i) for i in range(count)]
    assert {(pool.kind, pool.window) for pool in pools} == {("average", 2 if "vgg" in name else 3)}
    assert not any(isinstance(layer, nn.MaxPool2d) for layer in foveated.modules())
    assert list(original) == before
    for old, new in zip(original, foveated, strict=True):
        assert new is old or isinstance(old, nn.MaxPool2d)
    assert foveated(torch.zeros(1, 3, 96, 96, device="meta")).shape[1] == {"alexnet": 256}.get(name, 512)


def test_without_eccentricity_a_foveated_vgg_is_the_plain_one():
    plain = nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 5, 3), nn.MaxPool2d(2)
    )
    foveated = foveate(plain, 30, eccentricity=None, pooling="max")
    assert [type(layer) for layer in foveated if "Pool" in type(layer).__name__] == [SamePool2d, SamePool2d]
    x = torch.rand(2, 3, 20, 20)
    assert torch.equal(foveated(x), plain(x))


def test_settings_reach_the_layers():
    chosen = Eccentricity(fovea_deg=2, ring_deg=0.5, slopes=(0.5,))
    (pool,) = foveate(nn.Sequential(nn.MaxPool2d(3, 2)), 10, eccentricity=chosen, pooling="max")
    assert (pool.fovea_deg, pool.ring_deg, pool.slope, pool.window, pool.kind) == (2, 0.5, 0.5, 3, "max")
    assert str(pool) == "EccentricityPool2d(px_per_degree=10, slope=0.5, window=3, kind=max)"


@pytest.mark.parametrize(
    "children",
    [
        pytest.param(lambda net: net.children()),
        lambda net: [net.layer1, net.layer2, net.layer3, net.layer4],
    ],
)
def test_a_resnet_is_refused(children):
    with torch.device("meta"):
        layers = nn.Sequential(*children(torchvision.models.resnet18(weights=None)))
    with pytest.raises(ValueError, match="trunk"):
        foveate(layers, 30)


@pytest.mark.parametrize("stride", [1, 3])
def test_pooling_with_another_stride_is_refused(stride):
    with pytest.raises(ValueError, match="stride"):
        foveate(nn.Sequential(nn.MaxPool2d(3, stride)), 30)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Eccentricity(fovea_deg=0), "fovea_deg is 0, expected a finite number above 0"),
        (lambda: Eccentricity(ring_deg=np.inf), "ring_deg is inf, expected"),
        (lambda: Eccentricity(slopes=()), r"slopes is \(\), expected numbers"),
        (lambda: Eccentricity(slopes=(0.1, -0.1)), "slopes is .*-0.1"),
        (lambda: Eccentricity(slopes=(0.1, np.nan)), "slopes is .*nan"),
        (lambda: Eccentricity(slopes=(0.1, 0.2)).slope(4), "slopes has 2 entries, pooling at stride 4 needs 3"),
        (lambda: EccentricityPool2d(0, 0.1), "px_per_degree is 0, expected"),
        (lambda: EccentricityPool2d(1, 0.1, kind="mean"), "kind is 'mean', expected one of 'average', 'max'"),
        (lambda: SamePool2d(2, "mean"), "kind is 'mean', expected one of 'average', 'max'"),
        (lambda: foveate(nn.Sequential(nn.MaxPool2d(2)), np.nan), "px_per_degree is nan, expected"),
        (lambda: foveate(nn.Sequential(nn.ReLU()), 30), "trunk has no pooling layer to replace among its 1 layers"),
    ],
)
def test_errors_are_one_line_that_names_the_field(make, words):
    with pytest.raises(ValueError, match=f"^{words}") as caught:
        make()
    assert "\n" not in str(caught.value)
