"""The tab "Live": processor, memory, throughput and the time of proofs, four charts on one time axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcompanion.base.messages import msg
from zkcompanion.ui.page import Place
from zkcompanion.ui.pages.monitor.charts_tab import ChartsTab
from zkcompanion.ui.widgets.time_window import DAY_S, HOUR_S

if TYPE_CHECKING:
    from zkcompanion.ui.pages.monitor.panels import Panel


class LiveTab(ChartsTab):
    """A glance is enough; one cursor reads all of it."""

    id = "live"
    title = msg("Live")
    fills = True

    def panels(self) -> tuple[Panel, ...]:
        """All four."""
        from zkcompanion.ui.pages.monitor.panels import live_panels

        return live_panels()

    @classmethod
    def places(cls) -> tuple[Place, ...]:
        """Stretches of time that people look for."""
        return tuple(
            Place(title, "monitor", (("tab", cls.id), ("seconds", length_s)), icon="clock")
            for length_s, title in (
                (HOUR_S, msg("Monitor: the last hour")),
                (DAY_S, msg("Monitor: the last day")),
                (7 * DAY_S, msg("Monitor: the last week")),
            )
        )
