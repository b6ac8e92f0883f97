"""Strangers' texts in sentences, without what moves a cursor, begins a line that looks like ours, or reorders text."""

from __future__ import annotations

import re
from types import MappingProxyType

from zkcompanion.base.messages import Message

#: Control characters, line and paragraph separators, marks and overrides of direction, and halves of characters (file
#: names that are no Unicode).
_ODD = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
#: Longer texts are shortened in the middle. Arbitrary; paths and names that people give are shorter.
_MOST = 400


def visible(text: str) -> str:
    """`text` on one line, with such characters spelt out as Python writes them."""
    return _ODD.sub(lambda found: ascii(found[0])[1:-1], text)


def tamed(message: Message) -> Message:
    """The same sentence with every text that stands in it visible and of a length that can be read."""
    return Message(
        message.template,
        MappingProxyType({name: _tamed(value) for name, value in message.params.items()}),
        message.plural,
    )


def _tamed(value: object) -> object:
    if isinstance(value, Message):
        return tamed(value)
    if value is None or isinstance(value, int | float):
        return value
    return visible(shortened(str(value)))


def shortened(text: str) -> str:
    """`text`, without its middle where it is very long."""
    if len(text) <= _MOST:
        return text
    return f"{text[: _MOST // 2]} … {text[-_MOST // 2 :]}"
