"""What became of a job: verified or why not, how long it took, what it shows, and what to do with it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from zkcompanion.app.error_views import ErrorView, error_view
from zkcompanion.app.job_views import JobView
from zkcompanion.app.views import ExampleView, ProvingView
from zkcompanion.base.errors import KnownError, NoRoomError
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.units import format_duration
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets import result_parts as parts
from zkcompanion.ui.widgets.announce import announce
from zkcompanion.ui.widgets.anyway import AnywayOffer
from zkcompanion.ui.widgets.basic import Button, Card, Label, clear, line, row
from zkcompanion.ui.widgets.code_view import code_view
from zkcompanion.ui.widgets.disclosure import Disclosure
from zkcompanion.ui.widgets.failure import FailureView
from zkcompanion.ui.widgets.flow import FlowRow
from zkcompanion.ui.widgets.icon import Icon
from zkcompanion.ui.widgets.phase_table import PhaseTable, phase_times
from zkcompanion.ui.widgets.proof_actions import ProofActions
from zkcompanion.ui.widgets.states import Banner

_MANY = 10
_DETAIL_LINES = 8
_NAME = "prove-result"


class ResultCard(QWidget):
    """Signals: `run_again(repeat, profile)` asks for the same circuit once more; `show_input(signal)` for the place
    in the form where the input that an error is about stands; `show_report(path)` for the report of a fault of ours;
    `run_anyway(repeat)` where it was not begun because it would not fit.
    """

    run_again = Signal(int, bool)
    show_input = Signal(str)
    show_report = Signal(str)
    run_anyway = Signal(int)

    def __init__(self, context: WindowContext) -> None:
        super().__init__()
        self._context = context
        self._shown: tuple[JobView, ExampleView | None] | None = None
        self.setObjectName(_NAME)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self.hide()

    def show_job(self, job: JobView | None, example: ExampleView | None = None) -> None:
        """Show a job that is over; None, or one that is not over, shows nothing."""
        if job is None or not job.ended:
            self._shown = None
            clear(self._layout)
            self.hide()
            return
        if self._shown == (job, example):
            return
        self._shown = (job, example)
        clear(self._layout)
        card = Card(spacing=self._context.theme.pixels(Space.L), padding=self._context.theme.pixels(Space.XL))
        if job.state == "cancelled":
            self._cancelled(card, job)
        elif job.result is not None and job.state == "done":
            self._done(card, job, job.result, example)
        else:
            self._failed(card, job, job.error or error_view(KnownError(msg("No proof was made."))))
        self._layout.addWidget(card)
        self.show()
        announce(self, self.accessibleName())

    # -- the three endings

    def _cancelled(self, card: Card, job: JobView) -> None:
        self.setAccessibleName(self._say(msg("Cancelled")))
        said = msg("Cancelled after {elapsed}. Nothing of it is kept.", elapsed=format_duration(job.elapsed_s))
        again = Button(
            self._say(msg("Start again")), "ghost", name=f"{_NAME}-again", clicked=partial(self._again, job.repeat)
        )
        head = row(Icon(self._context.theme, "state-stopped", "faint"), Label(self._say(said), "muted"), again)
        head.setStretch(1, 1)
        card.body.addLayout(head)

    def _failed(self, card: Card, job: JobView, error: ErrorView) -> None:
        title = msg("No proof")
        card.body.addWidget(FailureView(self._context, error, title=title, name=_NAME))
        again = Button(self._say(msg("Try again")), name=f"{_NAME}-again", clicked=partial(self._again, job.repeat))
        buttons = FlowRow(self._context.theme)
        if error.signal is not None:
            signal = error.signal
            show = Button(
                self._say(msg("Show this input")),
                "primary",
                name=f"{_NAME}-input",
                clicked=lambda: self.show_input.emit(signal),
            )
            buttons.add(show)
        buttons.add(again)
        if error.report is not None:
            report = error.report
            buttons.add(
                Button(
                    self._say(msg("Read the report")),
                    name=f"{_NAME}-report",
                    clicked=lambda: self.show_report.emit(report),
                )
            )
        card.body.addWidget(buttons)
        if error.code == NoRoomError.code:
            card.body.addWidget(
                AnywayOffer(self._context, name=f"{_NAME}-anyway", confirmed=partial(self.run_anyway.emit, job.repeat))
            )
        self.setAccessibleName(self._say(title))

    def _done(self, card: Card, job: JobView, result: ProvingView, example: ExampleView | None) -> None:
        context, say = self._context, self._say
        expected = {phase.phase: phase.expected_s for phase in job.phases if phase.expected_s is not None}
        card.body.addLayout(self._head(job, result))
        if result.key.state == "insecure":
            what, *found = parts.key_sentences(result.key)
            card.body.addWidget(Banner(context.theme, "bad", say(what), "\n".join(map(say, found))))
        else:
            for warning in result.warnings:
                card.body.addWidget(Banner(context.theme, "caution", say(warning)))
        card.body.addWidget(parts.figures(context, result))
        card.body.addWidget(Label(say(parts.time_sentence(result, expected)), "caption"))
        actions = ProofActions(context, result, name=_NAME)
        actions.buttons.add(
            Button(
                say(msg("Run {count} times", count=_MANY)),
                name=f"{_NAME}-repeat",
                clicked=partial(self._again, _MANY),
            )
        )
        card.body.addWidget(actions)
        card.body.addWidget(line())
        card.body.addWidget(parts.meaning(context, result.key, example))
        card.body.addWidget(Label(say(_signals_title(result)), "strong"))
        if result.public_signals:
            card.body.addWidget(parts.signal_rows(context, result, example))
        card.body.addWidget(line())
        self._add_times(card, result, expected)
        card.body.addWidget(line())
        card.body.addWidget(self._details(result))

    # -- parts

    def _head(self, job: JobView, result: ProvingView) -> QVBoxLayout:
        """The verdict, large, with the state of its key."""
        theme = self._context.theme
        word, picture, tone = _verdict(result)
        self.setAccessibleName(self._say(word))
        icon = Icon(theme, picture, tone, size=32)
        words = QVBoxLayout()
        words.setSpacing(0)
        verdict = Label(self._say(word), "answer")
        words.addWidget(verdict)
        words.addWidget(Label(self._say(job.title), "muted"))
        head = row(icon, words, parts.key_chip(self._context, result.key), spacing=Space.M)
        head.setStretch(1, 1)
        made = QVBoxLayout()
        made.setSpacing(theme.pixels(Space.S))
        made.addLayout(head)
        meant = Label(self._say(_verdict_sentence(result)))
        made.addWidget(meant)
        if result.key.state == "development":
            made.addWidget(Label(self._say(parts.key_sentences(result.key)[0]), "caution"))
        return made

    def _add_times(self, card: Card, result: ProvingView, expected: dict[str, float]) -> None:
        say = self._say
        card.body.addWidget(Label(say(msg("Time by phase")), "strong"))
        table = PhaseTable(self._context)
        profile = next((proof.profile for proof in reversed(result.proofs) if proof.profile is not None), None)
        table.show_times(phase_times(parts.phase_medians(result), expected), profile)
        card.body.addWidget(table)
        if profile is not None:
            percent = msg("The whole proof reached {percent} % of the limit.", percent=round(profile.limit_percent))
            card.body.addWidget(Label(say(percent)))
            card.body.addWidget(Label(say(parts.limit_sentence(result)), "caption"))
            return
        measure = Button(
            say(msg("Measure the work of each phase")),
            "link",
            name=f"{_NAME}-profile",
            clicked=lambda: self.run_again.emit(1, True),
        )
        card.body.addLayout(row(measure, None))

    def _details(self, result: ProvingView) -> Disclosure:
        say = self._say
        made = Disclosure(self._context.theme, say(msg("Details")), name=f"{_NAME}-details")
        for sentence in _preparation(result):
            made.body.addWidget(Label(say(sentence), "caption"))
        for title, data, key in (
            (msg("Proof"), result.proof_json, "proof"),
            (msg("Public signals"), result.public_json, "public"),
            (msg("Verification key"), result.verification_key_json, "key"),
        ):
            label = Label(say(title), "strong")
            text = code_view(data.decode(errors="replace"), say(title), name=f"{_NAME}-{key}-json", lines=_DETAIL_LINES)
            label.setBuddy(text)
            made.body.addWidget(label)
            made.body.addWidget(text)
        return made

    def _again(self, repeat: int) -> None:
        self.run_again.emit(repeat, False)

    def _say(self, message: Message) -> str:
        return self._context.say(message)


def _verdict(result: ProvingView) -> tuple[Message, str, str]:
    """The word, its icon and its colour."""
    if not result.verified:
        return msg("Not verified"), "state-failed", "bad"
    if result.key.state == "insecure":
        return msg("Made, but it shows nothing"), "caution", "caution"
    return msg("Verified"), "state-done", "good"


def _verdict_sentence(result: ProvingView) -> Message:
    if not result.verified:
        return msg("The proof was made, but it does not pass the check, so it shows nothing.")
    if result.key.state == "insecure":
        return msg("The equation holds, but it would for a forgery too.")
    return msg("The proof holds: it was checked here as anybody else would check it.")


def _signals_title(result: ProvingView) -> Message:
    if not result.public_signals:
        return msg("No public signals: the proof speaks of no value that others see.")
    return msg("Public signals, which everybody sees")


def _preparation(result: ProvingView) -> list[Message]:
    made = [
        msg(
            "Before the proof: {startup} for the arithmetic, {load} for reading key and circuit.",
            startup=format_duration(result.startup_seconds),
            load=format_duration(result.load_seconds),
        )
    ]
    if result.setup_seconds > 0:
        made.append(msg("Making the development key took {time}.", time=format_duration(result.setup_seconds)))
    if not result.witness_checked:
        made.append(msg("There was no .r1cs, so the values were checked only by verifying the proof."))
    if result.constant_work:
        made.append(msg("Constant work: how long it took tells nothing about the inputs."))
    return made
