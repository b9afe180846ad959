"""Reaction times of three classical search tasks (Wolfe, Palmer & Horowitz 2010)."""

from pathlib import Path

import pandas as pd

from gazesim.checks import check_columns
from gazesim.datasets.definition import Definition, Geometry
from gazesim.datasets.layout import published_layout
from gazesim.files import check_file
from gazesim.responses import as_responses

FILE = "wolfe2010.csv"
COLUMNS = ("subj", "task", "trial", "size", "target", "error", "rt")
TASKS = {"RVvGV": "feature", "RVvRHGV": "conjunction", "2_vs_5": "2_among_5"}


def read(root: Path) -> pd.DataFrame:
    """Read wolfe2010.csv, a row a response, as the table of `gazesim.responses`.

    subj, task   : number of the person in the task; RVvGV (red vertical among green vertical: feature), RVvRHGV (among
                   red horizontal and green vertical: conjunction), 2_vs_5
    trial        : number in a session; where it does not grow a session begins
    size, target : how many items; 1 present, 0 absent
    error, rt    : 1 wrong, 0 right; ms

    What was shown is not stored, so every row is a trial of its own. Whether one number in two tasks is one person is
    not known: they are two observers.
    """
    path = root / FILE
    check_file("file", path)
    try:
        table = pd.read_csv(path)
    except (ValueError, OSError) as error:
        raise ValueError(f"{str(path)!r} cannot be read as CSV: {error}") from error
    with published_layout(path):
        check_columns("the table", table.columns, COLUMNS)
        if unknown := sorted(set(table["task"]) - set(TASKS)):
            raise ValueError(f"task is {unknown[0]!r}, expected one of {', '.join(TASKS)}")
        condition = table["task"].map(TASKS)
        observer = condition + "_" + table["subj"].astype(str)
        begins = (table["trial"].diff() <= 0) | (observer != observer.shift())
        session = begins.groupby(observer).cumsum()
        present, correct = table["target"] == 1, table["error"] == 0
        number = table["trial"].astype(int).astype(str)
        return as_responses(
            pd.DataFrame(
                {
                    "trial": observer + "_" + session.astype(str) + "_" + number,
                    "observer": observer,
                    "session": session.astype(str),
                    "index": table["trial"].astype(int) - 1,
                    "condition": condition,
                    "set_size": table["size"],
                    "present": present,
                    "response": (present == correct).map({True: "present", False: "absent"}),
                    "correct": correct,
                    "rt_ms": table["rt"],
                }
            )
        )


DEFINITION = Definition(
    name="wolfe2010",
    title="111,777 reaction times: feature, conjunction and 2 among 5, 3 to 18 items, 28 people; no gaze",
    task="reaction_times",
    licence="none stated; research, with citation",
    citation=(
        "J. M. Wolfe, E. M. Palmer & T. S. Horowitz. Reaction time distributions constrain models of visual search. "
        "Vision Research 50, 1304-1311, 2010."
    ),
    homepage="https://github.com/yxlin/HBM-Approach-Visual-Search",
    reader=read,
    needs=(FILE,),
    geometry=Geometry(None, "what was shown is not stored"),
    units="ms; of 11 responses the time is stored as 0 and kept, and times reach 48 s: correct ones of 200 to 4000 ms "
    "are what the authors' means are of",
    verified="the count, and means, slopes and errors of correct responses of 200 to 4000 ms",
    obtain="The R data of the repository, written as wolfe2010.csv with the columns subj, task, trial, size, target, "
    "error, rt.",
    stated={"responses": 111777, "observers": 28},
)
