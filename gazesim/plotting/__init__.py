"""Figures and animations of searches, and what figures are made of."""

from gazesim.plotting.search_figures import figure_search, figure_steps, plot_priority, plot_scanpath, save_figure

__all__ = ["figure_search", "figure_steps", "plot_priority", "plot_scanpath", "save_figure"]
