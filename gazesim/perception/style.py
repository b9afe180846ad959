"""Texture the published way: style transfer of noise in the features of VGG (relu4_1), and a decoder that draws them.

Deza, Jonnalagadda & Eckstein (2019); AdaIN of Huang & Belongie (2017). The decoder is trained by
`experiments/train_decoder.py`.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import nn

from gazesim.checks import check_at_least, check_shape
from gazesim.encoders.backbones import Trunk
from gazesim.encoders.compressed import with_sorted_header
from gazesim.files import atomic_path, check_file
from gazesim.perception.texture import root
from gazesim.perception.windows import Windows

STRIDE = 8  # px of the picture in one of the features
POOLS = 3  # that lie before relu4_1


def encoder(trunk: Trunk) -> nn.Sequential:
    """Return the layers of a VGG up to the first ReLU after its third pool, relu4_1; ValueError if it has none."""
    pools = 0
    for number, layer in enumerate(trunk.layers):
        pools += isinstance(layer, nn.MaxPool2d)
        if pools == POOLS and isinstance(layer, nn.ReLU):
            return trunk.layers[: number + 1]
    raise ValueError(f"trunk {trunk.name!r} has no ReLU after a third pool, expected a VGG")


def decoder(channels: int, width: int) -> nn.Sequential:
    """Return a decoder with random weights: features (n, channels, h, w) to pictures (n, 3, 8 h, 8 w), about 0 to 1.

    Parameters
    ----------
    channels : int
        Of the features.
    width : int
        Channels of the first convolution; a multiple of 4. The next two have half and a quarter of them.
    """
    if width % 4:
        raise ValueError(f"width is {width}, expected a multiple of 4")
    layers: list[nn.Module] = _block(channels, width)
    for before, after in ((width, width // 2), (width // 2, width // 4), (width // 4, width // 4)):
        layers += [*_block(before, after), nn.Upsample(scale_factor=2, mode="nearest")]
    layers += [*_block(width // 4, width // 4), nn.Conv2d(width // 4, 3, 3, padding=1, padding_mode="reflect")]
    return nn.Sequential(*layers)


def _block(before: int, after: int) -> list[nn.Module]:
    return [nn.Conv2d(before, after, 3, padding=1, padding_mode="reflect"), nn.ReLU()]


@dataclass(frozen=True, eq=False)
class Style:
    """An encoder with its decoder.

    trunk   : a VGG
    decoder : draws its relu4_1
    """

    trunk: Trunk
    decoder: nn.Sequential

    @cached_property
    def encoder(self) -> nn.Sequential:
        """The trunk up to relu4_1."""
        return encoder(self.trunk)

    @torch.inference_mode()
    def features(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return relu4_1 of `image` (height, width, 3), float32 (channels, height / 8, width / 8), rounded up."""
        height, width = image.shape[:2]
        padded = np.pad(image, [(0, -height % STRIDE), (0, -width % STRIDE), (0, 0)], mode="symmetric")
        return np.asarray(self.encoder(self.trunk.to_input(padded))[0].cpu().numpy(), np.float32)

    @torch.inference_mode()
    def drawn(self, features: NDArray[np.float32], height: int, width: int) -> NDArray[np.uint8]:
        """Return the picture that the decoder draws of `features`, uint8 (height, width, 3)."""
        device = next(self.decoder.parameters()).device
        made = self.decoder(torch.from_numpy(features)[None].to(device))[0, :, :height, :width].cpu().numpy()
        return np.asarray(np.rint(np.clip(made * 255, 0, 255)), np.uint8).transpose(1, 2, 0)

    def engine(self) -> Callable[[Windows], "StyleTexture"]:
        """Return what makes the texture for windows, for `Systems`."""
        return lambda windows: StyleTexture(windows, self)


