"""Priors: values, and ways of building one from statements, a dose grid or earlier trials."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
