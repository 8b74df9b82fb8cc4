"""Posteriors beyond one data set: many fits, checks of a sampler, the MTD itself, several regimens."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
