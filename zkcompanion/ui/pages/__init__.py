"""The pages in the order of the rail."""

from __future__ import annotations

from zkcompanion.ui.page import Page
from zkcompanion.ui.pages.hardware.page import HardwarePage
from zkcompanion.ui.pages.home import HomePage
from zkcompanion.ui.pages.monitor.page import MonitorPage
from zkcompanion.ui.pages.prove.page import ProvePage
from zkcompanion.ui.pages.settings import SettingsPage

PAGES: tuple[type[Page], ...] = (HomePage, ProvePage, MonitorPage, HardwarePage, SettingsPage)
