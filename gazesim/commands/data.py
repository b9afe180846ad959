"""`gazesim data`: list the data sets, show one, fetch one, verify a copy, or propose how to describe a table."""

from __future__ import annotations

import textwrap
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gazesim.commands.command import Command, key

if TYPE_CHECKING:
    from gazesim.datasets.dataset import DataSet
    from gazesim.datasets.definition import Definition, Source

EXAMPLES = """
gazesim data                                    all of them, a line each
gazesim data dataset=osie                       one in full: licence, works to cite, units, sources
gazesim data fetch=osie                         downloads and checks it; stopped, the same line continues it
gazesim data fetch=osie root=/data/osie         the same, into a folder of your choice
gazesim data verify=osie root=/data/osie        is this copy what its publication states? reads every picture's size
gazesim data describe=fixations.tsv             proposes the YAML file for a table of your own, or an eye tracker's
gazesim data verify=mine.yaml                   what was understood of it, and its fixations over three displays
"""


@dataclass(frozen=True)
class Config:
    """What `gazesim data` takes."""

    dataset: str | None = key(None, "the data set to show")
    fetch: str | None = key(None, "the data set to download")
    verify: str | None = key(None, "the data set to check; or a YAML file that describes a table of your own")
    describe: str | None = key(None, "a table, to propose the YAML file for")
    figure: str = key("fixations.png", "where verify draws the fixations over three displays: a PNG file")
    root: str | None = key(None, "its folder; else where data sets lie")


def run(config: Config) -> None:
    """Do what `config` asks for and print the outcome.

    Raises
    ------
    FileNotFoundError, ValueError
        If a name is unknown, a data set is not here, cannot be fetched, or is not what its publication states.
    """
    from gazesim.datasets import DATASETS, dataset_definition, dataset_folder, load_dataset, load_responses
    from gazesim.datasets.fetching import fetch

    asked = [name for name in ("dataset", "fetch", "verify", "describe") if getattr(config, name) is not None]
    if len(asked) > 1:
        raise ValueError(f"{' and '.join(asked)} are given, expected one of them")
    if not asked:
        if config.root is not None:
            raise ValueError("root is given, expected dataset, fetch or verify with it")
        print(overview())
        return
    name = getattr(config, asked[0])
    if asked == ["fetch"]:
        entry = dataset_definition(name)
        folder = dataset_folder(name, config.root)
        print(f"{name}: {entry.title}\n  licence: {entry.licence}\n  cite: {entry.citation}")
        print(summary(fetch(entry, folder)))
    elif asked == ["verify"]:
        if Path(config.figure).suffix.lower() != ".png":
            raise ValueError(f"figure is {config.figure!r}, expected a path that ends in .png")
        if name in DATASETS and DATASETS[name].task == "reaction_times":
            answers = load_responses(name, config.root)
            print("\n".join([f"{name} in {answers.root}", *(f"  {k:10} {n}" for k, n in answers.counts().items())]))
            return
        data = load_dataset(name, config.root)
        data.verify()
        print(summary(data))
        print(understood(data))
        draw(data, Path(config.figure))
        print(f"  drawn: {config.figure}")
    elif asked == ["describe"]:
        from gazesim.datasets.describing import describe

        print(describe(name))
    else:
        print(card(dataset_definition(name), dataset_folder(name, config.root)))


def overview() -> str:
    """Return what there is, a line each: name, whether it is here, how to get it, size, licence, title."""
    from gazesim.datasets import DATASETS, data_folder, dataset_folder

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


def understood(data: DataSet) -> str:
    """Return how the numbers were taken: units, sizes of displays, degrees, sessions, durations."""
    sizes = Counter(data.sizes.values())
    common = ", ".join(f"{w} x {h} px ({count})" for (w, h), count in sizes.most_common(3))
    degrees = {round(trial.px_per_degree, 2) for trial in data.trials if trial.has_px_per_degree}
    sessions = sorted({str(path.session) for path in data.scanpaths if path.session is not None})
    facts = {
        "units": data.definition.units,
        "displays": common + (f" and {len(sizes) - 3} other sizes" if len(sizes) > 3 else ""),
        "px per degree": f"{min(degrees):g} to {max(degrees):g}" if len(degrees) > 1 else (*degrees, "not known")[0],
        "sessions": f"{len(sessions)}: {', '.join(sessions[:6])}" if sessions else "none told apart",
        "pictures": f"{sum(trial.has_image for trial in data.trials)} of {len(data.trials)} here",
    }
    return "\n".join(f"  {what}: {fact}" for what, fact in facts.items())


def draw(data: DataSet, path: Path) -> None:
    """Write a PNG with the fixations over the first display, the middle one and the last."""
    from gazesim.files import atomic_path, writable_folder
    from gazesim.plotting.fixations import figure_fixations

    seen = {scanpath.trial for scanpath in data.scanpaths}
    trials = [trial for trial in data.trials if trial.id in seen]
    chosen = [trials[number] for number in sorted({0, len(trials) // 2, len(trials) - 1})]
    writable_folder(path.parent)
    with atomic_path(path) as partial:
        figure_fixations(chosen, data.scanpaths).savefig(partial, format="png", dpi=200, metadata={"Software": None})


def _source(source: Source) -> str:
    mirrors = f" or {len(source.urls) - 1} mirrors" if len(source.urls) > 1 else ""
    return f"{source.name} from {source.urls[0]}{mirrors} ({source.checksum or source.contents or 'no checksum known'})"


COMMAND = Command(
    Config,
    run,
    EXAMPLES,
    'Data sets lie in the user\'s cache folder, or in $GAZESIM_DATA. Downloads need pip install "gazesim[data]".',
)
