"""What a processor's vector features mean here: which kernels run, and how much that brings."""

from __future__ import annotations

from zkcompanion.base.messages import Message, msg
from zkcompanion.hardware.facts import MachineFacts

#: Times as fast as with the next family, the least of a dense and a bit-heavy proof on one processor that runs both:
#: `scripts/bench_families.py`, docs/performance.md.
VECTOR_TIMES = 3.2
COMPILED_TIMES = 15


def vector_meaning(facts: MachineFacts) -> Message:
    """One sentence."""
    family = facts.family
    if family is None:
        return msg(
            "It is not known whether this processor has AVX-512 IFMA; with it, proofs are made about {times} times as"
            " fast.",
            times=VECTOR_TIMES,
        )
    if family == "ifma":
        return msg(
            "This processor has AVX-512 IFMA, so the vector kernels run: they make proofs about {times} times as fast"
            " as the scalar ones.",
            times=VECTOR_TIMES,
        )
    if family == "scalar":
        return msg(
            "This processor does not have AVX-512 IFMA, so the scalar kernels run; where it is there, the vector"
            " kernels make proofs about {times} times as fast.",
            times=VECTOR_TIMES,
        )
    return msg(
        "Compiled kernels are not made for this kind of processor, so proofs are computed without them: more than"
        " {times} times as slowly, and for small circuits only.",
        times=COMPILED_TIMES,
    )
