import io
import json
import os
import subprocess
import sys

import pytest

from zkcompanion.base.errors import Cancelled, ExitCode, FileError, InvalidProofError, ResourceError, UsageError
from zkcompanion.base.messages import msg, render
from zkcompanion.base.taxonomy import TAXONOMY
from zkcompanion.cli.commands import Outcome
from zkcompanion.cli.output import Console


class Terminal(io.StringIO):
    def isatty(self):
        return True


def german(message):
    words = {
        "error:": "Fehler:",
        "hint:": "Rat:",
        "No {x}.": "Kein {x}.",
        str(TAXONOMY["usage"].title): "Das passt nicht",
    }
    return render(message, lambda template: words.get(template, template))


def console(*, err=None, environment=None, **options):
    out, err = io.StringIO(), err if err is not None else io.StringIO()
    return Console(out, err, environment=environment or {}, **options), out, err


def test_the_result_alone_stands_on_standard_output():
    shown, out, err = console()
    shown.result(Outcome("urn:x", {"a": 1}, (msg("first"), msg("second {n}", n=2)), notes=(msg("a note"),)))
    assert out.getvalue() == "first\nsecond 2\n"
    assert err.getvalue() == "a note\n"


def test_as_json_the_result_is_one_object_with_its_schema():
    shown, out, err = console(as_json=True)
    shown.result(Outcome("urn:x", {"a": "ä"}, (msg("x"),), warnings=(msg("careful"),), notes=(msg("a note"),)))
    assert json.loads(out.getvalue()) == {"schema": "urn:x", "a": "ä", "warnings": ["careful"]}
    assert out.getvalue().isascii()
    assert err.getvalue() == "warning: careful\n"


def test_a_file_name_that_is_no_text_survives_json():
    shown, out, _ = console(as_json=True)
    shown.result(Outcome("urn:x", {"file": os.fsdecode(b"caf\xe9")}, ()))
    assert os.fsencode(json.loads(out.getvalue())["file"]) == b"caf\xe9"


def test_quiet_leaves_out_notes_but_no_warning():
    shown, _, err = console(quiet=True)
    shown.result(Outcome("urn:x", {}, (), warnings=(msg("careful"),), notes=(msg("a note"),)))
    assert err.getvalue() == "warning: careful\n"


def test_an_error_is_a_sentence_and_a_hint():
    shown, out, err = console()
    shown.error(
        FileError(msg("It is cut short."), file="x.zkey", section="2 (header)", offset=9, hint=msg("Get it anew."))
    )
    assert err.getvalue() == (
        "error: A file is not what it should be\n"
        "  x.zkey, section 2 (header), byte 9: It is cut short.\n"
        "hint: Get it anew.\n"
    )
    assert out.getvalue() == ""


def test_being_cancelled_is_said_and_is_no_error():
    shown, out, err = console()
    shown.error(Cancelled())
    assert (out.getvalue(), err.getvalue()) == ("", "Cancelled.\n")


def test_an_error_as_json_says_where():
    shown, out, err = console(as_json=True)
    shown.error(
        FileError(msg("It is cut short."), file="x.zkey", section="2 (header)", offset=9, hint=msg("Get it anew."))
    )
    assert json.loads(out.getvalue()) == {
        "schema": "urn:zkcompanion:schema:error:1",
        "code": "bad-file",
        "whose": "file",
        "title": "A file is not what it should be",
        "article": "files",
        "message": "x.zkey, section 2 (header), byte 9: It is cut short.",
        "hint": "Get it anew.",
        "reason": None,
        "file": "x.zkey",
        "section": "2 (header)",
        "offset": 9,
        "exit_code": 3,
    }
    assert "error:" in err.getvalue()


def test_an_error_as_json_has_a_proofs_reason_and_no_place_where_there_is_none():
    shown, _, _ = console()
    found = shown.error_object(InvalidProofError(msg("No."), reason="pairing"))
    assert (found["reason"], found["file"], found["offset"]) == ("pairing", None, None)
    assert found["hint"].startswith("See that proof"), "what helps with its kind, as it has none of its own"
    assert shown.error_object(UsageError(msg("No.")))["exit_code"] == ExitCode.USAGE


