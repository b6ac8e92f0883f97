"""What every tab of the page "Monitor" is."""

from __future__ import annotations

from zkcompanion.ui.tabbed import PageTab


class MonitorTab(PageTab):
    """See `PageTab`; object names are `monitor-TAB-thing`."""

    page = "monitor"
