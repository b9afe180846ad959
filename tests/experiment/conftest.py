import pytest

from gazesim import read_trials
from gazesim.stimuli import make

collect_ignore = ["headless_psychopy.py"]  # which needs PsychoPy


@pytest.fixture(scope="session")
def small_set(tmp_path_factory):
    """The folder of a set: a T among Ls, 2 set sizes, 4 displays of each, present and absent."""
    folder = tmp_path_factory.mktemp("sets") / "t_among_l"
    make(
        "rotated_t",
        conditions=["t_among_l"],
        set_sizes=[3, 6],
        n_per_set_size=4,
        display_deg=6,
        grid=[3, 3],
        px_per_degree=16,
    ).write(folder)
    return folder


@pytest.fixture(scope="session")
def trials(small_set):
    return read_trials(small_set)
