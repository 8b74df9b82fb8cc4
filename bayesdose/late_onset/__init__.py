"""Time: patients who are still followed when the next one is ready, and designs that decide with them."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
