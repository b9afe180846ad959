"""The displays of the search-asymmetry experiments, made or read."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gazesim import stimuli
from gazesim.asymmetry.published import Experiment
from gazesim.table import read_rows
from gazesim.trial import Trial
from gazesim.trial_table import read_trials


@dataclass(frozen=True, eq=False)
class Displays:
    """The displays of one experiment.

    trials     : may be made anew whenever they are gone through
    ids        : of each trial
    conditions : likewise
    set_sizes  : likewise
    """

    experiment: Experiment
    trials: Sequence[Trial]
    ids: list[str]
    conditions: list[str]
    set_sizes: list[int]


def make_displays(experiment: Experiment, n_per_set_size: int | None, seed: int) -> Displays:
    """Make `n_per_set_size` displays, None for as many as published, of each condition and set size, as published."""
    n = experiment.n_per_set_size if n_per_set_size is None else n_per_set_size
    made = stimuli.make(experiment.name, set_sizes=experiment.set_sizes, n_per_set_size=n, seed=seed)
    ids, conditions, set_sizes = zip(*((str(d.id), d.condition, d.set_size) for d in made), strict=True)
    return Displays(experiment, made, list(ids), list(conditions), list(set_sizes))


def read_displays(experiment: Experiment, sets: Path) -> Displays:
    """Read the displays from the stimulus set in the folder `sets`/<paradigm>.

    Raises
    ------
    FileNotFoundError, ValueError
        If there is no such set, it cannot be read, has no trial of one of the conditions and set sizes of the
        experiment or trials of others, or a trial without the target.
    """
    path = sets / experiment.name / "trials.csv"
    trials = read_trials(path)
    rows = read_rows(path, ("condition", "set_size"))
    shown = [(row["condition"], row["set_size"]) for row in rows.values()]
    wanted = {(condition.name, str(size)) for condition in experiment.conditions for size in experiment.set_sizes}
    for line, pair, trial in zip(rows, shown, trials, strict=True):
        if pair not in wanted:
            found = f"condition {pair[0]!r} with set_size {pair[1]!r}"
            raise ValueError(f"table {str(path)!r} row {line} has {found}, expected those of {_described(experiment)}")
        if trial.target_box is None:
            raise ValueError(f"table {str(path)!r} row {line} has no target_x0, expected displays with their target")
    if missing := sorted(wanted - set(shown)):
        found = f"condition {missing[0][0]!r} with set_size {missing[0][1]!r}"
        raise ValueError(f"table {str(path)!r} has no trial of {found}, expected all of {_described(experiment)}")
    return Displays(
        experiment, trials, [str(trial.id) for trial in trials], [c for c, _ in shown], [int(n) for _, n in shown]
    )


def _described(experiment: Experiment) -> str:
    conditions = " and ".join(condition.name for condition in experiment.conditions)
    return f"{experiment.name}: {conditions}, set sizes {', '.join(map(str, experiment.set_sizes))}"
