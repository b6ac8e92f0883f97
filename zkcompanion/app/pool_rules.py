"""How many workers there are and what they may use, from the settings and the machine."""

from __future__ import annotations

from zkcompanion.app.memory import usable_bytes
from zkcompanion.app.room import memory_left
from zkcompanion.app.settings import Settings, usable_cpus
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.units import format_size
from zkcompanion.engine.pool import IDLE_BYTES, PoolRules
from zkcompanion.engine.schedule.policy import Machine, Policy
from zkcompanion.engine.schedule.pool_size import PoolLimits

#: Left to everybody else: so much, or this share of a larger machine.
_RESERVE_BYTES, _RESERVE_SHARE = 1 << 30, 10
#: Of what proofs may hold together, the share of one that is alone.
_RUN_SHARE = 0.9
#: With less for all proofs there is one process, which takes them one after another.
SHORT_BYTES = 1 << 30


def memory_budget(settings: Settings) -> int:
    """What proofs may hold together, in bytes."""
    if settings.memory_bytes is not None:
        return settings.memory_bytes
    usable = usable_bytes()
    return max(usable // 2, usable - max(_RESERVE_BYTES, usable // _RESERVE_SHARE))


def run_budget(settings: Settings) -> int:
    """What one run may hold, in bytes: a worker that reaches what all may hold is ended (`engine/pool`), and beside it
    there are others that wait, and the clerk.
    """
    budget = memory_budget(settings)
    others = 1 if budget < SHORT_BYTES else (settings.max_workers or usable_cpus()) + 1
    return max(0, int(_RUN_SHARE * budget) - others * IDLE_BYTES)


def rules_of(settings: Settings) -> PoolRules:
    """The pool's rules; one process where memory is short."""
    budget = memory_budget(settings)
    policy = Policy(Machine(settings.threads, budget))
    if budget < SHORT_BYTES:
        return PoolRules(policy, PoolLimits(least=1, most=1, spare=0), at_work=1, room=memory_left)
    at_work = settings.max_workers or usable_cpus()
    return PoolRules(
        policy, PoolLimits(least=min(settings.min_workers, at_work + 1), most=at_work + 1), at_work, memory_left
    )


def memory_notice(settings: Settings) -> Message | None:
    """What the user should know where memory is short."""
    budget = memory_budget(settings)
    if budget >= SHORT_BYTES:
        return None
    return msg(
        "Proofs may use {budget} of memory, so one process makes them one after another.", budget=format_size(budget)
    )
