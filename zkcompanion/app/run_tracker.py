"""A run as it is told of, from its first view to what is kept of it. Pure: dates are passed in."""

from __future__ import annotations

from collections.abc import Sequence

from zkcompanion.app.error_views import ErrorView
from zkcompanion.app.job_views import JobView
from zkcompanion.app.monitor_views import JobSpanView, SpanView
from zkcompanion.app.phase_spans import PhaseSpans
from zkcompanion.app.views import ProofView, ProvingView
from zkcompanion.base.messages import Message
from zkcompanion.base.taxonomy import Whose
from zkcompanion.monitoring.runs import PhaseSpan, ProofEvent, RunOutcome, RunRecord, Verdict, laid_out

#: Whose fault it is where the program did right to make no proof.
_REFUSED = frozenset({Whose.FILE, Whose.INPUT, Whose.REQUEST, Whose.SETTING})
#: Proofs of a command that go into one event of the spool.
_MOST_SPOOLED, _MOST_SPOOLED_SPANS = 800, 200


class RunTracker:
    """One job. Not for several threads at once. `battery` and `asleep_s` are set from outside as they become known."""

    def __init__(self, job: JobView) -> None:
        self.job = job
        self.battery = False
        self.asleep_s = 0.0
        self._begin_unix_s: float | None = None
        self._unix_s = job.submitted_unix_s
        self._worker = ""
        self._spans = PhaseSpans()
        #: dates at which another proof ran, by its number
        self._numbers: dict[int, float] = {}
        #: workers lost, by the number of the proof
        self._lost: dict[int, int] = {}

    @property
    def began(self) -> bool:
        """Whether a worker has ever worked at it."""
        return self._begin_unix_s is not None

    def hear(self, job: JobView, unix_s: float) -> None:
        """The next view, of this date. Dates of a run never go back, whatever the clock does."""
        self._unix_s = max(self._unix_s, unix_s)
        deaths = job.deaths - self.job.deaths
        if deaths > 0:
            self._lost[job.number] = self._lost.get(job.number, 0) + deaths
        if job.state == "running" and self._begin_unix_s is None:
            self._begin_unix_s = self._unix_s
        if job.number not in self._numbers:
            self._numbers[job.number] = self._unix_s
        self._worker = job.worker or self._worker
        self.job = job
        if self.began:
            self._spans.update(job, self._unix_s - job.submitted_unix_s)

    def view(self, finest_s: float = 0.0) -> JobSpanView:
        """As it is in the job timeline, while it goes on; without phases shorter than `finest_s`."""
        job = self.job
        return JobSpanView(
            job=job.id,
            title=job.title,
            worker=self._worker,
            submitted_unix_s=job.submitted_unix_s,
            begin_unix_s=self._begin_unix_s,
            end_unix_s=None,
            outcome="running",
            proofs=max(0, job.number - 1),
            deaths=job.deaths,
            phases=_spans_view(self._phases(), job.id, finest_s),
        )

    def record(self) -> RunRecord | None:
        """What is kept of it, once it is over; None where no worker ever began."""
        job, begin_unix_s = self.job, self._begin_unix_s
        outcomes: dict[str, RunOutcome] = {"done": "done", "cancelled": "cancelled"}
        if begin_unix_s is None:
            return None
        return RunRecord(
            id=0,
            title=job.title,
            fingerprint=job.fingerprint,
            source="window",
            worker=self._worker,
            submitted_unix_s=job.submitted_unix_s,
            begin_unix_s=begin_unix_s,
            end_unix_s=self._unix_s,
            outcome=outcomes.get(job.state, "failed"),
            kernels=job.kernels or "",
            threads=job.result.threads if job.result is not None else job.threads,
            deaths=job.deaths,
            battery=self.battery,
            asleep_s=self.asleep_s,
            error_code=job.error.code if job.error is not None else None,
            proofs=self._events(begin_unix_s),
            phases=self._phases(),
        )

    def _phases(self) -> tuple[PhaseSpan, ...]:
        origin_s = self.job.submitted_unix_s
        return tuple(
            PhaseSpan(span.phase, origin_s + span.start_s, origin_s + span.end_s, span.worker)
            for span in self._spans.spans
        )

    def _events(self, begin_unix_s: float) -> tuple[ProofEvent, ...]:
        if self.job.result is not None:
            return _made(self.job.result.proofs, self._unix_s, begin_unix_s, self._lost)
        # the proofs before the one that failed were made and verified; when, is known from who ran after them
        number = self.job.number
        events: list[ProofEvent] = []
        at_s = self._unix_s
        for one in range(number - 1, 0, -1):
            at_s = min(at_s, self._numbers.get(one + 1, at_s))
            events.append(ProofEvent(at_s, None, "verified", self._lost.get(one, 0)))
        verdict = verdict_of(self.job.error, cancelled=self.job.state == "cancelled")
        return (*reversed(events), ProofEvent(self._unix_s, None, verdict, self._lost.get(number, 0)))


