"""Bayesian dose finding with exact operating characteristics.

Names are loaded when they are first used, so that ``import bayesdose`` stays fast: what needs PyMC
imports it then. The public names are listed in the stub file beside this one; rules, priors, models,
scenarios, plots, protocols, inference, simulation, late_onset and dose_optimization have a namespace
each.
"""

from typing import Any

import lazy_loader

_attribute, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> Any:
    """A public name, the version, or what a name of the first release is called now."""
    if name in __all__:
        return _attribute(name)
    if name == "__version__":
        from importlib.metadata import version

        return version(__name__)
    from bayesdose.former_names import former

    return former(name)
