import os
from pathlib import Path

import pytest
import torch


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real data that the environment variable GAZESIM_TEST_DATA names."""
    folder = Path(os.environ.get("GAZESIM_TEST_DATA", ""))
    if not (folder / "osie").is_dir():
        pytest.skip("GAZESIM_TEST_DATA does not name the folder with the real data sets")
    return folder


@pytest.fixture(autouse=True)
def two_threads():
    """Keep the threads of one test from those of the next."""
    torch.set_num_threads(2)
