"""What a command is: its words, options, aliases and handler. The groups' modules hold the commands themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from zkcompanion.base.errors import ExitCode, UsageError
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.units import parse_size

if TYPE_CHECKING:
    from zkcompanion.app.application import Application
    from zkcompanion.app.timing import RecordingTrace
    from zkcompanion.cli.output import Console

#: Groups of commands that are ours alone.
_OWN_GROUPS = frozenset({"cache", "settings", "monitor"})
#: Takes the option's name (for the message) and the text; raises UsageError.
Convert = Callable[[str, str], object]


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the command that names a file or a circuit; `default` is taken where it is left out, None: required.

    "" is for a word without which the command is about something else.
    """

    name: str
    help: Message
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """`flags` as typed; a switch where `value` (the name of its value in the help) is None."""

    flags: tuple[str, ...]
    help: Message
    value: str | None = None
    convert: Convert | None = None
    shown: bool = True

    @property
    def key(self) -> str:
        """The name under which handlers ask for it: the longest flag without dashes."""
        return max(self.flags, key=len).lstrip("-")


@dataclass(frozen=True, slots=True)
class Arguments:
    """Words by name and options by key, as the user gave them or by default; `more` are words of `Command.more`."""

    words: Mapping[str, str]
    options: Mapping[str, object]
    more: tuple[str, ...] = ()

    def word(self, name: str) -> str:
        """A word; every word of the command is there."""
        return self.words[name]

    def text(self, key: str) -> str | None:
        """An option's text, or None where it was not given."""
        value = self.options.get(key)
        return value if isinstance(value, str) else None

    def number(self, key: str, default: int) -> int:
        """An option's number."""
        value = self.options.get(key)
        return value if isinstance(value, int) else default

    def flag(self, key: str) -> bool:
        """Whether a switch was given."""
        return self.options.get(key) is True


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command found: one JSON object, the same for people, and what the process returns.

    `then` is called when the result stands on standard output, before the notes; it raises what a command may.
    `stream`: prints the result piece by piece instead, in the work's thread, and raises what a command may.
    """

    schema: str
    data: Mapping[str, object]
    lines: tuple[Message, ...]
    exit_code: ExitCode = ExitCode.OK
    warnings: tuple[Message, ...] = ()
    notes: tuple[Message, ...] = ()
    then: Callable[[], None] | None = None
    stream: Callable[[Console], None] | None = None


Handler = Callable[["Application", Arguments, "RecordingTrace"], Outcome]


@dataclass(frozen=True, slots=True)
class Command:
    """`path` is how it is typed, `aliases` other ways; `variants` gives other words when a switch is set.

    `more`: what may stand behind the words, any number of times. `streams`: it prints as it goes, and so shows no
    progress.
    """

    path: tuple[str, ...]
    help: Message
    handler: Handler
    words: tuple[Word, ...] = ()
    options: tuple[Option, ...] = ()
    aliases: tuple[tuple[str, ...], ...] = ()
    variants: Mapping[str, tuple[Word, ...]] = field(default_factory=dict)
    more: Word | None = None
    streams: bool = False

    @property
    def own(self) -> bool:
        """Whether snarkjs has no such command."""
        return len(self.path) == 1 or self.path[0] in _OWN_GROUPS

    @property
    def name(self) -> str:
        """The path as one text."""
        return " ".join(self.path)


def whole_number(least: int, most: int) -> Convert:
    """A converter that takes `least` to `most`."""

    def convert(option: str, text: str) -> object:
        if text.isascii() and text.isdigit() and len(text) <= 9 and least <= int(text) <= most:
            return int(text)
        raise UsageError(
            msg("{option} takes a whole number from {least} to {most}.", option=option, least=least, most=most)
        )

    return convert


def moment(option: str, text: str) -> object:
    """A converter that takes a day or a moment of the local clock, or one with its offset; seconds since 1970 UTC."""
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError, OSError):
        raise UsageError(msg("{option} takes a date such as 2026-11-26 or 2026-11-26T14:30.", option=option)) from None


def date_text(unix_s: float) -> str:
    """A moment as the local clock tells it: `2026-11-26 14:30:00`."""
    return datetime.fromtimestamp(unix_s, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def one_of(*choices: str) -> Convert:
    """A converter that takes one of `choices`."""

    def convert(option: str, text: str) -> object:
        if text in choices:
            return text
        raise UsageError(msg("{option} takes one of {choices}.", option=option, choices=", ".join(choices)))

    return convert


def size_in_bytes(option: str, text: str) -> object:
    """A converter that takes bytes, or a number with K, M, G or T."""
    try:
        return parse_size(text)
    except UsageError as error:
        raise UsageError(msg("{option}: {why}", option=option, why=error.message)) from None


def size_or_none(option: str, text: str) -> object:
    """As `size_in_bytes`, or 0."""
    return 0 if text == "0" else size_in_bytes(option, text)
