import pytest

from zkcompanion.base.errors import UsageError
from zkcompanion.base.messages import msg
from zkcompanion.cli.commands import Command, Option, Outcome, Word, one_of, size_or_none, whole_number
from zkcompanion.cli.main import COMMANDS
from zkcompanion.cli.parser import parse, usage


def _handler(app, arguments, trace):
    return Outcome("urn:none", {}, ())


TABLE = (
    Command(
        ("prove",),
        msg("p"),
        _handler,
        words=(Word("CIRCUIT", msg("a circuit")),),
        options=(
            Option(("--repeat",), msg("r"), "N", whole_number(1, 10)),
            Option(("--out", "-o"), msg("o"), "DIR"),
        ),
    ),
    Command(
        ("groth16", "setup"),
        msg("s"),
        _handler,
        words=(
            Word("R1CS", msg("r"), "circuit.r1cs"),
            Word("PTAU", msg("p"), "powersoftau.ptau"),
            Word("ZKEY", msg("z"), "circuit_0000.zkey"),
        ),
        options=(Option(("--development",), msg("d")),),
        aliases=(("g16s",), ("zkey", "new")),
        variants={"development": (Word("R1CS", msg("r"), "circuit.r1cs"), Word("ZKEY", msg("z"), "dev.zkey"))},
    ),
    Command(("groth16", "verify"), msg("v"), _handler, aliases=(("verify",),)),
    Command(("warm",), msg("w"), _handler, words=(Word("HOW", msg("h")),), more=Word("CIRCUIT", msg("c"))),
)


def parsed(*argv):
    found = parse(argv, TABLE)
    return found.command.name, dict(found.arguments.words), dict(found.arguments.options)


def refusal(*argv):
    with pytest.raises(UsageError) as caught:
        parse(argv, TABLE)
    return str(caught.value), None if caught.value.hint is None else str(caught.value.hint)


@pytest.mark.parametrize("spelling", [["groth16", "setup"], ["g16s"], ["G16S"], ["zkey", "new"], ["Groth16", "SETUP"]])
def test_a_command_has_many_spellings_in_any_letter_case(spelling):
    words = {"R1CS": "c.r1cs", "PTAU": "powersoftau.ptau", "ZKEY": "circuit_0000.zkey"}
    assert parsed(*spelling, "c.r1cs") == ("groth16 setup", words, {})


def test_words_left_out_have_snarkjs_default_names():
    assert parsed("g16s")[1] == {"R1CS": "circuit.r1cs", "PTAU": "powersoftau.ptau", "ZKEY": "circuit_0000.zkey"}


def test_a_switch_can_change_the_words():
    assert parsed("g16s", "--development", "a", "b") == (
        "groth16 setup",
        {"R1CS": "a", "ZKEY": "b"},
        {"development": True},
    )
    assert parsed("g16s", "--development")[1]["ZKEY"] == "dev.zkey"


def test_options_may_stand_anywhere():
    expected = ("prove", {"CIRCUIT": "x"}, {"json": True, "repeat": 3, "threads": 2, "out": "d"})
    assert parsed("prove", "x", "--json", "--repeat", "3", "--threads", "2", "--out", "d") == expected
    assert parsed("--json", "--threads=2", "prove", "--repeat=3", "x", "-o", "d") == expected
    assert parsed("prove", "--out=d", "--threads", "2", "--repeat", "3", "x", "--json") == expected


def test_one_dash_is_enough_for_verbose_as_in_snarkjs():
    for flag in ("-v", "-verbose", "--verbose"):
        assert parsed("prove", flag, "x") == ("prove", {"CIRCUIT": "x"}, {"verbose": True})


def test_a_dash_alone_is_a_word_and_what_follows_two_dashes_too():
    assert parsed("prove", "-")[1] == {"CIRCUIT": "-"}
    assert parsed("prove", "--json", "--", "--odd-name")[1] == {"CIRCUIT": "--odd-name"}


def test_nothing_at_all_is_bare():
    assert parse([], TABLE).bare
    assert parse([], TABLE).command is None


@pytest.mark.parametrize(
    ("argv", "group"),
    [
        (["--help"], ()),
        (["-h", "prove"], ("prove",)),
        (["prove", "--help"], ("prove",)),
        (["g16s", "-help"], ("groth16", "setup")),
        (["groth16", "--help"], ("groth16",)),
        (["nonsense", "--help"], ()),
    ],
)
def test_help_is_about_what_was_typed(argv, group):
    found = parse(argv, TABLE)
    assert (found.command, found.group, found.arguments.flag("help")) == (None, group, True)


