"""`gazesim models`: the models, or the settings of one."""

from dataclasses import dataclass

from gazesim.commands.command import Command, key

EXAMPLES = """
gazesim models                 all of them, a line each
gazesim models model=eccnet    the settings of one
"""


@dataclass(frozen=True)
class Config:
    """What `gazesim models` takes."""

    model: str | None = key(None, "the model to show the settings of")


def run(config: Config) -> None:
    """Print what `config` asks for."""
    from gazesim.models import describe

    print(describe(config.model))


COMMAND = Command(Config, run, EXAMPLES)