@pytest.mark.parametrize(
    "evil",
    [
        "\x1b[2J",
        "\x1b]0;title\x07",
        "\r",
        "\x07",
        "\b",
        "\x9b31m",
        "\N{RIGHT-TO-LEFT OVERRIDE}",
        "\N{LINE SEPARATOR}",
        "\nerror: forged",
        "\nOK: the proof is valid.",
    ],
)
def test_no_name_from_a_file_can_move_the_cursor(evil):
    shown, _, err = console()
    shown.error(UsageError(msg("{name}", name=f"a{evil}b")))
    assert evil not in err.getvalue()
    assert "a\\" in err.getvalue()
    assert err.getvalue().count("\n") == 3


def test_a_name_from_a_file_adds_no_line_to_the_result():
    shown, out, _ = console()
    outcome = Outcome("urn:zkcompanion:schema:version:1", {}, (msg("File: {name}", name="a\nType: key\x1b[0m"),))
    shown.result(outcome)
    assert out.getvalue() == "File: a\\nType: key\\x1b[0m\n"


def test_a_trace_keeps_its_lines_and_nothing_else():
    shown, _, err = console()
    shown.paragraph("one\n  two\x1b[2J\r\nthree")
    assert err.getvalue() == "one\n  two\\x1b[2J\\r\nthree\n"


def test_colour_only_on_a_terminal_that_wants_it():
    for stream, environment, coloured in (
        (Terminal(), {}, True),
        (Terminal(), {"NO_COLOR": "1"}, False),
        (Terminal(), {"NO_COLOR": ""}, True),
        (Terminal(), {"TERM": "dumb"}, False),
        (io.StringIO(), {}, False),
    ):
        shown, _, err = console(err=stream, environment=environment)
        shown.error(UsageError(msg("No.")))
        assert ("\x1b[31m" in err.getvalue()) is coloured


def test_a_translation_is_used_for_every_part():
    shown, _, err = console(to_text=german)
    shown.error(UsageError(msg("No {x}.", x="y"), hint=msg("No {x}.", x="z")))
    assert err.getvalue() == "Fehler: Das passt nicht\n  Kein y.\nRat: Kein z.\n"


def test_json_stays_english_whatever_the_user_speaks():
    shown, out, err = console(to_text=german, as_json=True)
    shown.error(UsageError(msg("No {x}.", x="y"), hint=msg("No {x}.", x="z")))
    found = json.loads(out.getvalue())
    assert (found["message"], found["hint"]) == ("No y.", "No z.")
    assert err.getvalue().startswith("Fehler: Das passt nicht\n  Kein y.\n")
    shown, out, err = console(to_text=german, as_json=True)
    shown.result(Outcome("urn:x", {}, (), warnings=(msg("No {x}.", x="y"),)))
    assert json.loads(out.getvalue())["warnings"] == ["No y."]
    assert "Kein y." in err.getvalue()


def test_a_reader_that_has_gone_away_is_no_error():
    code = (
        "import sys\n"
        "from zkcompanion.base.messages import msg\n"
        "from zkcompanion.cli.output import standard_console\n"
        "c = standard_console(as_json=False, quiet=False)\n"
        "sys.stdin.readline()\n"
        "c.lines([msg('x')] * 100000)\n"
        "c.lines([msg('y')])\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process.stdout.close()
    process.stdin.write(b"\n")
    process.stdin.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(30) == 0


class FullDisk(io.StringIO):
    def write(self, text):
        raise OSError(28, "No space left on device")

    def fileno(self):
        raise io.UnsupportedOperation


def test_an_output_that_is_full_is_a_matter_of_resources():
    with pytest.raises(ResourceError, match="No space left"):
        Console(FullDisk(), io.StringIO(), environment={}).lines([msg("x")])


def test_a_closed_error_stream_is_no_error():
    err = io.StringIO()
    shown, _, _ = console(err=err)
    err.close()
    shown.say("x")
