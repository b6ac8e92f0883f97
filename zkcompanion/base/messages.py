"""Sentences for people, kept apart from the language they are read in.

Lower layers never format text for a screen. They build a `Message`: an English template that is also its catalogue
id (the gettext tradition) with named parameters. Faces render it, in English or through a catalogue, at the last
moment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Message:
    """A template with named fields and the values for them; values are shown, so never put a secret in one."""

    template: str
    params: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))

    def __str__(self) -> str:
        return render(self)


def msg(template: str, /, **params: object) -> Message:
    """Mark `template` for the catalogue (Babel keyword `msg`) and bind its parameters."""
    return Message(template, MappingProxyType(params))


def render(message: Message, translate: Callable[[str], str] | None = None) -> str:
    """The sentence in the language of `translate` (English where it is None), messages inside it included."""
    template = translate(message.template) if translate is not None else message.template
    params = {
        name: render(value, translate) if isinstance(value, Message) else value
        for name, value in message.params.items()
    }
    return template.format_map(params)
