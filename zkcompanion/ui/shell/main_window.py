"""The main window: rail, pages, notices and status line. Pages are built when they are first shown."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from zkcompanion.app.desk import Desk
from zkcompanion.base.errors import CompanionError
from zkcompanion.ui.bridge import EventBridge
from zkcompanion.ui.context import Notice, WindowContext
from zkcompanion.ui.page import Page
from zkcompanion.ui.theme.icons import icon
from zkcompanion.ui.theme.theme import Theme
from zkcompanion.ui.theme.tokens import Space


class MainWindow(QMainWindow):
    """Arguments: services, theme, and the classes of the pages in the order of the rail."""

    def __init__(self, desk: Desk, theme: Theme, pages: tuple[type[Page], ...]) -> None:
        super().__init__()
        self.setObjectName("main-window")
        self.setWindowTitle("ZK Companion")
        self.context = WindowContext(desk, theme, EventBridge(desk.bus, self), self)
        self._classes = {page.id: page for page in pages}
        self._pages: dict[str, Page] = {}
        self._buttons: dict[str, QPushButton] = {}
        central = QWidget()
        central.setProperty("kind", "window")
        self.setCentralWidget(central)
        across = QHBoxLayout(central)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(0)
        across.addWidget(self._build_rail())
        self._stack = QStackedWidget()
        across.addWidget(self._stack, 1)
        self.go(pages[0].id)

    def go(self, page: str, **where: object) -> None:
        """Show a page."""
        if page not in self._pages:
            self._pages[page] = self._classes[page](self.context)
            self._stack.addWidget(self._pages[page])
        current = self._stack.currentWidget()
        if isinstance(current, Page) and current is not self._pages[page]:
            current.leave()
        self._stack.setCurrentWidget(self._pages[page])
        self._buttons[page].setChecked(True)
        self._pages[page].arrive(**where)

    def notify(self, notice: Notice) -> None:
        """Show a notice."""
        self.statusBar().showMessage(self.context.say(notice.text))

    def show_diagnostics(self) -> None:
        """Show the report of what is known about faults."""

    def show_error(self, error: CompanionError) -> None:
        """Say what happened."""
        self.notify(Notice("bad", error.message, error.hint))

    def closeEvent(self, event: QCloseEvent) -> None:
        """Let the pages go."""
        for page in self._pages.values():
            page.close_page()
        self.context.bridge.close()
        super().closeEvent(event)

    def _build_rail(self) -> QWidget:
        rail = QWidget()
        rail.setProperty("kind", "rail")
        rail.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        layout = QVBoxLayout(rail)
        layout.setContentsMargins(Space.S, Space.XL, Space.S, Space.L)
        layout.setSpacing(Space.XS)
        for number, (page, kind) in enumerate(self._classes.items(), start=1):
            button = QPushButton(icon(kind.icon, self.context.theme.tokens.muted), self.context.say(kind.title))
            button.setProperty("kind", "rail")
            button.setObjectName(f"rail-{page}")
            button.setCheckable(True)
            button.setAutoExclusive(True)
            button.setShortcut(f"Ctrl+{number}")
            button.clicked.connect(lambda _checked=False, page=page: self.go(page))
            layout.addWidget(button)
            self._buttons[page] = button
        layout.addStretch()
        return rail
