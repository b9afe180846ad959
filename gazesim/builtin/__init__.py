"""The trial that `gazesim search` runs when it is given none.

The photograph is the official portrait of Commodore Grace M. Hopper by James S. Davis, United States Navy,
1984; as a work of the U.S. federal government it is in the public domain.
"""

from pathlib import Path

from gazesim.trial import Trial

PHOTOGRAPH = Path(__file__).parent / "hopper.jpg"


def builtin_trial() -> Trial:
    """Return the search for the service ribbons on a uniform, in a photograph of 512 x 600 px at 25 px per degree."""
    return Trial(PHOTOGRAPH, None, target_box=(323, 486, 454, 528), px_per_degree=25, id="hopper")
