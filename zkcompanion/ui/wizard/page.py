"""The first run: five steps, drawn in the place of a page. What leads from one to the next is in `app/wizard`."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from zkcompanion.app import wizard
from zkcompanion.app.wizard import STEPS, Mark, Step, WizardState
from zkcompanion.base.messages import Message, msg
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.page import Page, Place
from zkcompanion.ui.shell.notices import holds
from zkcompanion.ui.shell.tab_order import bring_into_sight, tab_stops
from zkcompanion.ui.tasks import run_task
from zkcompanion.ui.theme.tokens import READING_WIDTH, Space
from zkcompanion.ui.widgets.announce import announce
from zkcompanion.ui.widgets.basic import Button, line, row, set_kind
from zkcompanion.ui.widgets.icon import give_icon
from zkcompanion.ui.widgets.tabs import Tabs
from zkcompanion.ui.wizard.look import LookStep
from zkcompanion.ui.wizard.start import remembered
from zkcompanion.ui.wizard.step import StepView


def _calibrate() -> type[StepView]:
    from zkcompanion.ui.wizard.calibrate import CalibrateStep

    return CalibrateStep


def _answer() -> type[StepView]:
    from zkcompanion.ui.wizard.can import AnswerStep

    return AnswerStep


def _advice() -> type[StepView]:
    from zkcompanion.ui.wizard.advice import AdviceStep

    return AdviceStep


def _proof() -> type[StepView]:
    from zkcompanion.ui.wizard.proof import ProofStep

    return ProofStep


#: What each step is called on the row, and what loads it when it is first shown.
_KINDS: dict[Step, tuple[Message, Callable[[], type[StepView]]]] = {
    "look": (msg("Look"), lambda: LookStep),
    "calibrate": (msg("Measure"), _calibrate),
    "answer": (msg("Can prove"), _answer),
    "advice": (msg("Would help"), _advice),
    "proof": (msg("First proof"), _proof),
}
#: What became of a step: its icon, the icon's colour, and the word for who does not see it.
_MARKS: dict[Mark, tuple[str, str, Message]] = {
    "open": ("state-waiting", "faint", msg("not done yet")),
    "skipped": ("state-stopped", "faint", msg("skipped")),
    "done": ("state-done", "good", msg("done")),
}


class WizardPage(Page):
    """Not on the rail. `arrive()` goes on where it was left, `arrive(again=True)` begins anew, `arrive(step=STEP)`
    shows a certain step.
    """

    id = "wizard"
    title = msg("Set up")
    question = msg("What this computer is, how fast, what it can prove, and a first proof.")
    icon = "choose"
    help = msg(
        "Five steps; each can be skipped, and gone back to. Esc leaves for Home. Settings and Hardware begin it again."
    )

    def __init__(self, context: WindowContext) -> None:
        super().__init__(context)
        say, pixels = context.say, context.theme.pixels
        self._state: WizardState | None = None
        self._steps: dict[Step, StepView] = {}
        #: where the keyboard was put, for who has not moved it since
        self._placed: QWidget | None = None
        self._leave_button = Button(say(msg("Leave for Home")), "ghost", name="wizard-leave", clicked=self._go_home)
        self._leave_button.setToolTip(say(msg("Esc")))
        self.head_actions.addWidget(self._leave_button, 0, Qt.AlignmentFlag.AlignTop)
        self._row = Tabs(((step, say(title)) for step, (title, _) in _KINDS.items()), name="wizard-to", kind="step")
        self._row.setAccessibleName(say(msg("Steps")))
        self._row.chosen.connect(self._chosen)
        self._place = QVBoxLayout()
        self.body.addWidget(self._row)
        self.body.addLayout(self._place)
        self._foot = self._build_foot(pixels)
        outer = self.layout()
        assert outer is not None
        outer.addWidget(line())
        outer.addWidget(self._foot)
        context.theme.changed.connect(self._fit_foot)
        self._fit_foot()

    # -- coming and going

    def arrive(self, again: object = False, step: object = None, **_where: object) -> None:
        """Show a step."""
        known = self._state if self._state is not None else self._remembered()
        if again:
            for view in self._steps.values():
                view.leave()
            known = None
        state = wizard.take_up(known)
        if step in STEPS:
            state = wizard.go_to(state, step)
        self._become(state)

    def leave(self) -> None:
        """Another page was asked for: it does not come by itself again."""
        if self._state is not None:
            self._state = wizard.leave(self._state)
            self._remember()

    def escape(self) -> bool:
        """Stop what runs, else go Home."""
        if not self._view().escape():
            self._go_home()
        return True

    def keep(self) -> object:
        """The proof that was begun; the rest is remembered anyway."""
        from zkcompanion.ui.wizard.proof import ProofStep

        shown = self._steps.get("proof")
        return (self._state, shown.job if isinstance(shown, ProofStep) else None)

    def take_back(self, kept: object) -> None:
        """The same in another language."""
        from zkcompanion.ui.wizard.proof import ProofStep

        assert isinstance(kept, tuple)
        self._state, job = kept
        if job is not None:
            shown = self._step("proof")
            assert isinstance(shown, ProofStep)
            shown.look_at(job)

    @classmethod
    def places(cls) -> tuple[Place, ...]:
        """Measuring is looked for by itself."""
        words = (msg("Calibrate"), msg("Speed"), msg("Benchmark"))
        return (Place(msg("Measure this computer"), cls.id, (("step", "calibrate"),), words, icon="processor"),)

    @property
    def state(self) -> WizardState:
        """Where it is."""
        assert self._state is not None
        return self._state

    # -- moving

    def _become(self, state: WizardState) -> None:
        """Show this state, and remember it."""
        before, self._state = self._state, state
        self._remember()
        if state.ended == "finished":
            self._go_home()
            return
        shown = self._steps.get(before.step) if before is not None else None
        view = self._step(state.step)
        if shown is not None and shown is not view:
            shown.leave()
            shown.hide()
        view.show()
        self._show_state()
        view.arrive()
        say = self.context.say
        self.title_label.setText(say(view.title))
        self.question_label.setText(say(view.question))
        self.setAccessibleName(say(view.title))
        if shown is not view:
            announce(self, say(view.title))
            # one turn later it is in sight
            QTimer.singleShot(0, self, self._focus_first)

    def _forward(self) -> None:
        self._become(wizard.forward(self.state))

    def _back(self) -> None:
        self._become(wizard.back(self.state))

    def _go_home(self) -> None:
        """With the keyboard: what had it goes out of sight, and Qt would put it anywhere."""
        self.context.shell.go("home")
        stack = self.parentWidget()
        shown = stack.currentWidget() if isinstance(stack, QStackedWidget) else None
        for stop in tab_stops(shown)[:1] if shown is not None else ():
            stop.setFocus(Qt.FocusReason.OtherFocusReason)
            bring_into_sight(stop)

    def _chosen(self, step: str) -> None:
        if self._state is not None and step != self._state.step:
            self._become(wizard.go_to(self._state, step))  # type: ignore[arg-type]

    def _done(self, step: Step) -> None:
        if self._state is not None:
            self._state = wizard.done(self._state, step)
            self._remember()
            self._show_state()
            if step == self._state.step and holds(self._view(), QApplication.focusWidget()):
                self._focus_first()

    # -- keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses the button under the keyboard, as one expects of steps."""
        at = QApplication.focusWidget()
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and isinstance(at, QAbstractButton):
            at.click()
        else:
            super().keyPressEvent(event)

    # -- what is shown

    def _step(self, step: Step) -> StepView:
        """Built when it is first shown."""
        if step not in self._steps:
            made = self._steps[step] = _KINDS[step][1]()(self.context)
            made.done.connect(lambda: self._done(step))
            made.ready.connect(self._move_keyboard)
            made.prove_now.connect(lambda: self._chosen("proof"))
            made.hide()
            self._place.addWidget(made)
        return self._steps[step]

    def _view(self) -> StepView:
        return self._step(self.state.step)

    def _show_state(self) -> None:
        say, state, view = self.context.say, self.state, self._view()
        self._row.choose(state.step)
        for step in _KINDS:
            icon, token, word = _MARKS[state.mark(step)]
            button = self._row.button(step)
            give_icon(button, self.context.theme, icon, token, size=16)
            button.setAccessibleDescription(say(word))
        self._back_button.setVisible(len(state.trail) > 1)
        open_still = view.own_action and state.mark(state.step) != "done"
        if state.last:
            words = msg("Leave it and go to Home") if open_still else msg("Finish")
        else:
            words = msg("Skip this step") if open_still else msg("Next")
        self._next.setText(say(words))
        leads = not open_still and state.step != "look"
        set_kind(self._next, "primary" if leads else "plain")

    def _focus_first(self) -> None:
        """Put the keyboard on what the step is for; who walks along the row of steps stays there."""
        if not self.isVisible() or holds(self._row, QApplication.focusWidget()):
            return
        target = self._view().first()
        if target is None or not target.isVisible() or not target.isEnabled():
            target = self._next
        self._placed = target
        target.setFocus(Qt.FocusReason.OtherFocusReason)
        bring_into_sight(target)

    def _move_keyboard(self) -> None:
        """Where the keyboard is still where it was put, it goes on to what can be pressed now."""
        if self._placed is not None and self._placed is QApplication.focusWidget():
            self._focus_first()

    def _build_foot(self, pixels: Callable[[int], int]) -> QWidget:
        say = self.context.say
        self._back_button = Button(say(msg("Back")), name="wizard-back", clicked=self._back)
        give_icon(self._back_button, self.context.theme, "back", "muted", size=16)
        self._next = Button(say(msg("Next")), name="wizard-next", clicked=self._forward)
        inside = QWidget()
        inside.setLayout(row(self._back_button, None, self._next, spacing=pixels(Space.M)))
        self._foot_inside = inside
        foot = QWidget()
        self._foot_across = QHBoxLayout(foot)
        self._foot_across.addWidget(inside, 1)
        self._foot_across.addStretch()
        return foot

    def _fit_foot(self) -> None:
        pixels = self.context.theme.pixels
        side, above = pixels(Space.XXL), pixels(Space.M)
        self._foot_across.setContentsMargins(side, above, side, above)
        self._foot_inside.setMaximumWidth(pixels(READING_WIDTH))

    # -- what is remembered

    def _remembered(self) -> WizardState | None:
        return remembered(self.context.desk)

    def _remember(self) -> None:
        store, plain = self.context.desk.preferences, wizard.to_plain(self.state)
        window = self.window()
        run_task(
            window,
            lambda: store.remember(wizard.TOPIC, wizard.NAME, plain),
            lambda _none: None,
            self.context.shell.show_error,
            in_order=True,
        )
