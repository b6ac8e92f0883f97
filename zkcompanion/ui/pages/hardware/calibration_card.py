"""Measuring this computer: the offer, the progress, what was found, and why it should be measured again."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QProgressBar, QWidget

from zkcompanion.app.hardware_views import CalibrationEnded, CalibrationProgressed, CalibrationView
from zkcompanion.base.errors import CompanionError
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.units import format_duration
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.pages.hardware.rates_table import RatesTable
from zkcompanion.ui.pages.prove.words import when
from zkcompanion.ui.tasks import Task, run_task
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.announce import announce
from zkcompanion.ui.widgets.basic import Button, Card, Label, column, row, set_kind, tabular
from zkcompanion.ui.widgets.flow import FlowRow
from zkcompanion.ui.widgets.states import Banner

_STEPS = 1000
_DAY_S = 86_400.0
_OFFER = msg(
    "About 20 s: how fast this computer does the arithmetic of proofs, with one core and with all, and how fast its "
    "memory and its disk are. The answers here then come from its own speed."
)


class CalibrationCard(Card):
    """`arrive()` reads what was found before. `changed()`: it is shown otherwise now."""

    changed = Signal()

    def __init__(self, context: WindowContext) -> None:
        super().__init__(spacing=Space.M)
        say, pixels = context.say, context.theme.pixels
        self._context = context
        self._found: CalibrationView | None = None
        self._state: Literal["unread", "idle", "running", "stopping"] = "unread"
        self._reading: Task | None = None
        self._told_quarter = 0
        self._title = Label("", "section")
        self._title.setObjectName("hardware-calibration-title")
        self._words = Label("", "muted")
        self._stale = Banner(context.theme, "caution", "")
        self._said = Banner(context.theme, "bad", "")
        self.start_button = Button("", "primary", name="hardware-calibrate", clicked=self.start)
        self._busy = Label(say(msg("A proof is being made. Measure when it is done, or what comes out is too slow.")))
        self._busy.set_kind("caution")
        self._progress = QProgressBar()
        self._progress.setObjectName("hardware-calibration-progress")
        self._progress.setAccessibleName(say(msg("How far the measuring is")))
        self._progress.setRange(0, _STEPS)
        self._progress.setTextVisible(False)
        self._doing = Label("", "text")
        self._left = Label("", "muted", wrap=False)
        tabular(self._left)
        self.cancel_button = Button(say(msg("Cancel")), name="hardware-calibrate-cancel", clicked=self.cancel)
        doing = row(self._doing, self._left, spacing=pixels(Space.M))
        doing.setStretch(0, 1)
        self._under_way = QWidget()
        self._under_way.setLayout(
            column(
                doing,
                self._progress,
                row(self.cancel_button, None),
                spacing=pixels(Space.S),
            )
        )
        self.rates = RatesTable(context)
        for part in (self._title, self._words, self._stale, self._said, self._under_way):
            self.body.addWidget(part)
        self._actions = FlowRow(context.theme, self.start_button, self._busy, spacing=Space.M)
        self.body.addWidget(self._actions)
        self.body.addWidget(self.rates)
        self._said.hide()
        bridge = context.bridge
        bridge.calibration_progressed.connect(self._progressed)
        bridge.calibration_ended.connect(self._ended)
        bridge.job_changed.connect(self._job_changed)
        self._fit()

    @property
    def running(self) -> bool:
        """Whether it is being measured."""
        return self._state in {"running", "stopping"}

    @property
    def measured(self) -> bool:
        """Whether the computer was measured, and nothing asks for measuring it again."""
        return not self.running and self._found is not None and self._found.stale is None

    def arrive(self) -> None:
        """Read what is known, and whether somebody measures already."""
        desk = self._context.desk
        if self._reading is None:
            self._reading = run_task(
                self,
                lambda: (desk.calibration.running, desk.calibration.current()),
                self._read,
                self._read_failed,
            )
        self._job_changed(None)

    def start(self) -> None:
        """Measure now."""
        if self.running:
            return
        self._begin()
        self.cancel_button.setFocus(Qt.FocusReason.OtherFocusReason)
        announce(self, self._context.say(msg("Measuring this computer, about 20 s")))
        # a cancel that follows at once must come after it
        run_task(self, self._order, lambda _: None, self._failed, in_order=True)

    def cancel(self) -> None:
        """Stop; what was found before stays."""
        self._state = "stopping"
        self._doing.setText(self._context.say(msg("Stopping")))
        self._left.setText("")
        run_task(self, self._call_off, lambda _: None, self._failed, in_order=True)

    # -- what happens; the service is asked for in other threads only, because what it is made of takes long to import

    def _order(self) -> None:
        self._context.desk.calibration.start()

    def _call_off(self) -> None:
        self._context.desk.calibration.cancel()

    def _begin(self) -> None:
        self._state = "running"
        self._told_quarter = 0
        self._said.hide()
        self._progress.setValue(0)
        self._doing.setText(self._context.say(msg("Getting ready")))
        self._left.setText("")
        self._fit()

    def _read(self, read: tuple[bool, CalibrationView | None]) -> None:
        self._reading = None
        running, self._found = read
        if running and not self.running:
            self._begin()
        elif self._state == "unread":
            self._state = "idle"
        self._fit()

    def _read_failed(self, error: CompanionError) -> None:
        self._reading = None
        self._state = "idle" if self._state == "unread" else self._state
        self._tell(error.message, error.hint)
        self._fit()

    @Slot(object)
    def _progressed(self, event: CalibrationProgressed) -> None:
        if self._state != "running":
            if self._state == "stopping":
                return
            self._begin()
        say = self._context.say
        self._progress.setValue(round(_STEPS * event.share))
        doing = say(event.doing)
        self._doing.setText(doing)
        left = "" if event.left_s is None else say(msg("about {seconds} s left", seconds=max(1, round(event.left_s))))
        self._left.setText(left)
        quarter = int(4 * event.share)
        if quarter > self._told_quarter:
            self._told_quarter = quarter
            announce(self, say(msg("{percent} %: {doing}", percent=25 * quarter, doing=event.doing)))

    @Slot(object)
    def _ended(self, event: CalibrationEnded) -> None:
        say = self._context.say
        had_focus = self.cancel_button.hasFocus()
        self._state = "idle"
        if self._reading is not None:  # what it reads may be of before
            self._reading.drop()
            self._reading = None
            self.arrive()
        if event.found is not None:
            self._found = event.found
            announce(self, say(msg("This computer is measured.")))
        elif event.failed is not None:
            self._tell(event.failed, None)
        else:
            self._tell(msg("Stopped. Nothing was changed."), None, bad=False)
        self._fit()
        if had_focus:
            self.start_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _failed(self, error: CompanionError) -> None:
        self._state = "idle"
        self._tell(error.message, error.hint)
        self._fit()

    def _tell(self, text: Message, detail: Message | None, *, bad: bool = True) -> None:
        say = self._context.say
        self._said.set("bad" if bad else "info", say(text), say(detail) if detail is not None else "")
        self._said.show()
        announce(self, say(text))

    @Slot(object)
    def _job_changed(self, _job: object) -> None:
        busy = any(job.state == "running" for job in self._context.desk.jobs.jobs())
        self._busy.setVisible(busy and self._state == "idle")

    # -- what is shown

    def _fit(self) -> None:
        say, found, running = self._context.say, self._found, self.running
        title, words = self._head()
        self._title.setText(say(title))
        self._words.setText(say(words) if words is not None else "")
        self._words.setVisible(words is not None)
        self._under_way.setVisible(running)
        self._actions.setVisible(not running and self._state != "unread")
        stale = found.stale if found is not None and not running else None
        self._stale.setVisible(stale is not None)
        if stale is not None:
            self._stale.set(
                "caution", say(stale), say(msg("The answers use what was measured until it is measured again."))
            )
        once = found is not None
        self.start_button.setText(say(msg("Measure again (20 s)") if once else msg("Measure this computer (20 s)")))
        set_kind(self.start_button, "primary" if found is None or stale is not None else "plain")
        self.rates.setVisible(found is not None and not running)
        if found is not None:
            self.rates.show_rates(found.rates)
        self.changed.emit()

    def _head(self) -> tuple[Message, Message | None]:
        if self.running:
            return msg("Measuring this computer"), None
        if self._found is None:
            return msg("Measure this computer"), _OFFER
        took = msg("It took {duration}.", duration=format_duration(self._found.seconds))
        return measured_ago(self._found, self._context.desk.clock.unix_s()), took


def measured_ago(found: CalibrationView, now_unix_s: float) -> Message:
    """When a computer was measured."""
    ago = when(found.unix_s, now_unix_s)
    if ago is not None:
        return msg("Measured {when}", when=ago)
    days = int((now_unix_s - found.unix_s) // _DAY_S)
    return msg("Measured {days} days ago", days=days)
