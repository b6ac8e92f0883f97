"""One typed bus: facts travel as frozen dataclasses, named as past events, to whoever asked for their class."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar, cast

from zkcompanion.base.logs import get_logger

_LOG = get_logger(__name__)

E = TypeVar("E")
Unsubscribe = Callable[[], None]


class EventBus:
    """Handlers run in the thread that publishes, in the order in which they subscribed, and must be quick.

    A handler that raises is logged by its type and does not keep the others from hearing.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._handlers: dict[type, tuple[Callable[[object], None], ...]] = {}

    def subscribe(self, kind: type[E], handler: Callable[[E], None]) -> Unsubscribe:
        """Call `handler` with every event of exactly this class; the answer ends that, and may be called twice."""
        taken = cast("Callable[[object], None]", handler)
        with self._lock:
            self._handlers[kind] = (*self._handlers.get(kind, ()), taken)

        def unsubscribe() -> None:
            with self._lock:
                left = [one for one in self._handlers.get(kind, ()) if one is not taken]
                self._handlers[kind] = tuple(left)

        return unsubscribe

    def publish(self, event: object) -> None:
        """Tell everyone who asked for events of this class."""
        with self._lock:
            handlers = self._handlers.get(type(event), ())
        for handler in handlers:
            try:
                handler(event)
            except Exception as error:
                _LOG.error("A subscriber of %s failed: %s", type(event).__name__, type(error).__name__)
