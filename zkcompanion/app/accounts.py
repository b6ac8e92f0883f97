"""What a process holds in memory, by component, and what memory costs it: views, and the one place that makes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from zkcompanion.app.memory import resident_bytes

if TYPE_CHECKING:
    from zkcompanion.app.application import Application

#: Components, in the order in which they are shown. `base`: Python and the libraries that proofs need, before the
#: first of them; `kernels`: code compiled for this processor; `tables`: roots of unity; `circuits`: prepared keys,
#: constraints and names, with the files that are mapped; `calculators`: witness programs; `buffers`: large arrays, in
#: use and kept; `rest`: what the process holds beside.
COMPONENTS = ("base", "kernels", "tables", "circuits", "calculators", "buffers", "rest")


@dataclass(frozen=True, slots=True)
class BufferView:
    """The memory of large arrays, in bytes: what is kept at most and now, what is in use and was at the most.

    `reuse`: the share of the memory asked for that was there already, 0 to 1, over `requests` arrays.
    """

    limit_bytes: int = 0
    idle_bytes: int = 0
    lent_bytes: int = 0
    most_lent_bytes: int = 0
    requests: int = 0
    reuse: float = 0.0


@dataclass(frozen=True, slots=True)
class GarbageView:
    """Python's garbage collector: seconds in all and at the longest, their share of the time since the process could
    work, 0 to 1, and collections by generation, the youngest first.
    """

    seconds: float = 0.0
    longest_seconds: float = 0.0
    share: float = 0.0
    collections: tuple[int, int, int] = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class AccountsView:
    """`resident_bytes`: of the whole process; `components`: its parts by name (`COMPONENTS`), each by its own count.

    Mapped files count in full, whether their pages are resident or not, so the parts may be more than the whole.
    """

    resident_bytes: int
    components: dict[str, int] = field(default_factory=dict)
    buffers: BufferView = BufferView()
    garbage: GarbageView = GarbageView()


def accounts_of(app: Application) -> AccountsView:
    """Of this process, in which `app` works; takes a fraction of a millisecond."""
    resident = resident_bytes()
    backends = app.__dict__.get("backends")
    files = app.__dict__.get("files")
    computing = dict(backends.sizes()) if backends is not None else {}
    buffers = BufferView()
    if backends is not None:
        use = backends.buffers.use()
        buffers = BufferView(
            use.limit_bytes, use.idle_bytes, use.lent_bytes, use.most_lent_bytes, use.requests, round(use.reuse, 4)
        )
    known = {
        **computing,
        **(files.sizes() if files is not None else {}),
        "buffers": buffers.idle_bytes + buffers.lent_bytes,
    }
    known["rest"] = max(0, resident - sum(known.values()))
    cost = app.garbage.cost()
    garbage = GarbageView(cost.seconds, cost.longest_seconds, cost.share, cost.collections)
    return AccountsView(resident, {name: known.get(name, 0) for name in COMPONENTS}, buffers, garbage)
