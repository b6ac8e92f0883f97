"""Settings: how the window looks, and in which language it speaks."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QButtonGroup, QComboBox, QSlider, QWidget

from zkcompanion.app.preferences import Preferences
from zkcompanion.base.catalogue import available_languages
from zkcompanion.base.messages import msg
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.pages.settings_parts import Section, SettingRow
from zkcompanion.ui.theme.tokens import Space, Type
from zkcompanion.ui.widgets.basic import Label, column, row, tabular
from zkcompanion.ui.widgets.flow import FlowRow
from zkcompanion.ui.widgets.theme_choice import ThemeChoice

_THEMES = (
    ("system", msg("As the system")),
    ("light", msg("Light")),
    ("dark", msg("Dark")),
    ("high-contrast", msg("High contrast")),
)
_LEAST, _MOST, _STEP = 80, 200, 10


class AppearanceSection(Section):
    """Theme, text size, language."""

    id = "appearance"
    title = msg("Appearance")

    def __init__(self, context: WindowContext) -> None:
        super().__init__(context)
        self.add_group(None, self._theme_row(), self._text_row(), self._language_row())
        self.add_stretch()

    def show_preferences(self, preferences: Preferences) -> None:
        """Let the controls say what holds."""
        self._themes[preferences.theme].setChecked(True)
        with QSignalBlocker(self._slider):
            self._slider.setValue(preferences.text_percent // _STEP)
        self._show_size(preferences.text_percent)
        with QSignalBlocker(self._languages):
            self._languages.setCurrentIndex(max(0, self._languages.findData(preferences.language)))

    def _theme_row(self) -> SettingRow:
        say = self.context.say
        holder = FlowRow(self.context.theme)
        self._themes: dict[str, ThemeChoice] = {}
        group = QButtonGroup(self)
        for choice, text in _THEMES:
            button = ThemeChoice(self.context.theme, choice, say(text), name=f"settings-theme-{choice}")
            group.addButton(button)
            holder.add(button)
            self._themes[choice] = button
            button.clicked.connect(lambda _checked=False, choice=choice: self.change(theme=choice))
        return SettingRow(
            self.context,
            "theme",
            msg("Theme"),
            msg("“As the system” changes with the system, by day and night too."),
            holder,
            focus=self._themes["system"],
            wide=True,
        )

    def _text_row(self) -> SettingRow:
        say = self.context.say
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setObjectName("settings-text-size")
        self._slider.setAccessibleName(say(msg("Text size")))
        self._slider.setRange(_LEAST // _STEP, _MOST // _STEP)
        self._slider.setPageStep(2)
        # the window changes when the handle is let go; the sample beside it follows the hand
        self._slider.setTracking(False)
        self._slider.sliderMoved.connect(lambda step: self._show_size(step * _STEP))
        self._slider.valueChanged.connect(self._chosen)
        self._percent = Label("", "strong", wrap=False)
        tabular(self._percent)
        self._sample = Label(say(msg("A proof shows that something is true, and nothing else.")), "text")
        holder = QWidget()
        across = row(self._slider, self._percent, spacing=self.context.theme.pixels(Space.M))
        holder.setLayout(column(across, self._sample, spacing=self.context.theme.pixels(Space.S)))
        return SettingRow(
            self.context,
            "text-size",
            msg("Text size"),
            msg("From 80 to 200 percent. Distances and icons grow with it."),
            holder,
            focus=self._slider,
            wide=True,
        )

    def _language_row(self) -> SettingRow:
        self._languages = QComboBox()
        self._languages.setObjectName("settings-language")
        self._languages.addItem(self.context.say(msg("As the system")), "")
        for tag, name in available_languages():
            self._languages.addItem(name, tag)
        self._languages.currentIndexChanged.connect(lambda index: self.change(language=self._languages.itemData(index)))
        return SettingRow(
            self.context,
            "language",
            msg("Language"),
            msg("Sentences that a language does not have yet stay English."),
            self._languages,
        )

    def _chosen(self, step: int) -> None:
        self._show_size(step * _STEP)
        self.change(text_percent=step * _STEP)

    def _show_size(self, percent: int) -> None:
        self._percent.setText(f"{percent} %")
        # a sample shows sizes before they are chosen, so it cannot come from the theme
        self._sample.setStyleSheet(f"font-size: {round(Type.TEXT * percent / 100)}px;")
