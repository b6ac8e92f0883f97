"""The tab "Memory": what the workers hold now and over time, by component, and how much each phase needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from zkcompanion.base.messages import Message, msg, msg_n
from zkcompanion.base.units import format_size
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.page import Place
from zkcompanion.ui.pages.monitor.charts_tab import ChartsTab
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Label, column, tabular
from zkcompanion.ui.widgets.phase_table import TimeBar
from zkcompanion.ui.widgets.phase_words import PHASE_WORDS, phase_words
from zkcompanion.ui.widgets.treemap import Part, Treemap

if TYPE_CHECKING:
    from zkcompanion.ui.pages.monitor.components import PhaseMemory
    from zkcompanion.ui.pages.monitor.panels import Panel, Tracks

_CHART_PX = 230
#: By phase it is counted anew this often.
_AGAIN_S = 2.0


class MemoryTab(ChartsTab):
    """Workers tell their components when they are warm and at the end of a run; memory is measured each second."""

    id = "memory"
    title = msg("Memory")

    def __init__(self, context: WindowContext) -> None:
        super().__init__(context)
        say, pixels = context.say, context.theme.pixels
        self._counted_at_unix_s = 0.0
        self.treemap = Treemap(context.theme)
        self.treemap.setObjectName("monitor-memory-treemap")
        self.treemap.setAccessibleName(say(msg("Memory of the workers by component")))
        self.note = Label("", "caption")
        self.body.insertLayout(
            self.body.indexOf(self.tools),
            column(Label(say(msg("By component")), "section"), self.treemap, self.note, spacing=pixels(Space.S)),
        )
        self._phases = QWidget()
        self._grid = QGridLayout(self._phases)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(pixels(Space.L))
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(1, 1)
        self._lines: dict[str, _Line] = {}
        self._no_phases = Label(
            say(msg("Which phase needs how much memory is shown here once a proof was made that took some seconds.")),
            "muted",
        )
        self.body.addWidget(Label(say(msg("By phase: what a worker held at most")), "section"))
        self.body.addWidget(self._no_phases)
        self.body.addWidget(self._phases)
        self._show_components({})

    def panels(self) -> tuple[Panel, ...]:
        """One chart."""
        from zkcompanion.ui.pages.monitor.components import ComponentsPanel

        return (ComponentsPanel(),)

    def drawn(self, tracks: Tracks, span: tuple[float, float]) -> None:
        """The moment that is read as a treemap, and the phases in sight."""
        from zkcompanion.ui.pages.monitor.components import component_values, phase_memory

        assert self.board is not None
        self.board.setMinimumHeight(self.context.theme.pixels(_CHART_PX))
        at = self.board.cursor_unix_s
        self._show_components(component_values(tracks, at if at is not None else span[1]))
        now = self.now()
        if abs(now - self._counted_at_unix_s) >= _AGAIN_S and self._runs is not None:
            self._counted_at_unix_s = now
            self._show_phases(phase_memory(self._runs.now(), tracks, span))

    @classmethod
    def places(cls) -> tuple[Place, ...]:
        """Its parts."""
        return (Place(msg("Memory by component and phase"), "monitor", (("tab", cls.id),), icon="memory"),)

    def _cursor_moved(self, unix_s: object) -> None:
        super()._cursor_moved(unix_s)
        if self.board is not None:
            self.drawn(self._tracks, self.time.span(self.now()))

    def _show_components(self, values: dict[str, float]) -> None:
        if not values:
            self.treemap.show_parts(())
            self.treemap.hide()
            self._say(
                msg("What the workers hold is shown here as soon as they have told it: a second after they start.")
            )
            return
        from zkcompanion.ui.pages.monitor.components import component_colour, component_words

        say = self.context.say
        self.treemap.show_parts(
            [
                Part(say(component_words(one)), format_size(round(size)), size, component_colour(one))
                for one, size in values.items()
            ]
        )
        self.treemap.show()
        self._say(
            msg(
                "{total} in all workers together. Files that are mapped count in full, so the parts may be more than "
                "the processes hold.",
                total=format_size(round(sum(values.values()))),
            )
        )

    def _say(self, words: Message) -> None:
        text = self.context.say(words)
        if self.note.text() != text:
            self.note.setText(text)

    def _show_phases(self, phases: tuple[PhaseMemory, ...]) -> None:
        largest = max((one.most_bytes for one in phases), default=1.0)
        found = {one.phase: one for one in phases}
        for phase in (*PHASE_WORDS, *found):
            if phase in found and phase not in self._lines:
                self._lines[phase] = _Line(self.context, self._grid, _row(phase), phase)
            if phase in self._lines:
                self._lines[phase].show_memory(found.get(phase), largest)
        self._no_phases.setVisible(not phases)
        self._phases.setVisible(bool(phases))


class _Line:
    """A phase: labels in a row of the grid, which are changed and never made anew."""

    def __init__(self, context: WindowContext, grid: QGridLayout, number: int, phase: str) -> None:
        self._context = context
        self._name = Label(context.say(phase_words(phase).name), wrap=False)
        self._bar = TimeBar(context, 0.0, None)
        self._size, self._samples = Label("", wrap=False), Label("", "muted", wrap=False)
        for figure in (self._size, self._samples):
            tabular(figure)
        right = Qt.AlignmentFlag.AlignRight
        grid.addWidget(self._name, number, 0)
        grid.addWidget(self._bar, number, 1, Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(self._size, number, 2, right)
        grid.addWidget(self._samples, number, 3, right)

    def show_memory(self, memory: PhaseMemory | None, largest: float) -> None:
        """Show it; None hides the row."""
        for part in (self._name, self._bar, self._size, self._samples):
            part.setVisible(memory is not None)
        if memory is None:
            return
        self._size.setText(format_size(round(memory.most_bytes)))
        counted = msg_n("{n} measurement", "{n} measurements", n=memory.samples)
        self._samples.setText(self._context.say(counted))
        share = memory.most_bytes / max(largest, 1.0)
        if self._bar.share != share:
            self._bar.share = share
            self._bar.update()


def _row(phase: str) -> int:
    order = list(PHASE_WORDS)
    return order.index(phase) if phase in order else len(order)
