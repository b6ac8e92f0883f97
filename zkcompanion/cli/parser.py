"""From the words typed to a command and its arguments.

argparse takes the options out wherever they stand; words are matched here, because snarkjs's commands come in several
spellings, in any letter case, and with file names that may be left out.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NoReturn

from zkcompanion.base.errors import UsageError
from zkcompanion.base.messages import Message, msg
from zkcompanion.cli.commands import Arguments, Command, Option, Word, one_of, whole_number

KERNELS = ("auto", "ifma", "scalar", "reference")
PROGRESS = ("auto", "plain", "json", "none")

COMMON_OPTIONS: tuple[Option, ...] = (
    Option(("--json",), msg("print the result as one JSON object")),
    Option(("--threads",), msg("use N threads (default: as many as this process may use)"), "N", whole_number(1, 1024)),
    Option(
        ("--kernels",),
        msg("which compiled code does the arithmetic: auto, ifma, scalar or reference (default: auto)"),
        "KIND",
        one_of(*KERNELS),
    ),
    Option(("--allow-insecure-key",), msg("accept a key for which anyone can forge proofs")),
    Option(("--quiet", "-q"), msg("print no notes and no progress; warnings and errors stay")),
    Option(
        ("--progress",),
        msg("how progress is shown on standard error: auto, plain, json or none (default: auto)"),
        "HOW",
        one_of(*PROGRESS),
    ),
    Option(("--verbose", "-verbose", "-v"), msg("the same as --progress plain")),
    Option(("--debug",), msg("show where in the program an unexpected error happened")),
    Option(("--help", "-help", "-h"), msg("show this help")),
    Option(("--version",), msg("show the version")),
)


#: Commands of snarkjs for schemes that we do not have.
_OTHER_SCHEMES = ("plonk", "fflonk")


@dataclass(frozen=True, slots=True)
class Parsed:
    """What was asked for: `command` is None where only help or the version was; `group` is what help is about."""

    command: Command | None
    arguments: Arguments
    group: tuple[str, ...] = ()
    bare: bool = False


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        # reached only for shapes that the tables below do not have
        raise UsageError(msg("{what}.", what=message))


def parse(argv: Sequence[str], commands: Sequence[Command]) -> Parsed:
    """Find the command and its arguments.

    Raises: UsageError for an unknown command or option, a missing or wrong value, and too many or too few words.
    """
    head, tail = _split(argv)
    common, rest = _take_options(head, COMMON_OPTIONS)
    if common.get("help") or common.get("version"):
        path = tuple(word.lower() for word in rest if not word.startswith("-"))
        command, used = _match(path, commands)
        group = command.path if command is not None else _group(path, commands)
        return Parsed(None, Arguments({}, common), group=group if used or group else ())
    if not rest and not tail:
        return Parsed(None, Arguments({}, common), bare=True)
    path = tuple(word.lower() for word in rest)
    command, used = _match(path, commands)
    if command is None:
        raise _unknown_command(rest, commands)
    own, extra = _take_options(rest[used:], command.options)
    for word in extra:
        if word.startswith("-") and word != "-":
            raise _unknown_option(word, command)
    options = {**common, **own}
    words = next((words for key, words in command.variants.items() if options.get(key)), command.words)
    given = [*extra, *tail]
    more = _more(command, given[len(words) :])
    arguments = Arguments(_assign(command, words, given[: len(given) - len(more)]), options, more)
    return Parsed(command, arguments, group=command.path)


def _split(argv: Sequence[str]) -> tuple[list[str], list[str]]:
    """What stands before `--`, and the plain words after it."""
    words = list(argv)
    if "--" in words:
        at = words.index("--")
        return words[:at], words[at + 1 :]
    return words, []


def _take_options(words: Sequence[str], options: Iterable[Option]) -> tuple[dict[str, object], list[str]]:
    """Options of the table by key, and all other words in their order."""
    parser = _Parser(add_help=False, allow_abbrev=False, exit_on_error=False, argument_default=argparse.SUPPRESS)
    for option in options:
        if option.value is None:
            parser.add_argument(*option.flags, dest=option.key, action="store_true")
        else:
            parser.add_argument(*option.flags, dest=option.key, action="append")
    try:
        found, rest = parser.parse_known_args(list(words))
    except argparse.ArgumentError as error:
        name = (error.argument_name or "").split("/")[0]
        raise UsageError(_bad_option(name, error.message)) from None
    by_key = {option.key: option for option in options}
    return {key: _converted(by_key[key], value) for key, value in vars(found).items()}, rest


def _bad_option(name: str, why: str) -> Message:
    if "ignored explicit argument" in why:
        return msg("{option} takes no value.", option=name)
    return msg("{option} needs a value.", option=name)


def _converted(option: Option, value: object) -> object:
    if not isinstance(value, list):
        return value
    name = option.flags[0]
    if len(value) > 1:
        raise UsageError(msg("{option} is given more than once.", option=name))
    text: str = value[0]
    if not text:
        raise UsageError(msg("{option} needs a value.", option=name))
    return option.convert(name, text) if option.convert is not None else text


def _match(path: Sequence[str], commands: Iterable[Command]) -> tuple[Command | None, int]:
    """The command with the longest spelling at the start of `path`, and how many words that is."""
    best: Command | None = None
    used = 0
    for command in commands:
        for spelling in (command.path, *command.aliases):
            if len(spelling) > used and tuple(path[: len(spelling)]) == spelling:
                best, used = command, len(spelling)
    return best, used


def _group(path: Sequence[str], commands: Iterable[Command]) -> tuple[str, ...]:
    """The first word, where commands of several words begin with it."""
    known = {command.path[0] for command in commands if len(command.path) > 1}
    return tuple(path[:1]) if path and path[0] in known else ()


def _unknown_command(rest: Sequence[str], commands: Sequence[Command]) -> UsageError:
    from difflib import get_close_matches

    if rest and rest[0].startswith("-") and rest[0] != "-":
        return UsageError(
            msg("{option} is not an option of zkcompanion.", option=rest[0]), hint=msg("zkcompanion --help lists them.")
        )
    typed = " ".join(rest[:2]).lower()
    if typed.split(" ")[0] in _OTHER_SCHEMES:
        return UsageError(
            msg("This version works with groth16; {scheme} is not in it.", scheme=rest[0]),
            hint=msg("zkcompanion file info says what a file is."),
        )
    group = _group([word.lower() for word in rest], commands)
    if group:
        known = [command.name for command in commands if command.path[0] == group[0]]
        close = get_close_matches(typed, known, n=1)
        return UsageError(
            msg("{group} needs one of its commands: {known}.", group=group[0], known=", ".join(known)),
            hint=_did_you_mean(close) if len(rest) > 1 else None,
        )
    spellings = [" ".join(spelling) for command in commands for spelling in (command.path, *command.aliases)]
    spellings += [command.path[0] for command in commands]
    close = get_close_matches(typed, spellings, n=1) or get_close_matches(
        rest[0].lower() if rest else "", spellings, n=1
    )
    shown = rest[0] if rest else "--"
    return UsageError(
        msg("{command} is not a command of zkcompanion.", command=shown),
        hint=_did_you_mean(close) or msg("zkcompanion --help lists the commands."),
    )


def _did_you_mean(close: Sequence[str]) -> Message | None:
    return msg("Did you mean {word}?", word=close[0]) if close else None


def _unknown_option(word: str, command: Command) -> UsageError:
    from difflib import get_close_matches

    flags = [flag for option in (*command.options, *COMMON_OPTIONS) for flag in option.flags]
    name = word.split("=", 1)[0]
    return UsageError(
        msg("{option} is not an option of {command}.", option=name, command=command.name),
        hint=_did_you_mean(get_close_matches(name, flags, n=1))
        or msg("zkcompanion {command} --help lists them.", command=command.name),
    )


def _assign(command: Command, names: Sequence[Word], given: Sequence[str]) -> dict[str, str]:
    if len(given) > len(names):
        raise UsageError(
            msg("{command} does not know what to do with {word}.", command=command.name, word=given[len(names)]),
            hint=usage(command, names),
        )
    words: dict[str, str] = {}
    for place, word in enumerate(names):
        text = given[place] if place < len(given) else word.default
        if text is None or (not text and place < len(given)):
            raise _needs(command, word, names)
        words[word.name] = text
    return words


def _more(command: Command, given: Sequence[str]) -> tuple[str, ...]:
    if command.more is None:
        return ()
    if not all(given):
        raise _needs(command, command.more, command.words)
    return tuple(given)


def _needs(command: Command, word: Word, names: Sequence[Word]) -> UsageError:
    return UsageError(
        msg("{command} needs {word}: {what}.", command=command.name, word=word.name, what=word.help),
        hint=usage(command, names),
    )


def usage(command: Command, words: Sequence[Word] | None = None, switch: str | None = None) -> Message:
    """How the command is written."""
    names = [
        word.name if word.default is None else f"[{word.name}]" for word in (command.words if words is None else words)
    ]
    if command.more is not None:
        names.append(f"[{command.more.name} ...]")
    flag = [f"--{switch}"] if switch else []
    return msg("Usage: zkcompanion {words}", words=" ".join([command.name, *flag, *names]))
