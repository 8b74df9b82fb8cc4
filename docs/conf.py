"""Sphinx configuration: ``python -m sphinx -W docs docs/_build/html``."""

from importlib.metadata import version as package_version

project = "bayesdose"
author = copyright = "The bayesdose developers"
release = version = package_version("bayesdose")

extensions = ["myst_nb", "sphinx.ext.autodoc", "numpydoc", "sphinx_design"]
exclude_patterns = ["_build", "jupyter_execute"]  # pages as run lie beside the output folder
html_title = "bayesdose"
html_theme = "pydata_sphinx_theme"
html_theme_options = {"navigation_with_keys": False, "show_prev_next": False}
html_show_sourcelink = False

# Pages run anew at every build: a cache would keep numbers of code that has changed.
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 300
# What a page prints to stderr is a warning of the package, and fails the build.
nb_output_stderr = "warn"
nb_merge_streams = True
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3

numpydoc_show_class_members = False
autodoc_typehints = "none"
