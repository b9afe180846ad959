"""Pages of the site that the registries and the commands write: `docs/generated/`, made anew at each build."""

import inspect
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

import gazesim
from gazesim.commands import COMMANDS
from gazesim.commands.help import help_text
from gazesim.datasets import DATASETS
from gazesim.metrics.measures import ENERGY, METRICS
from gazesim.models import MODELS, describe
from gazesim.stimuli.arrays import PARADIGMS

FOLDER = Path(__file__).parent / "generated"
WEIGHTS = Path(gazesim.__file__).parent / "encoders" / "weights"
KINDS = {
    "map": "a priority map at a person's fixations",
    "next_map": "the map after a person's first fixations, at the next one",
    "scanpaths": "two scanpaths",
    "search": "a scanpath to a target",
    "search_curve": "a curve of cumulative search performance",
    "protocol": "a data set as a whole",
    "sample": "numbers that no data set has",
}


def write_pages() -> None:
    """Write all pages."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    write("commands", commands())
    write("models", models())
    write("paradigms", paradigms())
    cards = sorted(WEIGHTS.glob("*.md"))
    for card in cards:
        write(f"weights/{card.stem}", card.read_text(encoding="utf-8"))
    write("weights/index", contents("Cards of the weights that ship", ((card.stem, "") for card in cards)))
    for name in DATASETS:
        write(f"datasets/{name}", dataset(name))
    write("datasets/index", contents("Data sets, one by one", ((name, DATASETS.about(name)) for name in DATASETS)))
    measures = [name for name in METRICS if not name.startswith(ENERGY)]
    for name in measures:
        write(f"measures/{name}", measure(name))
    write("measures/index", contents("Measures, one by one", ((name, METRICS.about(name)) for name in measures)))


def write(name: str, text: str) -> None:
    """Write one page."""
    path = FOLDER / f"{name}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def contents(title: str, lines: Iterable[tuple[str, str]]) -> str:
    """Return a page that leads to the pages beside it."""
    names, rows = [], []
    for name, about in lines:
        names.append(name)
        rows.append(f"| [{name}]({name}.md) | {about} |")
    tree = "\n".join(names)
    return f"# {title}\n\n| name | |\n|---|---|\n" + "\n".join(rows) + f"\n\n```{{toctree}}\n:hidden:\n\n{tree}\n```\n"


def commands() -> str:
    """Return the reference of the command line: what `--help` prints."""
    parts = ["# The command line", "What `gazesim <command> --help` prints."]
    parts += [f"## gazesim {name}\n\n```text\n{help_text(name)}\n```" for name in COMMANDS]
    return "\n\n".join(parts) + "\n"


def models() -> str:
    """Return every model with its settings: what `gazesim models model=NAME` prints."""
    parts = [
        "# Models and their settings",
        "Given as `settings.NAME=value` at the command line, and as `gazesim.load_model(model, NAME=value)`. "
        "[Models](../models.md) says what they compute.",
    ]
    parts += [f"## {name}\n\n```text\n{describe(name)}\n```" for name in MODELS]
    return "\n\n".join(parts) + "\n"


def paradigms() -> str:
    """Return every paradigm with its conditions and what it takes."""
    parts = ["# Paradigms", "[Stimuli](../stimuli.md) shows them, and says what all of them take."]
    for name in PARADIGMS:
        paradigm = PARADIGMS[name]
        rows = [("conditions", ", ".join(paradigm.conditions))]
        rows += [(each, repr(value)) for each, value in paradigm.defaults.items()]
        parts.append(f"## {name}\n\n{paradigm.summary}\n\n{table(('', ''), rows)}")
    return "\n\n".join(parts) + "\n"


def dataset(name: str) -> str:
    """Return the page of a data set: its definition."""
    known = DATASETS[name]
    rows = [("task", known.task.replace("_", " ")), ("licence", known.licence), ("cite", known.citation)]
    rows += [("read about it", f"<{known.homepage}>"), ("download", known.size if known.sources else known.obtain)]
    rows += [(field.replace("_", " "), str(value)) for field, value in known.stated.items()]
    rows += [("units", known.units), ("checked", known.verified)]
    get = f"gazesim data fetch={name}\n" if known.sources else ""
    code = f"```sh\n{get}gazesim score dataset={name} model=centre_bias\n```"
    return f"# {name}\n\n{known.title}\n\n{table(('', ''), rows)}\n\n{code}\n"


def measure(name: str) -> str:
    """Return the page of a measure: what is known of it, and its function's documentation."""
    known = METRICS[name]
    rows = [("of", KINDS[known.kind]), ("better, or more alike", known.direction)]
    rows += [("range", f"{known.low:g} to {known.high:g}")]
    rows += [("unrelated input scores", f"{known.chance:g}")] if known.chance is not None else []
    rows += [("parts", ", ".join(known.parts))] if known.parts else []
    rows += [("source", known.source)] if known.source else []
    rows += [(f"`{each}` when it is scored", f"`{value!r}`") for each, value in known.settings.items()]
    rows += [(f"`{each}` when it is scored", f"{value:g} degrees") for each, value in known.degrees.items()]
    doc = inspect.getdoc(known.function) or ""
    call = f"{known.function.__module__}.{known.function.__qualname__}{inspect.signature(known.function)}"
    return f"# {name}\n\n{METRICS.about(name)}\n\n{table(('', ''), rows)}\n\n```text\n{call}\n\n{doc}\n```\n"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown; empty without rows."""
    if not rows:
        return ""
    lines = [
        head,
        ["---"] * len(head),
        *([cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in rows),
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
