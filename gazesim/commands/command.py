"""What a command is: a dataclass of keys with defaults and meanings, and a function that runs it."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from gazesim.checks import unknown

Config = TypeVar("Config")
SINGULAR = {str: "text", int: "a whole number", float: "a number", bool: "true or false", NoneType: "null"}
PLURAL = {str: "texts", int: "whole numbers", float: "numbers"}


@dataclass(frozen=True)
class Command:
    """A command of the command line.

    Attributes
    ----------
    config : type
        A frozen dataclass whose fields are made by `key` and `group`: defaults, help and checks come from it.
    run : callable
        Takes a `config`; raises ValueError or FileNotFoundError with one line if something is not accepted.
    examples : str
        Lines for the help.
    notes : str
        Sentences for the help.
    makes_folder : bool
        Whether the key `out` is a folder for results, of which each job of a sweep gets its own.
    """

    config: type
    run: Callable[[Any], object]
    examples: str
    notes: str = ""
    makes_folder: bool = False


def key(default: Any, meaning: str) -> Any:
    """Return a field with a default and one line for the help on what it means."""
    if isinstance(default, dict | list):
        return field(default_factory=lambda: deepcopy(default), metadata={"meaning": meaning})
    return field(default=default, metadata={"meaning": meaning})


def group(kind: type, meaning: str) -> Any:
    """Return a field that holds the keys of another dataclass; they are given as group.key=value."""
    return field(default_factory=kind, metadata={"meaning": meaning})


def kinds(config: type, prefix: str = "") -> dict[str, Any]:
    """Return the type of every key, by its full name, groups included."""
    found: dict[str, Any] = {}
    for name, kind in get_type_hints(config).items():
        found[f"{prefix}{name}"] = kind
        if is_dataclass(kind) and isinstance(kind, type):
            found |= kinds(kind, f"{prefix}{name}.")
    return found


def kind_of(config: type, name: str) -> Any:
    """Return the type of the key `name`; ValueError with the nearest one if there is none."""
    known = kinds(config)
    if name in known:
        return known[name]
    parent = name.partition(".")[0]
    if parent != name and get_origin(known.get(parent)) is dict:
        return Any
    within = name.rpartition(".")[0]
    raise ValueError(unknown("key", name, [each for each in known if each.rpartition(".")[0] == within] or known))


def build(config: type[Config], values: Mapping[str, Any], prefix: str = "") -> Config:
    """Return `config` with `values`; ValueError that names the key, what was found and what is accepted."""
    hints, given = get_type_hints(config), dict[str, Any]()
    for name in (each.name for each in fields(config)):  # type: ignore[arg-type]
        kind, value, full = hints[name], values[name], f"{prefix}{name}"
        if is_dataclass(kind) and isinstance(kind, type) and isinstance(value, Mapping):
            given[name] = build(kind, value, f"{full}.")
        elif is_dataclass(kind) or not accepts(kind, value):
            raise ValueError(f"{full} is {value!r}, expected {words(kind, full)}")
        else:
            given[name] = value
    return config(**given)


def accepts(kind: Any, value: object) -> bool:
    """Whether `value` is of the type `kind`; a whole number is a number, and true is none."""
    origin, inner = get_origin(kind), get_args(kind)
    if kind is Any:
        return True
    if origin in (Union, UnionType):
        return any(accepts(each, value) for each in inner)
    if origin is list:
        return isinstance(value, list) and all(accepts(inner[0], each) for each in value)
    if origin is dict:
        return isinstance(value, dict)
    if origin is Literal:
        return value in inner
    if kind in (int, float):
        return isinstance(value, int | kind) and not isinstance(value, bool)
    return isinstance(value, kind)


def words(kind: Any, name: str = "key") -> str:
    """Return what is accepted for a type.

    >>> words(str | list[str] | None)
    'text, a list of texts, or null'
    >>> words(list[list[float]])
    'a list of lists of numbers'
    """
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        parts = [words(each, name) for each in inner]
        return ", ".join(parts[:-1]) + (", or " if len(parts) > 2 else " or ") + parts[-1]
    if origin is list:
        return f"a list of {_plural(inner[0])}"
    if origin is Literal:
        return " or ".join(map(str, inner))
    if origin is dict or is_dataclass(kind):
        return f"{name}.KEY=value"
    return SINGULAR[kind]


def _plural(kind: Any) -> str:
    return f"lists of {_plural(get_args(kind)[0])}" if get_origin(kind) is list else PLURAL[kind]
