"""Notices at the lower right: they stack, steal no focus, and go by themselves unless they have to be seen."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QEnterEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from zkcompanion.base.messages import msg, msg_n
from zkcompanion.ui.context import Notice, WindowContext
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Button, Label, column
from zkcompanion.ui.widgets.disclosure import Disclosure
from zkcompanion.ui.widgets.icon import Icon, give_icon
from zkcompanion.ui.widgets.states import TONE_ICONS

#: The key of an alert's notice begins so.
ALERT_KEY = "alert-"
#: Width at 100 % text size.
WIDTH = 380
#: A passing notice stays so long, and longer the more there is to read.
_STAYS_MS, _EACH_LETTER_MS = 5000, 50
#: In sight at once; those before them come back when there is room.
_MOST_SHOWN = 4
_MOVES = {QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide}


class NoticeCard(QFrame):
    """One notice. `gone` tells that it was closed or that its time is over."""

    gone = Signal()

    def __init__(self, context: WindowContext, notice: Notice, number: int) -> None:
        super().__init__()
        self.notice = notice
        say, theme = context.say, context.theme
        self.setObjectName(f"notice-{number}")
        self.setProperty("kind", f"notice-{notice.tone}")
        text, detail = say(notice.text), "" if notice.detail is None else say(notice.detail)
        self.words = f"{text} {detail}".strip()
        self.setAccessibleName(self.words)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(
            theme.pixels(Space.M), theme.pixels(Space.M), theme.pixels(Space.S), theme.pixels(Space.M)
        )
        layout.setSpacing(theme.pixels(Space.M))
        layout.addWidget(Icon(theme, TONE_ICONS[notice.tone], notice.tone), 0, Qt.AlignmentFlag.AlignTop)
        words = column(Label(text, "strong"), spacing=theme.pixels(Space.XS))
        if detail:
            words.addWidget(Label(detail))
        if notice.more:
            more = Disclosure(theme, say(msg("Details")), name=f"notice-{number}-details")
            for sentence in notice.more:
                more.body.addWidget(Label(say(sentence), "caption", selectable=True))
            words.addWidget(more)
        if notice.action is not None and notice.action_text is not None:
            act = Button(say(notice.action_text), "link", name=f"notice-{number}-action", clicked=self._act)
            words.addWidget(act, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addLayout(words, 1)
        self.close_button = Button("", "icon", name=f"notice-{number}-close", clicked=self.gone.emit)
        self.close_button.setAccessibleName(say(msg("Close this notice")))
        self.close_button.setToolTip(say(msg("Close this notice")))
        give_icon(self.close_button, theme, "close", size=16)
        layout.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        # a passing notice goes when it was read
        self._timer = QTimer(self, singleShot=True, interval=_STAYS_MS + _EACH_LETTER_MS * len(self.words))
        self._timer.timeout.connect(self.gone)
        self._resume()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Whoever points at it is reading it."""
        self._timer.stop()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """The time begins again."""
        self._resume()
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes the notice that has the focus."""
        if event.key() == Qt.Key.Key_Escape:
            self.gone.emit()
        else:
            super().keyPressEvent(event)

    def focus_moved(self, inside: bool) -> None:
        """Whoever is in it with the keyboard is reading it."""
        if inside:
            self._timer.stop()
        else:
            self._resume()

    def _resume(self) -> None:
        if not self.notice.lasting:
            self._timer.start()

    def _act(self) -> None:
        action = self.notice.action
        self.gone.emit()
        if action is not None:
            action()


class NoticeStack(QWidget):
    """Lies over `area`, at its lower right, and left of `panel` where there is room.

    `changed(warnings)` tells how many warnings and errors stand open; alerts are counted by whoever knows of them.
    """

    changed = Signal(int)

    def __init__(self, context: WindowContext, area: QWidget, panel: QWidget) -> None:
        super().__init__(area)
        self._context = context
        self._area = area
        self._panel = panel
        self._cards: list[NoticeCard] = []
        self._made = 0
        self._before: QWidget | None = None
        self.setObjectName("notices")
        self.setAccessibleName(context.say(msg("Notices")))
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(context.theme.pixels(Space.S))
        self._more = Label("", "caption")
        self._layout.addWidget(self._more)
        area.installEventFilter(self)
        panel.installEventFilter(self)
        self.hide()

    @property
    def notices(self) -> tuple[Notice, ...]:
        """Those that are open, oldest first."""
        return tuple(card.notice for card in self._cards)

    @property
    def cards(self) -> tuple[NoticeCard, ...]:
        """The same as they are drawn."""
        return tuple(self._cards)

    def add(self, notice: Notice) -> None:
        """Show a notice, in the place of an earlier one with its key."""
        if notice.key is not None:
            self.withdraw(notice.key)
        self._made += 1
        card = NoticeCard(self._context, notice, self._made)
        card.gone.connect(lambda: self._remove(card))
        self._cards.append(card)
        self._layout.addWidget(card)
        self._arrange()
        if QAccessible.isActive():
            said = QAccessibleAnnouncementEvent(self, card.words)
            if notice.tone == "bad":
                said.setPoliteness(QAccessible.AnnouncementPoliteness.Assertive)
            QAccessible.updateAccessibility(said)

    def withdraw(self, key: str) -> None:
        """Take the notice with this key away."""
        for card in [card for card in self._cards if card.notice.key == key]:
            self._remove(card)

    def take_focus(self) -> bool:
        """Put the keyboard's focus on the newest notice; whether there is one."""
        shown = [card for card in self._cards if card.isVisible()]
        if not shown:
            return False
        shown[-1].close_button.setFocus(Qt.FocusReason.ShortcutFocusReason)
        return True

    def focus_changed(self, before: QWidget | None, now: QWidget | None) -> None:
        """Told by the window; a notice with the keyboard in it does not go by itself."""
        for card in self._cards:
            was, is_now = holds(card, before), holds(card, now)
            if was != is_now:
                card.focus_moved(is_now)
        if now is not None and holds(self, now) and before is not None and not holds(self, before):
            self._before = before
            before.destroyed.connect(self._forget_before)

    def event(self, event: QEvent) -> bool:
        """Something in it wants another size: details unfolded, letters grew."""
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self._place()
        return done

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay at the corner of the area."""
        if watched in {self._area, self._panel} and event.type() in _MOVES:
            self._place()
        return super().eventFilter(watched, event)

    def _forget_before(self) -> None:
        self._before = None

    def _remove(self, card: NoticeCard) -> None:
        if card not in self._cards:
            return
        had_focus = holds(card, self.window().focusWidget())
        self._cards.remove(card)
        # the keyboard goes on where it was, before Qt looks for a place by itself
        if had_focus and not self.take_focus() and self._before is not None:
            self._before.setFocus(Qt.FocusReason.OtherFocusReason)
        card.hide()
        self._layout.removeWidget(card)
        card.deleteLater()
        self._arrange()

    def _arrange(self) -> None:
        hidden = max(0, len(self._cards) - _MOST_SHOWN)
        for number, card in enumerate(self._cards):
            card.setVisible(number >= hidden)
        self._more.setText(self._context.say(msg_n("{n} earlier notice", "{n} earlier notices", n=hidden)))
        self._more.setVisible(hidden > 0)
        self.setVisible(bool(self._cards))
        self._place()
        others = (card.notice for card in self._cards if not (card.notice.key or "").startswith(ALERT_KEY))
        self.changed.emit(sum(notice.tone in {"caution", "bad"} for notice in others))

    def _place(self) -> None:
        if not self._cards:
            return
        gap = self._context.theme.pixels(Space.L)
        room = self._area.width()
        width = min(self._context.theme.pixels(WIDTH), room - 2 * gap)
        if not self._panel.isHidden() and room - self._panel.width() >= width + 2 * gap:
            room -= self._panel.width()
        self.setFixedWidth(width)
        self._layout.activate()
        height = min(self._layout.totalHeightForWidth(width), self._area.height() - 2 * gap)
        self.setGeometry(room - width - gap, self._area.height() - height - gap, width, height)
        self.raise_()


def holds(parent: QWidget, widget: QWidget | None) -> bool:
    """Whether `widget` is `parent` or lies in it."""
    return widget is not None and (widget is parent or parent.isAncestorOf(widget))
