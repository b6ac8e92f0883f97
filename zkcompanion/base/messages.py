"""Sentences for people, kept apart from the language they are read in.

Lower layers never format text for a screen. They build a `Message`: an English template that is also its catalogue
id (the gettext tradition) with named parameters. Faces render it, in English or through a catalogue, at the last
moment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from string import Formatter
from types import MappingProxyType

from zkcompanion.base.logs import get_logger

_LOG = get_logger(__name__)

#: A template in another language, or the same template where there is none.
Translate = Callable[[str], str]
#: The form for a count, from the singular, the plural and the count, as gettext's `ngettext`.
TranslateCount = Callable[[str, str, int], str]

#: The parameter that counts, in a sentence with a plural.
COUNT = "n"


@dataclass(frozen=True, slots=True)
class Message:
    """A template with named fields and the values for them; values are shown, so never put a secret in one.

    `plural` is the English template for every count but one; the count is the parameter `n`.
    """

    template: str
    params: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    plural: str | None = None

    def __str__(self) -> str:
        return render(self)


def msg(template: str, /, **params: object) -> Message:
    """Mark `template` for the catalogue (Babel keyword `msg`) and bind its parameters."""
    return Message(template, MappingProxyType(params))


def msg_n(singular: str, plural: str, /, *, n: int, **params: object) -> Message:
    """A sentence that depends on a count (Babel keyword `msg_n`): `msg_n("{n} worker", "{n} workers", n=2)`.

    The singular may leave `{n}` out. Languages with more forms than two have them in their catalogue.
    """
    return Message(singular, MappingProxyType({**params, COUNT: n}), plural)


def render(message: Message, translate: Translate | None = None, translate_count: TranslateCount | None = None) -> str:
    """The sentence in the language of `translate` (English where it is None), messages inside it included.

    A translation whose fields are not those of the English template is logged and not used. Never raises for what a
    catalogue holds; a template without the values for its own fields is shown as it stands, and logged.
    """
    english = _english(message)
    params = {
        name: render(value, translate, translate_count) if isinstance(value, Message) else value
        for name, value in message.params.items()
    }
    if translate is not None:
        template = _translated(message, english, translate, translate_count)
        if template != english and fits(template, message.template, message.plural):
            english = template
    try:
        return english.format_map(params)
    except (LookupError, ValueError, TypeError, AttributeError) as error:
        _LOG.error("The sentence %r cannot be filled in: %s", english, type(error).__name__)
        return english


@lru_cache(maxsize=2048)  # so a fault is logged once and not at every drawing
def fits(translated: str, template: str, plural: str | None = None) -> bool:
    """Whether a translation has the fields of the English template, each written the same; logs where not.

    With a plural, forms may leave out the count alone.
    """
    try:
        wanted = allowed = placeholders(template)
        if plural is not None:
            allowed = wanted | placeholders(plural)
            wanted = allowed - {(COUNT, "", "")}
        found = placeholders(translated)
    except ValueError:
        _LOG.warning("%r or its translation %r is no template; English is shown.", template, translated)
        return False
    if wanted <= found <= allowed:
        return True
    _LOG.warning("The translation %r has other fields than %r; English is shown.", translated, template)
    return False


def placeholders(template: str) -> frozenset[tuple[str, str, str]]:
    """Name, conversion and format of each field. Raises: ValueError for braces that do not match."""
    return frozenset(
        (name, conversion or "", spec or "")
        for _, name, spec, conversion in Formatter().parse(template)
        if name is not None
    )


def _count(message: Message) -> int:
    count = message.params.get(COUNT)
    return count if isinstance(count, int) else 0


def _english(message: Message) -> str:
    if message.plural is None or _count(message) == 1:
        return message.template
    return message.plural


def _translated(message: Message, english: str, translate: Translate, translate_count: TranslateCount | None) -> str:
    """The template in the catalogue's language, unchecked; an empty one is never looked up (it is gettext's header)."""
    if not english:
        return english
    if message.plural is None or translate_count is None:
        return translate(english)
    return translate_count(message.template, message.plural, _count(message))
