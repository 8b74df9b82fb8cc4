"""Phase I protocols as data: five trials, how to load another from a TOML file, and what follows from one."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
