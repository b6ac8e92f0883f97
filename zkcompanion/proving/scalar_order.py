"""The order in which a multi-scalar multiplication takes its scalars: class after class."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class ScalarOrder:
    """Scalars in classes, so that sums over some neighbouring classes cost nothing for the others.

    Class i has the scalars indices[cuts[i]:cuts[i + 1]], uint32; each scalar is in one class. Nothing here is secret.
    """

    indices: npt.NDArray[np.uint32]
    cuts: tuple[int, ...]

    @classmethod
    def natural(cls, n: int) -> ScalarOrder:
        """One class of n scalars."""
        return cls(np.arange(n, dtype=np.uint32), (0, n))

    @classmethod
    def by_class(cls, classes: npt.NDArray[np.uint8], n_classes: int) -> ScalarOrder:
        """Of the class of each scalar; within a class in order."""
        runs = [np.flatnonzero(classes == i).astype(np.uint32) for i in range(n_classes)]
        return cls(np.concatenate(runs), (0, *np.cumsum([len(run) for run in runs]).tolist()))

    def require_within(self, n: int, n_classes: int) -> None:
        """ValueError where it is none of n scalars in so many classes: a kernel would read or write beyond them."""
        if self.indices.shape != (n,) or (n and int(self.indices.max()) >= n):
            raise ValueError("an order of other scalars")
        if (
            len(self.cuts) != n_classes + 1
            or (self.cuts[0], self.cuts[-1]) != (0, n)
            or sorted(self.cuts) != [*self.cuts]
        ):
            raise ValueError("other classes")

    def between(self, first: int, end: int) -> ScalarOrder:
        """Of scalars[first:end], in the same classes.

        Each class is in rising order, as `natural` and `by_class` make it.
        """
        parts, cuts = [], [0]
        for begin, stop in pairwise(self.cuts):
            run = self.indices[begin:stop]
            low, high = np.searchsorted(run, (first, end))
            parts.append(run[low:high] - np.uint32(first))
            cuts.append(cuts[-1] + int(high - low))
        return ScalarOrder(np.concatenate(parts), tuple(cuts))
