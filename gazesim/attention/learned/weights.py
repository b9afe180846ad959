"""The weights of readouts in a file: float16 safetensors that say what they are of."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from gazesim.attention.learned.features import TrunkFeatures
from gazesim.attention.learned.projection import Projection
from gazesim.attention.learned.readout import CENTRE_SHAPE, Readout, ReadoutSizes
from gazesim.encoders.weight_files import check_tensors
from gazesim.files import atomic_path, check_file

KEY = "gazesim_gaze"  # one key of metadata: safetensors writes several in random order
SHIPPED = Path(__file__).parent / "osie.safetensors"
MATRIX_SCALE = 64.0  # of what is written, so that float16 holds it


@dataclass(frozen=True, eq=False)
class GazeWeights:
    """A trained model of gaze.

    kind       : of the trunk's features, see `TrunkFeatures.kind`
    trunk      : the weights of the trunk that it was trained with, a name or a file
    long_side  : to which pictures are scaled
    projection : of the features
    members    : readouts whose densities are averaged
    centres    : of each data set the log of the centre bias, (24, 32)
    about      : what it was trained on
    """

    kind: str
    trunk: str
    long_side: int
    projection: Projection
    members: tuple[Readout, ...]
    centres: Mapping[str, Tensor]
    about: Mapping[str, Any] = field(default_factory=dict)

    def check_trunk(self, features: TrunkFeatures) -> None:
        """Raise ValueError unless the readouts were trained on features of this kind."""
        if features.kind != self.kind:
            raise ValueError(
                f"the readout was trained on features of {self.kind}, found those of {features.kind} "
                f"({features.trunk.source}); use weights of that trunk"
            )


def write_gaze_weights(path: Path, weights: GazeWeights) -> None:
    """Write `weights`, rounded to float16; the same weights give the same bytes."""
    tensors = {
        "projection.mean": weights.projection.mean,
        "projection.matrix": weights.projection.matrix * MATRIX_SCALE,
    }
    tensors |= {f"centre.{number}": centre for number, centre in enumerate(weights.centres.values())}
    for number, member in enumerate(weights.members):
        tensors |= {f"{number}.{name}": tensor for name, tensor in member.state_dict().items()}
    facts = {
        "kind": weights.kind,
        "trunk": weights.trunk,
        "long_side": weights.long_side,
        "sizes": asdict(weights.members[0].sizes),
        "centres": list(weights.centres),
        "about": dict(weights.about),
    }
    rounded = {name: tensor.detach().cpu().half().contiguous() for name, tensor in tensors.items()}
    with atomic_path(path) as partial:
        partial.write_bytes(save(rounded, {KEY: json.dumps(facts, sort_keys=True)}))


def read_gaze_weights(path: str | Path) -> GazeWeights:
    """Return the weights in a file that `gazesim train model=gaze` wrote.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is no such file, damaged, of other sizes than it says, or holds numbers that are not finite.
    """
    check_file("weights file", path)
    try:
        with safe_open(path, framework="pt") as file:
            facts = json.loads((file.metadata() or {}).get(KEY, "{}"))
            tensors: dict[str, Tensor] = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ValueError(f"weights file {path} is damaged or not safetensors: {reason}") from None
    if "sizes" not in facts:
        raise ValueError(f"weights file {path} is not of gaze, expected one that `gazesim train model=gaze` wrote")
    check_tensors(path, tensors)
    try:
        return _of_tensors(facts, {name: tensor.float() for name, tensor in tensors.items()})
    except (RuntimeError, TypeError, KeyError, ValueError) as error:
        lines = [line.strip() for line in str(error).splitlines()]
        raise ValueError(
            f"weights file {path} is of other sizes than it says: {lines[min(1, len(lines) - 1)]}"
        ) from None


def _of_tensors(facts: Mapping[str, Any], tensors: dict[str, Tensor]) -> GazeWeights:
    sizes, members = ReadoutSizes(**facts["sizes"]), []
    projection = Projection(tensors.pop("projection.mean"), tensors.pop("projection.matrix") / MATRIX_SCALE)
    centres = {name: tensors.pop(f"centre.{number}") for number, name in enumerate(facts["centres"])}
    if any(centre.shape != CENTRE_SHAPE for centre in centres.values()):
        raise ValueError(f"a centre bias is not {CENTRE_SHAPE}")
    if projection.matrix.shape != (len(projection.mean), sizes.channels):
        raise ValueError(f"the projection is {tuple(projection.matrix.shape)}")
    for number in sorted({int(name.partition(".")[0]) for name in tensors}):
        with torch.device("meta"):
            member = Readout(sizes)
        own = {name.partition(".")[2]: t for name, t in tensors.items() if name.partition(".")[0] == str(number)}
        member.load_state_dict(own, assign=True)
        members.append(member.requires_grad_(False).eval())
    if not members:
        raise ValueError("no readout is in it")
    return GazeWeights(
        facts["kind"], facts["trunk"], facts["long_side"], projection, tuple(members), centres, facts["about"]
    )
