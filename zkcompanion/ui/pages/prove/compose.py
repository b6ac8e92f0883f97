"""The circuit that was chosen, its inputs, and the button that starts the proof."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QSpinBox, QVBoxLayout, QWidget

from zkcompanion.app.job_views import CircuitView, ExpectationView
from zkcompanion.app.views import ExampleView
from zkcompanion.base.messages import Message, msg, msg_n
from zkcompanion.base.units import format_count
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.pages.prove.field import Field
from zkcompanion.ui.pages.prove.inputs_panel import InputsPanel
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Button, Card, ElidedLabel, Label, line, row, set_flag
from zkcompanion.ui.widgets.figures import band, rough_duration
from zkcompanion.ui.widgets.icon import Icon
from zkcompanion.ui.widgets.states import Banner

DEVELOPMENT_KEY = msg("Development key: good for learning and measuring, not for real use.")
_MANY = 10
_MOST = 1000


class ComposeCard(Card):
    """Signals: `prove(repeat)` when the button is pressed, which can be only where nothing is missing."""

    prove = Signal(int)

    def __init__(self, context: WindowContext) -> None:
        pixels = context.theme.pixels
        super().__init__(spacing=pixels(Space.L), padding=pixels(Space.XL))
        self._context = context
        self.view: CircuitView | None = None
        say = context.say
        self._icon = Icon(context.theme, "example", "accent", size=28)
        self._title = ElidedLabel("", "section", mode="right")
        self._facts = Label("", "caption")
        self._summary = Label("", "muted")
        words = QVBoxLayout()
        words.setSpacing(pixels(2))
        words.addWidget(self._title)
        words.addWidget(self._facts)
        head = row(self._icon, words, spacing=pixels(Space.M))
        head.setStretch(1, 1)
        self.body.addLayout(head)
        self.body.addWidget(self._summary)
        self.banner = Banner(context.theme, "caution", "")
        self.banner.hide()
        self.body.addWidget(self.banner)
        self.body.addLayout(self._build_action())
        self.body.addWidget(line())
        self.inputs = InputsPanel(context)
        self.inputs.changed.connect(self._judge)
        self.body.addWidget(self.inputs)
        hurry = QShortcut(QKeySequence("Ctrl+Return"), self)
        hurry.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        hurry.activated.connect(self.prove_button.click)
        self.prove_button.setToolTip(say(msg("Ctrl+Enter")))

    def set_circuit(self, view: CircuitView, example: ExampleView | None) -> None:
        """Offer to prove this circuit."""
        say = self._context.say
        if self.view is None or self.view.fingerprint != view.fingerprint:
            self._repeat.setCurrentIndex(0)
        self.view = view
        self._icon.set_icon(example_icon(view.example_id), "accent")
        self._title.set_text(say(view.title))
        facts = [say(fact) for fact in _facts(view)]
        self._facts.setText(" · ".join(facts))
        self._facts.setVisible(bool(facts))
        self._summary.setText(" ".join(say(sentence) for sentence in example.summary) if example is not None else "")
        self._summary.setVisible(example is not None)
        self._key.setVisible(view.needs_key)
        self.banner.hide()
        if view.missing:
            more = "\n".join(say(sentence) for sentence in view.missing)
            self.banner.set("caution", say(msg("This circuit cannot be proved yet")), more)
            self.banner.show()
        self.inputs.set_circuit(view)
        self._judge()

    def forget(self) -> None:
        """No circuit, and nothing of what was typed."""
        self.view = None
        self.inputs.forget()

    def set_expectation(self, fingerprint: str, expected: ExpectationView | None) -> None:
        """What proofs of this circuit took here by now."""
        if self.view is not None and self.view.fingerprint == fingerprint and expected is not None:
            self.view = replace(self.view, expectation=expected)
            self._judge()

    def say_note(self, text: Message) -> None:
        """Say something about these inputs, above them."""
        if self.view is None or not self.view.missing:
            self.banner.set("info", self._context.say(text))
            self.banner.show()

    def say_refused(self, text: Message, detail: Message | None) -> None:
        """Say why the last run made no proof, above the field that it is about."""
        self.banner.set("bad", self._context.say(text), self._context.say(detail) if detail is not None else "")
        self.banner.show()

    @property
    def ready(self) -> bool:
        """Whether it can be proved as it stands."""
        return self._problem() is None

    @property
    def repeat(self) -> int:
        """How many proofs are asked for."""
        return {0: 1, 1: _MANY}.get(self._repeat.currentIndex(), self._many.value())

    def _build_action(self) -> QVBoxLayout:
        say = self._context.say
        pixels = self._context.theme.pixels
        self.prove_button = Button(say(msg("Prove")), "primary", name="prove-start", clicked=self._prove)
        set_flag(self.prove_button, "big", True)
        self._repeat = QComboBox()
        self._repeat.setObjectName("prove-repeat")
        self._repeat.setProperty("kind", "quiet")
        self._repeat.setAccessibleName(say(msg("How often to prove")))
        self._repeat.addItems([say(msg("Once")), say(msg("{count} times", count=_MANY)), say(msg("Other number"))])
        self._repeat.currentIndexChanged.connect(self._repeat_changed)
        self._many = QSpinBox()
        self._many.setObjectName("prove-repeat-number")
        self._many.setAccessibleName(say(msg("Number of proofs")))
        self._many.setRange(1, _MOST)
        self._many.setValue(3)
        self._many.hide()
        self._many.valueChanged.connect(self._judge)
        self._reason = Label("", "caption")
        self.reason_button = Button("", "link", name="prove-reason", clicked=self._focus_problem)
        self.reason_button.hide()
        said = QVBoxLayout()
        said.setSpacing(0)
        said.addWidget(self._reason)
        said.addLayout(row(self.reason_button, None))
        action = row(self.prove_button, self._repeat, self._many, None, spacing=pixels(Space.S))
        self._key = QWidget()
        key = row(Icon(self._context.theme, "key", "caution", size=16), Label(say(DEVELOPMENT_KEY), "caption"))
        key.setStretch(1, 1)
        self._key.setLayout(key)
        whole = QVBoxLayout()
        whole.setSpacing(pixels(Space.S))
        whole.addLayout(action)
        whole.addLayout(said)
        whole.addWidget(self._key)
        return whole

    def _prove(self) -> None:
        if self._problem() is None:
            self.banner.hide()
            self.prove.emit(self.repeat)

    def _problem(self) -> tuple[Field | None, Message] | None:
        if self.view is not None and self.view.missing:
            return None, msg("Add what is missing first.")
        return self.inputs.problem()

    def _repeat_changed(self, _index: int) -> None:
        self._many.setVisible(self._repeat.currentIndex() == 2)
        self._judge()

    def _judge(self) -> None:
        """Say on the button what it will cost, or beside it why it cannot be pressed."""
        say = self._context.say
        problem = self._problem()
        expected = self.view.expectation if self.view is not None else None
        text, more = msg("Prove"), msg("The first proof of a circuit takes longer: it makes the key, once.")
        if self.view is not None and not self.view.needs_key:
            more = msg("How long it takes is known after the first proof.")
        if expected is not None:
            low_s, high_s = self.repeat * expected.low_s, self.repeat * expected.high_s
            text = msg("Prove · about {duration}", duration=rough_duration((low_s + high_s) / 2))
            more = msg_n(
                "{band}, as the last proof here",
                "{band}, as the last {n} proofs here",
                n=expected.proofs,
                band=band(low_s, high_s),
            )
        self.prove_button.setText(say(text))
        self.prove_button.setEnabled(problem is None)
        field = problem[0] if problem is not None else None
        self._reason.setVisible(field is None)
        self.reason_button.setVisible(field is not None)
        reason = say(problem[1] if problem is not None else more)
        self._reason.setText(reason)
        self.reason_button.setText(reason)
        self.prove_button.setAccessibleDescription(reason)

    def _focus_problem(self) -> None:
        problem = self._problem()
        if problem is not None and problem[0] is not None:
            problem[0].focus()


def example_icon(example_id: str | None) -> str:
    """The icon of a bundled example, or the one of all other circuits."""
    return f"example-{example_id}" if example_id in _DRAWN else "example"


_DRAWN = frozenset(
    {
        "age-over-18",
        "anonymous-vote",
        "funds-above-threshold",
        "merkle-membership",
        "sha256-preimage",
        "sudoku",
    }
)


def _facts(view: CircuitView) -> list[Message]:
    facts = []
    if view.constraints is not None:
        facts.append(
            msg_n("{count} constraint", "{count} constraints", n=view.constraints, count=format_count(view.constraints))
        )
    if view.public_signals is not None:
        facts.append(
            msg_n(
                "{count} public signal",
                "{count} public signals",
                n=view.public_signals,
                count=format_count(view.public_signals),
            )
        )
    return facts
