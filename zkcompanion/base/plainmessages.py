"""Messages as JSON values, for files and other processes: templates and scalars, nothing that needs a class."""

from __future__ import annotations

import re
from string import Formatter
from types import MappingProxyType

from zkcompanion.base.messages import Message

_MOST_NESTED = 8
#: A sentence may become so long, and a field be padded to less than a thousand.
_MOST_CHARACTERS, _MOST_WIDTH = 1 << 16, 1000
_WIDER = re.compile(r"[0-9]{4}|[{}]")


def message_to_plain(message: Message) -> dict[str, object]:
    """`template`, and where there are any `plural` and `params`. A parameter that is no scalar becomes its text."""
    plain: dict[str, object] = {"template": message.template}
    if message.plural is not None:
        plain["plural"] = message.plural
    if message.params:
        plain["params"] = {name: _value_to_plain(value) for name, value in message.params.items()}
    return plain


def message_from_plain(plain: object, *, depth: int = _MOST_NESTED) -> Message | None:
    """What `message_to_plain` gave; None for anything else, deeper nesting than `depth`, or what would fill the memory
    when it is read: wide fields, or sentences in sentences that double at each level.
    """
    if not isinstance(plain, dict) or depth < 1:
        return None
    template, plural, given = plain.get("template"), plain.get("plural"), plain.get("params", {})
    if not (isinstance(template, str) and isinstance(plural, str | None) and isinstance(given, dict)):
        return None
    params: dict[str, object] = {}
    for name, value in given.items():
        taken = message_from_plain(value, depth=depth - 1) if isinstance(value, dict) else value
        if not isinstance(name, str) or not isinstance(taken, Message | str | int | float | None):
            return None
        if taken is None and value is not None:
            return None
        params[name] = taken
    message = Message(template, MappingProxyType(params), plural)
    return message if _longest(message) <= _MOST_CHARACTERS else None


def _longest(message: Message) -> int:
    """Characters that it may have when it is filled in, at the most."""
    sizes = {
        name: _longest(value) if isinstance(value, Message) else len(str(value))
        for name, value in message.params.items()
    }
    return max(_filled(template, sizes) for template in (message.template, message.plural or ""))


def _filled(template: str, sizes: dict[str, int]) -> int:
    total = len(template)
    try:
        for _, name, spec, _ in Formatter().parse(template):
            if name is not None:
                total += _MOST_CHARACTERS if _WIDER.search(spec or "") else 0
                total += max(_MOST_WIDTH, sizes.get(re.split(r"[.\[]", name)[0], 0))
    except ValueError:
        return len(template)  # it is shown as it stands
    return total


def _value_to_plain(value: object) -> object:
    if isinstance(value, Message):
        return message_to_plain(value)
    return value if isinstance(value, str | int | float | None) else str(value)
