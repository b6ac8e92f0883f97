"""What a process holds in memory, as JSON and for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zkcompanion.base.messages import Message, msg
from zkcompanion.base.units import format_duration, format_size

if TYPE_CHECKING:
    from zkcompanion.app.accounts import AccountsView

_NAMES = {
    "base": msg("program"),
    "kernels": msg("kernels"),
    "tables": msg("tables"),
    "circuits": msg("circuits"),
    "calculators": msg("calculators"),
    "buffers": msg("buffers"),
    "rest": msg("the rest"),
}


def accounts_data(view: AccountsView) -> dict[str, object]:
    """As JSON."""
    return {
        "resident_bytes": view.resident_bytes,
        "components": dict(view.components),
        "buffers": {
            "limit_bytes": view.buffers.limit_bytes,
            "idle_bytes": view.buffers.idle_bytes,
            "lent_bytes": view.buffers.lent_bytes,
            "most_lent_bytes": view.buffers.most_lent_bytes,
            "requests": view.buffers.requests,
            "reuse": view.buffers.reuse,
        },
        "garbage_collection": {
            "seconds": view.garbage.seconds,
            "longest_seconds": view.garbage.longest_seconds,
            "share": view.garbage.share,
            "collections": list(view.garbage.collections),
        },
    }


def accounts_lines(view: AccountsView) -> Iterator[Message]:
    """For people: where the memory is, and what it cost."""
    yield msg("Where the memory is: {size} in all.", size=format_size(view.resident_bytes))
    for name, size in view.components.items():
        if size:
            yield msg("  {name:<14} {size:>10}", name=_NAMES.get(name, name), size=format_size(size))
    buffers, garbage = view.buffers, view.garbage
    if buffers.requests:
        yield msg(
            "Of the memory of large arrays {percent} % was there already; {size} is kept for the next proof.",
            percent=f"{100 * buffers.reuse:.1f}",
            size=format_size(buffers.idle_bytes),
        )
    yield msg(
        "Collecting garbage took {duration}, {percent} % of the time.",
        duration=format_duration(garbage.seconds),
        percent=f"{100 * garbage.share:.2f}",
    )
