"""`gazesim merge`: runs of parts of the trials, joined to one."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from gazesim.commands.command import Command, build, key

EXAMPLES = """
gazesim search -m shard=1/4,2/4,3/4,4/4 trials=my_set out=runs/parts    four jobs, here or on a cluster
gazesim merge runs=runs/parts out=runs/whole                            the folder that one run would have written
gazesim merge runs=[node1/out,node2/out] out=runs/whole                 parts from several machines
"""


@dataclass(frozen=True)
class Config:
    """What `gazesim merge` takes."""

    runs: str | list[str] | None = key(None, "the folder of a sweep over shard, or a list of folders of runs")
    out: str | None = key(None, "folder for the whole run, which does not hold a run yet")
    figures: int = key(10, "for how many of the trials to draw figures and the animation")


def run(config: Config) -> Path:
    """Join the runs that `config` names and return the folder of the whole one.

    Raises
    ------
    FileNotFoundError, ValueError
        If anything in the config is not accepted, or the runs are not the parts of one; nothing has been written then.
    """
    from gazesim.commands import search
    from gazesim.runs.record import RUN
    from gazesim.runs.shards import merge_shards, shard_folders

    for name in ("runs", "out"):
        if not getattr(config, name):
            raise ValueError(f"{name} is missing, expected a folder")
    assert config.runs is not None
    assert config.out is not None
    out = Path(config.out)
    if (out / RUN).exists():
        raise ValueError(f"out={out} holds a run already; choose another out")
    folders = shard_folders([Path(each) for each in ([config.runs] if isinstance(config.runs, str) else config.runs)])
    record = merge_shards(folders, out)
    given = {**asdict(search.Config()), **record["config"], "figures": config.figures, "out": config.out}
    return search.run(build(search.Config, given))


COMMAND = Command(Config, run, EXAMPLES)
