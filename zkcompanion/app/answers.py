"""From rows that were answered to what a machine can prove in a sentence, and what limits it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from zkcompanion.app.hardware_views import (
    AnswerView,
    Confidence,
    LimitView,
    MachineFacts,
    Resource,
    VerdictView,
    WorkloadView,
)
from zkcompanion.base.messages import Message, msg, msg_n
from zkcompanion.hardware.verdict_words import rough_time

#: Verdicts with which proving is comfortable.
COMFORTABLE = ("easily", "well")
#: Domains that are looked at for the largest that fits: 2^28 is all that the curve has.
SMALLEST_POWER, LARGEST_POWER = 6, 28
_TITLES: dict[Resource, Message] = {
    "memory": msg("Memory"),
    "time": msg("Time"),
    "disk": msg("Disk"),
    "cores": msg("Cores"),
    "features": msg("Kind of processor"),
    "gpu": msg("Graphics card"),
}


def answer_of(
    rows: tuple[WorkloadView, ...],
    landmarks: Sequence[tuple[str, Message]],
    facts: MachineFacts,
    verdict_at: Callable[[int], VerdictView],
) -> AnswerView:
    """The whole answer.

    Arguments:
        rows: as answered for this machine.
        landmarks: ids of rows that a sentence may name, the largest last, and what it calls them.
        facts: the machine.
        verdict_at: of a typical circuit that fills a domain of this power of two.
    """
    power = largest_power(verdict_at)
    ours = [row.verdict.confidence for row in rows if row.runs_here]
    sure: Confidence = "calibrated" if ours and set(ours) <= {"calibrated", "measured"} else "estimated"
    basis: Confidence = "none" if facts.free_memory_bytes is None else sure
    return AnswerView(headline(rows, landmarks, facts, power), rows, limits_of(rows, facts), power, basis)


def largest_power(verdict_at: Callable[[int], VerdictView]) -> int | None:
    """The largest domain of which proofs are comfortable, None where none is: what is larger never takes less."""
    low, high = SMALLEST_POWER - 1, LARGEST_POWER
    while low < high:
        middle = (low + high + 1) // 2
        if verdict_at(middle).tier in COMFORTABLE:
            low = middle
        else:
            high = middle - 1
    return low if low >= SMALLEST_POWER else None


def headline(
    rows: Sequence[WorkloadView], landmarks: Sequence[tuple[str, Message]], facts: MachineFacts, power: int | None
) -> Message:
    """What this machine can prove, in a sentence with the largest thing that has a name."""
    if facts.free_memory_bytes is None:
        return msg("How much memory this computer has free is not known, so what it can prove cannot be told.")
    if power is None:
        return msg("This computer has too little memory free at present to prove anything comfortably.")
    by_id = {row.id: row for row in rows}
    named = [(by_id[name], words) for name, words in landmarks if by_id[name].verdict.tier in COMFORTABLE]
    most = f"2^{power}"
    if not named:
        return msg("This computer proves circuits of up to about {most} constraints.", most=most)
    row, words = named[-1]
    if row.seconds is None:
        return msg(
            "This computer proves circuits of up to about {most} constraints, {thing} among them.",
            most=most,
            thing=words,
        )
    return msg(
        "This computer proves circuits of up to about {most} constraints; {thing} takes {time}.",
        most=most,
        thing=words,
        time=rough_time(row.seconds),
    )


def limits_of(rows: Sequence[WorkloadView], facts: MachineFacts) -> tuple[LimitView, ...]:
    """What keeps most rows from being comfortable, the most binding first; then what makes all of them slower."""
    held = [row for row in rows if row.verdict.tier not in (*COMFORTABLE, "unknown")]
    counted = Counter(row.verdict.binding for row in held if row.verdict.binding is not None)
    found = []
    for resource, count in counted.most_common():
        example = next(row for row in held if row.verdict.binding == resource)
        sentence = msg_n(
            "It decides over {n} workload that is not comfortable here: {example}.",
            "It decides over {n} workloads that are not comfortable here, such as {example}.",
            n=count,
            example=example.name,
        )
        found.append(LimitView(resource, _TITLES[resource], sentence))
    if facts.family not in (None, "ifma") and "features" not in counted:
        found.append(LimitView("features", _TITLES["features"], _slower(facts)))
    return tuple(found)


def _slower(facts: MachineFacts) -> Message:
    if facts.family == "reference":
        return msg("There are no fast kernels for this processor: plain Python calculates, for small circuits.")
    return msg("Without the instructions AVX-512 IFMA the slower of two kinds of kernels is used; everything works.")
