"""One self-contained page of a run."""

import hashlib
import os
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from gazesim import __version__
from gazesim.checks import check_at_least
from gazesim.files import atomic_path, clear_partial, writable_folder
from gazesim.report.examples import Example, Observer, example, observers_of, spread
from gazesim.report.record import Record, read_record
from gazesim.report.shown import Find, find_trials
from gazesim.report.tables import SHOWN_ROWS

HERE = Path(__file__).parent


def write_report(
    run: str | os.PathLike[str],
    out: str | os.PathLike[str] | None = None,
    *,
    trials: int = 12,
    made: Mapping[str, Find] | None = None,
) -> Path:
    """Write one HTML page with all of a run, which needs no other file and no network; the same run, the same bytes.

    Parameters
    ----------
    run : path
        The folder of the run.
    out : path, optional
        The page; by default report.html in that folder.
    trials : int
        The most example trials, evenly spaced over the run.
    made : mapping of str to callable, optional
        By command, how the trials of a run follow from its config.

    Raises
    ------
    FileNotFoundError, ValueError
        If there is no such run, it has not finished, or a file of it is damaged; nothing has been written then.
    """
    check_at_least("trials", trials, 0)
    folder = Path(run)
    path = page_path(folder, out)
    record = read_record(folder)
    examples, observers, note = _examples(record, trials, made or {})
    text = _page(record, examples, observers, note)
    clear_partial(folder, deep=False)
    write_page(path, text)
    print(f"{path}: {len(record.tables)} tables, {len(record.figures)} figures, {len(examples)} example trials")
    if note:
        print(f"  {note}")
    return path


def page_path(folder: Path, out: str | os.PathLike[str] | None) -> Path:
    """Return where the page goes; ValueError if `out` is no path of a page."""
    path = folder / "report.html" if out is None else Path(out)
    if path.suffix != ".html" or path.is_dir():
        raise ValueError(f"out is {str(path)!r}, expected the path of a file with the suffix .html")
    return path


def write_page(path: Path, text: str) -> None:
    """Write the page, and the folders above it if need be."""
    writable_folder(path.parent)
    with atomic_path(path) as partial:
        partial.write_text(text, encoding="utf-8", newline="\n")


def _examples(record: Record, n: int, made: Mapping[str, Find]) -> tuple[list[Example], list[Observer], str]:
    """Return the example trials, whose scanpaths they show, and what to tell the reader about them."""
    chosen = spread(record.trials, n)
    if not chosen:
        return [], [], "" if record.trials else "The run has no scanpaths."
    shown = find_trials(record, chosen, made)
    observers = observers_of(record.scanpaths, shown.people)
    numbers = {(observer.name, observer.person): number for number, observer in enumerate(observers)}
    examples = []
    for trial in [trial for trial in chosen if trial in shown.trials]:
        pairs = [(path, False) for path in record.scanpaths] + [(path, True) for path in shown.people]
        paths = {numbers[str(path.observer), person]: path for path, person in pairs if str(path.trial) == trial}
        examples.append(example(shown.trials[trial], paths))
    return examples, observers, shown.note


def render(template: str, **values: Any) -> str:
    """Return a page with the style and the script of all, which it names by their hashes."""
    style, script = ((HERE / name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    environment = Environment(
        loader=PackageLoader("gazesim.report", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["data_uri"] = lambda png: f"data:image/png;base64,{b64encode(png).decode()}"
    return environment.get_template(template).render(
        **values,
        shown_rows=SHOWN_ROWS,
        version=__version__,
        style=style,
        script=script,
        style_hash=_policy_hash(style),
        script_hash=_policy_hash(script),
    )


def _page(record: Record, examples: list[Example], observers: list[Observer], note: str) -> str:
    settings = dict(flat(record.config))
    n_trials, n_scanpaths = len(record.trials), len(record.scanpaths)
    counts = f"{n_trials:,} trial{'s' * (n_trials != 1)}, {n_scanpaths:,} scanpath{'s' * (n_scanpaths != 1)}"
    return render(
        "page.html",
        record=record,
        name=record.folder.resolve().name,
        summary=filter(None, (settings.get("model"), settings.get("dataset"), counts if n_trials else "")),
        settings={key: value for key, value in settings.items() if value is not None},
        unset=[key for key, value in settings.items() if value is None],
        examples=examples,
        observers=observers,
        note=note,
        n_trials=n_trials,
    )


def flat(config: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str | None]]:
    """Return every setting with its full name, as text.

    >>> flat({"model": ["a", "b"], "settings": {"levels": None}})
    [('model', 'a, b'), ('settings.levels', None)]
    """
    settings: list[tuple[str, str | None]] = []
    for key, value in config.items():
        if isinstance(value, dict):
            settings += flat(value, f"{prefix}{key}.")
        else:
            text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            settings.append((f"{prefix}{key}", None if value is None else text))
    return settings


def _policy_hash(text: str) -> str:
    """Return how a content security policy names this very text."""
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
