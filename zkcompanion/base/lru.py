"""Things in memory, bounded by number and by bytes: the one longest unused goes first, what is in use never goes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(slots=True)
class _Held(Generic[V]):
    value: V
    size_bytes: int
    users: int = 0
    #: taken out while it was in use: let go of by its last user
    gone: bool = False


class LruCache(Generic[K, V]):
    """Arguments: the bounds, and what is done with a value that goes (`let_go`, outside the lock, once for each).

    Safe to call from any thread. Values in use count, so while all are in use the bounds may be passed.
    """

    def __init__(
        self, *, max_entries: int, max_bytes: int, let_go: Callable[[V], object] = lambda _value: None
    ) -> None:
        self._max_entries, self._max_bytes = max_entries, max_bytes
        self._let_go = let_go
        self._lock = threading.Lock()
        self._held: OrderedDict[K, _Held[V]] = OrderedDict()
        self.hits = self.misses = self.evictions = 0

    @contextmanager
    def use(self, key: K, make: Callable[[], tuple[V, int]]) -> Iterator[V]:
        """The value of `key`, made (with its size in bytes) where it is not there, and kept from going meanwhile.

        Two threads that ask for the same new key may both make it; the second one's is let go of when it is done.
        Raises: whatever `make` raises.
        """
        with self._lock:
            held = self._held.get(key)
            if held is None:
                self.misses += 1
            else:
                self.hits += 1
                self._held.move_to_end(key)
                held.users += 1
        if held is None:
            held = _Held(*make(), users=1)
            with self._lock:
                if key in self._held:
                    held.gone = True
                else:
                    self._held[key] = held
        try:
            yield held.value
        finally:
            with self._lock:
                held.users -= 1
                going = [held.value] if held.gone and not held.users else []
                going += self._over()
            for value in going:
                self._let_go(value)

    def remove(self, key: K) -> None:
        """Forget one; where it is in use, its last user lets go of it."""
        with self._lock:
            held = self._held.pop(key, None)
            if held is None:
                return
            held.gone = True
            in_use = held.users > 0
        if not in_use:
            self._let_go(held.value)

    def clear(self) -> None:
        """Forget all that is not in use."""
        with self._lock:
            going = [key for key, held in self._held.items() if not held.users]
            values = [self._held.pop(key).value for key in going]
        for value in values:
            self._let_go(value)

    def __len__(self) -> int:
        return len(self._held)

    @property
    def size_bytes(self) -> int:
        """Of all values together."""
        with self._lock:
            return sum(held.size_bytes for held in self._held.values())

    def sizes(self, name_of: Callable[[V], str]) -> dict[str, int]:
        """Bytes of the values, summed up by the name that each is given."""
        found: dict[str, int] = {}
        with self._lock:
            for held in self._held.values():
                name = name_of(held.value)
                found[name] = found.get(name, 0) + held.size_bytes
        return found

    def _over(self) -> list[V]:
        """With the lock held: take out what is over the bounds and not in use."""
        total = sum(held.size_bytes for held in self._held.values())
        going: list[V] = []
        for key in [key for key, held in self._held.items() if not held.users]:
            if len(self._held) <= self._max_entries and total <= self._max_bytes:
                break
            held = self._held.pop(key)
            total -= held.size_bytes
            self.evictions += 1
            going.append(held.value)
        return going
