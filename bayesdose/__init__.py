"""Bayesian dose finding with exact operating characteristics.

Names are loaded when they are first used, so that ``import bayesdose`` stays fast: what needs PyMC
imports it then. The public names are listed in the stub file beside this one.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
