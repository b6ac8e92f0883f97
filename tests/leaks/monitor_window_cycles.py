"""A cycle for every class of the page "Monitor" that owns something."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.leaks.registry import covers

Cycles = Iterator[Callable[[], object]]


@covers(
    "ui.pages.monitor.charts_tab.ChartsTab",
    "ui.pages.monitor.past.Past",
    "ui.pages.monitor.runs_feed.RunsFeed",
    window=True,
    cycles=5,
)
@contextmanager
def charts(folder: Path) -> Cycles:
    from PySide6.QtCore import QCoreApplication, QThreadPool

    from tests.leaks.window_cycles import drawing, end
    from zkcompanion.ui.pages.monitor.live import LiveTab

    with drawing(folder) as context:
        # it lasts as long as the window, and PySide keeps some bytes of each of its many widgets
        tabs: list[LiveTab] = []

        def cycle() -> None:
            # not shown: what PySide leaves of each painting is measured by scripts/measure_monitor.py
            if not tabs:
                tabs.append(LiveTab(context))
                tabs[0]._build(None)
            tab = tabs[0]
            tab.arrive()
            QThreadPool.globalInstance().waitForDone()
            QCoreApplication.processEvents()
            tab.leave()
            end()

        yield cycle
        for tab in tabs:
            tab.close_tab()
        end(*tabs)
