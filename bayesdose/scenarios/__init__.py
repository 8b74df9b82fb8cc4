"""Scenarios: what the doses truly do, stated, built in, published or drawn at random."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
