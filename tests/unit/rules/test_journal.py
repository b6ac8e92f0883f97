"""What is kept of alerts: what comes back, what is damaged, and what is written anew."""

import json
import math
import shutil
from concurrent.futures import Future

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.stores import bend, rows
from zkcompanion.base.messages import msg
from zkcompanion.rules.journal import Entry, Found, Journal, newest
from zkcompanion.storage.check import row_digest
from zkcompanion.storage.errors import DamagedError

ENTRY = Entry(1, "heat", "machine.temperature", "warning", "celsius", 92.0, 10.0, 20.0, 95.5, 9.0)
SHUT = Entry(
    2,
    "heat",
    "t/0",
    "critical",
    "celsius",
    92.0,
    10.0,
    20.0,
    -5.0,
    9.0,
    21.0,
    unseen=True,
    acknowledged=True,
    snoozed_until_unix_s=math.inf,
)


def opened(folder, everything=Found, **options):
    return Journal(lambda: folder, everything, **options)


def written(folder):
    made = opened(folder)
    made.put(ENTRY)
    made.put(SHUT)
    made.decide("edit", "heat", {"threshold": 90.0})
    made.decide("snooze", "heat", {"until": 99.0})
    made.decide("snooze", "cold", {"until": 98.0})
    made.decide("snooze", "cold", None)
    made.close()
    return folder / "alerts.sqlite"


def test_what_was_kept_comes_back(tmp_path):
    written(tmp_path)
    made = opened(tmp_path)
    assert made.read() == Found((ENTRY, SHUT), {"heat": {"threshold": 90.0}}, {"heat": 99.0})
    made.close()
    assert opened(tmp_path / "none").read() == Found()


def test_damage_is_mended_by_the_next_change_and_is_not_told_as_a_refusal_of_the_disk(tmp_path):
    asked = []
    made = opened(tmp_path, lambda: asked.append(1) or Found((ENTRY,)))
    damaged = Future()
    damaged.set_exception(DamagedError(msg("no store"), file="alerts.sqlite"))
    made._written(damaged)
    assert made.notice is None
    made.put(SHUT)
    made.close()
    assert asked == [1], "the next change writes all that is known"


BODY = json.dumps(
    {
        "rule": "r", "series": "s", "severity": "info", "unit": "u", "threshold": 1, "begin_unix_s": 1,
        "seen_unix_s": 1, "worst": 1, "seconds": 1, "end_unix_s": None, "unseen": False, "acknowledged": False,
        "snoozed_until_unix_s": None,
    }
)  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{}",
        BODY.replace('"r"', "1"),
        BODY.replace('"r"', json.dumps("r" * 301)),
        BODY.replace('"info"', '"awful"'),
        BODY.replace('"info"', "[]"),
        BODY.replace('"worst": 1', '"worst": true'),
        BODY.replace('"worst": 1', '"worst": 1e19'),
        BODY.replace('"seconds": 1', '"seconds": -1'),
        BODY.replace('"end_unix_s": null', '"end_unix_s": "1"'),
        BODY.replace('"end_unix_s": null', '"end_unix_s": 1e15'),
        BODY.replace('"end_unix_s": null', '"end_unix_s": 253402300799.0'),
        BODY.replace('"unseen": false', '"unseen": 0'),
        BODY.replace("}", ', "more": 1}'),
    ],
)
def test_a_row_that_somebody_planted_with_a_sound_digest_is_left_out(tmp_path, body):
    file = written(tmp_path)
    add = "INSERT OR REPLACE INTO alerts VALUES (?, ?, ?)"
    bend(file, (add, (3, BODY, row_digest(3, BODY))), (add, (4, body, row_digest(4, body))), (add, (0, BODY, b"")))
    assert [entry.id for entry in opened(tmp_path, writes=False).read().entries] == [1, 2, 3]


@pytest.mark.parametrize(("kind", "body"), [("edit", "[]"), ("snooze", "{}"), ("snooze", '{"until": -1}'), ("x", "{}")])
def test_a_decision_that_is_none_is_left_out(tmp_path, kind, body):
    file = written(tmp_path)
    bend(file, ("INSERT INTO decisions VALUES (?, 'cold', ?, ?)", (kind, body, row_digest(kind, "cold", body))))
    found = opened(tmp_path, writes=False).read()
    assert (set(found.edits), set(found.snoozes)) == ({"heat"}, {"heat"})


def test_after_a_refusal_all_that_is_known_is_written(tmp_path):
    folder = tmp_path / "state"
    folder.write_text("a file in the folder's place")
    made = opened(folder, lambda: Found((ENTRY, SHUT), {"heat": {"threshold": 1.0}}, {"heat": 5.0}))
    made.put(ENTRY)
    assert "cannot be saved" in str(made.notice)
    folder.unlink()
    folder.mkdir(mode=0o700)
    made.put(SHUT)
    made.close()
    assert made.notice is None
    again = opened(folder)
    assert again.read() == Found((ENTRY, SHUT), {"heat": {"threshold": 1.0}}, {"heat": 5.0})
    again.close()


def test_a_file_that_cannot_be_read_is_said(tmp_path):
    file = written(tmp_path)
    shutil.move(file, tmp_path / "elsewhere")
    file.symlink_to(tmp_path / "elsewhere")
    made = opened(tmp_path, writes=False)
    assert made.read() == Found()
    assert made.notice is not None


@given(st.lists(st.integers(1, 50), unique=True), st.integers(1, 60))
def test_the_newest_are_the_last_ids(numbers, most):
    entries = [Entry(n, "r", "s", "info", "u", 0.0, 0.0, 0.0, 0.0, 0.0) for n in numbers]
    assert [entry.id for entry in newest(entries, most)] == sorted(numbers)[-most:]


def test_ids_stay_in_the_file_as_they_were_given(tmp_path):
    assert rows(written(tmp_path), "SELECT id FROM alerts ORDER BY id") == [(1,), (2,)]
