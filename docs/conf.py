"""Sphinx configuration: ``python -m sphinx -W docs docs/_build``."""

from importlib.metadata import version as package_version

project = "bayesdose"
author = copyright = "The bayesdose developers"
release = version = package_version("bayesdose")

extensions = ["myst_parser", "sphinx.ext.autodoc", "numpydoc"]
html_theme = "pydata_sphinx_theme"
html_theme_options = {"navigation_with_keys": False}
exclude_patterns = ["_build"]
numpydoc_show_class_members = False
autodoc_typehints = "none"
