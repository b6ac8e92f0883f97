"""What the phases of a proof are called and what each of them does, in plain words; used wherever one is shown."""

from __future__ import annotations

from dataclasses import dataclass

from zkcompanion.base.messages import Message, msg


@dataclass(frozen=True, slots=True)
class PhaseWords:
    """`name` in a list, `short` in a narrow place, `does` a sentence, `weight` its usual share of a proof's time."""

    name: Message
    short: Message
    does: Message
    weight: float


#: In the order of a proof; the first two occur only sometimes.
PHASE_WORDS: dict[str, PhaseWords] = {
    "compile": PhaseWords(
        msg("Compile"),
        msg("Compile"),
        msg("Builds the arithmetic for this processor; this happens once, and later starts reuse it."),
        3.0,
    ),
    "setup": PhaseWords(
        msg("Make key"),
        msg("Key"),
        msg("Makes a development key for this circuit, because no key was given; later proofs reuse it."),
        4.0,
    ),
    "load": PhaseWords(msg("Load"), msg("Load"), msg("Opens the key and the circuit's files."), 0.3),
    "witness": PhaseWords(
        msg("Witness"), msg("Wit."), msg("Calculates every value inside the circuit from your inputs."), 0.3
    ),
    "check": PhaseWords(
        msg("Check"), msg("Check"), msg("Sees that these values satisfy each constraint of the circuit."), 0.1
    ),
    "constraints": PhaseWords(
        msg("Constraints"), msg("Con."), msg("Evaluates both sides of all constraints with these values."), 0.2
    ),
    "transforms": PhaseWords(
        msg("Transforms"),
        msg("Trans."),
        msg("Turns the constraints into one polynomial that only a right answer divides evenly."),
        1.0,
    ),
    "sum-a": PhaseWords(
        msg("Sum A"),
        msg("A"),
        msg("Adds up curve points of the key, weighted by the values: the proof's first part."),
        1.0,
    ),
    "sum-b1": PhaseWords(
        msg("Sum B1"), msg("B1"), msg("Adds up curve points for a helper value that the last part needs."), 1.0
    ),
    "sum-b2": PhaseWords(
        msg("Sum B2"),
        msg("B2"),
        msg("Adds up points of the larger curve group: the proof's second part, and often the longest sum."),
        2.0,
    ),
    "sum-c": PhaseWords(
        msg("Sum C"), msg("C"), msg("Adds up curve points for the private values: half of the proof's last part."), 1.0
    ),
    "sum-h": PhaseWords(
        msg("Sum H"), msg("H"), msg("Adds up curve points for the polynomial: the other half of the last part."), 1.5
    ),
    "assemble": PhaseWords(
        msg("Assemble"),
        msg("Asm."),
        msg("Puts the sums together and blinds them, so that they tell nothing else."),
        0.1,
    ),
    "verify": PhaseWords(
        msg("Verify"),
        msg("Verify"),
        msg("Checks the finished proof as anybody else would, before it is called done."),
        0.3,
    ),
}

#: What a proof goes through in any case, before anything is known of it.
USUAL_PHASES = tuple(name for name in PHASE_WORDS if name not in {"compile", "setup"})


def phase_words(phase: str) -> PhaseWords:
    """The words for a phase; one that is not known here is called by its own name."""
    found = PHASE_WORDS.get(phase)
    if found is not None:
        return found
    name = Message("{phase}", {"phase": phase})
    return PhaseWords(name, name, msg("A step of the proof."), 0.3)
