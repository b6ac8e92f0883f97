"""Several independent elements side by side as one element: fills the pipeline that one dependent chain leaves idle.

A scalar field multiplication takes about twice as long as the processor needs to issue it, and no out-of-order window
spans more than two of them. Emitting each operation for two independent elements in a row lets the second run in the
shadow of the first. It is also the shape of the vector family: there one operation serves eight lanes by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from zkcompanion.proving.kernels.field_ops import Element, TightOps
from zkcompanion.proving.kernels.ir import Value


class InterleavedOps:
    """What formulas for points need of `TightOps`, on `width` lanes of `base`.

    An element is a tuple of `width` elements, a condition a tuple of i1.

    Memory is per lane (`gather`, `scatter`): lanes come from and go to unrelated places. Inversions are not offered;
    whoever needs one folds the lanes to one product first.
    """

    def __init__(self, base: TightOps, width: int) -> None:
        self.base = base
        self.e = base.e
        self.width = width
        self.mul_cost = width * base.mul_cost
        self.sqr_cost = width * base.sqr_cost
        self.size_bytes = base.size_bytes

    def _each(self, operation: Callable[..., Element], *elements: Element) -> Element:
        return tuple(operation(*lane) for lane in zip(*elements, strict=True))

    def one(self) -> Element:
        """Montgomery one."""
        return (self.base.one(),) * self.width

    def mul(self, a: Element, b: Element) -> Element:
        """Product."""
        return self._each(self.base.mul, a, b)

    def sqr(self, a: Element) -> Element:
        """Square."""
        return self._each(self.base.sqr, a)

    def difference(self, a: Element, b: Element) -> Element:
        """See `TightOps`."""
        return self._each(self.base.difference, a, b)

    def negate_if(self, condition: Sequence[Value], a: Element) -> Element:
        """See `TightOps`."""
        return self._each(self.base.negate_if, condition, a)

    def minus(self, a: Element, *subtrahends: Element) -> Element:
        """See `TightOps`."""
        return self._each(self.base.minus, a, *subtrahends)

    def gather(self, pointers: Sequence[Value], index: int = 0) -> Element:
        """Element `index` of the array at each lane's pointer."""
        return tuple(self.base.load(p, index) for p in pointers)

    def scatter(self, a: Element, pointers: Sequence[Value], index: int = 0) -> None:
        """Write lane by lane."""
        for x, p in zip(a, pointers, strict=True):
            self.base.store(x, p, index)
