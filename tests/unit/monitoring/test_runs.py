"""What is kept of runs: usual times, rows that come back as they were, and room that is made for new ones."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zkcompanion.base.messages import msg
from zkcompanion.monitoring import run_rows
from zkcompanion.monitoring.run_rows import SCHEMA, all_runs, from_plain, insert, overlapping, rounded, to_plain
from zkcompanion.monitoring.runs import (
    LEAST_USUAL,
    LOOKS_BACK,
    PhaseSpan,
    ProofEvent,
    RunRecord,
    UsualTimes,
    laid_out,
    slept_s,
)
from zkcompanion.monitoring.samples import Sample

DAY = 1_780_000_000.0


def run(*proofs, fingerprint="f", end=DAY + 10, **more):
    values = {
        "id": 0,
        "title": msg("{name}", name="C"),
        "fingerprint": fingerprint,
        "source": "window",
        "worker": "prover",
        "submitted_unix_s": DAY,
        "begin_unix_s": DAY + 1,
        "end_unix_s": end,
        "outcome": "done",
        "proofs": tuple(proofs),
    }
    return RunRecord(**(values | more))


def proof(seconds, verdict="verified", **more):
    return ProofEvent(DAY + 10, seconds, verdict, **more)


# -- usual times


def usual_of(seconds, **more):
    return [one.usual_s for one in UsualTimes().judge(run(*(proof(one) for one in seconds), **more)).proofs]


def test_the_usual_time_is_the_median_of_those_before_once_there_are_five():
    # before the 6th: 1 2 3 4 5, median 3; before the 7th: 1 2 3 4 5 9, median (3 + 4) / 2
    assert usual_of([5, 1, 4, 2, 3, 9, 1]) == [None] * LEAST_USUAL + [3, 3.5]


def test_only_the_last_fifty_count():
    assert usual_of([100.0] * 5 + [1.0] * LOOKS_BACK + [2.0])[-1] == 1.0


def test_a_circuit_with_other_kernels_or_threads_has_its_own_usual_time():
    usual = UsualTimes()
    for kernels, threads in (("a", 1), ("b", 1), ("a", 2)):
        judged = usual.judge(run(*(proof(1.0) for _ in range(5)), kernels=kernels, threads=threads))
        assert {one.usual_s for one in judged.proofs} == {None}


def test_what_failed_or_lost_a_worker_or_has_no_time_says_nothing_of_the_usual_time():
    odd = [proof(9.0, lost=1), proof(None), proof(9.0, "failed"), proof(9.0, "unverified")]
    judged = UsualTimes().judge(run(*odd, *(proof(1.0) for _ in range(5)), proof(2.0)))
    assert judged.proofs[-1].usual_s == 1.0


def test_a_circuit_that_is_not_known_has_no_usual_time():
    assert usual_of([1.0] * 9, fingerprint="") == [None] * 9


def test_a_thousand_circuits_are_known_at_once():
    usual = UsualTimes()
    many = [run(*(proof(1.0) for _ in range(5)), fingerprint=str(number)) for number in range(1001)]
    for one in many:
        usual.judge(one)
    assert usual.judge(run(proof(1.0), fingerprint="0")).proofs[0].usual_s is None
    assert usual.judge(run(proof(1.0), fingerprint="1000")).proofs[0].usual_s == 1.0


# -- phases and sleep


def test_phases_end_where_their_proof_does():
    spans = laid_out([(DAY + 10, [("witness", 1.0), ("sum-a", 2.0)]), (DAY + 20, [("verify", 4.0)])], "w", 2)
    assert spans == (PhaseSpan("sum-a", DAY + 8, DAY + 10, "w"), PhaseSpan("verify", DAY + 16, DAY + 20, "w"))


@pytest.mark.parametrize(("later_s", "slept"), [(1.0, 0.0), (29.0, 0.0), (30.0, 30.0), (3600.0, 3600.0), (-50.0, 0.0)])
def test_a_date_that_leaps_is_sleep(later_s, slept):
    assert slept_s(Sample(DAY, 5.0, {}), Sample(DAY + later_s, 6.0, {})) == slept


# -- rows

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
dates = st.floats(0, 4e9).map(lambda value: round(value, 4))
seconds = st.none() | st.floats(0, 1e9).map(lambda value: float(f"{value:.6g}"))
events = st.builds(
    ProofEvent,
    dates,
    seconds,
    st.sampled_from(["verified", "unverified", "failed", "refused", "cancelled"]),
    st.integers(0, 9),
    seconds,
)
records = st.builds(
    RunRecord,
    id=st.just(0),
    title=texts.map(lambda text: msg("{name}", name=text)),
    fingerprint=texts,
    source=st.sampled_from(["window", "command"]),
    worker=texts,
    submitted_unix_s=dates,
    begin_unix_s=dates,
    end_unix_s=dates,
    outcome=st.sampled_from(["done", "failed", "cancelled"]),
    kernels=texts,
    threads=st.integers(0, 512),
    deaths=st.integers(0, 9),
    battery=st.booleans(),
    asleep_s=dates,
    error_code=st.none() | texts,
    proofs=st.lists(events, max_size=4).map(tuple),
    phases=st.lists(st.builds(PhaseSpan, texts, dates, dates, texts), max_size=4).map(tuple),
)


@pytest.fixture(scope="module")
def store():
    with closing(sqlite3.connect(":memory:")) as connection:
        for statement in SCHEMA.migrations[0]:
            connection.execute(statement)
        yield connection


@pytest.fixture
def fresh(store):
    store.execute("DELETE FROM runs")
    store.execute("UPDATE total SET next_id = 1, runs = 0, events = 0, bytes = 0")
    return store


@given(record=records)
def test_a_run_comes_back_from_the_store_and_from_the_spool_as_it_was(store, record):
    number = insert(store, record)
    assert next(overlapping(store, record.end_unix_s, 5e9)) == replace(record, id=number)
    assert list(all_runs(store))[-1] == replace(record, id=number, phases=())
    assert from_plain(json.loads(json.dumps(to_plain(record)))) == record
    assert rounded(record) == record


def test_runs_between_two_dates_are_those_that_were_there_then(fresh):
    for begin, end in ((0, 10), (20, 30), (5, 25)):
        insert(fresh, run(submitted_unix_s=DAY + begin, end=DAY + end))
    found = [one.id for one in overlapping(fresh, DAY + 11, DAY + 19)]
    assert found == [3]
    assert [one.id for one in overlapping(fresh, DAY + 10, DAY + 20)] == [3, 2, 1]


@pytest.mark.parametrize("column", ["body", "phases", "to_unix_s", "digest"])
def test_a_row_with_a_changed_bit_is_left_out(fresh, column):
    insert(fresh, run(proof(1.0)))
    changed = {"body": "{}", "phases": '[["a",1.0,2.0,"w"]]', "to_unix_s": DAY + 9, "digest": b"12345678"}[column]
    fresh.execute(f"UPDATE runs SET {column} = ?", (changed,))
    assert list(all_runs(fresh)) == [None]


@pytest.mark.parametrize("body", ["[]", "{", '{"title": {}}', '{"title":{"a":' + "[" * 5000])
def test_a_row_of_another_program_is_left_out(fresh, body):
    row = (1, DAY, DAY, 0, body, "[]")
    fresh.execute("INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?)", (*row, run_rows.row_digest(*row)))
    assert list(all_runs(fresh)) == [None]


@pytest.mark.parametrize(
    "change",
    [{"title": {"no": 1}}, {"threads": -1}, {"outcome": "odd"}, {"end_unix_s": "x"}, {"proofs": [[1.0]]}],
)
def test_an_event_that_is_no_run_is_refused(change):
    plain = to_plain(run(proof(1.0)))
    assert from_plain(plain | {"body": plain["body"] | change}) is None


def test_the_oldest_make_room_by_runs_events_and_bytes(fresh, monkeypatch):
    monkeypatch.setattr(run_rows, "MOST_RUNS", 3)
    for _ in range(5):
        insert(fresh, run(proof(1.0)))
    assert [one.id for one in all_runs(fresh)] == [3, 4, 5]
    monkeypatch.setattr(run_rows, "MOST_EVENTS", 4)
    insert(fresh, run(proof(1.0), proof(1.0), proof(1.0)))
    assert [(one.id, len(one.proofs)) for one in all_runs(fresh)] == [(5, 1), (6, 3)]
    monkeypatch.setattr(run_rows, "MOST_BYTES", 10)
    insert(fresh, run())
    assert [one.id for one in all_runs(fresh)] == [7]  # the last one stays whatever it takes
    kept = fresh.execute("SELECT runs, events, bytes FROM total").fetchone()
    body = fresh.execute("SELECT length(body) + length(phases) FROM runs").fetchone()[0]
    assert kept == (1, 0, body)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE total SET next_id = 1",
        "UPDATE total SET runs = runs + (1 << 40)",
        "UPDATE total SET runs = -5",
        "UPDATE total SET events = events + (1 << 40)",
        "UPDATE total SET bytes = -bytes",
        "DELETE FROM total",
        "INSERT INTO total VALUES (1, 1, 1, 1)",
    ],
)
def test_damaged_counts_let_no_run_go_and_refuse_none(fresh, damage):
    for _ in range(3):
        insert(fresh, run(proof(1.0)))
    fresh.execute(damage)
    assert insert(fresh, run(proof(1.0))) == 4
    assert [one.id for one in all_runs(fresh)] == [1, 2, 3, 4]
    counts = fresh.execute("SELECT runs, events, bytes FROM total").fetchall()
    body = fresh.execute("SELECT sum(length(body) + length(phases)) FROM runs").fetchone()[0]
    assert counts == [(4, 4, body)]


def test_counts_that_may_be_right_are_made_anew_in_time(fresh, monkeypatch):
    monkeypatch.setattr(run_rows, "_COUNTED_ANEW", 4)
    for _ in range(3):
        insert(fresh, run(proof(1.0)))
    fresh.execute("UPDATE total SET bytes = 1")
    insert(fresh, run(proof(1.0)))
    body = fresh.execute("SELECT sum(length(body) + length(phases)) FROM runs").fetchone()[0]
    assert fresh.execute("SELECT runs, events, bytes FROM total").fetchall() == [(4, 4, body)]


def test_of_very_many_proofs_the_last_are_kept(monkeypatch):
    monkeypatch.setattr(run_rows, "MOST_PROOFS", 2)
    assert [one.seconds for one in rounded(run(proof(1.0), proof(2.0), proof(3.0))).proofs] == [2.0, 3.0]
