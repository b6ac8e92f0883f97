"""Bounds of this process that each system tells in its own way, where it has no files for them."""

from __future__ import annotations

import contextlib
import sys

from zkcompanion.hardware.facts import Limits


def own_limits(*, here: bool, container: str | None, virtual_machine: str | None) -> Limits:
    """`here`: whether this computer is the one that is asked for; of another one nothing more is known."""
    if not here:
        return Limits(container=container, virtual_machine=virtual_machine)
    return Limits(
        usable_cores=_affinity(),
        address_space_bytes=_soft("RLIMIT_AS"),
        open_files=_soft("RLIMIT_NOFILE"),
        container=container,
        virtual_machine=virtual_machine,
    )


def _affinity() -> int | None:
    """Processors that we may run on, where the system can bound them."""
    import psutil

    with contextlib.suppress(AttributeError, OSError, psutil.Error):
        return len(psutil.Process().cpu_affinity()) or None
    return None


def _soft(name: str) -> int | None:
    """None where there is no such limit, or none is set."""
    if sys.platform == "win32":
        return None
    import resource

    with contextlib.suppress(AttributeError, OSError, ValueError):
        soft = resource.getrlimit(getattr(resource, name))[0]
        return None if soft == resource.RLIM_INFINITY else soft
    return None
