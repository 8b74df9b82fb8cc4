"""Which nodes of a table can matter to a batch of data sets, from bounds on small tiles of nodes."""

from dataclasses import dataclass
from typing import Self

import numpy as np

__all__ = ["NodeTiles"]

# Nodes of a tile in the first direction and in the others: the bounds cost a thirtieth of the weights.
_TILE = (8, 4)
# A log weight and its bound differ by rounding, in single precision too, by less than this.
_ROUNDING = 1.0


@dataclass(frozen=True, eq=False)
class NodeTiles:
    """G tiles of neighbouring nodes, with the largest log-likelihoods and log prior density in each.

    Parameters
    ----------
    log_cells : ndarray, shape (C, G)
        Largest log-likelihood of a patient of each kind in each tile.
    log_prior : ndarray, shape (G,)
        Largest log prior density.
    middle : ndarray of int, shape (G,)
        A node in the middle of each tile.
    tile : ndarray of int, shape (M,)
        The tile of each node.
    """

    log_cells: np.ndarray
    log_prior: np.ndarray
    middle: np.ndarray
    tile: np.ndarray

    @classmethod
    def of(cls, shape: tuple[int, ...], log_cells: np.ndarray, log_prior: np.ndarray) -> Self:
        """Tiles of M nodes that lie in rows, as many as the first direction of `shape` has."""
        rows = shape[0] if len(shape) > 1 else 1
        across = len(log_prior) // rows
        first, second = np.arange(0, rows, _TILE[0]), np.arange(0, across, _TILE[1])

        def largest(values: np.ndarray) -> np.ndarray:
            plane = values.reshape(*values.shape[:-1], rows, across)
            plane = np.maximum.reduceat(np.maximum.reduceat(plane, first, axis=-2), second, axis=-1)
            return plane.reshape(*values.shape[:-1], len(first) * len(second))

        of_row, of_column = np.arange(rows) // _TILE[0], np.arange(across) // _TILE[1]
        middle = [
            np.minimum(start + size // 2, number - 1)
            for start, size, number in ((first, _TILE[0], rows), (second, _TILE[1], across))
        ]
        return cls(
            largest(log_cells),
            largest(log_prior),
            (middle[0][:, None] * across + middle[1]).ravel(),
            (of_row[:, None] * len(second) + of_column).ravel(),
        )

    def in_reach(
        self, data: np.ndarray, log_cells: np.ndarray, log_prior: np.ndarray, log_negligible: float
    ) -> np.ndarray:
        """Nodes outside of which no data set has a weight above the negligible.

        Parameters
        ----------
        data : ndarray, shape (B, C)
            Patients of each kind, none negative.
        log_cells, log_prior : ndarray, shape (C, M) and (M,)
            What the tiles were made of.
        log_negligible : float
            Log weight beside a data set's largest one.

        Returns
        -------
        ndarray of int, shape (N,)
            In increasing order.
        """
        # Counts are not negative, so that a sum of largest log-likelihoods is a bound on all of its tile.
        at_most = data @ self.log_cells
        at_most += self.log_prior
        at_least = data @ log_cells[:, self.middle]
        at_least += log_prior[self.middle]
        at_most -= at_least.max(axis=1, keepdims=True)
        return np.flatnonzero((at_most.max(axis=0) > log_negligible - _ROUNDING)[self.tile])
