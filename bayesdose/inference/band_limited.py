"""Weights of a convolution on equally spaced nodes, whatever the width of what is convolved with.

A density that is narrower than the distance of the nodes cannot be taken at them: the sum would be of one
node or none. But what it is convolved with is smooth on that scale, so it is the trigonometric polynomial
through its values at the nodes, and the convolution of that is exact: its Fourier coefficients are
multiplied. A width of zero gives back the values themselves.
"""

from collections.abc import Callable

import numpy as np

__all__ = ["convolution_weights"]

# Padding beyond this many times the nodes' range serves nobody: what is that wide is flat over the nodes.
_MOST_PADDING = 4


def convolution_weights(
    characteristic: Callable[..., np.ndarray], steps: tuple[float, ...], shape: tuple[int, ...], reach: float
) -> np.ndarray:
    """Weight of each displacement between two nodes.

    Parameters
    ----------
    characteristic : callable
        Characteristic function of the displacement, of one frequency a direction.
    steps : tuple of float
        Distance of the nodes in each direction.
    shape : tuple of int
        Nodes in each direction.
    reach : float
        Displacement in any direction beyond which there is no weight to speak of.

    Returns
    -------
    ndarray, shape (2 n - 1, ...)
        Weights of displacements of ``-(n - 1)`` to ``n - 1`` nodes in each direction.
    """
    # Periods so long that nothing comes round to the other end, of a length that is a power of two.
    wanted = [
        2 * number + min(_MOST_PADDING * number, int(np.ceil(reach / step)))
        for step, number in zip(steps, shape, strict=True)
    ]
    lengths = [2 ** int(np.ceil(np.log2(length))) for length in wanted]
    frequencies = [
        2 * np.pi * np.fft.fftfreq(length, step) for step, length in zip(steps, lengths, strict=True)
    ]
    values = characteristic(*np.meshgrid(*frequencies, indexing="ij"))
    weights = np.real(np.fft.fftn(values)) / np.prod(lengths)
    for axis, number in enumerate(shape):
        weights = np.take(weights, np.arange(-(number - 1), number), axis=axis, mode="wrap")
    return weights
