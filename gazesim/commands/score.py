"""`gazesim score`: models against people, with tables and figures."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gazesim.commands.command import Command, key

if TYPE_CHECKING:
    import pandas as pd

    from gazesim.scoring import Scores

EXAMPLES = """
gazesim score dataset=osie model=[itti,spectral_residual,eccnet]          maps against fixations, free viewing
gazesim score dataset=osie model=itti metric=[scanmatch,multimatch]       scanpaths against scanpaths
gazesim score dataset=waldo model=published                               the models' paths that come with the data
gazesim score dataset=waldo model=published.eccnet metric=scanmatch_gupta scored as published
gazesim score dataset=mine.yaml scanpaths=model.csv                       data of your own, a model from outside
gazesim score dataset=osie model=cle metric=energy_multimatch samples=10  best for who looks as people do
gazesim score dataset=osie maps=deepgaze log_density=true                 a folder with a map a trial, 1001.npy
gazesim score dataset=osie model=gbvs settings=outputs/fit/RUN/fitted.yaml   as `gazesim fit` fitted it
gazesim score dataset=wolfe2010 model=guided_search                       answers and reaction times
gazesim score dataset=osie model=gbvs images=50 out=runs/quick            stopped or killed, the same line continues
"""


@dataclass(frozen=True)
class Config:
    """What `gazesim score` takes."""

    dataset: str | None = key(None, "one of `gazesim data`, or a YAML file that describes data of your own")
    root: str | None = key(None, "the folder of the data set; else where data sets lie")
    px_per_degree: float | None = key(None, "for data sets that do not know it")
    model: str | list[str] | None = key(
        None, "some of `gazesim models`; published: those that come with the data, published.NAME: one"
    )
    scanpaths: str | list[str] | None = key(
        None, "files of scanpaths of other models; each observer in a file is a model"
    )
    maps: str | list[str] | None = key(
        None, "folders of maps of other models, one .npy or grey .png a trial, called after its id; each is a model"
    )
    log_density: bool = key(False, "whether those maps are logarithms of densities; else priorities of any scale")
    metric: str | list[str] | None = key(
        None, "some of docs/scoring.md; else what fits: for maps nss, auc, auc_shuffled and information_gain"
    )
    weights: str = key("embedded", "or vgg16, places, torchvision, or a file: .pt, .safetensors, .h5")
    device: str = key("cpu", "or cuda, mps")
    max_fixations: int | None = key(
        None, "how many follow the initial one; else the model decides, in free viewing people's mean"
    )
    images: int | None = key(
        None, "how many of the displays, evenly spaced; else all. With reaction times: drawn for each cell, else 10"
    )
    samples: int = key(1, "scanpaths a trial of models that sample; energy_NAME, the energy form, needs 2 at least")
    seed: int = key(0, "of models that sample, scanpaths by chance, and the bootstrap")
    batch_size: int = key(1, "trials that search side by side; changes the speed on a GPU, never the result")
    workers: int | None = key(
        None, "processes that run models and score, each with one thread; never changes the result; null is this one"
    )
    accept: str | list[str] | None = key(
        None, "what looks implausible in scanpaths= and is so; the line that stops names the check"
    )
    settings: dict[str, Any] = key({}, "of the models, each of which takes those it has; one, or a YAML file of them")
    out: str | None = key(None, "folder for the results; else outputs/score/<date>_<time>")


def run(config: Config) -> Path:
    """Score the models that `config` names and return the folder with the results.

    Raises
    ------
    FileNotFoundError, ValueError
        If anything in the config is not accepted; nothing has been written then.
    """
    if config.dataset is None:
        raise ValueError("dataset is missing, expected one that `gazesim data` lists, or a YAML file of your own")
    from gazesim.datasets import has_answers_only
    from gazesim.runs.folder import remove_if_empty, results_folder
    from gazesim.scoring import GivenMaps, score

    if has_answers_only(config.dataset):
        return _score_answers(config)

    def listed(value: str | list[str] | None) -> list[str]:
        return [value] if isinstance(value, str) else value or []

    given = [GivenMaps(Path(each).resolve().name, each, config.log_density) for each in listed(config.maps)]
    folder = results_folder("score", config.out)
    models = [*listed(config.model), *given]
    told = ("dataset", "model", "maps", "log_density", "metric", "out")
    others = {name: value for name, value in asdict(config).items() if name not in told}
    try:
        scores = score(models, config.dataset, config.metric, out=folder, **others)
    finally:
        remove_if_empty(folder)
    print(report(scores) + "\n")
    written = (folder / name for name in ("summary.md", "comparisons.md", "slopes.csv", "figures"))
    print("\n".join(f"  {path}" for path in written if path.exists()))
    return folder


def _score_answers(config: Config) -> Path:
    """Score models against people's answers and reaction times."""
    from gazesim.commands.answers import answering
    from gazesim.scoring.response_times import score_responses

    gaze = ("px_per_degree", "scanpaths", "maps", "metric", "max_fixations", "accept")
    with answering("score", config, gaze) as (folder, models, dataset, responses):
        tables = score_responses(models, dataset, responses, displays=config.images or 10, seed=config.seed, out=folder)
    print(tables["slopes"].round(1).to_string(index=False))
    print(f"\n  {folder / 'cells.csv'}\n  {folder / 'people.csv'}\n  {folder / 'figures'}")
    return folder


def report(scores: Scores) -> str:
    """Return the summary as text, and the search slopes where there are any, columns aligned."""
    from gazesim.scoring.tables import readable_slopes, readable_summary

    told = ((scores.summary, readable_summary), (scores.slopes, readable_slopes))
    return "\n\n".join(_aligned(readable(table)) for table, readable in told if len(table))


def _aligned(table: pd.DataFrame) -> str:
    rows = [list(table.columns), *table.to_numpy().tolist()]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


COMMAND = Command(
    Config,
    run,
    EXAMPLES,
    "Writes tables (trials, summary, comparisons, curves, saccades) and figures. Every score stands between chance and "
    "ceiling: how well people predict each other. docs/scoring.md says what is computed.",
    makes_folder=True,
)
