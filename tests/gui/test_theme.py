"""The theme follows the system until somebody chooses, and holds at once."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QStyle

from zkcompanion.ui.theme.theme import Theme
from zkcompanion.ui.theme.tokens import HIGH_CONTRAST


@pytest.fixture
def system(qapp, theme, monkeypatch):
    """Says what the system does; an X server without a desktop cannot."""
    said = [Qt.ColorScheme.Light]
    monkeypatch.setattr(theme, "_hints", type("Hints", (), {"colorScheme": lambda _self: said[0]})())

    def say(scheme):
        said[0] = scheme
        qapp.styleHints().colorSchemeChanged.emit(scheme)

    return say


def test_it_follows_the_system_to_dark_and_back(theme, system):
    theme.apply("system", 100)
    changes = []
    theme.changed.connect(lambda: changes.append(theme.tokens.name))
    system(Qt.ColorScheme.Dark)
    system(Qt.ColorScheme.Light)
    assert changes == ["dark", "light"]


def test_a_choice_holds_whatever_the_system_says(theme, system):
    theme.apply("light", 100)
    system(Qt.ColorScheme.Dark)
    assert theme.tokens.name == "light"


def test_high_contrast_follows_the_system(theme, monkeypatch):
    class Wanted:
        def contrastPreference(self):
            return Qt.ContrastPreference.HighContrast

    monkeypatch.setattr(theme, "_contrast", Wanted())
    theme.apply("system", 100)
    assert theme.tokens is HIGH_CONTRAST
    theme.apply("light", 100)
    assert theme.tokens.name == "light"


def test_no_motion_where_the_system_asks_for_none(theme, qapp, monkeypatch):
    assert 0 <= theme.motion_ms <= 150

    class Still:
        def styleHint(self, hint):
            assert hint is QStyle.StyleHint.SH_Widget_Animation_Duration
            return 0

    monkeypatch.setattr(theme, "_app", type("App", (), {"style": lambda _self: Still()})())
    assert theme.motion_ms == 0


def test_the_same_again_changes_nothing(theme):
    changes = []
    theme.changed.connect(lambda: changes.append(1))
    theme.apply("light", 100)
    assert changes == []
    theme.apply("light", 120)
    assert changes == [1]
    assert theme.pixels(10) == 12


@pytest.mark.parametrize("choice", ["light", "dark", "high-contrast"])
@pytest.mark.parametrize("percent", [80, 100, 200])
def test_a_choice_in_the_preferences_holds_at_once(window, theme, qtbot, choice, percent):
    window.change(theme=choice, text_percent=percent)
    qtbot.waitUntil(lambda: (theme.tokens.name, theme.text_percent) == (choice, percent))
    assert QApplication.palette().window().color().name().upper() == theme.tokens.window
    assert window.grab().toImage().pixelColor(window.width() - 30, 4).name().upper() == theme.tokens.window
    assert isinstance(theme, Theme)
