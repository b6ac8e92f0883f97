import pytest

from zkcompanion.cli.help import command_help, group_help, overview
from zkcompanion.cli.main import COMMANDS

ABSENT = (
    "powersoftau",
    "contribute",
    "beacon",
    "solidity",
    "bench",
    "learn",
)


def test_the_overview_lists_every_command_and_none_that_is_not_there():
    text = overview(COMMANDS, str)
    for command in COMMANDS:
        assert f"  {command.name}" in text
    for word in ABSENT:
        assert word not in text


def test_no_line_is_wider_than_a_hundred_and_two_columns():
    texts = [overview(COMMANDS, str), *(command_help(command, str) for command in COMMANDS)]
    assert max(len(line) for text in texts for line in text.splitlines()) <= 102


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_a_commands_help_names_its_words_options_and_aliases(command):
    text = command_help(command, str)
    assert text.startswith(f"Usage: zkcompanion {command.name}")
    for word in (*command.words, *filter(None, [command.more])):
        assert f"\n  {word.name}" in text
    for option in command.options:
        assert option.flags[0] in text
    for alias in command.aliases:
        assert " ".join(alias) in text


def test_a_group_lists_its_own_commands_only():
    text = group_help("file", COMMANDS, str)
    assert "file info" in text
    assert "r1cs" not in text.splitlines()[1]
