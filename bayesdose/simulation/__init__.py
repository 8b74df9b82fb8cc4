"""Beyond the operating characteristics: single trials cohort by cohort, efficiency beside the benchmark."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
