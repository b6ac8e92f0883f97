"""The main window: puts rail, pages, help, notices, finder and status line together, and does what pages ask of it.

Pages are built when they are first shown. In another language everything is built anew; services and running jobs
do not notice.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction, QCloseEvent, QKeyEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from zkcompanion.app.desk import Desk
from zkcompanion.app.examples import list_examples
from zkcompanion.app.preferences import PreferencesChanged
from zkcompanion.base.errors import CompanionError
from zkcompanion.base.messages import msg, msg_n
from zkcompanion.ui.bridge import EventBridge
from zkcompanion.ui.context import Notice, WindowContext
from zkcompanion.ui.page import Page
from zkcompanion.ui.shell.actions import install
from zkcompanion.ui.shell.deeds import window_deeds
from zkcompanion.ui.shell.diagnostics_page import DiagnosticsPage
from zkcompanion.ui.shell.errors import error_notice
from zkcompanion.ui.shell.finder import Finder, Found
from zkcompanion.ui.shell.gaps import Gaps
from zkcompanion.ui.shell.help import HelpPanel
from zkcompanion.ui.shell.notices import NoticeStack, holds
from zkcompanion.ui.shell.placement import LEAST_HEIGHT, LEAST_WIDTH
from zkcompanion.ui.shell.question import Question
from zkcompanion.ui.shell.rail import PRODUCT, Rail, RailEntry
from zkcompanion.ui.shell.search import gather
from zkcompanion.ui.shell.status import StatusLine
from zkcompanion.ui.shell.tab_order import step_focus, tab_stops
from zkcompanion.ui.tasks import run_task
from zkcompanion.ui.theme.theme import Theme
from zkcompanion.ui.wizard.page import WizardPage

#: Below this width, at 100 % text size, the rail shows icons only.
NARROW_BELOW = 900


class MainWindow(QMainWindow):
    """Arguments: services, theme, and the classes of the pages in the order of the rail.

    Signals: `painted` after the first picture of it, `closed` when it was closed for good.
    """

    painted = Signal()
    closed = Signal()

    def __init__(self, desk: Desk, theme: Theme, pages: tuple[type[Page], ...]) -> None:
        super().__init__()
        self.setObjectName("main-window")
        self.setWindowTitle(PRODUCT)
        self.setMinimumSize(LEAST_WIDTH, LEAST_HEIGHT)
        self.context = WindowContext(desk, theme, EventBridge(desk.bus, self), self)
        self._rail_pages = pages
        self._classes: dict[str, type[Page]] = {page.id: page for page in pages}
        self._classes |= {page.id: page for page in (DiagnosticsPage, WizardPage)}
        self._pages: dict[str, Page] = {}
        self._actions: list[QAction] = []
        self._sure = False
        self._painted = False
        self._gaps = Gaps(self, theme)
        self._build()
        self.go(pages[0].id)
        self.context.bridge.preferences_changed.connect(self._preferences_changed)
        theme.changed.connect(self._fit)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._focus_changed)

    # -- what pages ask for --------------------------------------------------------------------------------------------

    def go(self, page: str, **where: object) -> None:
        """Show a page."""
        if page not in self._pages:
            self._pages[page] = self._classes[page](self.context)
            self.stack.addWidget(self._pages[page])
        before, shown = self.stack.currentWidget(), self._pages[page]
        if isinstance(before, Page) and before is not shown:
            before.leave()
        self.stack.setCurrentWidget(shown)
        self.rail.select(page)
        self.setWindowTitle(f"{self.context.say(shown.title)} - {PRODUCT}")
        shown.arrive(**where)
        if self.help.isVisible():
            self.help.explain(self.focusWidget(), shown)

    def notify(self, notice: Notice) -> None:
        """Show a notice."""
        self.notices.add(notice)

    def withdraw(self, key: str) -> None:
        """Take a notice away."""
        self.notices.withdraw(key)

    def show_error(self, error: CompanionError) -> None:
        """Say what happened, what it means and what to do; a fault of ours leads to what is known of it."""
        self.notify(error_notice(error, self.show_diagnostics))

    def show_diagnostics(self) -> None:
        """Show what is known about faults."""
        self.go("diagnostics")

    def show_warnings(self) -> None:
        """Go to the open notices, or to what is known about faults."""
        if not self.notices.take_focus():
            self.show_diagnostics()

    # -- what keys and other parts ask for -----------------------------------------------------------------------------

    @property
    def page(self) -> Page:
        """The page that is shown."""
        shown = self.stack.currentWidget()
        assert isinstance(shown, Page)
        return shown

    def open_finder(self) -> None:
        """Open "find anything"; the examples come into it as soon as they are read."""
        self.finder.open()
        run_task(self.finder, list_examples, self._take_examples, lambda _error: None)

    def toggle_help(self) -> None:
        """Open or close the help."""
        if self.help.isVisible():
            self._close_help()
        else:
            self.help.explain(self.focusWidget(), self.page)
            self.help.show()

    def next_part(self, step: int = 1) -> None:
        """Move the keyboard from one part of the window to the next: rail, page, help, notices, status line."""
        parts: list[QWidget] = [self.rail, self.stack]
        parts += [part for part in (self.help, self.notices, self.status) if part.isVisible()]
        inside = [part for part in parts if holds(part, self.focusWidget())]
        target = parts[(parts.index(inside[0]) + step) % len(parts)] if inside else self.rail
        if target is self.stack:
            self._focus_page()
        elif target is self.help:
            self.help.close_button.setFocus(Qt.FocusReason.ShortcutFocusReason)
        else:
            target.take_focus()  # type: ignore[attr-defined]

    def come_to_front(self) -> None:
        """Somebody started the program again."""
        if self.isMinimized():
            self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def change(self, **preferences: object) -> None:
        """Keep a preference; the file is written in the background."""
        store = self.context.desk.preferences
        run_task(self, lambda: store.change(**preferences), lambda _: None, self.show_error, in_order=True)

    def scale_text(self, scaled: Callable[[int], int]) -> None:
        """Keep another size of the text, made of the one that holds by then: keys come faster than a disk writes."""
        store = self.context.desk.preferences

        def change() -> None:
            store.change(text_percent=scaled(store.current.text_percent))

        run_task(self, change, lambda _: None, self.show_error, in_order=True)

    # -- what happens to the window ------------------------------------------------------------------------------------

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask first where a proof is being made; then let the pages go."""
        running = [job for job in self.context.desk.jobs.jobs() if job.state in {"running", "waiting"}]
        if running and not self._sure:
            event.ignore()
            self._ask_to_close(len(running))
            return
        for page in self._pages.values():
            page.close_page()
        self.context.bridge.close()
        super().closeEvent(event)
        self.closed.emit()

    def close_for_good(self) -> None:
        """Close without asking (the system ends the session, or the user said so)."""
        self._sure = True
        self.close()

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab goes as the window is read."""
        return step_focus(self, forward=forward)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc, where nothing under the keyboard wanted it."""
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif self.question.refuse():
            return
        elif self.help.isVisible():
            self._close_help()
        else:
            self.page.escape()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow window has a narrow rail."""
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Tell of the first picture."""
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self.painted.emit)

    # -- building ------------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        context = self.context
        for action in self._actions:
            self.removeAction(action)
            action.deleteLater()
        deeds = window_deeds(self, self._rail_pages)
        self._deeds = deeds
        self._actions = install(deeds, self, context)
        entries = [
            RailEntry(page.id, page.title, page.icon, f"Ctrl+{number}", page.question)
            for number, page in enumerate(self._rail_pages, start=1)
        ]
        below = (
            RailEntry(
                "find", msg("Find anything"), "search", "Ctrl+K", msg("Pages, examples and settings."), self.open_finder
            ),
            RailEntry(
                "help", msg("Help"), "help", "F1", msg("What the thing under the keyboard is."), self.toggle_help
            ),
        )
        central = QWidget()
        central.setObjectName("central")
        central.setProperty("kind", "window")
        down = QVBoxLayout(central)
        down.setContentsMargins(0, 0, 0, 0)
        down.setSpacing(0)
        upper = QWidget()
        across = QHBoxLayout(upper)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(0)
        self.rail = Rail(context, entries, below, self.go)
        self.stack = QStackedWidget()
        self.stack.setObjectName("pages")
        self.help = HelpPanel(context, [(context.say(deed.title), deed.shown_keys) for deed in deeds if deed.helped])
        self.help.closed.connect(self._close_help)
        across.addWidget(self.rail)
        across.addWidget(self.stack, 1)
        across.addWidget(self.help)
        down.addWidget(upper, 1)
        self.question = Question(context, "close-question")
        down.addWidget(self.question)
        self.status = StatusLine(context)
        down.addWidget(self.status)
        self.setCentralWidget(central)
        self.notices = NoticeStack(context, upper, self.help)
        self.notices.changed.connect(self.status.set_warnings)
        self.finder = Finder(context, central, lambda: gather(context, self._classes.values(), deeds, ()))
        self._fit()

    def _rebuild(self) -> None:
        """In another language: everything that has words, with what was there."""
        shown, open_notices, helped = self.page.id, self.notices.notices, self.help.isVisible()
        kept = {name: page.keep() for name, page in self._pages.items()}
        for page in self._pages.values():
            page.close_page()
        self._pages.clear()
        self._build()  # the former central widget ends with all that is in it
        for name in [shown, *(name for name, value in kept.items() if value is not None and name != shown)]:
            self._pages[name] = self._classes[name](self.context)
            self.stack.addWidget(self._pages[name])
            if kept.get(name) is not None:
                self._pages[name].take_back(kept[name])
        self.go(shown)
        for notice in open_notices:
            self.notify(notice)
        if helped:
            self.toggle_help()

    def _preferences_changed(self, event: object) -> None:
        assert isinstance(event, PreferencesChanged)
        before, after = event.before, event.after
        if (before.theme, before.text_percent) != (after.theme, after.text_percent):
            self.context.theme.apply(after.theme, after.text_percent)
        if before.language != after.language:
            self._rebuild()

    def _fit(self) -> None:
        self.rail.set_collapsed(self.width() < self.context.theme.pixels(NARROW_BELOW))
        self.help.fit(self.width() - self.rail.width())

    def _close_help(self) -> None:
        inside = holds(self.help, self.focusWidget())
        self.help.hide()
        if inside:
            self._focus_page()

    def _focus_page(self) -> None:
        """The first thing of the page that takes the keyboard."""
        for widget in tab_stops(self.page)[:1]:
            widget.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _focus_changed(self, before: QWidget | None, now: QWidget | None) -> None:
        if now is not None and now.window() is not self:
            return
        self.notices.focus_changed(before, now)
        if self.help.isVisible() and holds(self.page, now):
            self.help.explain(now, self.page)

    def _take_examples(self, examples: object) -> None:
        if self.finder.isVisible():
            found: list[Found] = gather(self.context, self._classes.values(), self._deeds, examples)  # type: ignore[arg-type]
            self.finder.set_entries(found)

    def _ask_to_close(self, jobs: int) -> None:
        say = self.context.say
        self.question.ask(
            say(
                msg_n(
                    "A proof is being made. Stop it and close?",
                    "{n} runs of proofs are under way. Stop them and close?",
                    n=jobs,
                )
            ),
            say(msg("What was proved so far stays in the list of proofs.")),
            say(msg("Stop and close")),
            say(msg("Keep proving")),
            lambda yes: self.close_for_good() if yes else None,
        )
