"""The parts of a result: figures, what the proof shows and hides, its public signals, its key, its time by phase."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from zkcompanion.app.views import ExampleView, KeyView, ProvingView
from zkcompanion.base.messages import Message, msg, msg_n
from zkcompanion.base.units import format_count, format_duration, format_size
from zkcompanion.ui.context import Tone, WindowContext
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import ElidedLabel, Label, column, row, tabular
from zkcompanion.ui.widgets.columns import Columns
from zkcompanion.ui.widgets.figures import rough_duration
from zkcompanion.ui.widgets.flow import FlowRow
from zkcompanion.ui.widgets.icon import Icon
from zkcompanion.ui.widgets.states import Chip

#: Public signals that are listed; of more there is the file.
SHOWN_SIGNALS = 8

_KEY_WORDS: dict[str, tuple[Tone, Message, Message]] = {
    "ok": (
        "good",
        msg("Key: no fault found"),
        msg("No fault was found in the key. Whether its makers destroyed their secrets, no file can show."),
    ),
    "development": (
        "caution",
        msg("Development key"),
        msg("Development key: good for learning and measuring, not for real use"),
    ),
    "insecure": (
        "bad",
        msg("Insecure key"),
        msg("Anyone can forge proofs for this key, so a proof under it shows nothing to others."),
    ),
}


def key_chip(context: WindowContext, key: KeyView) -> Chip:
    """The state of a key in two words."""
    tone, words, _ = _KEY_WORDS[key.state]
    return Chip(context.theme, context.say(words), tone)


def key_sentences(key: KeyView) -> tuple[Message, ...]:
    """What the state of a key means, and what was found."""
    return (_KEY_WORDS[key.state][2], *key.messages)


def median_seconds(result: ProvingView) -> float:
    """Of one proof."""
    return statistics.median(proof.seconds for proof in result.proofs) if result.proofs else 0.0


def phase_medians(result: ProvingView) -> dict[str, float]:
    """Seconds by phase, each the median over the proofs of the run."""
    names = dict.fromkeys(name for proof in result.proofs for name in proof.phases)
    return {
        name: statistics.median(proof.phases[name] for proof in result.proofs if name in proof.phases) for name in names
    }


def figures(context: WindowContext, result: ProvingView) -> QWidget:
    """The numbers that matter, large, each with what it is."""
    seconds = median_seconds(result)
    count = len(result.proofs)
    one = msg("one proof") if count < 2 else msg("one proof, median of {count}", count=count)
    peak = max((proof.peak_rss_bytes for proof in result.proofs), default=0)
    shown = [(format_duration(seconds), one)]
    if seconds > 0 and count > 1:
        lowest = min(proof.seconds for proof in result.proofs)
        highest = max(proof.seconds for proof in result.proofs)
        both = msg("{low} to {high}", low=format_duration(lowest), high=format_duration(highest))
        shown.append((context.say(both), msg("fastest and slowest")))
    shown.append((format_size(peak), msg("memory of the prover, at most")))
    if result.constraints is not None:
        shown.append((format_count(result.constraints), msg("constraints")))
    threads = msg_n("thread, {kernels} kernels", "threads, {kernels} kernels", n=result.threads, kernels=result.kernels)
    shown.append((str(result.threads), threads))
    return FlowRow(context.theme, *(_tile(value, context.say(what)) for value, what in shown), spacing=Space.XXL)


def time_sentence(result: ProvingView, expected: Mapping[str, float]) -> Message:
    """What the time of a proof holds, and how it compares with earlier ones."""
    medians = phase_medians(result)
    if medians and all(name in expected for name in medians):
        usual_s = sum(expected[name] for name in medians)
        return msg(
            "From the inputs to a checked proof, with key and arithmetic ready. Earlier proofs took about {usual}.",
            usual=rough_duration(usual_s),
        )
    return msg("From the inputs to a checked proof, with key and arithmetic ready.")


def limit_sentence(result: ProvingView) -> Message:
    """What the percents of a profile are measured against."""
    if result.multiplication_seconds is None:
        return msg("The limit is what this machine's threads could multiply if they did nothing else.")
    return msg(
        "The limit is what this machine's threads could multiply if they did nothing else: one multiplication in {time}"
        " on each, measured in the same run.",
        time=f"{result.multiplication_seconds * 1e9:.3g} ns",
    )


def meaning(context: WindowContext, key: KeyView, example: ExampleView | None) -> Columns:
    """What the proof shows, and what it does not."""
    shows: tuple[Message, ...] = (_SHOWS,)
    hides: tuple[Message, ...] = (_HIDES, _NOT_WHO, _NOT_TRUE)
    if key.state == "insecure":
        shows, hides = (_SHOWS_NOTHING,), (_HIDES, _NOT_WHO)
    elif example is not None:
        shows, hides = example.reveals, (*example.hides, _NOT_WHO)
    made = Columns(context, (1, 1), beside_px=520)
    made.parts[0].addLayout(_list(context, msg("What this proof shows"), "eye", "info", shows))
    made.parts[1].addLayout(_list(context, msg("What it does not show"), "eye-off", "muted", hides))
    return made


_SHOWS = msg("Whoever made it knew inputs that satisfy this circuit, with the public signals below.")
_SHOWS_NOTHING = msg("Nothing: with this key anybody could have made it, knowing no inputs at all.")
_HIDES = msg("The private inputs: the proof tells nothing about them.")
_NOT_WHO = msg("Who made it, or when: anybody may pass it on.")
_NOT_TRUE = msg("That the inputs are true of the world: a circuit knows only its own rules.")


def signal_rows(context: WindowContext, result: ProvingView, example: ExampleView | None) -> QWidget:
    """The public signals with their names where they are known, long values shortened."""
    holder = QWidget()
    grid = QGridLayout(holder)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(context.theme.pixels(Space.L))
    grid.setVerticalSpacing(context.theme.pixels(Space.XS))
    grid.setColumnStretch(1, 1)
    names = _names(context, result, example)
    for number, value in enumerate(result.public_signals[:SHOWN_SIGNALS]):
        name = Label(names[number], "muted", wrap=False)
        shown = ElidedLabel(str(value), "code")
        shown.setAccessibleName(f"{names[number]}: {value}")
        grid.addWidget(name, number, 0)
        grid.addWidget(shown, number, 1)
    more = len(result.public_signals) - SHOWN_SIGNALS
    if more > 0:
        grid.addWidget(
            Label(context.say(msg("and {count} more, in the details", count=more)), "caption"), SHOWN_SIGNALS, 1
        )
    return holder


def _names(context: WindowContext, result: ProvingView, example: ExampleView | None) -> Sequence[str]:
    public = [signal for signal in example.signals if signal.public] if example is not None else []
    count = len(result.public_signals)
    if len(public) == count:
        return [context.say(signal.label) for signal in public]
    if len(public) == 1:
        several = (msg("{name} {number}", name=public[0].label, number=number + 1) for number in range(count))
        return [context.say(name) for name in several]
    # of several signals with several values nobody knows here which value is whose
    return [context.say(msg("Signal {number}", number=number + 1)) for number in range(count)]


def _tile(value: str, what: str) -> QWidget:
    tile = QWidget()
    figure = Label(value, "section", wrap=False)
    tabular(figure)
    figure.setAccessibleName(f"{value} {what}")
    inner = QVBoxLayout(tile)
    inner.setContentsMargins(0, 0, 0, 0)
    inner.setSpacing(0)
    inner.addWidget(figure)
    inner.addWidget(Label(what, "caption", wrap=False))
    return tile


def _list(context: WindowContext, title: Message, icon: str, token: str, sentences: Sequence[Message]) -> QVBoxLayout:
    made = column(
        row(Icon(context.theme, icon, token), Label(context.say(title), "strong"), spacing=Space.S), spacing=Space.S
    )
    for sentence in sentences:
        mark = Label("•", "muted", wrap=False)
        line = row(mark, Label(context.say(sentence)), spacing=Space.S)
        line.setStretch(1, 1)
        line.setAlignment(mark, Qt.AlignmentFlag.AlignTop)
        made.addLayout(line)
    return made
