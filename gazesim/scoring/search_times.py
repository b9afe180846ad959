"""Search slopes of models beside those of the people whose reaction times the data have."""

from collections.abc import Sequence

import pandas as pd

from gazesim.datasets.dataset import DataSet
from gazesim.metrics.efficiency import by_searcher, searched_responses, set_size_table, slope_table
from gazesim.plotting.reaction_times import PEOPLE
from gazesim.scoring.candidates import Candidate
from gazesim.trial import Trial


def search_times(data: DataSet, trials: Sequence[Trial], models: Sequence[Candidate]) -> dict[str, pd.DataFrame]:
    """Return the tables `slopes` and `set_sizes` of people and of all models that have scanpaths, on `trials`.

    Columns searcher, and those of `gazesim.metrics.efficiency.slope_table` and `set_size_table`.
    """
    assert data.responses is not None
    known = {str(trial.id): trial for trial in trials}
    searchers = {PEOPLE: data.responses[data.responses["trial"].isin(known)]}
    for model in models:
        if paths := [path for trial in known for path in model.samples(trial)]:
            searchers[model.name] = searched_responses(paths, known)
    return {"slopes": by_searcher(slope_table, searchers), "set_sizes": by_searcher(set_size_table, searchers)}
