"""Runs of `gazesim score` as one wide table: a row a model, a column a measure.

    python benchmarks/score_table.py nss auc_judd cc -- runs/a runs/b ...

A cell is the value [95 % interval] and the share of the ceiling in the run that the model was scored in. The levels,
which come last, are those of the first folder that has the measure. Columns are names of metrics, or metric:part.
"""

import sys
from pathlib import Path

import pandas as pd

from gazesim.scoring.candidates import LEVELS
from gazesim.scoring.tables import markdown, number


def wide(columns: list[str], folders: list[Path]) -> pd.DataFrame:
    """Return the table as texts; `displays` are those of the folders that a model was scored in, in their order."""
    summaries = {
        folder: pd.read_csv(folder / "summary.csv", keep_default_na=False, na_values=[""]) for folder in folders
    }
    cells: dict[str, dict[str, str]] = {}
    displays: dict[str, list[str]] = {}
    for folder, summary in summaries.items():
        names = summary["metric"] + summary["part"].map(lambda part: f":{part}" if isinstance(part, str) else "")
        n = pd.read_csv(folder / "trials.csv", usecols=["trial"], dtype=str)["trial"].nunique()
        for column in columns:
            for _, row in summary[names == column].iterrows():
                model = row["model"]
                if column not in cells.setdefault(model, {}):
                    cells[model][column] = _cell(row)
                    shown = displays.setdefault(model, [])
                    shown += [str(n)] * (str(n) not in shown)
    order = [*(model for model in cells if model not in LEVELS), *(level for level in LEVELS if level in cells)]
    rows = [
        {"model": model, "displays": ", ".join(displays[model]), **{c: cells[model].get(c, "") for c in columns}}
        for model in order
    ]
    return pd.DataFrame(rows)


def _cell(row: pd.Series) -> str:
    if pd.isna(row["value"]):
        return ""
    share = "" if row["model"] in ("people", "uniform") else f"; {number(row['share_of_ceiling'], 2)}"
    return f"{number(row['value'])} [{number(row['low'])}, {number(row['high'])}]{share}"


def main() -> None:
    """Print the table."""
    if "--" not in sys.argv:
        sys.exit((__doc__ or "").strip())
    split = sys.argv.index("--")
    print(markdown(wide(sys.argv[1:split], [Path(folder) for folder in sys.argv[split + 1 :]])), end="")


if __name__ == "__main__":
    main()
