"""ZK Companion: find out what this computer can prove in zero knowledge, prove it, and understand what happened.

`prove` and `verify` do from a program what the command line does; see their docstrings. Importing this package loads
nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from zkcompanion.app.api import prove as prove
    from zkcompanion.app.api import verify as verify

__version__ = "0.1.0"

__all__ = ["__version__", "prove", "verify"]


def __getattr__(name: str) -> Callable[..., object]:
    """Load the interface when it is first used, so that `import zkcompanion` costs nothing."""
    if name not in {"prove", "verify"}:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from zkcompanion.app import api

    function: Callable[..., object] = getattr(api, name)
    globals()[name] = function
    return function
