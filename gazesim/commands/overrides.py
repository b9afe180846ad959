"""From what was typed to the config of a command: key=value in Hydra's grammar, presets, and sweeps.

Hydra composes the config; types are checked here, since its own would make 11 of the file name 1_1 and has no "text or
a list of texts". A key that takes text gets what was typed, so that paths need no quotes beyond those of the shell.
"""

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple, get_args, get_origin

from gazesim.commands.command import Command, accepts, build, kind_of, words
from gazesim.files import check_file

CONF = next(p for p in (Path(__file__).parents[1] / "conf", Path(__file__).parents[2] / "conf") if p.is_dir())
MANY = ("-m", "--multirun")
BETWEEN_COMMAS = re.compile(r"""(?:'(?:\\.|[^'])*'|"(?:\\.|[^"])*"|[^,])+""")


@dataclass(frozen=True)
class Job:
    """One run of a command.

    config : of the class that the command has
    swept  : the values of the keys that differ between the jobs of a sweep, as they were typed
    """

    config: Any
    swept: Mapping[str, str]


class _Choice(NamedTuple):
    """A value as it was typed, and as Hydra reads it."""

    typed: str
    hydra: str


def presets(name: str) -> dict[str, str]:
    """Return the presets of the command `name`, with the comment of the first line of each."""
    found = {}
    for path in sorted((CONF / name / "preset").glob("*.yaml")):
        lines = path.read_text(encoding="utf-8").splitlines()
        found[path.stem] = next(line.removeprefix("# ") for line in lines if not line.startswith("# @package"))
    return found


def read(name: str, command: Command, arguments: Sequence[str]) -> list[Job]:
    """Return the jobs that `arguments` ask for: one, or with -m one for each combination of values.

    Raises
    ------
    ValueError
        If a key is unknown or a value cannot be read or is of another type; one line that names it.
    """
    if not arguments:
        return [Job(command.config(), {})]
    many = any(argument in MANY for argument in arguments)
    given: dict[str, list[_Choice]] = {}
    for argument in arguments:
        if argument not in MANY:
            key, choices = _read(name, command, argument, many)
            given[key] = choices
    jobs = []
    for chosen in itertools.product(*given.values()):
        values = dict(zip(given, chosen, strict=True))
        swept = {key: choice.typed for key, choice in values.items() if len(given[key]) > 1}
        jobs.append(Job(_compose(name, command, {key: choice.hydra for key, choice in values.items()}), swept))
    return jobs


def _read(name: str, command: Command, argument: str, many: bool) -> tuple[str, list[_Choice]]:
    key, equals, value = argument.partition("=")
    key = key.lstrip("+")
    if key.startswith("-") and not equals:
        raise ValueError(f"unknown option {argument!r}, expected key=value, -m for a sweep, or --help")
    if key.startswith("~"):
        raise ValueError(f"{argument!r} takes a key away, expected key=value; key=null for nothing")
    if key == "preset":
        known = presets(name)
        choices = [_Choice(each, each) for each in (value.split(",") if many else [value])]
        for choice in choices:
            if choice.typed not in known:
                accepted = ", ".join(known) or f"none, as gazesim {name} has no presets"
                raise ValueError(f"preset is {choice.typed!r}, expected {accepted}")
        return key, choices
    kind = kind_of(command.config, key)
    if not equals:
        raise ValueError(f"{argument!r} has no value, expected {key}=value")
    return key, _choices(key, value, kind, many)


