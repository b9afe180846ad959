"""Train the decoder of the published texture: it draws pictures of the features that VGG has of them (relu4_1).

    python experiments/train_decoder.py decoder.safetensors --photographs FOLDER --weights vgg16
    gazesim perceive image=photo.jpg px_per_degree=30 decoder=decoder.safetensors

Random windows of photographs are to be drawn again: the mean absolute difference of pixels, and of the features of the
first two blocks of VGG, which keeps what is drawn sharp. Every 100 steps a checkpoint is written beside the decoder; a
run that was stopped continues there and ends with the same bytes. Prints the loss on held-out photographs before and
after.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from encoder_data import draw_displays, load_photographs
from torch import Tensor, nn
from tqdm import tqdm

from gazesim.encoders.backbones import Trunk, load_trunk
from gazesim.files import atomic_path
from gazesim.perception.style import POOLS, decoder, encoder, write_decoder

SAVE_EVERY, HELD_OUT = 100, 16


@dataclass(frozen=True)
class Recipe:
    """What determines the decoder; `side` is that of the windows of photographs, px."""

    weights: str
    steps: int
    batch: int = 4
    side: int = 128
    width: int = 128
    rate: float = 1e-3
    feature_weight: float = 0.05
    seed: int = 0


def as_input(trunk: Trunk, pictures: Tensor) -> Tensor:
    """Return the trunk's input for pictures (n, 3, h, w) of 0 to 1, through which gradients flow."""
    zero, one = (trunk.to_input(torch.full((1, 1, 3), value, dtype=torch.uint8).numpy()) for value in (0, 255))
    ordered = pictures.flip(1) if trunk.preprocessing == "caffe" else pictures
    return zero + (one - zero) * ordered


def early(trunk: Trunk) -> list[nn.Sequential]:
    """Return the layers of the first two blocks of a VGG, each to its first ReLU."""
    parts, begun, wanted = [], 0, True
    for number, layer in enumerate(trunk.features):
        if wanted and isinstance(layer, nn.ReLU):
            parts.append(trunk.features[begun : number + 1])
            begun, wanted = number + 1, False
        wanted = wanted or isinstance(layer, nn.MaxPool2d)
        if len(parts) == POOLS - 1:
            break
    return parts


def loss_of(trunk: Trunk, layers: nn.Sequential, pictures: Tensor, weight: float) -> Tensor:
    """Return how far pictures (n, 3, side, side) of 0 to 1 are from what is drawn of their features."""
    seen = as_input(trunk, pictures)
    with torch.no_grad():
        features = encoder(trunk)(seen)
    drawn = layers(features)
    loss = (drawn - pictures).abs().mean()
    one, other = seen, as_input(trunk, drawn)
    for part in early(trunk):
        one, other = part(one), part(other)
        loss = loss + weight * (one - other).abs().mean() / one.abs().mean()
    return loss


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, write the decoder and return the exit status."""
    parser = argparse.ArgumentParser(prog="train_decoder", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("out", type=Path, help="the decoder's file, .safetensors")
    parser.add_argument("--photographs", type=Path, required=True, help="a folder of photographs")
    parser.add_argument("--weights", default="embedded", help="of a VGG: embedded, vgg16, torchvision or a file")
    parser.add_argument("--steps", type=int, default=2000)
    for name in ("batch", "side", "width", "seed"):
        parser.add_argument(f"--{name}", type=int, default=getattr(Recipe, name))
    options = parser.parse_args(arguments)
    given = {name: getattr(options, name) for name in ("weights", "steps", "batch", "side", "width", "seed")}
    recipe, checkpoint = Recipe(**given), options.out.with_suffix(".checkpoint.pt")
    photographs, trunk = load_photographs(options.photographs, recipe.seed), load_trunk(recipe.weights)
    channels = next(layer.out_channels for layer in reversed(encoder(trunk)) if isinstance(layer, nn.Conv2d))
    torch.manual_seed(recipe.seed)
    layers = decoder(channels, recipe.width)
    optimiser = torch.optim.Adam(layers.parameters(), recipe.rate)
    first = 0
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        if state["recipe"] != asdict(recipe):
            raise ValueError(f"{checkpoint} is of the recipe {state['recipe']}, expected {asdict(recipe)}")
        layers.load_state_dict(state["decoder"])
        optimiser.load_state_dict(state["optimiser"])
        first = state["step"]
    held = draw_displays(photographs.test, HELD_OUT, recipe.side, torch.Generator().manual_seed(1))
    with torch.no_grad():
        before = float(loss_of(trunk, layers, held, recipe.feature_weight))
    for step in tqdm(range(first, recipe.steps), initial=first, total=recipe.steps, desc="training", mininterval=5):
        optimiser.param_groups[0]["lr"] = recipe.rate * (1 - step / recipe.steps)
        generator = torch.Generator().manual_seed(recipe.seed * 1_000_003 + step)
        pictures = draw_displays(photographs.train, recipe.batch, recipe.side, generator)
        optimiser.zero_grad()
        loss_of(trunk, layers, pictures, recipe.feature_weight).backward()
        optimiser.step()
        if (step + 1) % SAVE_EVERY == 0 or step + 1 == recipe.steps:
            state = {"recipe": asdict(recipe), "step": step + 1}
            with atomic_path(checkpoint) as partial:
                torch.save({**state, "decoder": layers.state_dict(), "optimiser": optimiser.state_dict()}, partial)
    with torch.no_grad():
        after = float(loss_of(trunk, layers, held, recipe.feature_weight))
    write_decoder(options.out, layers, channels, recipe.width, recipe.weights)
    print(f"loss on held-out photographs {before:.4f}, then {after:.4f}; {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