def test_an_unknown_command_is_named_with_the_nearest():
    assert refusal("prov", "x") == ("prov is not a command of zkcompanion.", "Did you mean prove?")
    assert refusal("qqq") == ("qqq is not a command of zkcompanion.", "zkcompanion --help lists the commands.")
    assert refusal("--", "x")[0] == "-- is not a command of zkcompanion."


def test_a_scheme_that_is_not_here_is_refused_by_name():
    assert refusal("PLONK", "prove", "x")[0] == "This version works with groth16; PLONK is not in it."
    assert "fflonk" in refusal("fflonk")[0]


def test_half_a_command_lists_the_rest():
    assert refusal("groth16") == ("groth16 needs one of its commands: groth16 setup, groth16 verify.", None)
    assert refusal("groth16", "verfy")[1] == "Did you mean groth16 verify?"


def test_an_unknown_option_is_named_with_the_nearest():
    assert refusal("prove", "x", "--repat", "3") == ("--repat is not an option of prove.", "Did you mean --repeat?")
    assert refusal("prove", "x", "--qqq=3") == (
        "--qqq is not an option of prove.",
        "zkcompanion prove --help lists them.",
    )
    assert refusal("--qqq", "prove")[0] == "--qqq is not an option of zkcompanion."


def test_a_value_that_is_missing_wrong_or_given_twice_is_named():
    assert refusal("prove", "x", "--repeat")[0] == "--repeat needs a value."
    assert refusal("prove", "x", "--repeat=")[0] == "--repeat needs a value."
    assert refusal("prove", "x", "--json=1")[0] == "--json takes no value."
    assert refusal("prove", "x", "--repeat", "1", "--repeat", "2")[0] == "--repeat is given more than once."
    assert refusal("prove", "x", "--kernels", "fast")[0] == "--kernels takes one of auto, ifma, scalar, reference."


@pytest.mark.parametrize("text", ["0", "11", "-1", "1.5", "x", "1e3", "\N{ARABIC-INDIC DIGIT THREE}", "9" * 5000, " 3"])
def test_a_number_is_a_plain_decimal_within_its_bounds(text):
    assert refusal("prove", "x", "--repeat", text)[0] == "--repeat takes a whole number from 1 to 10."


def test_too_many_and_too_few_words_are_named():
    assert refusal("prove", "x", "y") == ("prove does not know what to do with y.", "Usage: zkcompanion prove CIRCUIT")
    assert refusal("prove") == ("prove needs CIRCUIT: a circuit.", "Usage: zkcompanion prove CIRCUIT")
    assert refusal("prove", "") == ("prove needs CIRCUIT: a circuit.", "Usage: zkcompanion prove CIRCUIT")
    assert refusal("g16s", "--development", "a", "b", "c")[1] == "Usage: zkcompanion groth16 setup [R1CS] [ZKEY]"


def test_usage_shows_what_may_be_left_out():
    assert str(usage(TABLE[1])) == "Usage: zkcompanion groth16 setup [R1CS] [PTAU] [ZKEY]"
    assert str(usage(TABLE[1], TABLE[1].variants["development"], "development")).endswith(
        "setup --development [R1CS] [ZKEY]"
    )


def test_converters_return_what_they_take():
    assert one_of("a", "b")("--x", "b") == "b"
    assert whole_number(1, 3)("--x", "3") == 3
    assert (size_or_none("--x", "0"), size_or_none("--x", "2M")) == (0, 2 << 20)


def test_no_spelling_stands_for_two_commands():
    spellings = [spelling for command in COMMANDS for spelling in (command.path, *command.aliases)]
    assert len(spellings) == len(set(spellings))
    assert all(spelling == tuple(word.lower() for word in spelling) for spelling in spellings)


def test_words_with_a_default_come_last():
    for command in COMMANDS:
        for words in (command.words, *command.variants.values()):
            optional = [word.default is not None for word in words]
            assert optional == sorted(optional)


def test_words_that_may_stand_any_number_of_times():
    assert parse(["warm", "so"], TABLE).arguments.more == ()
    found = parse(["warm", "so", "a", "--", "--b"], TABLE).arguments
    assert (found.word("HOW"), found.more) == ("so", ("a", "--b"))
    assert str(usage(TABLE[-1])) == "Usage: zkcompanion warm HOW [CIRCUIT ...]"
    with pytest.raises(UsageError, match="warm needs CIRCUIT"):
        parse(["warm", "so", "a", ""], TABLE)
    with pytest.raises(UsageError, match="warm needs HOW"):
        parse(["warm"], TABLE)
