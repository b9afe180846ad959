"""`gazesim weights`: which weights have a name, which are here, whose they are; and fetch them."""

from __future__ import annotations

from dataclasses import dataclass

from gazesim.commands.command import Command, key

EXAMPLES = """
gazesim weights                 all of them: whether they are here, size, licence, works to cite
gazesim weights fetch=vgg16     downloads and checks them; stopped, the same line continues it
"""


@dataclass(frozen=True)
class Config:
    """What `gazesim weights` takes."""

    fetch: str | None = key(None, "the weights to download")


def run(config: Config) -> None:
    """Do what `config` asks for and print the outcome.

    Raises
    ------
    ValueError
        If the name is unknown or the weights cannot be fetched.
    """
    from gazesim.encoders.named import NAMED, fetch_weights, weights_folder

    if config.fetch is not None:
        print(fetch_weights(config.fetch))
        return
    for weights in NAMED.values():
        here = {True: "here", False: "not here", None: "kept by torchvision"}[weights.here]
        size = weights.path.stat().st_size if weights.path is not None and weights.here else weights.size
        print(f"{weights.name}: {weights.about}")
        print(f"  {here}{f', {size / 1e6:.1f} MB' if size else ''}; {weights.licence}")
        print(f"  cite: {weights.citation}")
    print(f"\nFetched weights lie in {weights_folder()}.")


COMMAND = Command(Config, run, EXAMPLES, 'Downloads need pip install "gazesim[data,keras]".')