def _choices(key: str, value: str, kind: Any, many: bool) -> list[_Choice]:
    """Return the values that a text stands for: one, or several in a sweep."""
    takes_text, parsed = kind is Any or accepts(kind, "text"), _parse(key, value)
    if parsed is None:
        if takes_text and not (many and "," in value) and not (value.startswith("[") and _takes_list(kind)):
            return [_Choice(value, _quoted(value))]
        quoted = re.sub(r"[^,\[\]]+", lambda part: f"'{part[0].strip()}'", value)
        raise ValueError(f'{key}={value} cannot be read, expected {words(kind, key)}; with quotes: "{key}={quoted}"')
    if parsed.is_sweep_override():
        if not many:
            raise ValueError(
                f"{key}={value} lists several values: [a,b] is a list, -m runs one after another, "
                f"and \"{key}='{value}'\" is one text"
            )
        as_typed = takes_text and not re.search(r"[\[\](){}]", value)
        pieces = BETWEEN_COMMAS.findall(value) if as_typed else _pieces(parsed)
        return [choice for piece in pieces for choice in _choices(key, piece.strip(), kind, many=False)]
    found = parsed.value()
    if accepts(kind, "text") and kind is not Any and not isinstance(found, list | dict | None):
        typed = found if value[:1] in "'\"" and value else value
        return [_Choice(typed, _quoted(typed))]
    if get_origin(kind) is dict and str(found).endswith((".yaml", ".yml")):
        return [_Choice(value, _of_file(key, str(found)))]
    if get_origin(kind) is dict and not isinstance(found, dict):
        raise ValueError(f"{key} is {found!r}, expected {words(kind, key)}")
    return [_Choice(value, value)]


def _of_file(key: str, path: str) -> str:
    """Return the keys and values of a YAML file as Hydra's grammar writes them."""
    from omegaconf import OmegaConf

    check_file(key, path)
    try:
        found = OmegaConf.to_container(OmegaConf.load(path), resolve=True)
    except Exception as error:  # what the YAML parser raises is of no common type
        raise ValueError(f"{key}={path} cannot be read as YAML: {' '.join(str(error).split())}") from error
    if not isinstance(found, dict):
        raise ValueError(f"{key}={path} holds {type(found).__name__}, expected lines such as temperature: 0.1")
    return _literal(found)


def _literal(value: Any) -> str:
    """Return a value as Hydra's grammar writes it.

    >>> _literal({"a": [1, None], "b": True})
    '{a:[1,null],b:true}'
    """
    if isinstance(value, dict):
        return "{" + ",".join(f"{key}:{_literal(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_literal, value)) + "]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return _quoted(value) if isinstance(value, str) else repr(value)


def _takes_list(kind: Any) -> bool:
    return any(get_origin(each) is list for each in (kind, *get_args(kind)))


def _parse(key: str, value: str) -> Any:
    """Return the override as Hydra reads it, None if it cannot."""
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    try:
        return OverridesParser.create().parse_override(f"{key}={value}")
    except HydraException:
        return None


def _pieces(sweep: Any) -> list[str]:
    from hydra.core.override_parser.types import Transformer
    from hydra.errors import HydraException

    try:
        return [str(piece) for piece in sweep.sweep_iterator(transformer=Transformer.encode)]
    except HydraException as error:  # glob(...), of which there are none here
        raise ValueError(f"{sweep.input_line} cannot be swept, expected values with commas between them") from error


def _quoted(text: str) -> str:
    r"""Return how Hydra's grammar writes a text: \' for a quote, and backslashes before one doubled.

    >>> _quoted("it's")
    "'it\\'s'"
    """
    escaped = re.sub(r"(\\*)(')", r"\1\1\\\2", text)
    return "'" + re.sub(r"(\\+)$", r"\1\1", escaped) + "'"


def _compose(name: str, command: Command, values: Mapping[str, str]) -> Any:
    """Return the config of the command with `values`, checked."""
    from hydra import compose, initialize_config_dir
    from hydra.core.config_store import ConfigStore
    from hydra.errors import HydraException
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    ConfigStore.instance().store(name, asdict(command.config()))
    own = [f"+preset={value}" if key == "preset" else f"++{key}={value}" for key, value in values.items()]
    folder = CONF / name if (CONF / name).is_dir() else CONF
    try:
        with initialize_config_dir(str(folder), version_base="1.3"):
            found = OmegaConf.to_container(compose(name, own), resolve=True)
    except (HydraException, OmegaConfBaseException) as error:
        raise ValueError(" ".join(str(error).split())) from error
    assert isinstance(found, dict)
    return build(command.config, {str(key): value for key, value in found.items()})
