"""Beyond the operating characteristics themselves: how efficient a design is beside the optimal benchmark."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
