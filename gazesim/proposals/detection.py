"""Objects by a trained detector of torchvision, for photographs of everyday things."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torchvision.models import detection

from gazesim.checks import check_not_negative
from gazesim.encoders.backbones import torch_device
from gazesim.encoders.weight_files import COUNTER, read_state_dict
from gazesim.proposals.boxes import Boxes, distinct, within

DOWNLOADED = "fasterrcnn_mobilenet_v3_large_fpn"
DETECTORS: dict[str, Callable[..., nn.Module]] = {
    name: getattr(detection, name) for name in (DOWNLOADED, "fasterrcnn_resnet50_fpn_v2")
}
CLASSES = "roi_heads.box_predictor.cls_score.bias"  # its length is the number of classes


@dataclass(frozen=True)
class DetectionSettings:
    """Which detections count as objects.

    Parameters
    ----------
    least_score : float
        Detections that the detector gives a lower score, 0 to 1, are left out.
    """

    least_score: float = 0.5

    def __post_init__(self) -> None:
        check_not_negative("least_score", self.least_score)


def load_detector(weights: str | Path = "torchvision", *, device: str = "cpu") -> nn.Module:
    """Load a detector with its weights.

    Parameters
    ----------
    weights : str or Path
        "torchvision" (Faster R-CNN on MobileNetV3, trained on COCO, 75 MB, downloaded by torchvision on first use),
        or a file with the state dict of one of `DETECTORS` (.pt, .pth, .safetensors), for any number of classes.
    device : str
        Where torch puts it.

    Raises
    ------
    FileNotFoundError
        If the file does not exist.
    ValueError
        If the file cannot be read, is of another architecture or not finite, or the download fails.
    """
    model = _from_torchvision() if str(weights) == "torchvision" else _from_file(Path(weights))
    return model.to(torch_device(device)).eval().requires_grad_(False)


@torch.inference_mode()
def detected(
    picture: NDArray[np.uint8], detector: nn.Module, settings: DetectionSettings = DetectionSettings()
) -> Boxes:
    """Return the boxes (n, 4) of the things in `picture` (H, W, 3) RGB, x0, y0, x1, y1 in px, the surest first.

    Of boxes that are nearly the same, the one with the highest score is kept, whatever the classes.

    Parameters
    ----------
    picture : uint8 (H, W, 3)
    detector : torch Module
        See `load_detector`; any detector of torchvision.
    settings : DetectionSettings

    Returns
    -------
    float64 (n, 4)
        Whole px; n = 0 if nothing was detected.
    """
    device = next(detector.parameters()).device
    found = detector([torch.tensor(picture, device=device).permute(2, 0, 1).float() / 255])[0]
    boxes, scores = (found[key].double().cpu().numpy() for key in ("boxes", "scores"))
    boxes, covers = within(boxes, picture.shape[1], picture.shape[0])
    kept = covers & (scores >= settings.least_score)
    return distinct(boxes[kept], scores[kept])


def _from_torchvision() -> nn.Module:
    try:
        return DETECTORS[DOWNLOADED](weights="DEFAULT")
    except (OSError, RuntimeError) as error:  # RuntimeError: the file's hash is wrong
        raise ValueError(
            f"detector 'torchvision' could not be downloaded ({error}); connect to the network once, "
            "or use detector=FILE with its weights, or objects=segmented"
        ) from None


def _from_file(path: Path) -> nn.Module:
    if not path.is_file():
        if not path.exists():
            raise FileNotFoundError(f"detector {str(path)!r} does not exist, expected 'torchvision' or a weights file")
        raise ValueError(f"detector {str(path)!r} is not a file")
    state = {key: value for key, value in read_state_dict(path).items() if not key.endswith(COUNTER)}
    model = _fitting(state, path)
    model.load_state_dict({key: value.float() for key, value in state.items()}, strict=False)
    return model


def _fitting(state: dict[str, Tensor], path: Path) -> nn.Module:
    """Return the detector, untrained, whose tensors have the names and shapes of `state`."""
    shapes = {key: value.shape for key, value in state.items()}
    if len(shapes.get(CLASSES, ())) == 1:
        for make in DETECTORS.values():
            with torch.random.fork_rng(devices=[]):
                model = make(weights=None, weights_backbone=None, num_classes=shapes[CLASSES][0])
            wanted = {key: value.shape for key, value in model.state_dict().items() if not key.endswith(COUNTER)}
            if shapes == wanted:
                return model
    raise ValueError(f"weights file {path} fits no known detector ({', '.join(DETECTORS)})")
