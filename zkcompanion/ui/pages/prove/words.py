"""How jobs and finished proofs are called on the page "Prove": a word, an icon and a colour for each state."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass

from zkcompanion.app.history import Outcome
from zkcompanion.app.job_views import JobState, JobView
from zkcompanion.base.messages import Message, msg, msg_n
from zkcompanion.base.units import format_duration

_MINUTE = 60
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR


@dataclass(frozen=True, slots=True)
class StateWords:
    """An icon of `resources/icons`, a colour token, and what it means in words."""

    icon: str
    token: str
    text: Message


_JOBS: dict[JobState, StateWords] = {
    "waiting": StateWords("state-waiting", "muted", msg("Waiting")),
    "running": StateWords("state-running", "accent", msg("Running")),
    "done": StateWords("state-done", "good", msg("Verified")),
    "failed": StateWords("state-failed", "bad", msg("No proof")),
    "cancelled": StateWords("state-stopped", "muted", msg("Cancelled")),
}

#: Its key is read in slices.
_SHORT = msg("With little memory")

OUTCOMES: dict[Outcome, StateWords] = {
    "verified": _JOBS["done"],
    "failed": _JOBS["failed"],
    "cancelled": _JOBS["cancelled"],
}


def job_words(job: JobView, ahead: int = 0) -> StateWords:
    """What a job does, or what became of it; `ahead` jobs are before it."""
    found = _JOBS[job.state]
    return StateWords(found.icon, found.token, _job_text(job, ahead, found.text))


def _job_text(job: JobView, ahead: int, plain: Message) -> Message:
    if job.state == "waiting":
        return _waiting_text(job, ahead)
    if job.state == "running":
        percent = job_percent(job)
        if job.repeat > 1:
            return msg("Proof {number} of {repeat}", number=job.number, repeat=job.repeat)
        if job.in_slices:
            return msg("With little memory, {percent} % done", percent=percent) if percent is not None else _SHORT
        return msg("Running, {percent} % done", percent=percent) if percent is not None else plain
    if job.state == "done" and job.result is not None and job.result.proofs:
        seconds = [proof.seconds for proof in job.result.proofs]
        duration = format_duration(statistics.median(seconds))
        if job.repeat > 1:
            return msg("{count} proofs verified, {duration} each", count=len(seconds), duration=duration)
        return msg("Verified in {duration}", duration=duration)
    if job.state == "failed" and job.error is not None:
        return job.error.message
    return plain


def _waiting_text(job: JobView, ahead: int) -> Message:
    if job.waits is not None:
        return job.waits if job.ready is None else msg("{why} {ready}", why=job.waits, ready=job.ready)
    if ahead:
        return msg_n("Waits for {n} proof before it", "Waits for {n} proofs before it", n=ahead)
    return msg("Starts in a moment")


def job_percent(job: JobView) -> int | None:
    """How far it is in time; None where nothing is known of the rest."""
    if job.left_s is None or job.elapsed_s <= 0:
        return None
    left_s = sum(job.left_s) / 2
    return min(99, int(100 * job.elapsed_s / (job.elapsed_s + left_s))) if left_s > 0 else 99


def jobs_ahead(job: JobView, jobs: Iterable[JobView]) -> int:
    """How many jobs are before a waiting one."""
    return sum(1 for other in jobs if not other.ended and other.id < job.id)


def when(unix_s: float, now_s: float) -> Message | None:
    """How long ago, in words; None from a week on, when a date says more."""
    ago_s = max(0, int(now_s - unix_s))
    if ago_s < _MINUTE:
        return msg("just now")
    if ago_s < _HOUR:
        return msg_n("{n} minute ago", "{n} minutes ago", n=ago_s // _MINUTE)
    if ago_s < _DAY:
        return msg_n("{n} hour ago", "{n} hours ago", n=ago_s // _HOUR)
    if ago_s < 7 * _DAY:
        return msg_n("{n} day ago", "{n} days ago", n=ago_s // _DAY)
    return None
