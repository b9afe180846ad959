"""Tables for people: Markdown and LaTeX beside the CSV."""

from pathlib import Path

import numpy as np
import pandas as pd

from gazesim.files import atomic_path
from gazesim.scoring.candidates import LEVELS

DIGITS = 3  # significant; more where an interval needs them
LATEX = {"\\": r"\textbackslash{}", "_": r"\_", "%": r"\%", "&": r"\&", "#": r"\#", "$": r"\$", "{": r"\{", "}": r"\}"}
LATEX |= {"~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a table as CSV; nothing for NaN, numbers with 10 significant digits."""
    with atomic_path(path) as partial:
        table.to_csv(partial, index=False, float_format="%.10g", lineterminator="\n")


def write_readable(stem: Path, table: pd.DataFrame, caption: str) -> None:
    """Write a table of texts as <stem>.md and <stem>.tex."""
    for suffix, text in ((".md", markdown(table)), (".tex", latex(table, caption))):
        with atomic_path(stem.with_name(stem.name + suffix)) as partial:
            partial.write_text(text, encoding="utf-8")


def readable_summary(summary: pd.DataFrame) -> pd.DataFrame:
    """Return the summary as texts, a row for each metric, part and model, without levels that have no value.

    Measures without any value are left out too, unless there is no other.
    """
    known = summary[summary["value"].notna()]
    scored = set(map(tuple, (known if len(known) else summary)[["metric", "part"]].to_numpy().tolist()))
    rows = [
        {
            "metric": _metric(row),
            "model": row["model"],
            "value": _with_interval(row, "value"),
            "interval over": row["over"],
            "chance": number(row["chance"]),
            "ceiling": number(row["ceiling"]),
            "share of ceiling": number(row["share_of_ceiling"], 2),
            "scored": f"{100 * row['coverage']:.3g} %",
        }
        for _, row in summary.iterrows()
        if (row["metric"], row["part"]) in scored and (row["coverage"] > 0 or row["model"] not in LEVELS)
    ]
    return pd.DataFrame(rows)


def readable_slopes(slopes: pd.DataFrame) -> pd.DataFrame:
    """Return search slopes as texts."""
    rows = [
        {
            "searcher": row["searcher"],
            "condition": "" if pd.isna(row["condition"]) else row["condition"],
            "target": "" if pd.isna(row["present"]) else "present" if row["present"] else "absent",
            "set sizes": row["set_sizes"],
            "responses": str(row["responses"]),
            "slope (ms/item)": _with_interval(
                row.rename({"slope_low": "low", "slope_high": "high"}), "slope_ms_per_item"
            ),
            "interval over": row["over"],
        }
        for _, row in slopes.iterrows()
    ]
    return pd.DataFrame(rows)


def readable_comparisons(comparisons: pd.DataFrame) -> pd.DataFrame:
    """Return the comparisons as texts, without pairs that share no scored trial."""
    rows = [
        {
            "metric": _metric(row),
            "models": f"{row['first']} - {row['second']}",
            "difference": _with_interval(row, "difference"),
            "p": number(row["p"], 2),
            "p (Holm)": number(row["p_holm"], 2),
            "interval over": row["over"],
        }
        for _, row in comparisons[comparisons["difference"].notna()].iterrows()
    ]
    return pd.DataFrame(rows, columns=["metric", "models", "difference", "p", "p (Holm)", "interval over"])


def markdown(table: pd.DataFrame) -> str:
    r"""Return a table of texts as Markdown.

    >>> print(markdown(pd.DataFrame({"model": ["a|b"], "value": ["1"]})), end="")
    | model | value |
    |---|---|
    | a\|b | 1 |
    """
    rows = [list(table.columns), *table.to_numpy().tolist()]
    lines = ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(table.columns), *lines[1:]]) + "\n"


def latex(table: pd.DataFrame, caption: str) -> str:
    r"""Return a table of texts as LaTeX, for the package booktabs.

    >>> print(latex(pd.DataFrame({"model": ["a_b"]}), "Scores"), end="")
    \begin{table}
    \caption{Scores}
    \begin{tabular}{l}
    \toprule
    model \\
    \midrule
    a\_b \\
    \bottomrule
    \end{tabular}
    \end{table}
    """
    rows = [list(table.columns), *table.to_numpy().tolist()]
    header, *body = [" & ".join(escape(str(cell)) for cell in row) + r" \\" for row in rows]
    lines = [r"\begin{table}", rf"\caption{{{escape(caption)}}}", rf"\begin{{tabular}}{{{'l' * len(table.columns)}}}"]
    lines += [r"\toprule", header, r"\midrule", *body, r"\bottomrule", r"\end{tabular}", r"\end{table}"]
    return "\n".join(lines) + "\n"


def escape(text: str) -> str:
    r"""Return `text` with what LaTeX takes for commands written out.

    >>> escape("50 % of a_b")
    '50 \\% of a\\_b'
    """
    return "".join(LATEX.get(letter, letter) for letter in text)


def number(value: float, digits: int = DIGITS) -> str:
    """Return a number with so many significant digits; nothing for NaN.

    >>> number(0.41234), number(12.345), number(1234.5), number(-0.0004), number(float("nan"))
    ('0.412', '12.3', '1234', '-0.0004', '')
    """
    if np.isnan(value):
        return ""
    if not np.isfinite(value) or value == 0:
        return f"{value:zg}"
    places = max(0, digits - 1 - int(np.floor(np.log10(abs(value)))))
    return f"{value:z.{min(places, 4 if digits > 2 else 3)}f}"


def _with_interval(row: pd.Series, key: str) -> str:
    if np.isnan(row["low"]):
        return number(row[key])
    return f"{number(row[key])} [{number(row['low'])}, {number(row['high'])}]"


def _metric(row: pd.Series) -> str:
    return f"{row['metric']}: {row['part']}" if row["part"] else str(row["metric"])
