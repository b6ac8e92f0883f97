"""Messages as JSON values, for files and other processes: templates and scalars, nothing that needs a class."""

from __future__ import annotations

from types import MappingProxyType

from zkcompanion.base.messages import Message

_MOST_NESTED = 8


def message_to_plain(message: Message) -> dict[str, object]:
    """`template`, and where there are any `plural` and `params`. A parameter that is no scalar becomes its text."""
    plain: dict[str, object] = {"template": message.template}
    if message.plural is not None:
        plain["plural"] = message.plural
    if message.params:
        plain["params"] = {name: _value_to_plain(value) for name, value in message.params.items()}
    return plain


def message_from_plain(plain: object, *, depth: int = _MOST_NESTED) -> Message | None:
    """What `message_to_plain` gave; None for anything else, or deeper nesting than `depth`."""
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
    return Message(template, MappingProxyType(params), plural)


def _value_to_plain(value: object) -> object:
    if isinstance(value, Message):
        return message_to_plain(value)
    return value if isinstance(value, str | int | float | None) else str(value)
