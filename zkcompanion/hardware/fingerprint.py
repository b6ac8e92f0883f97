"""What the speed of this computer depends on: whether what was measured once still holds, and if not, why."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from zkcompanion.base.messages import Message, msg
from zkcompanion.base.units import format_size
from zkcompanion.hardware.facts import MachineFacts

#: Features by which the kernels become other code (Linux's names); the rest of some hundred changes nothing here.
KERNEL_FEATURES = (
    *("adx", "avx", "avx2", "avx512f", "avx512ifma", "avx512vl", "avx_ifma", "bmi1", "bmi2"),
    *("asimd", "sve"),
)
#: Another kernel of the system keeps a few mebibytes more or less for itself.
_MEMORY_STEP_BYTES = 256 << 20


def kernels_version() -> str:
    """Of the kernels that this program emits."""
    from zkcompanion.proving.kernels.source import source_digest  # a window opens without the kernels

    return source_digest().hex()


def basis(facts: MachineFacts, kernels_version: str) -> dict[str, object]:
    """What the fingerprint is made of, as JSON values; kept beside what was measured, for `differences`."""
    processor, memory = facts.processor, facts.memory.total_bytes
    features = processor.features
    return {
        "processor": processor.model,
        "architecture": processor.architecture,
        "system": facts.platform.system,
        "cores": facts.usable_cores,
        "features": None if features is None else [name for name in KERNEL_FEATURES if name in features],
        "memory": None if memory is None else round(memory / _MEMORY_STEP_BYTES) * _MEMORY_STEP_BYTES,
        "kernels": kernels_version,
    }


def fingerprint(facts: MachineFacts, kernels_version: str) -> str:
    """32 hexadecimal digits; the same as long as measurements of speed hold."""
    told = json.dumps(basis(facts, kernels_version), sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()


def differences(old: Mapping[str, object], new: Mapping[str, object]) -> tuple[Message, ...]:
    """In words, from one `basis` to another; what is not known of either counts as another value."""
    found = []
    for name in new:
        before, after = old.get(name), new[name]
        if before != after:
            found.append(_sentence(name, before, after))
    return tuple(found)


def _sentence(name: str, before: object, after: object) -> Message:
    if name == "features":
        return _features(before, after)
    words = {"before": _shown(name, before), "after": _shown(name, after)}
    if name == "processor":
        return msg("The processor was {before} and is {after}.", **words)
    if name == "cores":
        return msg("The number of usable cores was {before} and is {after}.", **words)
    if name == "memory":
        return msg("The installed memory was {before} and is {after}.", **words)
    if name == "kernels":
        return msg("This version of ZK Companion computes with other code.")
    # the architecture or the system
    return msg("This program was made for another system: {before} instead of {after}.", **words)


def _features(before: object, after: object) -> Message:
    old, new = (set(map(str, names)) if isinstance(names, list | tuple) else set() for names in (before, after))
    if new - old:
        return msg("The processor now offers {names}.", names=", ".join(sorted(new - old)))
    return msg("The processor no longer offers {names}.", names=", ".join(sorted(old - new)) or "?")


def _shown(name: str, value: object) -> object:
    if value is None:
        return msg("unknown")
    if name == "memory" and isinstance(value, int):
        return format_size(value)
    return str(value)
