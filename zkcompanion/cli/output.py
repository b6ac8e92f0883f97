"""Everything that reaches the terminal: the result on standard output, all else on standard error."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TextIO

from zkcompanion.app.error_views import ErrorView, error_view
from zkcompanion.base.catalogue import Catalogue, preferred_languages
from zkcompanion.base.errors import Cancelled, CompanionError, FileError, ResourceError
from zkcompanion.base.messages import Message, msg, render
from zkcompanion.base.visible import visible
from zkcompanion.cli.commands import Outcome

ERROR_SCHEMA = "urn:zkcompanion:schema:error:1"

_RED, _YELLOW, _PLAIN = "\x1b[31m", "\x1b[33m", "\x1b[0m"


class Console:
    """Prints for people or, with `as_json`, for programs.

    Arguments:
        out, err: text streams.
        quiet: leave out notes (warnings and errors stay).
        to_text: a catalogue's `say`; without one all is English. What goes into JSON is English in any case, because
            programs read it.
    """

    def __init__(
        self,
        out: TextIO,
        err: TextIO,
        *,
        as_json: bool = False,
        quiet: bool = False,
        to_text: Callable[[Message], str] = render,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        self.err = err
        self.as_json = as_json
        self.quiet = quiet
        #: standard output has no reader any more
        self.unread = False
        self._out = out
        self._to_text = to_text
        #: results come one a line, so an error does too
        self._streaming = False
        self.is_terminal = err.isatty() and environment.get("TERM") != "dumb"
        self._colour = self.is_terminal and not environment.get("NO_COLOR")
        #: whether what stands on standard output can be drawn over
        self.is_screen = out.isatty() and environment.get("TERM") != "dumb" and not as_json

    def text(self, message: Message) -> str:
        """The sentence in the user's language on one line, with control characters made visible."""
        return visible(self._to_text(message))

    def result(self, outcome: Outcome) -> None:
        """The outcome on standard output, warnings and notes on standard error. Raises: as `Outcome.then` does."""
        for message in outcome.warnings:
            self.warning(message)
        if self.as_json:
            warnings = {"warnings": [_english(message) for message in outcome.warnings]} if outcome.warnings else {}
            self._print_json({"schema": outcome.schema, **outcome.data, **warnings})
        else:
            self.lines(outcome.lines)
        if outcome.then is not None:
            outcome.then()
        for message in outcome.notes:
            self.note(message)

    def lines(self, lines: Iterable[Message]) -> None:
        """Lines on standard output."""
        self._print("".join(self.text(line).rstrip() + "\n" for line in lines))

    def json_line(self, schema: str, data: Mapping[str, object]) -> None:
        """One object of a stream, on one line of standard output. Raises: ResourceError."""
        self._streaming = True
        self._print_json({"schema": schema, **data})

    def draw(self, lines: Sequence[Message], over: int = 0) -> int:
        """Lines on a screen, in the place of the last `over`; each as far as there is room. How many there are now.

        Raises: ResourceError.
        """
        columns, rows = shutil.get_terminal_size()
        shown = [self.text(line).rstrip()[: columns - 1] for line in lines][: max(1, rows - 1)]
        up = f"\x1b[{over}F" if over else ""
        self._print(up + "".join(f"{line}\x1b[K\n" for line in shown) + "\x1b[J")
        return len(shown)

    def error(self, error: CompanionError) -> None:
        """What went wrong and what to do, on standard error; with `as_json` also as an object on standard output."""
        view = error_view(error)
        if isinstance(error, Cancelled):  # what the user asked for is no fault
            self.say(self.text(error.message))
        else:
            self._say(msg("error:"), view.title, _RED)
            # apart from our words at the beginning of a line: a file name must not look like one
            self.say("  " + self.text(error.message))
        if view.advice is not None:
            self._say(msg("hint:"), view.advice, _PLAIN)
        if self.as_json:
            self._print_json(self.error_object(error))

    def error_object(self, error: CompanionError) -> dict[str, object]:
        """The error as its schema describes it."""
        located = error if isinstance(error, FileError) else None
        view = error_view(error)
        return {
            "schema": ERROR_SCHEMA,
            **error_words(view),
            "reason": view.reason,
            "file": None if located is None else located.file,
            "section": None if located is None else located.section,
            "offset": None if located is None else located.offset,
            "exit_code": int(view.exit_code),
        }

    def warning(self, message: Message) -> None:
        """Something that the user should know in any case."""
        self._say(msg("warning:"), message, _YELLOW)

    def note(self, message: Message) -> None:
        """Something that helps."""
        if not self.quiet and not self.as_json:
            self.say(self.text(message))

    def paragraph(self, text: str) -> None:
        """Lines on standard error, such as a trace; what is no line feed is made visible."""
        self.say("\n".join(map(visible, text.split("\n"))))

    def say(self, text: str) -> None:
        """A line on standard error, as it is; nothing is lost for us if nobody reads it."""
        with contextlib.suppress(OSError, ValueError):
            self.err.write(text + "\n")
            self.err.flush()

    def _say(self, label: Message, message: Message, colour: str) -> None:
        shown = self.text(label)
        if self._colour:
            shown = f"{colour}{shown}{_PLAIN}"
        self.say(f"{shown} {self.text(message)}")

    def _print_json(self, data: Mapping[str, object]) -> None:
        # plain ASCII: a file name may hold bytes that are no text, and survives so
        indent = None if self._streaming else 2
        self._print(json.dumps(data, ensure_ascii=True, allow_nan=False, indent=indent) + "\n")

    def _print(self, text: str) -> None:
        """Write to standard output; a reader that has gone away (`| head`) has what it wanted.

        Raises: ResourceError where the output cannot be written.
        """
        try:
            self._out.write(text)
            self._out.flush()
        except BrokenPipeError:
            self.unread = True
            _forget(self._out)
        except OSError as error:
            _forget(self._out)
            why = error.strerror or type(error).__name__
            raise ResourceError(msg("The result cannot be written to standard output: {why}.", why=why)) from None


def error_words(view: ErrorView) -> dict[str, object]:
    """What programs are told of any error, in English."""
    return {
        "code": view.code,
        "whose": view.whose.value,
        "title": _english(view.title),
        "message": _english(view.message),
        "hint": None if view.advice is None else _english(view.advice),
        "article": view.article,
    }


def _english(message: Message) -> str:
    return visible(render(message))


def _forget(stream: TextIO) -> None:
    """Point the stream at nothing, so that the interpreter does not complain when it flushes at the end."""
    with contextlib.suppress(OSError, ValueError):
        nothing = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nothing, stream.fileno())
        finally:
            os.close(nothing)


def standard_console(*, as_json: bool, quiet: bool) -> Console:
    """A console on this process's streams, in the system's language; a character that they cannot show is escaped."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
    catalogue = Catalogue(preferred_languages(""))
    return Console(sys.stdout, sys.stderr, as_json=as_json, quiet=quiet, to_text=catalogue.say)