def verdict_of(error: ErrorView | None, *, cancelled: bool) -> Verdict:
    """What became of a proof that was not made."""
    if cancelled:
        return "cancelled"
    return "refused" if error is not None and error.whose in _REFUSED else "failed"


def _made(
    proofs: Sequence[ProofView], end_unix_s: float, begin_unix_s: float, lost: dict[int, int]
) -> tuple[ProofEvent, ...]:
    """Proofs of a run that came to its end; each ended when the one after it began."""
    events: list[ProofEvent] = []
    at_s = end_unix_s
    for number in range(len(proofs), 0, -1):
        proof = proofs[number - 1]
        gone = max(lost.get(number, 0), 1 if proof.resumed else 0)
        # of a proof that was gone on with only the rest is timed; as long as the run, where it is its only one
        whole_s = at_s - begin_unix_s if len(proofs) == 1 else None
        events.append(
            ProofEvent(
                max(begin_unix_s, at_s),
                whole_s if gone else proof.seconds,
                "verified" if proof.verified else "unverified",
                gone,
            )
        )
        at_s -= proof.seconds
    return tuple(reversed(events))


def view_of(record: RunRecord, job: int, finest_s: float = 0.0) -> JobSpanView:
    """A run that is over, in the job timeline, without phases shorter than `finest_s`."""
    return JobSpanView(
        job=job,
        title=record.title,
        worker=record.worker,
        submitted_unix_s=record.submitted_unix_s,
        begin_unix_s=record.begin_unix_s,
        end_unix_s=record.end_unix_s,
        outcome=record.outcome,
        proofs=sum(one.verdict == "verified" for one in record.proofs),
        deaths=record.deaths,
        phases=_spans_view(record.phases, job, finest_s),
    )


def _spans_view(spans: Sequence[PhaseSpan], job: int, finest_s: float) -> tuple[SpanView, ...]:
    return tuple(
        SpanView(one.phase, one.begin_unix_s, one.end_unix_s, one.worker, job)
        for one in spans
        if one.end_unix_s - one.begin_unix_s >= finest_s
    )


def command_records(title: Message, fingerprint: str, view: ProvingView, end_unix_s: float) -> tuple[RunRecord, ...]:
    """A command's run that came to its end, in parts that fit the spool; oldest first."""
    began_s = end_unix_s - view.startup_seconds - view.load_seconds - view.setup_seconds
    begin_unix_s = began_s - sum(proof.seconds for proof in view.proofs)
    ends = _made(view.proofs, end_unix_s, begin_unix_s, {})
    records = []
    for first in range(0, len(ends), _MOST_SPOOLED):
        events = ends[first : first + _MOST_SPOOLED]
        parts = zip(events, view.proofs[first : first + _MOST_SPOOLED], strict=True)
        spans = ((event.end_unix_s, proof.phases.items()) for event, proof in parts)
        since_s = begin_unix_s if first == 0 else ends[first - 1].end_unix_s
        records.append(
            RunRecord(
                id=0,
                title=title,
                fingerprint=fingerprint,
                source="command",
                worker="",
                submitted_unix_s=since_s,
                begin_unix_s=since_s,
                end_unix_s=events[-1].end_unix_s,
                outcome="done",
                kernels=view.kernels,
                threads=view.threads,
                proofs=events,
                phases=laid_out(spans, "", _MOST_SPOOLED_SPANS),
            )
        )
    return tuple(records)


def merged(records: Sequence[RunRecord], title: Message, fingerprint: str) -> tuple[RunRecord, ...]:
    """Runs of one batch as one, in parts that fit the spool; oldest first."""
    ordered = sorted(records, key=lambda record: record.end_unix_s)
    parts = []
    for first in range(0, len(ordered), _MOST_SPOOLED):
        some = ordered[first : first + _MOST_SPOOLED]
        spans = sorted((span for record in some for span in record.phases), key=lambda span: span.begin_unix_s)
        parts.append(
            RunRecord(
                id=0,
                title=title,
                fingerprint=fingerprint,
                source="command",
                worker="",
                submitted_unix_s=min(record.begin_unix_s for record in some),
                begin_unix_s=min(record.begin_unix_s for record in some),
                end_unix_s=some[-1].end_unix_s,
                outcome="done" if all(record.outcome == "done" for record in some) else some[-1].outcome,
                kernels=some[0].kernels,
                threads=some[0].threads,
                deaths=sum(record.deaths for record in some),
                proofs=tuple(proof for record in some for proof in record.proofs),
                phases=tuple(spans[-_MOST_SPOOLED_SPANS:]),
            )
        )
    return tuple(parts)
