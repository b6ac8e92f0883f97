"""A start-up check: does the Qt binding keep its references to None?

PySide6 6.12.0 drops one with every call that returns nothing. Up to Python 3.11 None is counted like any object, so
that after some thousand calls the interpreter ends the process; from 3.12 on None is never counted.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable

from zkcompanion.base.errors import ResourceError
from zkcompanion.base.messages import msg

_CALLS = 100
#: From here on None lives forever.
_IMMORTAL = (3, 12)


def references_lost(call: Callable[[], object], calls: int = _CALLS) -> int:
    """How many references to None are gone after `calls` calls, as far as other threads leave it alone."""
    before = sys.getrefcount(None)
    for _ in range(calls):
        call()
    return before - sys.getrefcount(None)


def require_sound_binding(
    call: Callable[[], object] | None = None, python: tuple[int, int] = sys.version_info[:2]
) -> None:
    """Raises: ResourceError, in words, where the installed PySide6 would end this Python before long.

    `call` is anything of Qt that returns nothing.
    """
    if python >= _IMMORTAL:
        return
    lost = references_lost(_plain_call() if call is None else call)
    if lost < _CALLS // 2:
        return
    import PySide6

    raise ResourceError(
        msg(
            "PySide6 {qt} does not work with Python {python}: it would end the program after a few thousand steps.",
            qt=PySide6.__version__,
            python=platform.python_version(),
        ),
        hint=msg(
            "Install another release, for example with {command}, or use Python 3.12 or newer. PySide6 6.12.0 is known "
            "for this.",
            command=f'"{sys.executable}" -m pip install "PySide6-Essentials<6.12"',
        ),
    )


def _plain_call() -> Callable[[], object]:
    from PySide6.QtCore import QObject

    thing = QObject()
    return lambda: thing.setObjectName("x")
