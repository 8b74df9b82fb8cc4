"""Words for what a prior does that its user may not expect."""

import math

__all__ = ["bound_note", "slope_note"]

# The 95 % interval of the slope spans less than this factor: the data can hardly move it.
_FIXED_SLOPE_FACTOR = 2.0


def slope_note(sd_log_slope: float) -> str:
    """A warning where the slope is nearly fixed, else an empty text.

    Nearly fixed means that the ends of the slope's 95 % prior interval differ by less than a factor
    of 2, which is a standard deviation of log beta below 0.177.
    """
    factor = math.exp(2 * 1.959964 * sd_log_slope)
    if factor >= _FIXED_SLOPE_FACTOR:
        return ""
    return (
        f"the slope is nearly fixed (standard deviation of log beta {sd_log_slope:.3f}): "
        f"the ends of its 95 % interval differ by a factor of {factor:.2f} only"
    )


def bound_note(correlation: float, max_correlation: float) -> str:
    """A warning where a fitted correlation lies on its bound, else an empty text."""
    if abs(correlation) < max_correlation - 1e-6:
        return ""
    return f"the correlation is on its bound, {correlation:.2f}: a wider bound would give another prior"
