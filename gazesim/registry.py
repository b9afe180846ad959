"""What exists by name: gazesim's own, what other packages bring as entry points, and what a session registers."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Generic, TypeVar

from gazesim.checks import unknown

Kind = TypeVar("Kind")


@dataclass(frozen=True)
class Entry:
    """One line of a list, and where the thing itself is, so that a list imports nothing.

    about : one line for people who choose; empty where the thing itself has it
    where : "module:attribute"
    """

    about: str
    where: str

    def load(self) -> Any:
        """Return the thing itself."""
        module, _, attribute = self.where.partition(":")
        return getattr(import_module(module), attribute)


class Registry(Generic[Kind], Mapping[str, Kind]):
    """The models, measures, data sets or paradigms by name, each loaded when it is asked for.

    Parameters
    ----------
    kind : str
        What messages call one: "model".
    group : str
        The entry points by which other packages bring more: "gazesim.models". Their names are those of the entries.
    check : callable
        Given the name of a thing from outside and the thing; raises ValueError if it is none of this kind, and returns
        it as one otherwise.
    about : callable
        The line for lists of a thing that has it.
    own : mapping of Entry, or of the things themselves
        gazesim's own, in the order in which they are listed.
    """

    def __init__(
        self,
        kind: str,
        group: str,
        own: Mapping[str, Entry] | Mapping[str, Kind],
        *,
        check: Callable[[str, Any], Kind],
        about: Callable[[Kind], str],
    ) -> None:
        self.kind, self.group = kind, group
        self._own: Mapping[str, Entry | Kind] = dict(own)
        self._check, self._about = check, about
        self._loaded: dict[str, Kind] = {}
        self._registered: dict[str, Kind] = {}

    @cached_property
    def _from_packages(self) -> dict[str, EntryPoint]:
        found: dict[str, EntryPoint] = {}
        for point in entry_points(group=self.group):
            if point.name in self._own or point.name in found:
                package = point.dist.name if point.dist else point.value
                raise ValueError(f"{self.kind} {point.name!r} of package {package!r} has a name that is taken")
            found[point.name] = point
        return found

    def register(self, name: str, thing: Any) -> None:
        """Add `thing` under `name` for this session; a name that was registered before is replaced.

        Raises
        ------
        ValueError
            If the name is taken by gazesim or another package, or `thing` is none of this kind.
        """
        if not isinstance(name, str) or not name.isprintable() or not name.strip():
            raise ValueError(f"name of a {self.kind} is {name!r}, expected a text")
        if name in self._own or name in self._from_packages:
            raise ValueError(f"{self.kind} {name!r} exists already, expected another name")
        self._registered[name] = self._check(name, thing)

    def __getitem__(self, name: str) -> Kind:
        """Return the thing called `name`; ValueError with the nearest name if there is none."""
        if name not in self:
            raise ValueError(unknown(self.kind, str(name), list(self)))
        if name in self._registered:
            return self._registered[name]
        if name not in self._loaded:
            if name in self._own:
                own = self._own[name]
                self._loaded[name] = own.load() if isinstance(own, Entry) else own
            else:
                self._loaded[name] = self._check(name, self._outside(name))
        return self._loaded[name]

    def _outside(self, name: str) -> Any:
        point = self._from_packages[name]
        try:
            return point.load()
        except Exception as error:  # whatever another package does when it is imported
            raise ValueError(
                f"{self.kind} {name!r} ({point.value}) cannot be loaded: {type(error).__name__}: {error}"
            ) from error

    def about(self, name: str) -> str:
        """Return the line for lists; of gazesim's own without loading the thing."""
        own = self._own.get(name)
        return own.about if isinstance(own, Entry) and own.about else self._about(self[name])

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and (name in self._own or name in self._from_packages or name in self._registered)

    def __iter__(self) -> Iterator[str]:
        yield from self._own
        yield from self._from_packages
        yield from self._registered

    def __len__(self) -> int:
        return len(self._own) + len(self._from_packages) + len(self._registered)
