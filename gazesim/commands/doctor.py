"""`gazesim doctor`: the findings of `gazesim.doctor`."""

from dataclasses import dataclass

from gazesim.commands.command import Command


@dataclass(frozen=True)
class Config:
    """What `gazesim doctor` takes: nothing."""


def run(config: Config) -> None:
    """Print the findings."""
    from gazesim.doctor import report

    print(report())


COMMAND = Command(Config, run, "gazesim doctor")
