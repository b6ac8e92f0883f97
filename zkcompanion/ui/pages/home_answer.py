"""The answer that Home begins with: what this computer can prove, in one line, and what that rests on."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from zkcompanion.app.first_look import FirstLook, first_look
from zkcompanion.base.errors import CompanionError
from zkcompanion.base.logs import get_logger
from zkcompanion.base.messages import msg
from zkcompanion.ui.after_picture import AfterPicture
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.latest import Latest
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Button, Label, column, set_flag
from zkcompanion.ui.widgets.basis import BasisLine
from zkcompanion.ui.widgets.flow import FlowRow
from zkcompanion.ui.widgets.states import Skeleton

_LOG = get_logger(__name__)


class HomeAnswer(QWidget):
    """Asks in another thread and never stalls; where there is no answer, `fallback` stands in its place."""

    def __init__(self, context: WindowContext) -> None:
        super().__init__()
        say, pixels = context.say, context.theme.pixels
        self._context = context
        self._fallback = ""
        self._arrived = self._failed_once = self._stale = False
        self._latest: Latest[None, FirstLook] = Latest(self, self._ask, self._heard, self._failed)
        self._waiting = Skeleton(context.theme, say(msg("Looking at this computer")), lines=2)
        self.headline = Label("", "hero")
        self.headline.setObjectName("home-answer")
        self.basis = BasisLine(context, name="home-basis")
        self.hardware = Button(
            say(msg("About this computer")), "link", name="home-hardware", clicked=lambda: context.shell.go("hardware")
        )
        self.measure = Button(
            say(msg("Measure it")),
            "link",
            name="home-measure",
            clicked=lambda: context.shell.go("wizard", step="calibrate"),
        )
        self.measure.setAccessibleDescription(say(msg("About 20 s; then the times are no guesses.")))
        for link in (self.hardware, self.measure):
            set_flag(link, "flush", value=True)
        links = FlowRow(context.theme, self.hardware, self.measure, spacing=Space.L)
        self.setLayout(column(self._waiting, self.headline, self.basis, links, spacing=pixels(Space.S)))
        self.headline.hide()
        self.measure.hide()
        bridge = context.bridge
        bridge.calibration_ended.connect(self._ask_if_known)
        bridge.history_changed.connect(self._ask_if_known)

    def arrive(self) -> None:
        """Ask, where that was not done."""
        if not self._arrived:
            self._arrived = True
            AfterPicture(self, self._ask_soon)
        else:
            self._ask_soon()

    @property
    def known(self) -> bool:
        """Whether there is an answer."""
        return not self.basis.isHidden()

    def set_fallback(self, text: str) -> None:
        """What is said where there is no answer."""
        self._fallback = text
        if self._failed_once and not self.known:
            self._say(text)

    def _ask_soon(self) -> None:
        if (self._stale or not self.known) and not self._latest.busy:
            self._stale = False
            self._latest.ask(None)

    def _ask(self, _nothing: None) -> FirstLook:
        return first_look(self._context.desk.hardware)

    def _ask_if_known(self, *_event: object) -> None:
        """It may rest on more now; out of sight it waits for the next arrival."""
        if self.known and self.isVisible():
            self._latest.ask(None)
        elif self.known:
            self._stale = True

    def _heard(self, found: FirstLook) -> None:
        self._say(self._context.say(found.answer.headline))
        self.basis.show_basis(found.answer.basis)
        self.measure.setVisible(found.answer.basis in {"estimated", "scaled", "none"})

    def _failed(self, error: CompanionError) -> None:
        """Home has more to say than this; why it failed is said on Hardware, which asks again."""
        _LOG.warning("What this computer can prove was not found out.", exc_info=error)
        self._failed_once = True
        if not self.known:
            self._say(self._fallback)

    def _say(self, text: str) -> None:
        self._waiting.hide()
        self.headline.setText(text)
        self.headline.setVisible(bool(text))
