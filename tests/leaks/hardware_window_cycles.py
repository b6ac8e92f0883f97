"""A cycle for every class of the page "Hardware" that owns something."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.leaks.registry import covers

Cycles = Iterator[Callable[[], object]]


@covers(
    "ui.pages.hardware.answers.Answers",
    "ui.pages.hardware.what_if_panel.WhatIfPanel",
    window=True,
    cycles=5,
)
@contextmanager
def what_if(folder: Path) -> Cycles:
    from PySide6.QtCore import QCoreApplication, QThreadPool

    from tests.leaks.window_cycles import drawing, end
    from tests.support.hardware_window import stand_in
    from zkcompanion.ui.pages.hardware.answers import Answers
    from zkcompanion.ui.pages.hardware.what_if_panel import WhatIfPanel

    with drawing(folder) as context:
        stand_in(context.desk)
        # both last as long as the window, and PySide keeps some bytes of each of the many widgets
        panels: list[WhatIfPanel] = []

        def cycle() -> None:
            if not panels:
                answers = Answers(context)
                panels.append(WhatIfPanel(context, answers, lambda _: None))
                answers.setParent(panels[0])
            answers = panels[0]._answers
            answers.arrive()
            for step in (0, 3):
                panels[0].memory.slider.setValue(step)
                QThreadPool.globalInstance().waitForDone()
                QCoreApplication.processEvents()
            panels[0].reset()
            answers.leave()
            answers.close()
            end()

        yield cycle
        end(*panels)
