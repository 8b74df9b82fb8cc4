"""What the recommended dose rests on beside toxicity: response, utility, backfill, a committee's record."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
