"""Feature, conjunction and 2 among 5 (Wolfe, Palmer & Horowitz 2010): models fitted on half of the people.

    python experiments/reaction_times.py /data/wolfe2010 runs/reaction_times

Two models choose among items of drawn displays and answer "absent" by a quitting unit: `guided_search`, and eccNET's
priority of the items from the middle of the display. Five parameters a task: temperature, weight of quitting, mean and
spread of the time for an item, time around the search. Each half of the people predicts the other. Writes tables
(parameters, cells, slopes, people) and the figure.
"""

import sys
from pathlib import Path

from gazesim import load_model
from gazesim.datasets import load_responses
from gazesim.fitting.response_times import fit_responses
from gazesim.scoring.response_times import write_responses_tables

FITTED = ("temperature", "quit_weight", "duration_ms", "duration_spread", "nonsearch_ms")
SAME = {"nonsearch_spread": 0.15, "duration_spread": 1.0, "duration_ms": 80.0, "saccade_ms": 0.0, "durations": "gamma"}
SAME |= {"stopping": "quitting", "quit_weight": 0.3, "temperature": 0.1}
MODELS = {"guided_search": {}, "eccnet": {"resample_px_per_degree": 15.0}}
DISPLAYS = 4  # a set size, present and absent


def run(data: str, out: str) -> None:
    """Fit and predict every task by each of the models; write tables and the figure."""
    models = {name: load_model(name, **SAME, **own) for name, own in MODELS.items()}
    responses = load_responses("wolfe2010", data).responses
    tables = fit_responses(models, "wolfe2010", responses, FITTED, displays=DISPLAYS)
    write_responses_tables(Path(out), tables)
    print(tables["slopes"].round(1).to_string(index=False))


if __name__ == "__main__":
    run(sys.argv[1], sys.argv[2])
