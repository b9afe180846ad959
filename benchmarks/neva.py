"""NeVA: how far the loss falls, how good the place is that it finds, what a class does, and what a scanpath costs.

    python benchmarks/neva.py DATA [--images 20] [--classes 125] [--fixations 10] [--threads 2] [--exact]

DATA holds osie/ (photographs of Xu et al. 2014), squeezenet/ (ImageNet weights) and natural_images/ (a photograph of
each class of ImageNet). From the centre, one fixation is chosen on each photograph for each loss.

The first table has the loss at the centre, the first of the places evaluated; the least at the places spread over the
display; and the least of all, after the descent. "fell" counts the photographs on which each is lower than the one
before. The loss at the choice is compared with that of 200 places drawn at random: once with the loss that was
minimised, in which sharp and blurred features are blended before the last stage, and with --exact also with the
published one, in which the pictures are blended. The target of the loss "target" is a 4-degree patch around a random
place. The loss "caption" is that of a small CLIP with random weights, which tests the optimisation and no more; it
needs open_clip.

The second table compares a right class with a wrong one, that 500 further in ImageNet's list, on photographs of which
SqueezeNet names the class rightly when it sees them sharply.
"""

import argparse
import json
import time
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch

import gazesim
from gazesim.attention import Glance
from gazesim.attention.loss_driven.clip import ClipSettings, agreement
from gazesim.attention.loss_driven.gradient import GradientAttention, NevaSettings
from gazesim.attention.loss_driven.network import Network, imagenet_classes, load_network
from gazesim.attention.loss_driven.tasks import Task, classification, reconstruction, resized, similarity
from gazesim.trial import Trial

PX_PER_DEGREE, RANDOM = 24, 200
CAPTION = "a person looks at something on a table"
CLIP = {
    "model_cfg": {
        "embed_dim": 64,
        "vision_cfg": {"image_size": 224, "layers": [1, 1, 1, 1], "width": 16, "patch_size": None},
        "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 64, "heads": 2, "layers": 2},
    },
    "preprocess_cfg": {"mean": [0.48, 0.46, 0.41], "std": [0.27, 0.26, 0.28]},
}


