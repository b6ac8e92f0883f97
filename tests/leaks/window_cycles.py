"""A cycle for every class that needs Qt; an application is there when they run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.leaks import hardware_window_cycles, monitor_window_cycles  # noqa: F401  # register more
from tests.leaks.registry import covers
from zkcompanion.base.paths import AppDirs

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

    from zkcompanion.ui.context import WindowContext

Cycles = Iterator[Callable[[], object]]


def end(*objects: QObject) -> None:
    """As Qt ends what is deleted later, now."""
    from PySide6.QtCore import QCoreApplication, QEvent

    for one in objects:
        one.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QCoreApplication.processEvents()


@contextmanager
def drawing(folder: Path) -> Iterator[WindowContext]:
    """What widgets are given, on a desk whose workers are not started."""
    from PySide6.QtWidgets import QApplication

    from tests.support.window_views import SilentShell
    from zkcompanion.app.desk import Desk
    from zkcompanion.ui.bridge import EventBridge
    from zkcompanion.ui.context import WindowContext
    from zkcompanion.ui.theme.theme import Theme

    class Shell(SilentShell):
        def show_warnings(self) -> None:
            self.told.append("warnings")

    app = QApplication.instance()
    assert isinstance(app, QApplication)
    with Desk(dirs=AppDirs(folder)) as desk:
        theme = Theme(app)
        theme.apply("light", 100)
        bridge = EventBridge(desk.bus, theme)
        yield WindowContext(desk, theme, bridge, Shell())
        bridge.close()
        theme.setParent(None)
        end(theme)


@covers("ui.bridge.EventBridge", window=True)
@contextmanager
def bridge(folder: Path) -> Cycles:
    from zkcompanion.ui.bridge import EventBridge

    with drawing(folder) as context:

        def cycle() -> None:
            made = EventBridge(context.desk.bus, context.theme)
            made.close()
            end(made)

        yield cycle


@covers("ui.faults.FaultWatch", window=True)
@contextmanager
def faults(folder: Path) -> Cycles:
    from zkcompanion.ui.faults import FaultWatch

    with drawing(folder) as context:

        def cycle() -> None:
            made = FaultWatch(lambda: context.desk.diagnostics)
            made.start()
            made.stop()
            end(made)

        yield cycle


@covers("ui.heartbeat.Heartbeat", window=True)
@contextmanager
def heartbeat(folder: Path) -> Cycles:
    from zkcompanion.ui.heartbeat import Heartbeat

    with drawing(folder) as context:

        def cycle() -> None:
            made = Heartbeat(context.theme)
            made.stop()
            end(made)

        yield cycle


@covers("ui.instance.SingleInstance", window=True)
@contextmanager
def instance(folder: Path) -> Cycles:
    from zkcompanion.ui.instance import SingleInstance

    def cycle() -> None:
        made = SingleInstance(AppDirs(folder))
        assert made.take_place() == "first"
        made.release()
        end(made)

    yield cycle


@covers("ui.quitting.QuitSignals", window=True)
@contextmanager
def quitting(_folder: Path) -> Cycles:
    from zkcompanion.ui.quitting import QuitSignals

    def cycle() -> None:
        made = QuitSignals(lambda: None)
        made.close()
        end(made)

    yield cycle


@covers("ui.qtapp.QtWords", window=True)
@contextmanager
def qt_words(folder: Path) -> Cycles:
    from PySide6.QtWidgets import QApplication

    from zkcompanion.ui.qtapp import QtWords

    app = QApplication.instance()
    assert isinstance(app, QApplication)
    with drawing(folder) as context:

        def cycle() -> None:
            made = QtWords(app, context.desk)
            made.close()
            end(made)

        yield cycle


@covers("ui.widgets.states.Skeleton", window=True)
@contextmanager
def skeleton(folder: Path) -> Cycles:
    from zkcompanion.ui.widgets.states import Skeleton

    with drawing(folder) as context:

        def cycle() -> None:
            made = Skeleton(context.theme, "Reading")
            made.show()
            end(made)

        yield cycle


@covers("ui.shell.notices.NoticeCard", window=True)
@contextmanager
def notice(folder: Path) -> Cycles:
    from zkcompanion.base.messages import msg
    from zkcompanion.ui.context import Notice
    from zkcompanion.ui.shell.notices import NoticeCard

    with drawing(folder) as context:

        def cycle() -> None:
            made = NoticeCard(context, Notice("info", msg("It is done.")), 1)
            made.show()
            end(made)

        yield cycle


@covers("ui.shell.status.StatusLine", window=True)
@contextmanager
def status(folder: Path) -> Cycles:
    from zkcompanion.ui.shell.status import StatusLine

    with drawing(folder) as context:

        def cycle() -> None:
            made = StatusLine(context)
            made.show()
            end(made)

        yield cycle


@covers("ui.pages.settings_cache.CacheSection", window=True, cycles=5)
@contextmanager
def cache_section(folder: Path) -> Cycles:
    from PySide6.QtCore import QThreadPool

    from zkcompanion.ui.pages.settings_cache import CacheSection

    with drawing(folder) as context:
        # it lasts as long as the window, and PySide keeps some bytes of each of its many widgets
        sections: list[CacheSection] = []

        def cycle() -> None:
            if not sections:
                sections.append(CacheSection(context))
            sections[0].show()
            QThreadPool.globalInstance().waitForDone()
            sections[0].hide()
            end()

        yield cycle
        end(*sections)


@covers("ui.pages.settings_parts.SettingRow", window=True)
@contextmanager
def setting_row(folder: Path) -> Cycles:
    from PySide6.QtWidgets import QCheckBox

    from zkcompanion.base.messages import msg
    from zkcompanion.ui.pages.settings_parts import SettingRow

    with drawing(folder) as context:

        def cycle() -> None:
            made = SettingRow(context, "key", msg("Title"), msg("Note"), QCheckBox())
            made.show()
            made.point_at()
            end(made)

        yield cycle


@covers("ui.pages.prove.flow.ProveFlow", window=True, cycles=5, connections=7)
@contextmanager
def prove_flow(folder: Path) -> Cycles:
    from PySide6.QtCore import QThreadPool

    from zkcompanion.ui.pages.prove.flow import ProveFlow
    from zkcompanion.ui.pages.prove.page import ProvePage

    with drawing(folder) as context:
        page = ProvePage(context)

        def cycle() -> None:
            made = ProveFlow(context, page.choice, page.run, page.queue)
            made.begin()
            QThreadPool.globalInstance().waitForDone()
            made.close()
            end(made)

        yield cycle
        page.close_page()
        end(page)


@covers("ui.pages.monitor.objectives_tab.ObjectivesTab", window=True, cycles=5)
@contextmanager
def objectives_tab(folder: Path) -> Cycles:
    from PySide6.QtCore import QThreadPool

    from zkcompanion.ui.pages.monitor.objectives_tab import ObjectivesTab

    with drawing(folder) as context:
        # it lasts as long as the window, and PySide keeps some bytes of each of its many widgets
        tabs: list[ObjectivesTab] = []

        def cycle() -> None:
            if not tabs:
                tabs.append(ObjectivesTab(context))
            tabs[0].show()
            tabs[0].arrive()
            QThreadPool.globalInstance().waitForDone()
            tabs[0].leave()
            tabs[0].hide()
            end()

        yield cycle
        tabs[0].close_tab()
        end(*tabs)
