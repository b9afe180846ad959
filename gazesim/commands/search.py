"""`gazesim search`: from a config to a folder with the table, the figures and the full record."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from gazesim.checks import check_at_least
from gazesim.commands.command import Command, build, key

if TYPE_CHECKING:
    from gazesim.scanpath import Scanpath
    from gazesim.search.loop import SearchModel
    from gazesim.trial import Trial

TRIAL_KEYS = ("image", "target", "target_box", "target_text", "objects", "px_per_degree", "background")
EXAMPLES = """
gazesim search                                                            a built-in trial, offline
gazesim search image=photo.jpg target=mug.jpg px_per_degree=30            your photograph and target
gazesim search image=photo.jpg target_box=[40,80,99,160] px_per_degree=30 the target is a part of it
gazesim search trials=my_set weights=vgg16.pt out=runs/my_set             a folder with trials.csv; resumes
gazesim search trials=my_set workers=4                                    four processes; the same scanpaths
gazesim search -m shard=1/4,2/4,3/4,4/4 trials=my_set out=runs/parts      in four parts; gazesim merge joins them
gazesim search -m model=eccnet,ivsn,template,chance                       a sweep
gazesim search image=photo.jpg px_per_degree=30 model=itti                free viewing, for models that need no target
gazesim search trials=my_set model=oat weights=oat.safetensors objects=segmented   objects found automatically
gazesim search settings.levels=[5] settings.inhibition_deg=2              other choices than the model's
"""


@dataclass(frozen=True)
class Config:
    """What `gazesim search` takes."""

    image: str | None = key(None, "the display, an image file")
    target: str | None = key(
        None, "what is searched for, an image file; left out, it is cut from the display at target_box"
    )
    target_box: list[float] | None = key(
        None, "[x0,y0,x1,y1], where it is (x1, y1 exclusive): the search stops when a fixation finds it"
    )
    target_text: str | None = key(None, "what is searched for in words, a class or a caption, for models that read")
    objects: str | list[list[float]] | None = key(
        None,
        "[[x0,y0,x1,y1],...], the places that may be fixated, such as the cells of a search array; or segmented (what "
        "stands out) or detected (things), found in trials that have none, also with trials=",
    )
    px_per_degree: float | None = key(None, "how many px one degree of visual angle covers")
    background: float | list[float] | None = key(
        None, "grey value or [r,g,b] around the display; black unless given, with objects its border colour"
    )
    trials: str | None = key(None, "instead of all these: a trials.csv, or the folder that holds it")
    model: str = key("eccnet", "one of `gazesim models`")
    weights: str = key(
        "embedded",
        "or vgg16, places, torchvision, or a file: .pt, .safetensors, .h5; of oat what `gazesim train` wrote",
    )
    detector: str = key(
        "torchvision",
        "of objects=detected: torchvision (downloads once) or a file of Faster R-CNN, .pt or .safetensors",
    )
    device: str = key("cpu", "or cuda, mps")
    max_fixations: int | None = key(
        None, "how many may follow the initial one; else one more than there are objects, or 30"
    )
    seed: int = key(0, "for models that sample")
    batch_size: int = key(1, "trials side by side; changes the speed on a GPU, never the result")
    workers: int | None = key(
        None,
        "processes that search, each with one thread; never changes the result; null searches in one with all threads",
    )
    shard: str | None = key(
        None, "k/n, such as 3/16: every n-th trial from the k-th only; `gazesim merge` joins the parts"
    )
    figures: int = key(10, "for how many of the trials to draw figures and the animation")
    view: Literal["pooling", "texture"] = key(
        "pooling",
        "what figures show as seen: means over pooling windows, or texture that keeps their statistics (slower)",
    )
    out: str | None = key(None, "folder for the results; else outputs/search/<date>_<time>")
    settings: dict[str, Any] = key(
        {},
        "a setting of the model, or a YAML file of them; `gazesim models model=eccnet` shows those of eccnet, and what "
        "each is",
    )


def run(config: Config) -> Path:
    """Search the trials that `config` names and return the folder with the results.

    Raises
    ------
    FileNotFoundError, ValueError
        If anything in the config is not accepted; nothing has been written then.
    """
    from gazesim.models import load_model
    from gazesim.runs.folder import RunFolder, results_folder
    from gazesim.search.shared import in_shard

    given = _trials(config)
    for name, least in (("seed", 0), ("batch_size", 1), ("figures", 0), ("workers", 1)):
        if (value := getattr(config, name)) is not None:
            check_at_least(name, value, least)
    if config.max_fixations is not None:
        check_at_least("max_fixations", config.max_fixations, 1)
    settings = {name: value for name, value in config.settings.items() if value is not None}
    model = load_model(config.model, weights=config.weights, device=config.device, **settings)
    trials = _with_found_objects(given, config)
    trials = in_shard(trials, config.shard)
    model.check(trials)
    folder = results_folder("search", config.out)
    results = RunFolder(folder, "search", asdict(config), given)
    if cost := model.attention.cost(trials):
        print(f"{model.name}: {cost.described(config.device)}", file=sys.stderr)
    if isinstance(config.objects, str):
        record_objects(
            folder / "objects.csv",
            [new for new, old in zip(trials, in_shard(given, config.shard), strict=True) if new is not old],
        )
    left = results.left(trials, model.name, adapts=model.stopping.adapts)
    for path in model.walk_with_progress(
        left,
        already=len(trials) - len(left),
        max_fixations=config.max_fixations,
        seed=config.seed,
        batch_size=config.batch_size,
        workers=config.workers,
    ):
        results.append(path)
    paths = results.finish([trial.id for trial in trials], [model.name])
    if model.answers:
        from gazesim.responses import write_responses
        from gazesim.search.answers import responses_of

        write_responses(folder / "responses.csv", responses_of(trials, paths, model.timing, config.seed))
    _report(folder, paths)
    drawn = list(zip(trials, paths, strict=True))[: config.figures]
    for (trial, path), name in zip(drawn, figure_names([trial for trial, _ in drawn]), strict=True):
        draw(model, trial, path, folder / "figures" / name if len(trials) > 1 else folder, config.view)
    return folder


def draw(
    model: SearchModel, trial: Trial, path: Scanpath, folder: Path, view: Literal["pooling", "texture"] = "pooling"
) -> None:
    """Write scanpath.png, steps.png (both as PDF too) and search.gif of one search into `folder`."""
    from gazesim.files import writable_folder
    from gazesim.perception.views import view_of
    from gazesim.plotting.animation import write_gif
    from gazesim.plotting.foveated_view import foveated_view
    from gazesim.plotting.search_figures import figure_search, figure_steps, save_figure, shown_steps

    folder = writable_folder(folder)
    seen = foveated_view if view == "pooling" else view_of("foveation_texture")
    priorities = {step: model.priority(trial, path.xy[: step + 1]) for step in shown_steps(path)}
    written = [
        *save_figure(figure_search(trial, path), folder / "scanpath.png"),
        *save_figure(figure_steps(trial, path, priorities, view=seen), folder / "steps.png"),
        folder / "search.gif",
    ]
    write_gif(folder / "search.gif", trial, path, seen)
    print("\n".join(f"  {file}" for file in written))


def searched_trials(config: Mapping[str, Any]) -> list[Trial]:
    """Return the trials of a run with this config, without objects that were still to be found.

    See `run` for what is raised.
    """
    return _trials(build(Config, {**asdict(Config()), **config}))


def _trials(config: Config) -> list[Trial]:
    from gazesim.builtin import builtin_trial
    from gazesim.trial import Trial
    from gazesim.trial_table import read_trials

    values = {name: getattr(config, name) for name in TRIAL_KEYS}
    if isinstance(config.objects, str):  # how they are found, which goes with trial lists too
        values["objects"] = None
    given = [name for name in TRIAL_KEYS if values[name] is not None]
    if config.trials is not None:
        if given:
            raise ValueError(f"trials and {given[0]} are both given, expected one of them")
        trials = read_trials(config.trials)
        for trial in trials:
            if not trial.has_px_per_degree:
                raise ValueError(f"trials {config.trials!r}: px_per_degree of {trial.id!r} is missing")
        return trials
    if not given:
        return [builtin_trial()]
    for name in ("image", "px_per_degree"):
        if values[name] is None:
            raise ValueError(f"{name} is missing, expected with {given[0]}")
    image = values.pop("image")
    trial = Trial(image, values.pop("target"), **values, id=Path(image).stem)
    trial.image, trial.target  # noqa: B018 - read, so that a damaged one is found before anything is written
    return [trial]


def record_objects(path: Path, trials: Sequence[Trial]) -> None:
    """Write the objects of `trials` as a table, one row each; ValueError if it is there and has others."""
    import numpy as np

    from gazesim.table import read_rows
    from gazesim.trial_table import OBJECT_BOX, write_csv

    header = ("trial", *OBJECT_BOX)
    rows = [[str(trial.id), *map(str, box)] for trial in trials for box in np.asarray(trial.objects).tolist()]
    if path.exists() and [[row[name] for name in header] for row in read_rows(path, header).values()] != rows:
        raise ValueError(f"{path} has other objects than were found now; choose another out")
    write_csv(path, header, rows)


def _with_found_objects(trials: list[Trial], config: Config) -> list[Trial]:
    """Return `trials` with objects as `config` says that they are found."""
    if not isinstance(config.objects, str):
        return trials
    from tqdm.auto import tqdm

    from gazesim.proposals import finder, with_objects

    find = finder(config.objects, config.detector, device=config.device)
    hide = None if len(trials) > 1 else True
    return [with_objects(trial, find) for trial in tqdm(trials, desc="objects", unit="trial", disable=hide)]


def figure_names(trials: Sequence[Trial]) -> list[str]:
    """Return the folder for the figures of each trial: its id as file systems take it, numbered where two are alike."""
    names: list[str] = []
    for trial in trials:
        name, number = re.sub(r"[^\w.-]", "_", str(trial.id)), 2
        stem = name
        while name in names:
            name, number = f"{stem}-{number}", number + 1
        names.append(name)
    return names


def _report(folder: Path, paths: list[Scanpath]) -> None:
    from gazesim.plotting.search_figures import outcome

    if len(paths) == 1:
        print(f"{paths[0].trial}: {outcome(paths[0])}")
    else:
        found = sum(path.found is True for path in paths)
        print(f"{len(paths)} trials, target found in {found}")
    for name in ("scanpaths.csv", "responses.csv", "objects.csv", "run.json"):
        if (folder / name).exists():
            print(f"  {folder / name}")


COMMAND = Command(
    Config,
    run,
    EXAMPLES,
    "Positions and boxes are px of the image, x to the right, y down, from its top left corner.",
    makes_folder=True,
)
