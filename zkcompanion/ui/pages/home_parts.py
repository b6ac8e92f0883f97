"""The parts that Home is put together from."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from zkcompanion.app.history import ProofRecord
from zkcompanion.app.job_views import JobView
from zkcompanion.base.messages import msg, msg_n
from zkcompanion.base.units import format_count, format_duration
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.pages.home_model import Attention, share_done, tip, when
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Button, Card, ElidedLabel, Label, clear, column, line, row, set_flag
from zkcompanion.ui.widgets.columns import Columns
from zkcompanion.ui.widgets.figures import band, running_duration
from zkcompanion.ui.widgets.icon import Icon
from zkcompanion.ui.widgets.phase_words import phase_words
from zkcompanion.ui.widgets.row_button import RowButton
from zkcompanion.ui.widgets.states import TONE_ICONS

_OUTCOMES = {
    "verified": ("state-done", "good", msg("Verified")),
    "failed": ("state-failed", "bad", msg("No proof")),
    "cancelled": ("state-stopped", "muted", msg("Cancelled")),
}


class RunningCard(Card):
    """The job that runs: what it is doing, how far it is, and a way to it. Hidden while nothing runs."""

    def __init__(self, context: WindowContext, watch: Callable[[int], object]) -> None:
        super().__init__("raised", spacing=Space.S)
        self._context = context
        self._job: int | None = None
        self._go = watch
        self._title = ElidedLabel("", "strong", mode="right")
        self._percent = Label("", "strong", wrap=False)
        self._doing = ElidedLabel("", "muted", mode="right")
        self._left = Label("", "muted", wrap=False)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(context.say(msg("Progress of the proof that runs")))
        button = Button(context.say(msg("Watch it")), "plain", name="home-watch")
        button.clicked.connect(self._watch)
        words = column(row(self._title, None, self._percent), self._bar, row(self._doing, None, self._left))
        across = row(Icon(context.theme, "state-running", "accent"), spacing=Space.M)
        across.addLayout(words, 1)
        across.addWidget(button)
        self.body.addLayout(across)
        self.hide()

    def _watch(self) -> None:
        if self._job is not None:
            self._go(self._job)

    def show_job(self, job: JobView | None, waiting: int) -> None:
        """Show a job as it is now; None hides the card. `waiting`: jobs behind it."""
        if job is None:
            self._job = None
            self.hide()
            return
        self._job = job.id
        self.show()
        say = self._context.say
        self._title.set_text(say(job.title))
        share = share_done(job)
        self._percent.setText("" if share is None else f"{share:.0%}".replace("%", " %"))
        self._bar.setRange(0, 0 if share is None else 100)
        if share is not None:
            self._bar.setValue(round(share * 100))
        running = next((phase for phase in job.phases if phase.state == "running"), None)
        doing = [msg("Starting") if running is None else phase_words(running.phase).name]
        if job.repeat > 1:
            doing.append(msg("proof {number} of {repeat}", number=job.number, repeat=job.repeat))
        if waiting:
            doing.append(msg_n("one more waits", "{n} more wait", n=waiting))
        self._doing.set_text(" · ".join(say(part) for part in doing))
        if job.left_s is not None:
            self._left.setText(say(msg("{band} left", band=band(*job.left_s))))
        else:
            self._left.setText(say(msg("{elapsed} so far", elapsed=running_duration(job.elapsed_s))))


class ProofList(Card):
    """The last runs, each a way to it in the history."""

    def __init__(self, context: WindowContext, choose: Callable[[int], object], show_all: Callable[[], object]) -> None:
        super().__init__(spacing=Space.XS)
        self._context = context
        self._choose = choose
        self._all = Button(context.say(msg("All runs")), "link", name="home-all-runs", clicked=show_all)
        set_flag(self._all, "flush", value=True)
        self.body.addLayout(row(Label(context.say(msg("Last runs")), "section", wrap=False), None, self._all))
        self._rows = column(spacing=0)
        self.body.addLayout(self._rows)
        self._shown: tuple[ProofRecord, ...] | None = None

    def show_records(self, records: Sequence[ProofRecord], now_unix_s: float, *, kept: bool) -> None:
        """Show these, newest first. `kept`: whether the history is on."""
        self._all.setVisible(bool(records))
        if self._shown == tuple(records) and records:
            return
        self._shown = tuple(records)
        clear(self._rows)
        if not records:
            text = msg("Runs that end stand here.") if kept else msg("The history is off, so no runs are kept.")
            self._rows.addWidget(Label(self._context.say(text), "muted"))
        for number, record in enumerate(records):
            if number:
                self._rows.addWidget(line())
            self._rows.addWidget(self._row(record, now_unix_s))

    def _row(self, record: ProofRecord, now_unix_s: float) -> RowButton:
        say = self._context.say
        icon, token, outcome = _OUTCOMES[record.outcome]
        second = [outcome, when(record.unix_s, now_unix_s)]
        if record.constraints is not None:
            second.append(
                msg_n(
                    "{n} constraint",
                    "{count} constraints",
                    n=record.constraints,
                    count=format_count(record.constraints),
                )
            )
        seconds = "" if record.seconds is None else format_duration(record.seconds)
        proofs = "" if record.proofs < 2 else say(msg("median of {n}", n=record.proofs))
        return RowButton(
            self._context,
            name=f"home-run-{record.id}",
            left=Icon(self._context.theme, icon, token),
            first=say(record.title),
            second=" · ".join(say(part) for part in second),
            remark=say(msg("development key")) if record.key == "development" else "",
            right=(seconds, proofs),
            clicked=lambda: self._choose(record.id),
        )


class AttentionCard(Card):
    """What the user should know or do; says so where there is nothing."""

    def __init__(self, context: WindowContext, follow: Callable[[Attention], object]) -> None:
        super().__init__()
        self._context = context
        self._follow = follow
        self._rows = column(spacing=Space.M)
        self.body.addWidget(Label(context.say(msg("Needs attention")), "section"))
        self.body.addLayout(self._rows)
        self._shown: tuple[Attention, ...] | None = None

    def show_items(self, items: tuple[Attention, ...]) -> None:
        """Show these, worst first."""
        if items == self._shown:
            return
        self._shown = items
        clear(self._rows)
        if not items:
            calm = row(Icon(self._context.theme, "state-done", "good"), spacing=Space.M)
            calm.addWidget(Label(self._context.say(msg("Nothing needs your attention.")), "muted"), 1)
            self._rows.addLayout(calm)
        for item in items:
            self._rows.addLayout(self._item(item))

    def _item(self, item: Attention) -> QVBoxLayout:
        say = self._context.say
        button = Button(say(_WAYS[item.way]), "link", name=f"home-attention-{item.id}")
        button.setAccessibleName(say(msg("{action}: {about}", action=_WAYS[item.way], about=item.text)))
        button.clicked.connect(lambda _checked=False: self._follow(item))
        words = column(Label(say(item.text), "strong"), Label(say(item.detail), "muted"), spacing=2)
        set_flag(button, "flush", value=True)
        words.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        across = row(spacing=Space.M)
        across.addWidget(Icon(self._context.theme, TONE_ICONS[item.tone], item.tone), 0, Qt.AlignmentFlag.AlignTop)
        across.addLayout(words, 1)
        return column(across)


_WAYS = {
    "history": msg("Look at this run"),
    "engine": msg("Engine settings"),
    "data": msg("Where data lies"),
    "diagnostics": msg("Read the report"),
}


class TipCard(Card):
    """One thing worth knowing; another one on request."""

    def __init__(self, context: WindowContext, first: int) -> None:
        super().__init__()
        self._context = context
        self._number = first
        self._text = Label("", "text")
        head = row(
            Icon(context.theme, "bulb", "muted"), Label(context.say(msg("Worth knowing")), "section", wrap=False), None
        )
        turn = Button(context.say(msg("Another")), "link", name="home-tip-next", clicked=self.turn)
        set_flag(turn, "flush", value=True)
        head.addWidget(turn)
        self.body.addLayout(head)
        self.body.addWidget(self._text)
        self._show()

    def turn(self) -> None:
        """Show the next one."""
        self._number += 1
        self._show()

    def _show(self) -> None:
        self._text.setText(self._context.say(tip(self._number)))


_STEPS = (
    ("choose", msg("Choose"), msg("An example, with made-up values filled in, or your own circom files.")),
    ("prove", msg("Prove"), msg("This computer makes the proof. Your inputs stay in its memory.")),
    ("checked", msg("Check"), msg("The proof is verified before it is called done; then you can hand it on.")),
)


class FirstSteps(QWidget):
    """What will happen, for somebody who has not proved anything yet."""

    def __init__(self, context: WindowContext) -> None:
        super().__init__()
        pixels = context.theme.pixels
        outer = column(line(), spacing=pixels(Space.XL))
        across = Columns(context, (1, 1, 1), beside_px=560, space=Space.XL)
        for part, (icon, title, text) in zip(across.parts, _STEPS, strict=True):
            words = column(
                row(Icon(context.theme, icon, "accent"), Label(context.say(title), "section", wrap=False), None),
                Label(context.say(text), "muted"),
                spacing=pixels(Space.S),
            )
            part.addLayout(words)
        outer.addWidget(across)
        self.setLayout(outer)
