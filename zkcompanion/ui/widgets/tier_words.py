"""How verdicts are told: a word, an icon and a colour for each, never the colour alone."""

from __future__ import annotations

from dataclasses import dataclass

from zkcompanion.app.hardware_views import Confidence, Resource, Tier
from zkcompanion.base.messages import Message, msg
from zkcompanion.ui.context import Tone


@dataclass(frozen=True, slots=True)
class TierWords:
    """An icon of `resources/icons`, a tone, a word, and what it means; `rank`: 0 is the best."""

    icon: str
    tone: Tone
    text: Message
    meaning: Message
    rank: int


#: From best to worst; what is not known stands between what fits and what does not.
TIERS: dict[Tier, TierWords] = {
    "easily": TierWords("tier-easily", "good", msg("Easily"), msg("Fits with much room to spare."), 0),
    "well": TierWords("tier-well", "good", msg("Well"), msg("Fits, with some room to spare."), 1),
    "barely": TierWords("tier-barely", "caution", msg("Barely"), msg("Fits when little else runs, or takes long."), 2),
    "unknown": TierWords("help", "info", msg("Not known"), msg("Too little is known to say."), 3),
    "too large": TierWords("tier-large", "bad", msg("Too large"), msg("Does not fit this computer as it is now."), 4),
    "impossible": TierWords(
        "tier-impossible", "bad", msg("Not possible"), msg("No setting of this computer would do."), 5
    ),
}

RESOURCES: dict[Resource, Message] = {
    "memory": msg("Memory"),
    "time": msg("Time"),
    "disk": msg("Disk"),
    "cores": msg("Cores"),
    "features": msg("Vector features"),
    "gpu": msg("Graphics"),
}

RESOURCE_ICONS: dict[Resource, str] = {
    "memory": "memory",
    "time": "clock",
    "disk": "disk",
    "cores": "processor",
    "features": "processor",
    "gpu": "processor",
}


@dataclass(frozen=True, slots=True)
class ConfidenceWords:
    """How sure a verdict is, in two words and in a sentence; `rank`: 0 is the surest."""

    text: Message
    meaning: Message
    rank: int


CONFIDENCES: dict[Confidence, ConfidenceWords] = {
    "measured": ConfidenceWords(msg("Measured here"), msg("Proofs of this circuit were made on this computer."), 0),
    "calibrated": ConfidenceWords(msg("Calibrated"), msg("Predicted from this computer's own measured speed."), 1),
    "estimated": ConfidenceWords(msg("Estimated"), msg("Predicted from this computer's description alone."), 2),
    "scaled": ConfidenceWords(msg("Scaled"), msg("Scaled from what a source measured on another computer."), 3),
    "none": ConfidenceWords(msg("No data"), msg("No source has figures that could be carried over."), 4),
}


def tier_change(before: Tier, after: Tier) -> int:
    """1 where a verdict got better, -1 where worse, 0 where it is the same."""
    change = TIERS[before].rank - TIERS[after].rank
    return (change > 0) - (change < 0)
