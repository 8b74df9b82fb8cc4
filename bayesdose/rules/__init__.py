"""Rules: which doses may be given, which is, how many patients, when to stop, and what the MTD is."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
