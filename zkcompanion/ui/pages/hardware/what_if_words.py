"""Another computer in words, and the steps that its sliders have."""

from __future__ import annotations

from zkcompanion.app.hardware_views import WhatIf
from zkcompanion.base.messages import Message, msg, msg_n
from zkcompanion.base.units import format_size

GIB = 1 << 30
#: What memory is sold as, in GiB, and cores that processors have.
_MEMORY_GIB = (2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024)
_CORES = (1, 2, 4, 6, 8, 10, 12, 16, 20, 24, 32, 48, 64, 96, 128)
#: A computer sold with 16 GiB tells a little less.
_MORE = 1.1
FAMILIES: dict[str, Message] = {
    "here": msg("As here"),
    "scalar": msg("None"),
    "ifma": msg("AVX-512 IFMA"),
}


def memory_steps(here: int | None) -> tuple[int | None, ...]:
    """Bytes from this computer's, which is None, to larger ones."""
    least = 0.0 if here is None else here * _MORE
    return (None, *(size * GIB for size in _MEMORY_GIB if size * GIB > least))


def core_steps(here: int | None) -> tuple[int | None, ...]:
    """Cores from this computer's, which is None, to more."""
    return (None, *(count for count in _CORES if count > (here or 0)))


def memory_step_words(step: int | None, here: int | None) -> Message:
    """A step of the slider."""
    if step is not None:
        return Message("{size}", {"size": format_size(step)})
    return msg("{size}, as here", size=format_size(here)) if here is not None else msg("as here")


def core_step_words(step: int | None, here: int | None) -> Message:
    """A step of the slider."""
    if step is not None:
        return msg_n("{n} core", "{n} cores", n=step)
    return msg("{cores}, as here", cores=msg_n("{n} core", "{n} cores", n=here)) if here is not None else msg("as here")


def what_if_words(what_if: WhatIf) -> Message:
    """What is imagined: "As if this computer had 64.0 GiB of memory and 16 cores."."""
    parts: list[Message] = []
    if what_if.memory_bytes is not None:
        parts.append(msg("{size} of memory", size=format_size(what_if.memory_bytes)))
    if what_if.cores is not None:
        parts.append(msg_n("{n} core", "{n} cores", n=what_if.cores))
    if what_if.family is not None:
        parts.append(msg("AVX-512 IFMA") if what_if.family == "ifma" else msg("no AVX-512 IFMA"))
    if not parts:
        return msg("This computer as it is.")
    made = parts[0]
    for part in parts[1:]:
        made = msg("{first} and {second}", first=made, second=part)
    return msg("As if this computer had {parts}.", parts=made)
