"""Command lines and tables drawn at random, half right and half wrong, as people type and export them."""

import random
from collections.abc import Iterator
from dataclasses import is_dataclass
from pathlib import Path

from gazesim.commands import COMMANDS
from gazesim.commands.command import kinds

NASTY = (
    *(
        "",
        "null",
        "1_1",
        "001",
        "2026_11_28",
        "1e400",
        "-1e400",
        "nan",
        "inf",
        "-1",
        "0",
        "0.5",
        "true",
        "1e308",
        "'",
        '"',
    ),
    *(
        "[",
        "]",
        "{",
        "[a]",
        "[null]",
        "[[]]",
        "[]",
        "{a: 1}",
        "{a: {b: [1]}}",
        "[1,2,3]",
        "[1e400,0,1,1]",
        "a,b",
        "a=b",
        "~",
        "$",
        "${a}",
    ),
    *(
        "${oc.env:HOME}",
        "räum",
        "a b",
        "photo (1).png",
        "/dev/null",
        "/",
        ".",
        "..",
        "none.png",
        "\\",
        "\\x",
        "\t",
        "\n",
        "%s",
        "x" * 300,
    ),
    *(
        "photo.png",
        "set",
        "set/trials.csv",
        "own.yaml",
        "cut.png",
        "weights.pt",
        "text.txt",
        "empty",
        "[0,0,9,9]",
        "16",
        "template",
    ),
    *(
        "chance",
        "itti",
        "colour",
        "eccnet",
        "segmented",
        "osie",
        "published",
        "nss",
        "cuda",
        "cuda:99",
        "-0",
        "9" * 30,
        "1:2",
        "sweep(a)",
    ),
    *(
        "range(1,3)",
        "choice(a,b)",
        "glob(*)",
        "int(a)",
        "😀",
        "\x00",
        "0x10",
        "1j",
        "None",
        "yes",
        "[true]",
        "[1.5]",
        "[[1,2],[3]]",
    ),
)
BASES = {
    "search": (["image=photo.png", "target_box=[1,1,9,9]", "px_per_degree=4", "model=template", "max_fixations=1",
                "figures=0"],
               ["trials=set", "model=chance", "max_fixations=1", "figures=0"]),
    "score": (["dataset=own.yaml", "model=chance", "metric=nss"], ["dataset=own.yaml"]),
    "stimuli": (["paradigm=colour", "n_per_set_size=1", "set_sizes=[4]"], ["recipe=none"]),
    "asymmetry": (["results=none"], ["sets=empty"]),
    "train": (["dataset=none"],),
    "data": (["verify=own.yaml"], ["dataset=osie"], ["fetch=osie"]),
    "report": (["run=set"], ["run=empty"]),
}  # fmt: skip


def command_lines(seed: int, number: int) -> Iterator[list[str]]:
    """Yield command lines over all commands."""
    draw = random.Random(seed)
    names = list(COMMANDS)
    for _ in range(number):
        name = draw.choice(names)
        keys = [key for key, kind in kinds(COMMANDS[name].load().config).items() if not is_dataclass(kind)]
        keys = keys or ["none"]
        arguments = list(draw.choice(BASES.get(name, ([],))))  # without any, much is run
        for _ in range(draw.choice((0, 1, 1, 1, 2, 3))):
            arguments.append(_argument(draw, keys))
        draw.shuffle(arguments)
        if draw.random() < 0.1:
            arguments.insert(
                draw.randrange(len(arguments) + 1), draw.choice(("-m", "--multirun", "--help", "-x", "--cfg"))
            )
        yield [name, *arguments]


def _argument(draw: random.Random, keys: list[str]) -> str:
    key, value = draw.choice(keys), draw.choice(NASTY)
    kind = draw.random()
    if kind < 0.8:
        return f"{key}={value}"
    return draw.choice(
        (key, f"{key}.{value}=1", f"+{key}={value}", f"~{key}", f"{value}={key}", f"++{key}={value}", value)
    )


CELLS = ("", ".", "NA", "nan", "-1", "0", "1e400", "inf", "1", "30", "31.5", "99999", "-32768", "a", "a ", "ä", '"',
         "'", "1,5", "1;2", "=1", "0x1", "true", "\x00", "x" * 200)  # fmt: skip
COLUMNS = ("trial", "observer", "index", "x", "y", "duration_ms", "t_start_ms", "session", "eye", "x", "", "Trial", "é")


def tables(seed: int, number: int) -> Iterator[bytes]:
    """Yield the content of tables of fixations, some right, most with a fault or several."""
    draw = random.Random(seed)
    for _ in range(number):
        header = list(draw.choice((COLUMNS[:5], COLUMNS[:6], draw.sample(COLUMNS, draw.randrange(1, len(COLUMNS))))))
        rows = [
            [
                str(draw.choice(("t0", "t1"))),
                f"p{person}",
                str(index),
                str(draw.randrange(40)),
                str(draw.randrange(30)),
                "200",
            ]
            for person in range(3)
            for index in range(draw.randrange(6))
        ]
        rows = [(row + ["1"] * len(header))[: len(header)] for row in rows]
        for _ in range(draw.choice((0, 1, 1, 2, 5))):
            if rows:
                row = draw.choice(rows)
                where = draw.randrange(len(row) + 1)
                row[where : where + draw.randrange(2)] = [draw.choice(CELLS)]
        separator = draw.choice((",", ",", ",", "\t", ";", "|"))
        text = draw.choice(("\n", "\r\n", "\n", "\r")).join(separator.join(row) for row in (header, *rows)) + "\n"
        content = text.encode(draw.choice(("utf-8", "utf-8", "utf-8", "utf-16", "latin-1", "utf-8-sig")), "replace")
        yield content if draw.random() < 0.9 else content[: draw.randrange(len(content) + 1)]


def files_of(folder: Path) -> set[Path]:
    """Return everything in `folder`, however deep."""
    return set(folder.rglob("*"))
