"""What can be proved: the bundled examples, and a circuit of one's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from zkcompanion.app.views import ExampleView
from zkcompanion.base.messages import msg, msg_n
from zkcompanion.base.units import format_count, format_size
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.pages.prove.circuit_card import CardGrid, CircuitCard
from zkcompanion.ui.pages.prove.compose import example_icon
from zkcompanion.ui.pages.prove.costs import Cost
from zkcompanion.ui.pages.prove.own_files import OwnFiles
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Button, Label, clear, row
from zkcompanion.ui.widgets.figures import band
from zkcompanion.ui.widgets.states import Skeleton

#: The first to meet comes first; others follow by their ids.
_ORDER = ("funds-above-threshold", "sudoku", "age-over-18", "merkle-membership", "anonymous-vote", "sha256-preimage")
#: As a narrow bar above the run, cards stand beside each other and leave their sentences out.
_TWO_COLUMNS_PX = 480
_THREE_COLUMNS_PX = 720


class ChoicePanel(QWidget):
    """Signals: `example_chosen(id)` when a card is picked, `own_wanted()` for the area that takes files; the rest is
    told by `own`.
    """

    example_chosen = Signal(str)
    own_wanted = Signal()

    def __init__(self, context: WindowContext) -> None:
        super().__init__()
        self._context = context
        self._wide = False
        self._examples: tuple[ExampleView, ...] = ()
        self._costs: Mapping[str, Cost] = {}
        self._cards: dict[str, CircuitCard] = {}
        say = context.say
        self._grid = CardGrid(context)
        self._skeleton = Skeleton(context.theme, say(msg("Reading the examples")), lines=12)
        #: stands above the examples, or below them: the page places it
        self.own = OwnFiles(context)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(context.theme.pixels(Space.S))
        self.own_button = Button(say(msg("Use your own files")), "link", name="prove-own", clicked=self.own_wanted.emit)
        self._layout.addLayout(row(Label(say(msg("Examples")), "section", wrap=False), None, self.own_button))
        self._layout.addWidget(self._skeleton)
        self._layout.addWidget(self._grid)

    def set_examples(self, examples: Sequence[ExampleView], costs: Mapping[str, Cost]) -> None:
        """Show these cards."""
        say = self._context.say
        places = {name: place for place, name in enumerate(_ORDER)}
        self._examples = tuple(sorted(examples, key=lambda one: (places.get(one.id, len(places)), one.id)))
        self._skeleton.hide()
        clear(self._grid.layout())  # type: ignore[arg-type]
        self._cards = {
            example.id: CircuitCard(
                self._context,
                name=f"prove-example-{example.id}",
                icon=example_icon(example.id),
                title=say(example.title),
                sentence=say(example.summary[0]) if example.summary else "",
            )
            for example in self._examples
        }
        names = {card: name for name, card in self._cards.items()}
        self._grid.put(tuple(self._cards.values()), lambda card: self.example_chosen.emit(names[card]))
        self.set_costs(costs)
        self._arrange()

    def set_costs(self, costs: Mapping[str, Cost]) -> None:
        """What is known of the time and memory of each."""
        self._costs = costs
        for example in self._examples:
            self._cards[example.id].set_facts(self._facts(example))

    def check(self, example_id: str | None, *, own: bool = False) -> None:
        """Show which one is chosen."""
        self._grid.check(self._cards.get(example_id) if example_id is not None else None)
        self.own.card.setChecked(own)

    def set_wide(self, wide: bool) -> None:
        """Be a bar above the run instead of a column beside it."""
        self._wide = wide
        self._arrange()

    def offer_own(self, offer: bool) -> None:
        """Whether a link leads to the area that takes files."""
        self.own_button.setVisible(offer)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """More columns where there is room."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        pixels = self._context.theme.pixels
        columns = 1
        if self._wide:
            columns += (self.width() >= pixels(_TWO_COLUMNS_PX)) + (self.width() >= pixels(_THREE_COLUMNS_PX))
        self._grid.set_columns(columns)
        for card in self._cards.values():
            card.set_compact(self._wide)

    def _facts(self, example: ExampleView) -> str:
        say = self._context.say
        count = format_count(example.constraints)
        facts = [say(msg_n("{count} constraint", "{count} constraints", n=example.constraints, count=count))]
        cost = self._costs.get(example.id)
        if cost is not None:
            facts.append(say(band(cost.low_s, cost.high_s)))
            if cost.memory_bytes and not self._wide:
                facts.append(format_size(cost.memory_bytes))
        return " · ".join(facts)
