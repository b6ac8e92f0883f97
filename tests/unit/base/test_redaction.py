import sys
from pathlib import Path

import pytest

from zkcompanion.base import redaction
from zkcompanion.base.redaction import frames, redact, redact_kept

SECRET = 21888242871839275222246405745257275088548364400416034343698204186575808495610


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"value {SECRET}.", "value [redacted]."),
        (f"value {SECRET:x}, {SECRET:#X}", "value [redacted], [redacted]"),
        ("value 184250, 0x2cfba and 2cfba123", "value [redacted], [redacted] and [redacted]"),
        ("inputs [1, 0, 1, 1]", "inputs [[redacted]]"),
        ("inputs 37 1 0 12", "inputs [redacted]"),
        ("inputs ['3', '-11']", "inputs [[redacted], [redacted]]"),
        ('inputs {"age": "18", "limit": 21}', 'inputs {"age": [redacted], "limit":[redacted]}'),
        ("inputs {'age': 18}", "inputs {'age':[redacted]}"),
        ("pair (18, 21) and [7, 9,]", "pair ([redacted]) and [[redacted]]"),
        ("key MTg0MjUwMTIzNDU2Nzg5MDE=", "key [redacted]"),
        ("cannot read /srv/anna/My Files/a.zkey: gone", "cannot read [path]: gone"),
        ("cannot read '/srv/anna/a.zkey', says Qt", "cannot read '[path]', says Qt"),
        ("cannot read /srv/anna/a.zkey.", "cannot read [path]."),
        (r"cannot read C:\Users\anna\a.zkey: gone", "cannot read [path]: gone"),
        (r"cannot read \\server\anna", "cannot read [path]"),
        ("cannot read ~/a.zkey", "cannot read [path]"),
        (f"in {redaction._ROOT}/zkcompanion/app/jobs.py, line 12", "in zkcompanion/app/jobs.py, line 12"),
    ],
)
def test_what_could_be_a_value_or_names_the_user_is_not_kept(text, kept):
    assert redact_kept(text) == kept


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-18 12:30:59,123 WARNING zkcompanion.test: something odd",
        "The window's thread: 12 beats, 3 late, 0.123 s at most.",
        "prove ended: bad-file, file, 5 / 7 and/or 1234",
        "The window has been busy (3 of 1200 beats were late before) at:",
        "zkcompanion/app/jobs.py, line 12, in _run_the_job_that_waits_longest",
    ],
)
def test_ordinary_sentences_stay(text):
    assert redact_kept(text) == text


def raised(source, name):
    code = compile(source, name, "exec")
    try:
        exec(code, {})  # noqa: S102  # its own text, under a name of the test's
    except ValueError as error:
        return error


def test_frames_say_where_and_not_what():
    lines = list(frames(raised("def f():\n    raise ValueError('1234')\nf()", "/elsewhere/anna/run.py")))
    assert lines[0].startswith("  tests/unit/base/test_redaction.py, line ")
    assert lines[-1] == "  [path], line 2, in f"
    assert "1234" not in "".join(lines[2:])


def test_a_library_is_named_from_its_package_on(monkeypatch):
    monkeypatch.setattr(sys, "path", ["/opt/site-packages", "relative"])
    assert redaction._place("/opt/site-packages/numpy/core.py") == "numpy/core.py"
    assert redaction._place("/opt/site-packages/run.py") == "[path]"
    assert redaction._place(str(Path(sys.base_prefix) / "lib" / "json.py")) == "lib/json.py"
    assert redaction._place("<string>") == "<string>"


@pytest.mark.parametrize(
    "secret",
    [
        "12_345_678_901_234_567",
        "0x1234_5678_9abc_def0",
        "".join(chr(0x0660 + int(digit)) for digit in "12345678901234567"),
    ],
)
def test_a_long_number_is_taken_out_however_python_may_write_it(secret):
    assert redact(f"value {secret}!") == "value [redacted]!"
    assert redact_kept(f"value {secret}!") == "value [redacted]!"


def test_a_row_with_signs_is_a_row():
    assert redact_kept("w = [3, -11, 7, -2]") == "w = [[redacted]]"
