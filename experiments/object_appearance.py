"""Does attention to objects learn from what they look like? Object arrays, with eccNET as the searcher to imitate.

    python experiments/object_appearance.py --images FOLDER --out FOLDER

eccNET draws its fixations (`eccnet_sampling`) on arrays of six pictures around the centre, several times on each: the
people. OAT learns its paths three times: without appearance; with the features of a foveated encoder, pooled at each
object from each fixation anew; and with the CNN over patches. It always knows the target once it is fixated, so that
what appearance adds is where to look. The first is also joined with the map of eccNET, as oat_eccnet, with a weight
fitted on the training part. All are scored on displays that were not trained on. Writes scores.csv, a row for each
model and seed, and prints means over seeds, and the differences between models with 95 % intervals.
"""

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import torch
from object_scores import half_interval
from tqdm import tqdm

from gazesim import load_model
from gazesim.attention.objects.batch import ObjectArray
from gazesim.attention.objects.layout import Layout
from gazesim.attention.objects.transformer import ObjectSizes
from gazesim.files import atomic_path, writable_folder
from gazesim.stimuli import make
from gazesim.training.appearance import read_appearance
from gazesim.training.evaluation import evaluate
from gazesim.training.joining import fit_on_paths, read_top_down
from gazesim.training.oat import Recipe, train
from gazesim.training.object_paths import ObjectPath, split_paths
from gazesim.trial import Trial

APPEARANCES = ("none", "foveated", "patches")
SMALL = {"appearance_size": 64, "position_size": 32, "feed_forward": 128, "encoder_layers": 1, "decoder_layers": 1}
SHOWN = ["sequence_score", "multimatch", "correct", "length", "nll", "top_down_weight", "epochs", "paths_per_s"]
LONGEST = 8
TEMPERATURE = 0.15  # of the observers; at eccNET's 0.05 nearly all first saccades go to the target


def simulate(trials: Sequence[Trial], observers: int) -> list[ObjectPath]:
    """Return the paths of `observers` runs of eccNET that samples over each display."""
    model, paths = load_model("eccnet_sampling", weights="places", temperature=TEMPERATURE), []
    for trial in tqdm(trials, desc="observers", unit="display", disable=None):
        display = ObjectArray(Layout.of(trial))
        for seed in range(observers):
            objects = display.layout.path(model.search(trial, seed=seed).xy)
            paths.append(ObjectPath(objects, display, f"eccnet_{seed}", str(trial.id)))
    return paths


def score(
    appearance: str,
    displays: Mapping[str, ObjectArray],
    joined: Mapping[str, ObjectArray] | None,
    paths: list[ObjectPath],
    seed: int,
    epochs: int,
    out: Path,
) -> pd.DataFrame:
    """Train one model and return its scores, and others', on displays that were not trained on.

    `joined` are the displays with a top-down priority, where the model is to be joined with it.
    """
    split = split_paths(paths, "layout", seed).showing(displays)
    sizes = ObjectSizes(appearance=appearance, knows_target="fixated", **SMALL)
    training = {"learning_rate": 5e-4, "batch_size": 16, "epochs": epochs, "patience": 8, "monitor": "nll"}
    recipe = Recipe(**training, mirror=True, samples=1, longest=LONGEST, seed=seed)
    began = time.process_time()
    model, history = train(sizes, recipe, split, writable_folder(out / f"{appearance}_{seed}"))
    seconds = time.process_time() - began
    if joined is not None:
        split = split.showing(joined)
        model.top_down_weight = fit_on_paths(model, split.train)
    scores = evaluate({appearance: model}, split, samples=20, seed=seed, longest=LONGEST)
    scores.loc[appearance, ["epochs", "paths_per_s"]] = [len(history), len(split.train) * len(history) / seconds]
    if joined is not None:
        scores.loc[f"{appearance}_joined", "top_down_weight"] = model.top_down_weight
    return scores


def report(table: pd.DataFrame) -> str:
    """Return the means of the scores over seeds, and how the models with appearance differ from others in nll."""
    nll = table["nll"].unstack("seed")
    lines = [table.groupby("model", sort=False)[SHOWN].mean().round(3).to_string(), ""]
    for first, second in (("foveated", "none"), ("patches", "none"), ("foveated", "patches"), ("none_joined", "none")):
        difference = (nll.loc[first] - nll.loc[second]).dropna().to_numpy()
        half = float(half_interval(difference))
        lines.append(f"nll, {first} - {second}: {difference.mean():.3f} ± {half:.3f}, {len(difference)} seeds")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Make displays and observers, train, and write the table; return the exit status."""
    parser = argparse.ArgumentParser(prog="object_appearance", description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=Path, required=True, help="folder of pictures, six or more")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--displays", type=int, default=500)
    parser.add_argument("--observers", type=int, default=2)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=24)
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    try:
        out = writable_folder(options.out)
        settings = {"n_per_set_size": options.displays, "px_per_degree": 20, "target": "present", "seed": 0}
        trials = list(make("object_array", images=str(options.images), **settings))
        paths = simulate(trials, options.observers)
        shown, displays = {str(trial.id): trial for trial in trials}, {path.layout.id: path.display for path in paths}
        with_map = read_top_down(displays, shown, load_model("eccnet", weights="places").attention)
        seen = {
            name: read_appearance(displays, shown, ObjectSizes(name, knows_target="fixated")) for name in APPEARANCES
        }
        rows = {}
        for seed in range(options.seeds):
            for appearance, own in seen.items():
                joined = with_map if appearance == "none" else None
                scores = score(appearance, own, joined, paths, seed, options.epochs, out)
                rows |= {(name, seed): scores.loc[name] for name in scores.index}
                table = pd.DataFrame.from_dict(rows, orient="index").rename_axis(["model", "seed"])
                with atomic_path(out / "scores.csv") as file:
                    table.to_csv(file, lineterminator="\n")
                print(f"{appearance}, seed {seed}: nll {scores.loc[appearance, 'nll']:.3f}", flush=True)
    except (FileNotFoundError, ValueError) as error:
        print(f"object_appearance: {error}", file=sys.stderr)
        return 2
    print(report(table))
    return 0


if __name__ == "__main__":
    sys.exit(main())
