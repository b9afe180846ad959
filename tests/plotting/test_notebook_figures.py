"""In a notebook the plots of the library are shown when their cell ends."""

import sys
from types import ModuleType

import matplotlib
import numpy as np
import pytest
from matplotlib import pyplot

from gazesim import Scanpath, Trial
from gazesim.plotting import plot_scanpath


@pytest.fixture
def trial(noise):
    return Trial(noise(40, 60), px_per_degree=8, id="a")


def test_a_plot_is_the_notebooks_own_figure_there_and_nowhere_else(trial, monkeypatch):
    matplotlib.use("agg")
    path = Scanpath(np.array([[30.0, 20.0], [5.0, 5.0]]))
    plot_scanpath(trial, path)
    assert pyplot.get_fignums() == []
    monkeypatch.setitem(sys.modules, "ipykernel", ModuleType("ipykernel"))
    ax = plot_scanpath(trial, path)
    assert [pyplot.figure(number) for number in pyplot.get_fignums()] == [ax.get_figure()]
    pyplot.close("all")
