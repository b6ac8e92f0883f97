"""What Home says, worked out from what was really measured here; no widgets, so that a test reads it as it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from zkcompanion.app.history import ProofRecord
from zkcompanion.app.job_views import JobView, WorkerView, given_up
from zkcompanion.base.messages import Message, msg, msg_n
from zkcompanion.base.taxonomy import TAXONOMY
from zkcompanion.base.units import format_count, format_duration

#: Where an item of attention leads; Home turns it into a page and a place.
Way = Literal["history", "engine", "data", "diagnostics"]


@dataclass(frozen=True, slots=True)
class Answer:
    """The page's answer: `headline` largest, `sentence` beneath it."""

    headline: Message
    sentence: Message


@dataclass(frozen=True, slots=True)
class Attention:
    """Something that the user should know or do. `tone` as in `Notice`; `record` is the run it is about."""

    id: str
    tone: Literal["info", "caution", "bad"]
    text: Message
    detail: Message
    way: Way
    record: int | None = None


@dataclass(frozen=True, slots=True)
class _Made:
    title: Message
    constraints: int | None
    seconds: float | None


def answer(records: Sequence[ProofRecord], jobs: Sequence[JobView]) -> Answer:
    """What this computer has shown that it can. Runs of this session count too where the history keeps none."""
    made = [
        _Made(record.title, record.constraints, record.seconds) for record in records if record.outcome == "verified"
    ]
    made = made or [
        _Made(job.title, job.result.constraints, job.result.proofs[-1].seconds)
        for job in jobs
        if job.state == "done" and job.result is not None and job.result.proofs
    ]
    if not made:
        return Answer(
            msg("Nothing has been proved on this computer yet."),
            msg("Choose an example with values already filled in: its first proof takes a few clicks and no files."),
        )
    return Answer(_headline(made), _last(made[0]))


def _headline(made: Sequence[_Made]) -> Message:
    largest = max((one.constraints or 0 for one in made), default=0)
    if largest == 0:
        return msg_n("This computer has made one proof.", "This computer has made {n} proofs.", n=len(made))
    return msg("This computer has proved circuits up to {constraints} constraints.", constraints=format_count(largest))


_LONG = 60


def _shown(title: Message) -> Message:
    """Titles can be names of strangers' files, of any length."""
    text = str(title)
    return title if len(text) <= _LONG else Message("{name}", {"name": f"{text[: _LONG - 1]}…"})


def _last(last: _Made) -> Message:
    if last.seconds is None:
        return msg(
            "The last proof was of {circuit}: made here, and verified before it was called done.",
            circuit=_shown(last.title),
        )
    return msg(
        "The last proof, {circuit}, took {duration}: made here, and verified before it was called done.",
        circuit=_shown(last.title),
        duration=format_duration(last.seconds),
    )


def attention(
    records: Sequence[ProofRecord],
    workers: Sequence[WorkerView],
    *,
    notices: Sequence[tuple[str, Message]] = (),
    crash: bool = False,
    kernels: str = "auto",
) -> tuple[Attention, ...]:
    """What the user should know or do, the worst first.

    Arguments:
        records: the history, newest first.
        workers: the worker processes as they are.
        notices: (id, sentence) of what stores say about their files.
        crash: whether a fault of this program was recorded that nobody has looked at.
        kernels: what the user chose.
    """
    found: list[Attention] = []
    if crash:
        found.append(
            Attention(
                "crash",
                "bad",
                msg("This program met a fault of its own."),
                msg("What is known about it was kept, without values. You can read it before you share it."),
                "diagnostics",
            )
        )
    found += _of_workers(workers)
    found += [Attention(name, "caution", text, msg("Nothing else was lost."), "data") for name, text in notices]
    found += _of_last_runs(records, kernels)
    return tuple(found)


def _of_workers(workers: Sequence[WorkerView]) -> list[Attention]:
    deaths = sum(worker.deaths for worker in workers)
    if not deaths:
        return []
    if given_up(workers):
        text = msg("Worker processes ended by themselves several times in a row, so they are not started again.")
        detail = msg("Often memory ran out. Restart workers in Settings starts them again.")
    else:
        text = msg_n(
            "A worker process ended by itself, and another took its place.",
            "Worker processes ended by themselves {n} times, and others took their place.",
            n=deaths,
        )
        detail = msg(
            "Often memory ran out. A proof in the making went on from where it was; one that ends two is given up."
        )
    return [Attention("worker", "bad", text, detail, "engine")]