class StyleTexture:
    """Puts texture into pictures of one size, seen from one fixation, by the features of a network.

    Parameters
    ----------
    windows : Windows
    style : Style
    """

    def __init__(self, windows: Windows, style: Style) -> None:
        self.windows, self.style = windows, style

    @cached_property
    def _weights(self) -> NDArray[np.float32]:
        columns, rows = (np.arange(0, n, STRIDE) + (STRIDE - 1) / 2 for n in (self.windows.width, self.windows.height))
        return np.asarray(self.windows.weights_at(columns, rows).toarray())

    def reference(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return what the decoder draws of the picture's own features."""
        return self.style.drawn(self.style.features(image), *image.shape[:2])

    def __call__(self, image: NDArray[np.uint8], seed: int = 0) -> NDArray[np.uint8]:
        """Return what is left of `image`, uint8 (height, width, 3); the same seed gives the same bytes.

        In each window the noise's features get the mean and deviation of the picture's, channel by channel; windows are
        blended by their weights, where the published program lets later ones replace earlier ones.
        """
        height, width = self.windows.height, self.windows.width
        check_shape("image", image, (height, width, 3))
        check_at_least("seed", seed, 0)
        content = self.style.features(image)
        noise = self.style.features(coloured_noise(image, seed))
        textured = self._textured(content.reshape(len(content), -1), noise.reshape(len(noise), -1))
        return self.style.drawn(textured.reshape(content.shape), height, width)

    def _textured(self, content: NDArray[np.float32], noise: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the features (channels, places) of the picture with texture."""
        weights, mixing = self._weights, self.windows.mixing[:, None].astype(np.float32)
        (mean, deviation), (noise_mean, noise_deviation) = (_moments(weights, x) for x in (content, noise))
        gain = mixing * deviation / noise_deviation
        shift = mixing * mean - gain * noise_mean
        keep = weights.T @ (1 - mixing)
        return np.asarray((keep * content.T + (weights.T @ gain) * noise.T + weights.T @ shift).T, np.float32)


def _moments(
    weights: NDArray[np.float32], values: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the mean and deviation of each channel in each window, (n, channels)."""
    total = np.maximum(weights.sum(axis=1, keepdims=True), 1e-6)
    mean = weights @ values.T / total
    variance = weights @ (values.T**2) / total - mean**2
    return mean, np.sqrt(np.maximum(variance, 0) + 1e-5)


def coloured_noise(image: NDArray[np.uint8], seed: int) -> NDArray[np.uint8]:
    """Return Gaussian noise with the mean and covariance of the colours of `image`, uint8 of its shape."""
    pixels = image.reshape(-1, 3).astype(np.float64)
    noise = np.random.default_rng(seed).standard_normal(pixels.shape)
    noise -= noise.mean(axis=0)
    own, target = (np.atleast_2d(np.cov(x.T, ddof=0))[None] for x in (noise, pixels))
    made = noise @ root(own, -0.5)[0] @ root(target)[0] + pixels.mean(axis=0)
    return np.asarray(np.rint(np.clip(made, 0, 255)), np.uint8).reshape(image.shape)


def write_decoder(path: Path, layers: nn.Sequential, channels: int, width: int, weights: str) -> None:
    """Write a decoder as safetensors of float16: its sizes, and the name of the weights whose features it draws."""
    state = {key: value.detach().half().contiguous() for key, value in layers.state_dict().items()}
    about = {"decoder": json.dumps({"channels": channels, "width": width, "weights": weights})}
    with atomic_path(path) as partial:
        partial.write_bytes(with_sorted_header(save(state, about)))


def read_style(path: str | Path, load: Callable[[str], Trunk]) -> Style:
    """Return a decoder that `write_decoder` wrote, with its trunk.

    Parameters
    ----------
    path : path
    load : callable
        Loads the trunk of weights by their name, such as `gazesim.encoders.backbones.load_trunk`.

    Raises
    ------
    FileNotFoundError, ValueError
        If there is no such file, or it is no decoder, or its trunk cannot be loaded.
    """
    check_file("decoder", path)
    try:
        with safe_open(path, "pt") as file:
            about = json.loads((file.metadata() or {})["decoder"])
            layers = decoder(about["channels"], about["width"])
            layers.load_state_dict({key: file.get_tensor(key).float() for key in file.keys()})  # noqa: SIM118
            weights = str(about["weights"])
    except (SafetensorError, OSError, KeyError, TypeError, ValueError, RuntimeError) as error:
        reason = (str(error).splitlines() or [""])[0]
        raise ValueError(
            f"decoder {str(path)!r} is damaged or none of experiments/train_decoder.py: {reason}"
        ) from None
    return Style(load(weights), layers.eval().requires_grad_(False))
