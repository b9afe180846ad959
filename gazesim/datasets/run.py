"""One run of `gazesim data`: list the data sets, show one, fetch one, or verify a copy."""

import textwrap
from dataclasses import asdict
from pathlib import Path
from typing import Any

from gazesim.datasets import DATASETS, data_folder, dataset_definition, dataset_folder, load_dataset
from gazesim.datasets.dataset import DataSet
from gazesim.datasets.definition import Definition, Source
from gazesim.datasets.fetching import fetch


def run_data(config: dict[str, Any], job: str = "") -> None:
    """Do what `config` asks for and print the outcome.

    Parameters
    ----------
    config : dict
        The keys of conf/data.yaml.
    job : str
        Name of the job within a sweep; not used.

    Raises
    ------
    FileNotFoundError, ValueError
        If a name is unknown, a data set is not here, cannot be fetched, or is not what its publication states.
    """
    asked = [key for key in ("dataset", "fetch", "verify") if config[key] is not None]
    if len(asked) > 1:
        raise ValueError(f"{' and '.join(asked)} are given, expected one of them")
    if not asked:
        if config["root"] is not None:
            raise ValueError("root is given, expected dataset, fetch or verify with it")
        print(overview())
        return
    name = str(config[asked[0]])
    if asked == ["fetch"]:
        entry = dataset_definition(name)
        folder = dataset_folder(name, config["root"])
        print(f"{name}: {entry.title}\n  licence: {entry.licence}\n  cite: {entry.citation}")
        print(summary(fetch(entry, folder)))
    elif asked == ["verify"]:
        data = load_dataset(name, config["root"])
        data.verify()
        print(summary(data))
    else:
        print(card(dataset_definition(name), dataset_folder(name, config["root"])))


def overview() -> str:
    """Return what there is, a line each: name, whether it is here, how to get it, size, licence, title."""
    rows = [("data set", "here", "get it by", "size", "licence", "what")]
    for entry in DATASETS.values():
        here = "yes" if not entry.missing(dataset_folder(entry.name)) else "no"
        way = "fetch" if entry.sources else "hand"
        rows.append((entry.name, here, way, entry.size, entry.licence.split(";")[0], entry.title))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    lines = ["  ".join([*map(str.ljust, row[:5], widths), row[5]]) for row in rows]
    return "\n".join([*lines, "", f"They lie in {data_folder()} ($GAZESIM_DATA changes that)."])


def card(entry: Definition, folder: Path) -> str:
    """Return all that is known of a data set, before it is loaded."""
    missing = entry.missing(folder)
    facts = {
        "task": entry.task,
        "licence": entry.licence,
        "cite": entry.citation,
        "homepage": entry.homepage,
        "units": entry.units,
        "px per degree": f"{entry.geometry.px_per_degree or 'unknown'} ({entry.geometry.basis})",
        "parts": ", ".join(entry.splits),
        "stated": ", ".join(f"{count} {what}" for what, count in entry.stated.items()),
        "verified": entry.verified,
        "sources": "; ".join(_source(source) for source in entry.sources),
        "size": entry.size,
        "by hand": entry.obtain,
        "folder": f"{folder} ({'lacks ' + ', '.join(missing) if missing else 'here'})",
    }
    lines = [
        textwrap.fill(f"{what}: {fact}", 110, initial_indent="  ", subsequent_indent="    ", break_long_words=False)
        for what, fact in facts.items()
        if fact
    ]
    return "\n".join([f"{entry.name}: {entry.title}", *lines])


def summary(data: DataSet) -> str:
    """Return the fingerprint of a data set as text."""
    numbers = {key: value for key, value in asdict(data.fingerprint()).items() if value is not None}
    lines = [f"  {key:{max(map(len, numbers))}} {value:.10g}" for key, value in numbers.items()]
    return "\n".join([f"{data.name} in {data.root}", *lines])


def _source(source: Source) -> str:
    mirrors = f" or {len(source.urls) - 1} mirrors" if len(source.urls) > 1 else ""
    return f"{source.name} from {source.urls[0]}{mirrors} ({source.checksum or source.contents or 'no checksum known'})"
