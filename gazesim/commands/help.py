"""What `gazesim --help` and `gazesim <command> --help` print."""

import textwrap
from dataclasses import fields, is_dataclass
from typing import Any

from gazesim.commands import COMMANDS
from gazesim.commands.command import Command
from gazesim.commands.overrides import presets

WIDTH = 120


def overview() -> str:
    """Return a line for every command."""
    width = max(map(len, COMMANDS))
    lines = "\n".join(f"  gazesim {name:{width}}  {entry.about}" for name, entry in COMMANDS.items())
    return (
        "gazesim simulates where a person would look, and in which order, when searching an image.\n\n"
        f"{lines}\n\n"
        "gazesim <command> --help           what a command takes, with examples\n"
        "gazesim <command> key=value ...    sets it; -m with key=a,b runs a sweep\n"
        "gazesim --version"
    )


def help_text(name: str) -> str:
    """Return examples, every key with its default and meaning, and the presets of a command."""
    command: Command = COMMANDS[name].load()
    parts = [f"gazesim {name}: {COMMANDS[name].about}", textwrap.indent(command.examples.strip("\n"), "  ")]
    if command.notes:
        parts.append(textwrap.fill(command.notes, WIDTH))
    if keys := _keys(command.config()):
        parts.append(_listed("Keys, with what they are unless given:", keys))
    if known := presets(name):
        parts.append(_listed("Presets:", [(f"+preset={preset}", about) for preset, about in known.items()]))
    if command.makes_folder:
        parts.append(
            "With -m and key=a,b every combination is a job with a folder of its own, 0, 1, 2, ..., in the folder of\n"
            "the results; sweep.csv there tells which is which. `gazesim report run=FOLDER` makes one page of it."
        )
    return "\n\n".join(parts)


def _keys(config: Any, prefix: str = "") -> list[tuple[str, str]]:
    """Return (key=default, meaning) of every key; a group has a line of its own."""
    lines = []
    for each in fields(config):
        value, meaning = getattr(config, each.name), each.metadata["meaning"]
        if is_dataclass(value):
            lines += [(f"{prefix}{each.name}.KEY", meaning), *_keys(value, f"{prefix}{each.name}.")]
        elif isinstance(value, dict):
            lines.append((f"{prefix}{each.name}.KEY=...", meaning))
        else:
            lines.append((f"{prefix}{each.name}={_shown(value)}", meaning))
    return lines


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return f"[{','.join(map(_shown, value))}]"
    return {"None": "null", "True": "true", "False": "false"}.get(str(value), str(value))


def _listed(title: str, rows: list[tuple[str, str]]) -> str:
    width = min(28, max(len(left) for left, _ in rows))
    lines = [title]
    for left, meaning in rows:
        start = f"  {left:{width}}  "
        if len(left) > width:
            lines.append(f"  {left}")
            start = " " * (width + 4)
        lines += textwrap.wrap(
            meaning, WIDTH, initial_indent=start, subsequent_indent=" " * (width + 4), break_on_hyphens=False
        )
    return "\n".join(lines)
