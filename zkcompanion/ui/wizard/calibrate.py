"""The step "Measure": how fast this computer really is, in about twenty seconds."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QProgressBar, QWidget

from zkcompanion.app.hardware_views import CalibrationEnded, CalibrationProgressed, CalibrationView
from zkcompanion.app.monitor_words import value_words
from zkcompanion.base.errors import CompanionError, ResourceError
from zkcompanion.base.messages import msg
from zkcompanion.base.units import format_duration
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.tasks import run_task
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.announce import announce
from zkcompanion.ui.widgets.basic import Button, Card, Label, clear, column, row, set_flag, tabular
from zkcompanion.ui.widgets.figures import rough_duration
from zkcompanion.ui.widgets.icon import Icon
from zkcompanion.ui.wizard.step import StepView

_WHOLE = 1000


class CalibrateStep(StepView):
    """See the module."""

    key = "calibrate"
    short = msg("Measure")
    title = msg("How fast is it really?")
    question = msg(
        "The real arithmetic of proofs, timed on one core and on all of them. Times are then no longer guesses."
    )
    help = msg(
        "Measuring takes about 20 seconds, during which the processor is busy. Without it, times are estimates from "
        "the processor's description."
    )
    own_action = True

    def __init__(self, context: WindowContext) -> None:
        super().__init__(context)
        say, pixels = context.say, context.theme.pixels
        self._doing_now = ""
        self._text = Label(say(_BEFORE))
        self.start = Button(say(msg("Measure now")), "primary", name="wizard-measure", clicked=self._start)
        set_flag(self.start, "big", value=True)
        self.bar = QProgressBar()
        self.bar.setRange(0, _WHOLE)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(say(msg("Progress of the measurement")))
        self._doing = Label("", "strong")
        self._left = Label("", "muted", wrap=False)
        self._measured = column(spacing=pixels(Space.XS))
        self.cancel = Button(say(msg("Cancel")), name="wizard-measure-cancel", clicked=self._cancel)
        self.cancel.setToolTip(say(msg("Esc")))
        head = row(self._doing, self._left)
        head.setStretch(0, 1)
        self._running = QWidget()
        inside = column(head, self.bar, self._measured, row(self.cancel, None), spacing=pixels(Space.M))
        self._running.setLayout(inside)
        self._rates = QGridLayout()
        self._found = QWidget()
        self._found.setLayout(self._rates)
        self._card = Card(spacing=pixels(Space.L), padding=pixels(Space.XL))
        self._card.body.addWidget(self._text)
        self._card.body.addLayout(row(self.start, None))
        self._card.body.addWidget(self._running)
        self._card.body.addWidget(self._found)
        self.body.addWidget(self._card)
        self._running.hide()
        self._found.hide()
        self._again = Button(say(msg("Try again")), name="wizard-measure-again", clicked=self._start)
        self._again.hide()
        context.bridge.calibration_progressed.connect(self._progressed)
        context.bridge.calibration_ended.connect(self._ended)

    def arrive(self) -> None:
        """Show what is known by now."""
        run_task(self, self._read, self._heard, self._failed)

    def leave(self) -> None:
        """Going on without it means that it is not wanted."""
        if self.running:
            self._cancel()

    def escape(self) -> bool:
        """Stop measuring."""
        if not self.running:
            return False
        self._cancel()
        return True

    def first(self) -> QWidget | None:
        """What can be pressed here."""
        if self.running:
            return self.cancel
        return self.start if self.start.property("kind") == "primary" else None

    @property
    def running(self) -> bool:
        """Whether it measures."""
        return not self._running.isHidden()

    def _start(self) -> None:
        desk = self.context.desk
        self._show_running()
        self.cancel.setFocus(Qt.FocusReason.OtherFocusReason)
        # its service is loaded when it is first asked for, which takes a moment
        run_task(self, lambda: desk.calibration.start(), lambda _none: None, self._failed, in_order=True)

    def _cancel(self) -> None:
        desk = self.context.desk
        run_task(self, lambda: desk.calibration.cancel(), lambda _none: None, self._failed, in_order=True)

    def _read(self) -> tuple[bool, CalibrationView | None]:
        calibration = self.context.desk.calibration
        return calibration.running, calibration.current()

    def _heard(self, now: tuple[bool, CalibrationView | None]) -> None:
        running, found = now
        if not running:
            self._known(found)
        elif not self.running:
            self._show_running()

    # -- what comes of it

    def _show_running(self) -> None:
        self.clear_again()
        self._text.setText(self.context.say(msg("Please leave the computer alone for a moment; it is busy now.")))
        self.start.hide()
        self._found.hide()
        clear(self._measured)
        self._doing_now = ""
        self._doing.setText(self.context.say(msg("Starting")))
        self._left.setText("")
        self.bar.setValue(0)
        self._running.show()

    def clear_again(self) -> None:
        """Take the last trouble away, and keep its button."""
        self._again.setParent(self)
        self._again.hide()
        self.clear_trouble()

    def _progressed(self, event: CalibrationProgressed) -> None:
        if not self.running:
            self._show_running()
        say = self.context.say
        doing = say(event.doing)
        if self._doing_now and doing != self._doing_now:
            across = row(Icon(self.context.theme, "state-done", "good", size=16), Label(self._doing_now, "caption"))
            across.setStretch(1, 1)
            self._measured.addLayout(across)
        self._doing_now = doing
        self._doing.setText(doing)
        self.bar.setValue(round(_WHOLE * min(max(event.share, 0.0), 1.0)))
        left = "" if event.left_s is None else say(msg("about {left} left", left=rough_duration(event.left_s)))
        self._left.setText(left)
        self.bar.setAccessibleDescription(f"{doing} {left}")

    def _ended(self, event: CalibrationEnded) -> None:
        had_keyboard = self.cancel.hasFocus()
        self._running.hide()
        if event.found is not None:
            self._known(event.found)
            announce(self, self._text.text())
        elif event.failed is not None:
            self._failed(ResourceError(event.failed))
        else:
            self._show_idle(again=False)
            self._text.setText(self.context.say(msg("Stopped; nothing of it is kept.")))
        if had_keyboard and self.isVisible():
            target = self._again if event.failed is not None else self.start
            target.setFocus(Qt.FocusReason.OtherFocusReason)

    def _known(self, found: CalibrationView | None) -> None:
        if self.running:
            return
        self._show_idle(again=found is not None)
        self.clear_again()
        say = self.context.say
        if found is None:
            self._text.setText(say(_BEFORE))
            return
        if found.stale is not None:
            self._show_idle(again=False)
            self._text.setText(say(found.stale))
        else:
            words = msg("Measured in {duration}. Times of proofs are worked out from this.", duration=_took(found))
            self._text.setText(say(words))
        self._show_rates(found)
        if found.stale is None:
            self.done.emit()

    def _failed(self, error: CompanionError) -> None:
        self._running.hide()
        self._show_idle(again=True)
        self._text.setText(self.context.say(_BEFORE))
        self.start.hide()
        self._again.show()
        self.show_trouble(error, self._again)

    def _show_idle(self, *, again: bool) -> None:
        """What starts it: the thing to do here, or a thing that one may do once more."""
        self.start.show()
        self.start.setText(self.context.say(msg("Measure again") if again else msg("Measure now")))
        self.start.setProperty("kind", "plain" if again else "primary")
        set_flag(self.start, "big", value=not again)

    def _show_rates(self, found: CalibrationView) -> None:
        say, pixels = self.context.say, self.context.theme.pixels
        clear(self._rates)
        self._rates.setContentsMargins(0, 0, 0, 0)
        self._rates.setHorizontalSpacing(pixels(Space.XL))
        self._rates.setVerticalSpacing(pixels(Space.S))
        self._rates.setColumnStretch(0, 1)
        for place, title in enumerate((msg("What was measured"), msg("one core"), msg("all cores"))):
            side = Qt.AlignmentFlag.AlignRight if place else Qt.AlignmentFlag.AlignLeft
            self._rates.addWidget(Label(say(title), "caption", wrap=False), 0, place, side)
        for number, rate in enumerate(found.rates, start=1):
            self._rates.addWidget(Label(say(rate.title)), number, 0)
            for place, (value, of) in enumerate(
                ((rate.one_core, msg("one core")), (rate.all_cores, msg("all cores"))), start=1
            ):
                shown = Label(say(value_words(value, rate.unit)), wrap=False)  # type: ignore[arg-type]
                tabular(shown)
                shown.setAccessibleName(f"{say(rate.title)}, {say(of)}: {shown.text()}")
                self._rates.addWidget(shown, number, place, Qt.AlignmentFlag.AlignRight)
        self._found.show()


def _took(found: CalibrationView) -> str:
    return format_duration(found.seconds)


_BEFORE = msg(
    "About 20 seconds. The processor is busy meanwhile; close what needs it, and keep a laptop plugged in. "
    "You can stop at any time."
)
