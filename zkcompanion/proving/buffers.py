"""Memory of the large arrays of proofs, kept from one use to the next: no page is asked of the system twice.

An array made here is like any other. Its memory goes back by itself when nothing looks at it any more, no view either,
so what a caller still holds is never given to somebody else. All of it counts as secret, as witnesses, quotients and
what is made of them are: what is idle is zeroed at the end of a proof (`wipe`), and when nothing is in use any more.
Within a proof memory goes from one array to the next as it is, which costs a fourth of zeroing it each time.

A request takes the idle block that fits best, or has a shorter one grow. What is idle never makes the process larger
than the most that was lent at once, and 8 MiB: before a block is made or grows, idle ones shrink by as much.
"""

from __future__ import annotations

import ctypes
import math
import mmap
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

#: What is kept where nobody says how much.
DEFAULT_BYTES = 1 << 30
#: Smaller arrays are the allocator's business, which gives them without asking the system.
SMALLEST_BYTES = 1 << 16
#: From here on the system is asked for large pages, as NumPy does.
_LARGE_PAGES_BYTES = 1 << 22
#: A block is not given to a request that would use less than this part of it.
_LEAST_PART = 3
#: What is idle and what is lent may be so much more than the most that was lent at once, so that arrays of small
#: circuits need not push out those of large ones.
_SLACK_BYTES = 8 << 20
#: Sizes of blocks in each doubling.
_CLASSES = 4

_PRIVATE = {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS} if hasattr(mmap, "MAP_ANONYMOUS") else {}
_LARGE_PAGES = getattr(mmap, "MADV_HUGEPAGE", None)


@dataclass(frozen=True, slots=True)
class BufferUse:
    """What is kept, and what was done with it; sizes in bytes.

    `idle_bytes`: kept for the next use, at most `limit_bytes`; `lent_bytes`: in use now, and `most_lent_bytes` at the
    most; `requests` and `requested_bytes`: all arrays so far; `reused` and `reused_bytes`: those that were there
    already, of a block that grew only what it had.
    """

    limit_bytes: int
    idle_bytes: int = 0
    lent_bytes: int = 0
    most_lent_bytes: int = 0
    requests: int = 0
    reused: int = 0
    requested_bytes: int = 0
    reused_bytes: int = 0

    @property
    def reuse(self) -> float:
        """The share of the memory asked for that was there already, 0 to 1."""
        return self.reused_bytes / self.requested_bytes if self.requested_bytes else 0.0


class Buffers:
    """`limit_bytes`: what may be kept idle; 0: arrays are the allocator's, and nothing is kept.

    Safe to call from any thread.
    """

    def __init__(self, limit_bytes: int = DEFAULT_BYTES) -> None:
        self._limit = limit_bytes
        self._lock = threading.Lock()
        #: longest unused first
        self._idle: list[_Block] = []
        #: given back, and not yet looked at: this may happen in any thread, at any moment, even while the lock is held
        self._back: deque[_Block] = deque()
        self._idle_bytes = self._lent_bytes = 0
        #: the most that was lent, ever and since all was given to the system
        self._most_lent = self._peak = 0
        self._requests = self._reused = self._requested_bytes = self._reused_bytes = 0

    def empty(self, shape: tuple[int, ...] | int, dtype: npt.DTypeLike = np.uint64) -> npt.NDArray[Any]:
        """A new contiguous array, at the beginning of a page where it is large; its values mean nothing.

        Raises: MemoryError.
        """
        size = math.prod(shape if isinstance(shape, tuple) else (shape,)) * np.dtype(dtype).itemsize
        if size < SMALLEST_BYTES or not self._limit:
            return np.empty(shape, dtype=dtype)
        with self._locked():
            block = self._found(size)
        array: npt.NDArray[Any] = np.asarray(_Loan(self, block, size))
        return array.view(dtype).reshape(shape)

    def use(self) -> BufferUse:
        """How it is now."""
        with self._locked():
            return BufferUse(
                self._limit,
                self._idle_bytes,
                self._lent_bytes,
                self._most_lent,
                self._requests,
                self._reused,
                self._requested_bytes,
                self._reused_bytes,
            )

    def wipe(self) -> None:
        """Zero what is idle, as far as it was used since."""
        with self._locked():
            self._wipe_idle()

    def trim(self, keep_bytes: int = 0) -> int:
        """Give what is idle back to the system, all but so much; how many bytes."""
        with self._locked():
            before = self._idle_bytes
            self._shrink(before - keep_bytes)
            self._peak = self._lent_bytes + self._idle_bytes
            return before - self._idle_bytes

    def set_limit(self, limit_bytes: int) -> None:
        """Keep at most so much from now on."""
        self._limit = limit_bytes
        self.trim(limit_bytes)

    @contextmanager
    def limited(self, limit_bytes: int) -> Iterator[None]:
        """Keep at most so much meanwhile, where that is less; for one run at a time."""
        before = self._limit
        self.set_limit(min(before, max(0, limit_bytes)))
        try:
            yield
        finally:
            self.set_limit(before)

    def close(self) -> None:
        """Keep nothing any more; arrays that are in use stay valid. Idempotent."""
        self.set_limit(0)

    def give_back(self, block: _Block, used: int) -> None:
        """Of a loan that nobody looks at any more, which used so many bytes; must wait for nothing."""
        block.dirty = max(block.dirty, used)
        self._back.append(block)
        self._settle()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """With the lock, all that was given back looked at, and what comes meanwhile as soon as the lock is free."""
        try:
            with self._lock:
                self._take_back()
                yield
        finally:
            self._settle()

    def _settle(self) -> None:
        """Whoever has the lock meanwhile looks again when it is free."""
        while self._back and self._lock.acquire(blocking=False):
            try:
                self._take_back()
            finally:
                self._lock.release()

    # -- with the lock held --------------------------------------------------------------------------------------------

    def _take_back(self) -> None:
        while self._back:
            block = self._back.popleft()
            self._lent_bytes -= block.size
            self._idle_bytes += block.size
            self._idle.append(block)
            if not self._lent_bytes:
                self._wipe_idle()
        self._shrink(self._idle_bytes - self._limit)

    def _wipe_idle(self) -> None:
        for block in self._idle:
            block.wipe()

    def _found(self, size: int) -> _Block:
        """A block of at least `size` bytes, lent from now on. Raises: MemoryError."""
        block = self._fitting(size)
        had = 0
        if block is not None:
            had = min(block.size, size)
            self._idle.remove(block)
            self._idle_bytes -= block.size
            if block.size < size:
                self._leave_room(_class_of(size) - block.size, block.size)
                if not block.grow(_class_of(size)):
                    block, had = self._new(_class_of(size)), 0
        else:
            self._leave_room(_class_of(size), 0)
            block = self._new(_class_of(size))
        self._lent_bytes += block.size
        self._most_lent = max(self._most_lent, self._lent_bytes)
        self._peak = max(self._peak, self._lent_bytes)
        self._requests += 1
        self._reused += had > 0
        self._requested_bytes += size
        self._reused_bytes += had
        return block

    def _fitting(self, size: int) -> _Block | None:
        """The shortest that is long enough and not too long, else the longest that is too short."""
        long_enough = [block for block in self._idle if size <= block.size <= _LEAST_PART * size]
        if long_enough:
            return min(long_enough, key=lambda block: block.size)
        return max((block for block in self._idle if block.size < size), key=lambda block: block.size, default=None)

    def _leave_room(self, more: int, own: int) -> None:
        """So much more is mapped in a moment, `own` of what is lent then is there already."""
        peak = max(self._peak + _SLACK_BYTES, self._lent_bytes + own + more)
        self._shrink(self._lent_bytes + self._idle_bytes + own + more - peak)

    def _shrink(self, excess: int) -> None:
        """Give at least so much of what is idle back to the system, what was not used for the longest time first."""
        while excess > 0 and self._idle:
            block = self._idle[0]
            size = block.size
            if not block.shrink(excess):
                block.close()
                del self._idle[0]
                self._idle_bytes -= size
                excess -= size
                continue
            self._idle_bytes -= size - block.size
            excess -= size - block.size

    def _new(self, size: int) -> _Block:
        try:
            return _Block(size)
        except OSError:
            self._shrink(self._idle_bytes)
        try:
            return _Block(size)
        except OSError:
            raise MemoryError from None


