from zkcompanion.app.bugreport import describe, write_bug_report
from zkcompanion.base.errors import BugError
from zkcompanion.base.messages import msg
from zkcompanion.base.paths import AppDirs

SECRET = "1234"  # short enough to pass the log's redaction


def failing():
    try:
        int(f"x{SECRET}")
    except ValueError as error:
        raise KeyError(SECRET) from error


def caught():
    try:
        failing()
    except KeyError as error:
        return error


class StoppedClock:
    def __init__(self, now_s=0.0):
        self.now_s = now_s

    def unix_s(self):
        return self.now_s


def test_a_description_has_types_and_frames_and_no_value():
    text = describe(caught())
    assert "builtins.KeyError" in text
    assert "builtins.ValueError" in text
    assert "in failing" in text
    assert SECRET not in text


def test_the_sentence_of_our_own_error_stays():
    assert "Section 4 was written" in describe(BugError(msg("Section {n} was written with a wrong size.", n=4)))


def test_errors_that_cause_each_other_end():
    first, second = ValueError(), TypeError()
    first.__cause__, second.__cause__ = second, first
    assert describe(first).count("ValueError") == 1


def test_a_report_is_private_and_says_what_it_may(tmp_path):
    path = write_bug_report(
        caught(), "groth16 prove", ["a line", "x" + "7" * 40], dirs=AppDirs(tmp_path), clock=StoppedClock()
    )
    assert path.parent == tmp_path / "state" / "errors"
    assert path.name == "error-19700101T000000.000000Z.txt"
    assert path.stat().st_mode & 0o777 == 0o600
    text = path.read_text()
    assert "command: groth16 prove" in text
    assert "a line" in text
    assert "7" * 13 not in text
    assert SECRET not in text


def test_the_last_twenty_reports_are_kept(tmp_path):
    for second in range(25):
        write_bug_report(caught(), "x", [], dirs=AppDirs(tmp_path), clock=StoppedClock(second))
    kept = sorted(path.name for path in (tmp_path / "state" / "errors").iterdir())
    assert len(kept) == 20
    assert kept[-1].startswith("error-19700101T000024")


def test_a_report_that_cannot_be_written_is_no_second_error(tmp_path):
    (tmp_path / "state").write_text("")
    assert write_bug_report(caught(), "x", [], dirs=AppDirs(tmp_path)) is None
