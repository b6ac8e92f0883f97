"""A verdict in words: whether the proof holds, why not, and whether its key deserves trust."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QGridLayout, QWidget

from zkcompanion.app.views import VerificationView
from zkcompanion.base.messages import Message, msg, msg_n
from zkcompanion.base.units import format_duration
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Button, Card, ElidedLabel, Label, column, line, row
from zkcompanion.ui.widgets.figures import breakable
from zkcompanion.ui.widgets.icon import Icon
from zkcompanion.ui.widgets.result_parts import SHOWN_SIGNALS, key_chip, key_sentences

#: What each reason of a refusal means, by the stable words of the verifier.
_REASONS: dict[str, Message] = {
    "pairing": msg(
        "The proof, the public signals and the key do not belong together, or one of them was changed. It may be a "
        "proof for other public signals, or for another key of the same circuit."
    ),
    "public-count": msg("Proof and public signals are looked at only when their number is that of the key."),
    "public-range": msg("A value as large as this stands for a smaller one too, so it is refused."),
    "infinity": msg("A proof with such a point holds for nothing; it was never made by an honest prover."),
    "not-canonical": msg("The same point could be written in another way, so two proofs would look different."),
    "not-on-curve": msg("A point of the proof was changed, or the file was damaged on its way."),
    "not-in-subgroup": msg("A point of the proof was changed, or the file was made to mislead a careless verifier."),
}


class VerdictCard(Card):
    """`check_anyway` is offered where a key was refused for being insecure."""

    def __init__(self, context: WindowContext, view: VerificationView, *, check_anyway: Callable[[], None]) -> None:
        super().__init__(spacing=context.theme.pixels(Space.M), padding=context.theme.pixels(Space.XL))
        self._context = context
        self.view = view
        say = context.say
        word, icon, tone = _verdict(view)
        self.setObjectName("verify-verdict")
        self.setAccessibleName(say(word))
        head = row(
            Icon(context.theme, icon, tone, size=32),
            Label(say(word), "answer"),
            key_chip(context, view.key),
            spacing=context.theme.pixels(Space.M),
        )
        head.setStretch(1, 1)
        self.body.addLayout(head)
        for sentence, kind in _sentences(view):
            self.body.addWidget(Label(breakable(say(sentence)), kind))
        if _refused_for_key(view):
            anyway = Button(say(msg("Check it anyway")), name="verify-anyway", clicked=check_anyway)
            meant = Label(
                say(msg("This tells whether the equation holds, and nothing about who could make it.")), "caption"
            )
            across = row(anyway, meant, spacing=context.theme.pixels(Space.M))
            across.setStretch(1, 1)
            self.body.addLayout(across)
        self.body.addWidget(line())
        self.body.addLayout(
            column(
                Label(say(msg("The key")), "strong"),
                *(Label(breakable(say(sentence))) for sentence in key_sentences(view.key)),
                spacing=context.theme.pixels(Space.XS),
            )
        )
        self.body.addWidget(Label(say(_count(view)), "strong"))
        if view.public_values:
            self.body.addWidget(self._values())
        took = msg("Checked in {time}.", time=format_duration(view.seconds))
        self.body.addWidget(Label(say(took), "caption"))

    def _values(self) -> QWidget:
        holder = QWidget()
        grid = QGridLayout(holder)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(self._context.theme.pixels(Space.L))
        grid.setVerticalSpacing(self._context.theme.pixels(Space.XS))
        grid.setColumnStretch(1, 1)
        for number, value in enumerate(self.view.public_values[:SHOWN_SIGNALS]):
            name = self._context.say(msg("Signal {number}", number=number + 1))
            shown = ElidedLabel(value, "code")
            shown.setAccessibleName(f"{name}: {value}")
            grid.addWidget(Label(name, "muted", wrap=False), number, 0)
            grid.addWidget(shown, number, 1)
        more = self.view.public_signals - SHOWN_SIGNALS
        if more > 0:
            rest = self._context.say(msg_n("and one more", "and {n} more", n=more))
            grid.addWidget(Label(rest, "caption"), SHOWN_SIGNALS, 1)
        return holder


def _refused_for_key(view: VerificationView) -> bool:
    return not view.verified and view.key.state == "insecure" and view.reason in view.key.reasons


def _verdict(view: VerificationView) -> tuple[Message, str, str]:
    """The word, its icon and its colour."""
    if _refused_for_key(view):
        return msg("Refused: the key is insecure"), "caution", "bad"
    if not view.verified:
        return msg("This proof does not hold"), "state-failed", "bad"
    if view.key.state == "insecure":
        return msg("The equation holds, and shows nothing"), "caution", "caution"
    return msg("This proof holds"), "state-done", "good"


def _sentences(view: VerificationView) -> list[tuple[Message, str]]:
    if _refused_for_key(view):
        return [
            (msg("Anyone can make a proof like this for any public signals, so it was not checked further."), "text")
        ]
    if view.verified and view.key.state == "insecure":
        return [(msg("With this key the equation holds for forgeries too."), "text")]
    if view.verified:
        held = msg("Whoever made it knew inputs that satisfy the circuit of this key, with these public signals.")
        return [(held, "text")]
    made = [(view.message, "strong")]
    if view.reason in _REASONS:
        made.append((_REASONS[view.reason], "text"))
    if view.hint is not None:
        made.append((view.hint, "text"))
    return made


def _count(view: VerificationView) -> Message:
    if view.public_signals == 0:
        return msg("No public signals")
    return msg_n("One public signal", "{n} public signals", n=view.public_signals)