def _why(code: str | None) -> Message:
    """What kind of error it was; a newer program may have noted one that is not known here."""
    kind = TAXONOMY.get(code or "")
    return msg("Open it to read why.") if kind is None else msg("{title}.", title=kind.title)


def _of_last_runs(records: Sequence[ProofRecord], kernels: str) -> list[Attention]:
    found = []
    ended = [record for record in records if record.outcome != "cancelled"]
    if ended and ended[0].outcome == "failed":
        last = ended[0]
        found.append(
            Attention(
                "failed",
                "bad",
                msg("The last run, {circuit}, ended without a proof.", circuit=_shown(last.title)),
                _why(last.error_code),
                "history",
                last.id,
            )
        )
    made = next((record for record in records if record.outcome == "verified"), None)
    if made is not None and made.key == "insecure":
        found.append(
            Attention(
                "key",
                "bad",
                msg("The last proof was made with a key that anyone can forge for."),
                msg("It proves nothing to anybody. Use a key from a finished ceremony."),
                "history",
                made.id,
            )
        )
    elif made is not None and made.key == "development":
        found.append(
            Attention(
                "key",
                "caution",
                msg("The last proof used a development key."),
                msg("Development key: good for learning and measuring, not for real use."),
                "history",
                made.id,
            )
        )
    if made is not None and made.kernels == "reference" and kernels != "reference":
        found.append(
            Attention(
                "kernels",
                "caution",
                msg("Proofs run on the slow reference arithmetic."),
                msg("This machine forbids code that is compiled at run time, or compiling failed."),
                "engine",
            )
        )
    return found


def share_done(job: JobView) -> float | None:
    """How far a running job is, 0 to 1; None where nothing is known."""
    if job.left_s is None:
        return None
    left_s = (job.left_s[0] + job.left_s[1]) / 2
    whole_s = job.elapsed_s + left_s
    return min(0.99, job.elapsed_s / whole_s) if whole_s > 0 else None


def when(unix_s: float, now_unix_s: float) -> Message:
    """The time of a run as people say it: today and yesterday by name, earlier days by date."""
    then, now = datetime.fromtimestamp(unix_s).astimezone(), datetime.fromtimestamp(now_unix_s).astimezone()
    clock = f"{then:%H:%M}"
    days = (now.date() - then.date()).days
    if days == 0:
        return msg("today {clock}", clock=clock)
    if days == 1:
        return msg("yesterday {clock}", clock=clock)
    return msg("{date} {clock}", date=f"{then:%Y-%m-%d}", clock=clock)


#: One thing worth knowing at a time; each is true of the proofs that this program makes.
TIPS = (
    msg("A proof is three points on a curve, about 128 bytes when packed, whether its circuit is small or large."),
    msg("Checking a proof takes a few milliseconds for any circuit; only the number of public signals counts."),
    msg(
        "Prove the same inputs twice and the two proofs differ: each is blinded with fresh random numbers, so it "
        "tells nothing but what it proves."
    ),
    msg(
        "A proof shows that its maker knew inputs that satisfy the circuit. It does not show that the circuit asks "
        "the right question."
    ),
    msg("Whoever holds a proof can read its public signals. Look at them before you share it."),
    msg(
        "A key from a ceremony is safe if one single participant forgot their secret. A development key has one "
        "participant: this computer."
    ),
    msg(
        "A constraint is one multiplication between sums of values. A circuit is a list of them, and a proof covers "
        "all at once."
    ),
    msg(
        "The witness is every value inside the circuit, your inputs included. While you prove here it stays in memory."
    ),
    msg("Most of a large proof's time goes into five sums of curve points; the timeline shows each while it runs."),
    msg("A proof is verified with its own key before this program calls it done."),
)


def tip(number: int) -> Message:
    """The tip with this number, counted round."""
    return TIPS[number % len(TIPS)]