def photo_trials(osie: Path, n: int, text: str | None = None) -> list[Trial]:
    """Return n trials with a target cut from them, evenly from the list of photographs."""
    files = sorted((osie / "stimuli").glob("*.jpg"))
    random = np.random.default_rng(0)
    trials = []
    for file in files[:: len(files) // n][:n]:
        x, y = random.integers(0, [800 - 96, 600 - 96])
        box = (x, y, x + 96, y + 96)
        trials.append(Trial(file, None, target_box=box, target_text=text, px_per_degree=PX_PER_DEGREE, id=file.name))
    return trials


def tasks(network: Network) -> dict[str, Task]:
    side = NevaSettings().side_px
    named = {"reconstruction": reconstruction(network), "classification": classification(network)}
    return {**named, "target": similarity(network, side)}


def caption_task() -> Task:
    """Return the task of NevaClip, by a small residual network with random weights."""
    import open_clip

    torch.manual_seed(0)
    model = open_clip.model.CLIP(**CLIP["model_cfg"])
    with TemporaryDirectory() as folder:
        (Path(folder) / "open_clip_config.json").write_text(json.dumps(CLIP))
        weights = Path(folder) / "open_clip_pytorch_model.bin"
        torch.save(model.state_dict(), weights)
        return agreement(weights, ClipSettings(f"local-dir:{folder}"), NevaSettings().side_px)


def glance(trial: Trial) -> Glance:
    return Glance(trial, trial.image, np.array([trial.width // 2, trial.height // 2], float))


@torch.no_grad()
def beaten(attention: GradientAttention, glance: Glance, xy: torch.Tensor, places: torch.Tensor) -> float:
    """Return the share of `places` (k, 2) with a higher loss than `xy` (1, 2)."""
    loss = attention.objective([glance])
    others = torch.cat([loss(place[None]) for place in places])
    return (others > loss(xy)).float().mean().item()


def measure(task: Task, trials: list[Trial], exact: bool) -> dict[str, str]:
    """Return the row of the first table for one loss."""
    attention = GradientAttention(task)
    published = GradientAttention(task, replace(NevaSettings(), blend=0))
    places = torch.from_numpy(np.random.default_rng(1).uniform(-1, 1, (RANDOM, 2))).float()
    course, shares, exact_shares, seconds = [], [], [], []
    for trial in trials:
        start = time.perf_counter()
        visits = attention.optimise([glance(trial)])
        seconds.append(time.perf_counter() - start)
        least = visits.loss[:, 0].cummin(dim=0).values
        course.append([least[n].item() for n in (0, NevaSettings().starts - 1, -1)])
        best = visits.xy[visits.loss[:, 0].argmin()]
        shares.append(beaten(attention, glance(trial), best, places))
        exact_shares += [beaten(published, glance(trial), best, places)] if exact else []
    first, spread, last = np.mean(course, axis=0)
    fell = (np.diff(course, axis=1) < 0).sum(axis=0)
    row = {"loss at the centre": f"{first:.4g}", "least of 12 places": f"{spread:.4g}", "at the choice": f"{last:.4g}"}
    row["fell"] = f"{fell[0]}, {fell[1]} of {len(trials)}"
    for name, values in (("", shares), (" exactly", exact_shares)):
        if values:
            row[f"beats{name}, mean"] = f"{np.mean(values) * 100:.1f} %"
            row[f"at least 95 %{name}"] = f"{sum(v >= 0.95 for v in values)} of {len(values)}"
    return {**row, "s per fixation": f"{np.median(seconds):.2f}"}


def class_trials(folder: Path, network: Network, n: int) -> list[tuple[Trial, Trial]]:
    """Return photographs with a right and a wrong class each, of n that are evenly from the list of classes.

    Left out are those that `network` takes for another class as it sees them sharply, and names of two classes.
    """
    names, files = imagenet_classes(), sorted((folder / "images").glob("*.jpg"))
    pairs = []
    for i in range(0, len(names), len(names) // n):
        texts = names[i], names[(i + 500) % len(names)]
        right, wrong = (Trial(files[i], target_text=text, px_per_degree=PX_PER_DEGREE) for text in texts)
        seen = network.logits(network.features(resized(right.image, NevaSettings().side_px))).argmax().item()
        if seen == i and all(names.count(text) == 1 for text in texts):
            pairs.append((right, wrong))
    return pairs


def measure_classes(network: Network, pairs: list[tuple[Trial, Trial]]) -> dict[str, str]:
    """Return the second table: what seeking the right class rather than a wrong one does."""
    attention = GradientAttention(classification(network))
    reached, elsewhere, chosen = [], [], []
    for pair in pairs:
        runs = [attention.optimise([glance(trial)]) for trial in pair]
        places = [run.xy[run.loss[:, 0].argmin()] for run in runs]
        with torch.no_grad():
            elsewhere.append(attention.objective([glance(pair[0])])(places[1]).item())
        reached.append([run.loss.min().item() for run in runs])
        chosen.append(torch.cat(places).numpy())
    right, wrong = np.array(reached).T
    n, apart = len(pairs), np.linalg.norm(np.diff(chosen, axis=1)[:, 0], axis=1)
    edge = (np.abs(chosen).max(axis=2) > 0.9).sum(axis=0)
    return {
        "photographs": f"{n}",
        "loss of the right class": f"{right.mean():.2f}",
        "of the wrong class": f"{wrong.mean():.2f}",
        "right is lower": f"{(right < wrong).sum()} of {n}",
        "of the right class, where the wrong one was sought": f"{np.mean(elsewhere):.2f}",
        "that is higher": f"{(right < elsewhere).sum()} of {n}",
        "distance of the fixations, half sides": f"{apart.mean():.2f}",
        "above 0.1": f"{(apart > 0.1).sum()} of {n}",
        "within 0.1 of the border, right and wrong": f"{edge[0]}, {edge[1]} of {n}",
    }


def show(row: dict[str, str], head: bool = True) -> None:
    if head:
        print(f"| {' | '.join(row)} |\n|{'---|' * len(row)}")
    print(f"| {' | '.join(row.values())} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--images", type=int, default=20)
    parser.add_argument("--classes", type=int, default=125)
    parser.add_argument("--fixations", type=int, default=10, help="of the scanpaths that are timed")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--exact", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    trials = photo_trials(arguments.data / "osie", arguments.images)
    print(f"{len(trials)} photographs, torch {torch.__version__}, {arguments.threads} threads\n")
    squeezenet = load_network(arguments.data / "squeezenet" / "squeezenet1_0_imagenet.pt")
    for network in (load_network(), squeezenet):
        for name, task in tasks(network).items():
            row = {"network": network.name, "loss": name, **measure(task, trials, arguments.exact)}
            show(row, head=network is not squeezenet and name == "reconstruction")
    if find_spec("open_clip"):
        captioned = photo_trials(arguments.data / "osie", arguments.images, CAPTION)
        row = measure(caption_task(), captioned, arguments.exact)
        show({"network": "random CLIP", "loss": "caption", **row}, head=False)
    else:
        print('no row for captions: they need open_clip, pip install "gazesim[clip]"')
    pairs = class_trials(arguments.data / "natural_images", squeezenet, arguments.classes)
    print(f"\nSqueezeNet names the class of {len(pairs)} of {arguments.classes} photographs rightly:\n")
    show(measure_classes(squeezenet, pairs))
    for name in ("neva", "neva_classification", "neva_target"):
        model = gazesim.load_model(name, weights="places", recognition_deg=1e-3)
        seconds = []
        for trial in trials[:5]:
            start = time.perf_counter()
            model.search(trial, max_fixations=arguments.fixations)
            seconds.append(time.perf_counter() - start)
        print(
            f"\n{name}: {np.median(seconds):.2f} s for a scanpath of {arguments.fixations} fixations, places at 224 px",
            flush=True,
        )


if __name__ == "__main__":
    main()