class _Block:
    """Anonymous memory of this process alone, in whole pages."""

    def __init__(self, size: int) -> None:
        """Raises: OSError."""
        self._map = mmap.mmap(-1, size, **_PRIVATE)
        #: from here on it is zero
        self.dirty = 0
        self._look(size)

    def _look(self, size: int) -> None:
        self.size = size
        self.dirty = min(self.dirty, size)
        self.address = ctypes.addressof(ctypes.c_char.from_buffer(self._map))
        if _LARGE_PAGES is not None and size >= _LARGE_PAGES_BYTES:
            with suppress(OSError):  # a system without them
                self._map.madvise(_LARGE_PAGES)

    def wipe(self) -> None:
        """Zero it, threads without Python's lock going on meanwhile."""
        if self.dirty:
            ctypes.memset(self.address, 0, self.dirty)
            self.dirty = 0

    def grow(self, size: int) -> bool:
        """Have so many bytes, the new ones zero. False where it cannot (no room, no `mremap`): it is closed."""
        try:
            self._map.resize(size)
        except (OSError, ValueError, SystemError):
            self.close()
            return False
        self._look(size)
        return True

    def shrink(self, by: int) -> bool:
        """Give at least so many bytes back; False where too little would be left, or the system cannot."""
        size = self.size - -(-by // mmap.PAGESIZE) * mmap.PAGESIZE
        if size < SMALLEST_BYTES:
            return False
        try:
            self._map.resize(size)
        except (OSError, ValueError, SystemError):
            return False
        self._look(size)
        return True

    def close(self) -> None:
        """Give it back to the system."""
        self._map.close()


class _Loan:
    """What an array and all its views look at; a block goes back when the last of them is gone."""

    def __init__(self, buffers: Buffers, block: _Block, size: int) -> None:
        self._buffers = buffers
        self._block = block
        self._size = size
        self.__array_interface__ = {
            "version": 3,
            "shape": (size,),
            "typestr": "|u1",
            "data": (block.address, False),
        }

    def __del__(self) -> None:
        self._buffers.give_back(self._block, self._size)


def _class_of(size: int) -> int:
    """The size of the block for a request, in whole pages: a few sizes in each doubling."""
    step = max(mmap.PAGESIZE, 1 << (size - 1).bit_length() - 1 >> _CLASSES.bit_length() - 1)
    return -(-size // step) * step


#: For drivers that nobody gave any: all arrays are the allocator's.
NO_BUFFERS = Buffers(0)
