"""One workload beside the table: the verdict in a sentence, what decides, the figures, and where they come from."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication

from zkcompanion.app.hardware_views import SourceView, VerdictView, WorkloadView
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.units import format_size
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.announce import announce
from zkcompanion.ui.widgets.basic import Button, Card, KeyValues, Label, clear, column, line
from zkcompanion.ui.widgets.figures import band, breakable, size_band
from zkcompanion.ui.widgets.flow import FlowRow
from zkcompanion.ui.widgets.icon import give_icon
from zkcompanion.ui.widgets.states import Chip
from zkcompanion.ui.widgets.tier_words import CONFIDENCES, RESOURCES, TIERS

_GRADES = {
    "read": msg("read at the source"),
    "excerpt": msg("from an excerpt of the source"),
    "second-hand": msg("told by somebody else"),
    "measured": msg("measured by us"),
}
#: Only addresses of the web are handed to the system's browser.
_WEB = ("https://", "http://")


class WorkloadDetails(Card):
    """`open_url(address)` asks the system's browser; True where it took it."""

    def __init__(self, context: WindowContext, *, open_url: Callable[[str], bool] | None = None) -> None:
        super().__init__(spacing=Space.M)
        self._context = context
        self._open_url = open_url if open_url is not None else _open_url
        self._shown: WorkloadView | None = None
        self.setObjectName("hardware-workload")
        self.setAccessibleName(context.say(msg("About this workload")))
        self.show_workload(None, anew=True)

    @property
    def workload(self) -> WorkloadView | None:
        """The one that is shown."""
        return self._shown

    def show_workload(self, workload: WorkloadView | None, *, anew: bool = False) -> None:
        """This one; None where none is chosen."""
        if workload == self._shown and not anew:
            return
        self._shown = workload
        clear(self.body)
        say = self._context.say
        if workload is None:
            self.body.addWidget(Label(say(msg("Choose a workload to read what decides about it.")), "muted"))
            self.body.addStretch()
            return
        self._add_verdict(workload)
        self._add_figures(workload)
        self._add_source(workload)
        self.body.addStretch()

    def _add_verdict(self, workload: WorkloadView) -> None:
        say, verdict = self._context.say, workload.verdict
        words = TIERS[verdict.tier]
        name = Label(say(workload.name), "section")
        name.setObjectName("hardware-workload-name")
        chip = Chip(self._context.theme, say(words.text), words.tone, words.icon)
        chip.setToolTip(say(words.meaning))
        sentence = Label(breakable(say(verdict.sentence)))
        sentence.setObjectName("hardware-workload-sentence")
        sentence.setAccessibleName(say(verdict.sentence))
        self.body.addLayout(column(name, Label(say(workload.what), "muted"), spacing=Space.XS))
        self.body.addLayout(column(chip, sentence, spacing=Space.S))
        if workload.example is not None:
            prove = Button(say(msg("Prove it")), "primary", name="hardware-workload-prove", clicked=self._prove)
            give_icon(prove, self._context.theme, "prove", "accent_text", size=16)
            self.body.addWidget(FlowRow(self._context.theme, prove))
        self.body.addWidget(line())

    def _add_figures(self, workload: WorkloadView) -> None:
        say = self._context.say
        rows = ((key, say(name), say(value)) for key, name, value in detail_rows(workload))
        shown = KeyValues(rows, name="hardware-workload-figures")
        shown.setProperty("data", True)
        self.body.addWidget(shown)
        if workload.method is not None:
            self.body.addWidget(Label(say(workload.method), "caption"))

    def _add_source(self, workload: WorkloadView) -> None:
        say, source = self._context.say, workload.source
        self.body.addWidget(line())
        self.body.addWidget(Label(say(msg("What the source says")), "strong"))
        for figure in workload.figures:
            label = Label(breakable(say(figure)))
            label.setProperty("data", True)
            self.body.addWidget(label)
        if source is None:
            self.body.addWidget(Label(say(msg("No source that could be cited gives figures.")), "muted"))
            return
        title = Label(breakable(source.title), "muted", selectable=True)
        title.setAccessibleName(say(msg("Source: {title}", title=source.title)))
        title.setProperty("data", True)
        self.body.addWidget(title)
        self.body.addWidget(Label(say(source_words(source)), "caption"))
        if source.url is not None:
            copy = Button(say(msg("Copy address")), name="hardware-workload-copy", clicked=self._copy)
            give_icon(copy, self._context.theme, "copy", size=16)
            copy.setToolTip(source.url)
            actions = FlowRow(self._context.theme, copy)
            if source.url.startswith(_WEB):
                opened = Button(say(msg("Open in the browser")), name="hardware-workload-open", clicked=self._open)
                opened.setToolTip(source.url)
                opened.setAccessibleDescription(say(msg("Asks the system's browser for {address}", address=source.url)))
                actions.add(opened)
            self.body.addWidget(actions)
        self._said = Label("", "caption")
        self._said.hide()
        self.body.addWidget(self._said)

    def _prove(self) -> None:
        if self._shown is not None and self._shown.example is not None:
            self._context.shell.go("prove", example=self._shown.example)

    def _copy(self) -> None:
        if (address := self._address()) is not None:
            QGuiApplication.clipboard().setText(address)
            self._tell(msg("The address is in the clipboard."))

    def _open(self) -> None:
        if (address := self._address()) is not None and not self._open_url(address):
            self._tell(msg("No browser took it. The address is {address}", address=address))

    def _address(self) -> str | None:
        return self._shown.source.url if self._shown is not None and self._shown.source is not None else None

    def _tell(self, text: Message) -> None:
        said = self._context.say(text)
        self._said.setText(breakable(said))
        self._said.show()
        announce(self, said)


def detail_rows(workload: WorkloadView) -> Iterator[tuple[str, Message, Message]]:
    """(key, name, value) of what is known of it, what decides first."""
    verdict = workload.verdict
    if verdict.binding is not None:
        yield "binding", msg("Decides"), margin_words(verdict)
    confidence = CONFIDENCES[verdict.confidence]
    if workload.seconds is not None:
        yield "time", msg("Time"), band(workload.seconds.low, workload.seconds.high)
    if workload.memory is not None:
        yield "memory", msg("Memory"), size_band(workload.memory.low, workload.memory.high)
    if workload.key_bytes is not None:
        yield "key", msg("Key"), Message("{size}", {"size": format_size(workload.key_bytes)})
    yield "confidence", msg("Confidence"), confidence.meaning
    if workload.size:
        yield "size", msg("Size"), Message("{size}", {"size": workload.size})
    yield "system", msg("System"), Message("{system}", {"system": workload.system})
    yield "prover", msg("Prover"), Message("{prover}", {"prover": workload.prover})


def margin_words(verdict: VerdictView) -> Message:
    """What decides, and how much of it is left or missing."""
    assert verdict.binding is not None
    resource = RESOURCES[verdict.binding]
    # how long one is willing to wait is no stock of which something is left
    if verdict.margin is None or verdict.binding == "time":
        return resource
    if verdict.margin < 0:
        times = 1 - verdict.margin
        return msg("{resource}: {times} times what there is", resource=resource, times=f"{times:.1f}")
    return msg("{resource}: {percent} % to spare", resource=resource, percent=int(100 * verdict.margin))


def source_words(source: SourceView) -> Message:
    """How old its figures are and how it was seen."""
    grade = _GRADES[source.confidence]
    if source.date is None:
        return msg("No date; {grade}.", grade=grade)
    return msg("{date}; {grade}.", date=source.date, grade=grade)


def _open_url(address: str) -> bool:
    return QDesktopServices.openUrl(QUrl(address))
