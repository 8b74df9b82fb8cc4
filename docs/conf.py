"""Sphinx configuration: ``python -m sphinx -W -j auto docs docs/_build/html``."""

import os
import sys
from importlib.metadata import version as package_version
from pathlib import Path
from tempfile import TemporaryDirectory

project = "bayesdose"
author = copyright = "The bayesdose developers"
release = version = package_version("bayesdose")

sys.path.insert(0, str(Path(__file__).parent / "_ext"))
extensions = ["myst_nb", "sphinx.ext.autodoc", "numpydoc", "sphinx_design", "api_pages"]
# Pages as they ran lie beside the output folder.
exclude_patterns = ["_build", "jupyter_execute"]
html_title = "bayesdose"
html_theme = "pydata_sphinx_theme"
html_theme_options = {"navigation_with_keys": False, "show_prev_next": False}
html_static_path = ["_static"]
html_css_files = ["cells.css"]
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
# Names between single backticks in docstrings are links to where they are documented.
default_role = "py:obj"

# Settings of the kernels that run the pages, apart from those of whoever builds.
_kernels = TemporaryDirectory(prefix="bayesdose-docs-")
_profile = Path(_kernels.name) / "profile_default"
_profile.mkdir()
(_profile / "ipython_kernel_config.py").write_text(
    """
c = get_config()
c.IPKernelApp.matplotlib = "inline"
c.IPKernelApp.log_level = "ERROR"  # it warns that it talks over local sockets
c.InlineBackend.figure_formats = {"retina"}
c.HistoryManager.enabled = False
""",
    encoding="utf-8",
)
os.environ["IPYTHONDIR"] = _kernels.name
