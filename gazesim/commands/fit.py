"""`gazesim fit`: parameters of models from people's fixations, with intervals, comparison and recovery."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gazesim.commands.command import Command, key

if TYPE_CHECKING:
    from gazesim.fitting import Fits

EXAMPLES = """
gazesim fit model=eccnet_sampling dataset=interiors px_per_degree=32 parameters=[temperature,lapse] lattice_deg=11
gazesim fit model=[eccnet_sampling,gbvs] dataset=interiors parameters=[temperature,saccade_cost,level_weights]
gazesim fit model=ibs dataset=mine.yaml parameters=[temperature,visibility,visibility_deg] people=true recover=20
gazesim fit model=guided_search dataset=wolfe2010 parameters=[temperature,quit_weight,duration_ms,nonsearch_ms]
gazesim search trials=my_set model=eccnet_sampling settings=outputs/fit/RUN/fitted.yaml     what was fitted, in use
"""


@dataclass(frozen=True)
class Config:
    """What `gazesim fit` takes."""

    model: str | list[str] = key("eccnet_sampling", "some of `gazesim models`")
    dataset: str | None = key(None, "one of `gazesim data`, or a YAML file that describes data of your own")
    parameters: str | list[str] = key(
        ["temperature", "lapse"],
        "of temperature, lapse, saccade_cost, inhibition_strength, inhibition_decay, level_weights, visibility, "
        "visibility_deg, centre_variance, centre_flatness; each model is fitted with those it has. To reaction times: "
        "temperature, quit_weight, duration_ms, duration_spread, nonsearch_ms, nonsearch_spread, miss_rate",
    )
    root: str | None = key(None, "the folder of the data set; else where data sets lie")
    px_per_degree: float | None = key(None, "for data sets that do not know it")
    weights: str = key("embedded", "or vgg16, places, torchvision, or a file: .pt, .safetensors, .h5")
    device: str = key("cpu", "or cuda, mps")
    images: int | None = key(
        None, "how many of the displays, evenly spaced; else all. With reaction times: drawn for each cell, else 10"
    )
    observers: int | None = key(None, "how many of the people, the first; else all")
    cell_deg: float = key(1.0, "side of the cells among which fixations are chosen, in displays without objects")
    lattice_deg: float | None = key(
        None, "makes maps only from points so far apart, and takes the nearest; else at every fixation"
    )
    starts: int = key(3, "fits from different starts, of which the best is kept")
    folds: int = key(5, "parts of the displays, each predicted from the others; 0 predicts none")
    people: bool = key(False, "true also fits each person, alone and as one of a group, with split-half reliability")
    recover: int = key(0, "how many simulated people are fitted, to see whether their parameters are found again")
    max_fixations: int | None = key(None, "of simulated people; else as the model does")
    seed: int = key(0, "of starts, folds and simulated people")
    out: str | None = key(None, "folder for the results; else outputs/fit/<date>_<time>")
    settings: dict[str, Any] = key({}, "of the models, what is not fitted; a setting, or a YAML file of them")


def run(config: Config) -> Path:
    """Fit the models that `config` names and return the folder with the results.

    Raises
    ------
    FileNotFoundError, ValueError
        If anything in the config is not accepted; nothing has been written then.
    """
    if config.dataset is None:
        raise ValueError("dataset is missing, expected one that `gazesim data` lists, or a YAML file of your own")
    from gazesim.datasets import has_answers_only
    from gazesim.fitting import fit
    from gazesim.runs.folder import remove_if_empty, results_folder

    if has_answers_only(config.dataset):
        return _fit_answers(config)
    folder = results_folder("fit", config.out)
    told = ("dataset", "model", "parameters", "recover", "out")
    others = {name: value for name, value in asdict(config).items() if name not in told}
    try:
        found = fit(
            config.model, config.dataset, config.parameters, recover_people=config.recover, out=folder, **others
        )
    finally:
        remove_if_empty(folder)
    print(report(found))
    print(f"\n  {folder / 'fitted.yaml'}\n  {folder / 'parameters.csv'}\n  {folder / 'figures'}")
    return folder


def _fit_answers(config: Config) -> Path:
    """Fit models to people's answers and reaction times."""
    from gazesim.commands.answers import answering
    from gazesim.fitting.response_times import fit_responses
    from gazesim.scoring.response_times import write_responses_tables

    gaze = ("px_per_degree", "observers", "lattice_deg", "people", "recover", "max_fixations")
    names = [config.parameters] if isinstance(config.parameters, str) else config.parameters
    how = {"displays": config.images or 10, "starts": config.starts, "seed": config.seed}
    with answering("fit", config, gaze) as (folder, models, dataset, responses):
        tables = fit_responses(models, dataset, responses, names, **how)
        write_responses_tables(folder, tables)
    print(tables["parameters"].to_string(index=False))
    print(tables["slopes"].round(1).to_string(index=False))
    print(f"\n  {folder / 'parameters.csv'}\n  {folder / 'cells.csv'}\n  {folder / 'figures'}")
    return folder


def report(fits: Fits) -> str:
    """Return the estimates, what they predict, and how well they are recovered, as text."""
    lines = []
    for _, row in fits.parameters.iterrows():
        interval = f"[{row['low']:.3g}, {row['high']:.3g}]"
        lines.append(f"{row['model']:18} {row['parameter']:22} {row['estimate']:10.4g}  {interval}")
    for _, row in fits.summary.iterrows():
        told = f"{row['bits']:.3f} [{row['low']:.3f}, {row['high']:.3f}] bits a fixation over a uniform choice"
        lines.append(f"{row['model']:18} {told}, {row['fixations']} fixations that were not fitted")
    for _, row in fits.comparisons.iterrows():
        told = f"{row['difference']:z.3f} [{row['low']:z.3f}, {row['high']:z.3f}] bits, p {row['p']:.2g}"
        lines.append(f"{row['first']} - {row['second']}: {told}")
    for (model, name), own in fits.recovery.groupby(["model", "parameter"], sort=False) if len(fits.recovery) else ():
        inside = ((own["low"] <= own["true"]) & (own["true"] <= own["high"])).mean()
        lines.append(f"{model:18} {name:22} recovered: {inside:.2f} of {len(own)} true values in their intervals")
    return "\n".join(lines)


COMMAND = Command(
    Config,
    run,
    EXAMPLES,
    "Writes fitted.yaml, which every command takes as settings=fitted.yaml, tables (parameters, profiles, fixations, "
    "summary, comparisons, people, group, recovery) and figures. docs/fit.md says what is computed.",
    makes_folder=True,
)
