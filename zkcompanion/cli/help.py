"""Help texts, made from the table of commands."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence

from zkcompanion.base.messages import Message, msg
from zkcompanion.cli.commands import Command, Option
from zkcompanion.cli.parser import COMMON_OPTIONS, usage

_WIDTH = 100
_COLUMN = 30

Text = Callable[[Message], str]


def overview(commands: Sequence[Command], text: Text) -> str:
    """What the program does and all its commands."""
    lines = [
        text(msg("ZK Companion: prove in zero knowledge on this computer. Nothing leaves it.")),
        "",
        text(msg("Usage: zkcompanion COMMAND [OPTIONS]")),
        "",
        text(msg("The window:")),
        *_rows(
            [
                ("zkcompanion", text(msg("opens the window"))),
                ("zkcompanion --reset-window", text(msg("opens it and forgets where it was on the screen"))),
                ("zkcompanion --no-wizard", text(msg("opens it on Home at the first start, too"))),
            ]
        ),
        "",
        text(msg("A first proof:")),
        "  zkcompanion examples",
        "  zkcompanion prove funds-above-threshold",
        "",
        text(msg("Commands:")),
    ]
    own = [command for command in commands if command.own]
    lines += _rows([(_typed(command), text(command.help)) for command in own])
    lines += ["", text(msg("Commands with the arguments of snarkjs (its short names work too):"))]
    lines += _rows([(_typed(command), text(command.help)) for command in commands if not command.own])
    lines += ["", *_options(COMMON_OPTIONS, text), "", _exit_codes(text)]
    return "\n".join(lines)


def group_help(group: str, commands: Sequence[Command], text: Text) -> str:
    """The commands that begin with one word."""
    members = [command for command in commands if command.path[0] == group]
    lines = [text(msg("Commands of {group}:", group=group))]
    lines += _rows([(_typed(command), text(command.help)) for command in members])
    lines += ["", text(msg("zkcompanion COMMAND --help says more about one."))]
    return "\n".join(lines)


def command_help(command: Command, text: Text) -> str:
    """One command: how it is written, its words, options, other names."""
    lines = [text(usage(command))]
    lines += [text(usage(command, words, key)) for key, words in command.variants.items()]
    lines += ["", *textwrap.wrap(text(command.help), _WIDTH), ""]
    rows = []
    for word in (*command.words, *(() if command.more is None else (command.more,))):
        shown = text(word.help)
        if word.default:
            shown = text(msg("{what} (default: {default})", what=shown, default=word.default))
        rows.append((word.name, shown))
    lines += _rows(rows)
    if command.options:
        lines += ["", *_options(command.options, text)]
    lines += ["", *_options(COMMON_OPTIONS, text)]
    if command.aliases:
        names = ", ".join(" ".join(alias) for alias in command.aliases)
        lines += ["", text(msg("Other names: {names}", names=names))]
    return "\n".join(lines)


def _typed(command: Command) -> str:
    names = [word.name if word.default is None else f"[{word.name}]" for word in command.words]
    more = [] if command.more is None else [f"[{command.more.name} ...]"]
    return " ".join([command.name, *names, *more])


def _options(options: Sequence[Option], text: Text) -> list[str]:
    rows = []
    for option in options:
        flags = ", ".join(flag for flag in option.flags if flag.startswith("--") or len(flag) == 2)
        rows.append((f"{flags} {option.value}" if option.value else flags, text(option.help)))
    title = msg("Options everywhere:") if options is COMMON_OPTIONS else msg("Options:")
    return [text(title), *_rows(rows)]


def _rows(rows: Sequence[tuple[str, str]]) -> list[str]:
    return [line for left, right in rows for line in _row(left, right)]


def _row(left: str, right: str) -> Iterator[str]:
    wrapped = textwrap.wrap(right, _WIDTH - _COLUMN - 2)
    if len(left) > _COLUMN - 2:
        yield f"  {left}"
    else:
        yield f"  {left:<{_COLUMN}}{wrapped.pop(0) if wrapped else ''}".rstrip()
    yield from (" " * (_COLUMN + 2) + line for line in wrapped)


def _exit_codes(text: Text) -> str:
    codes = text(
        msg(
            "Exit codes: 0 done, 1 proof or witness does not hold, 2 wrong use, 3 bad file, 4 not enough resources, "
            "5 a fault of the program, 130 cancelled."
        )
    )
    return "\n".join(textwrap.wrap(codes, _WIDTH))
