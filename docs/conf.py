"""The documentation site: `sphinx-build -W docs site` makes it, and runs the tutorials on the way."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from registry_pages import write_pages

import gazesim

project = "gazesim"
author = "The gazesim developers"
copyright = author
version = release = gazesim.__version__
extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
]
exclude_patterns = ["_build"]
suppress_warnings = ["misc.highlighting_failure"]

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 4
myst_url_schemes = {"http": None, "https": None}
nb_execution_mode = "cache"
nb_execution_in_temp = True
nb_execution_timeout = 300
nb_execution_raise_on_error = True
nb_merge_streams = True
nb_output_stderr = "remove"

autosummary_generate = True
autodoc_default_options = {"members": True, "show-inheritance": True}
autodoc_typehints = "none"
napoleon_google_docstring = False

html_theme = "pydata_sphinx_theme"
html_title = f"gazesim {release}"
html_theme_options = {"show_toc_level": 2, "navigation_with_keys": False, "secondary_sidebar_items": ["page-toc"]}
html_show_sourcelink = False
html_static_path: list[str] = []


def setup(app: object) -> None:
    """Have the pages of the registries written before Sphinx reads."""
    app.connect("builder-inited", lambda _: write_pages())  # type: ignore[attr-defined]
