"""Settings: each choice holds at once, is kept, can be found, and can be undone."""

import time

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QLineEdit, QPushButton, QRadioButton, QSlider

from zkcompanion.app.cache_service import open_store
from zkcompanion.app.preferences import Preferences, PreferenceStore
from zkcompanion.base.events import EventBus
from zkcompanion.base.paths import AppDirs
from zkcompanion.monitoring.samples import Sample
from zkcompanion.monitoring.store import MonitorStore
from zkcompanion.ui.pages.settings import SettingsPage
from zkcompanion.ui.widgets.basic import KeyValues


@pytest.fixture
def page(window):
    window.go("settings")
    return window.findChild(object, "page-settings")


def click(qtbot, page, name, kind=QPushButton):
    found = page.findChild(kind, name)
    assert found.isVisible(), name
    qtbot.mouseClick(found, Qt.MouseButton.LeftButton)


def kept(desk):
    """As another start of the program would read them."""
    return PreferenceStore(desk.dirs, EventBus()).current


def test_a_theme_holds_at_once_and_at_the_next_start(desk, page, qtbot):
    click(qtbot, page, "settings-theme-dark")
    qtbot.waitUntil(lambda: kept(desk).theme == "dark", timeout=5000)


def test_the_text_size_follows_the_keys(desk, page, qtbot):
    slider = page.findChild(QSlider, "settings-text-size")
    slider.setFocus()
    qtbot.keyClick(slider, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: kept(desk).text_percent == 110, timeout=5000)


def test_keys_that_come_faster_than_a_disk_writes_all_count(desk, window, page, qtbot, monkeypatch):
    write = desk.preferences._write
    monkeypatch.setattr(desk.preferences, "_write", lambda rows: (time.sleep(0.05), write(rows)))
    for _ in range(6):
        qtbot.keyClick(window, Qt.Key.Key_Equal, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(window, Qt.Key.Key_Minus, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: desk.preferences.current.text_percent == 150, timeout=5000)
    qtbot.waitUntil(lambda: window.context.theme.text_percent == 150, timeout=5000)


def test_engine_choices_are_kept(desk, window, page, qtbot):
    window.go("settings", section="engine")
    radio = page.findChild(QRadioButton, "settings-kernels-scalar")
    radio.setFocus()
    qtbot.keyClick(radio, Qt.Key.Key_Space)
    box = page.findChild(QCheckBox, "settings-constant-work")
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Space)
    page.findChild(QComboBox, "settings-threads").setCurrentIndex(1)
    buffers = page.findChild(QComboBox, "settings-buffers")
    assert buffers.currentText() == "1.00 GiB"
    buffers.setCurrentIndex(0)
    expected = Preferences(threads=1, kernels="scalar", constant_work=True, buffer_bytes=0)
    qtbot.waitUntil(lambda: kept(desk) == expected, timeout=5000)


def test_a_size_that_is_not_offered_is_shown_all_the_same(desk, window, page, qtbot):
    window.go("settings", section="engine")
    buffers = page.findChild(QComboBox, "settings-buffers")
    desk.preferences.change(buffer_bytes=3 << 20)
    qtbot.waitUntil(lambda: buffers.currentText() == "3.00 MiB", timeout=5000)
    assert desk.preferences.current.buffer_bytes == 3 << 20


def test_back_to_defaults_can_be_undone(desk, window, page, qtbot, monkeypatch):
    said = []
    monkeypatch.setattr(window.context, "shell", _Ear(window, said))
    desk.preferences.change(theme="dark", text_percent=120)
    click(qtbot, page, "settings-defaults")
    qtbot.waitUntil(lambda: len(said) == 1, timeout=5000)
    assert desk.preferences.current == Preferences()
    said[0].action()
    qtbot.waitUntil(lambda: desk.preferences.current.theme == "dark", timeout=5000)
    assert desk.preferences.current.text_percent == 120


def test_back_to_defaults_can_be_undone_though_it_changes_the_language(desk, window, page, qtbot, monkeypatch):
    said = []
    monkeypatch.setattr(window.context, "shell", _Ear(window, said))
    window.change(language="qps")
    qtbot.waitUntil(lambda: window.page is not page and window.page.isVisible(), timeout=5000)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    click(qtbot, window.page, "settings-defaults")
    qtbot.waitUntil(lambda: desk.preferences.current == Preferences(), timeout=5000)
    qtbot.waitUntil(lambda: len(said) == 1, timeout=5000)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    said[0].action()
    qtbot.waitUntil(lambda: desk.preferences.current.language == "qps", timeout=5000)


class _Ear:
    """The shell, but notices are listened to."""

    def __init__(self, window, said):
        self._window = window
        self._said = said

    def notify(self, notice):
        self._said.append(notice)

    def __getattr__(self, name):
        return getattr(self._window, name)


def test_clearing_asks_in_its_own_place_and_says_what_it_freed(desk, window, page, qtbot, monkeypatch):
    said = []
    monkeypatch.setattr(window.context, "shell", _Ear(window, said))
    keys = desk.dirs.data / "keys"
    keys.mkdir(mode=0o700)
    (keys / "abc_development.zkey").write_bytes(bytes(2048))
    window.go("settings", setting="keys")
    first = page.findChild(QPushButton, "settings-clear-keys")
    qtbot.waitUntil(first.isEnabled, timeout=5000)
    qtbot.mouseClick(first, Qt.MouseButton.LeftButton)
    assert page.findChild(QPushButton, "settings-clear-keys-yes").text() == "Delete 2.00 KiB of keys"
    qtbot.keyClick(page.findChild(QPushButton, "settings-clear-keys-no"), Qt.Key.Key_Escape)
    assert first.isVisible()
    assert list(keys.iterdir())
    qtbot.mouseClick(first, Qt.MouseButton.LeftButton)
    click(qtbot, page, "settings-clear-keys-yes")
    qtbot.waitUntil(lambda: [str(notice.text) for notice in said] == ["2.00 KiB freed."], timeout=5000)
    assert list(keys.iterdir()) == []
    qtbot.waitUntil(lambda: not first.isEnabled(), timeout=5000)


@pytest.fixture
def own_cache(home):
    """A cache that no other test uses, with one entry."""
    (home / "cache").unlink()
    store = open_store(AppDirs(home))
    store.put("kernels-a", b"k", bytes(960), cost_s=2.0)
    store.get("kernels-a", b"k")
    store.get("kernels-a", b"l")
    return store


def test_what_the_cache_holds_and_saved_is_shown_and_stays_so(own_cache, desk, window, page, qtbot):
    window.go("settings", setting="cache-use")
    facts = page.findChild(KeyValues, "settings-cache-facts")

    def shown(name):
        return next(one.accessibleName() for one in facts.findChildren(QLabel) if one.accessibleName().startswith(name))

    qtbot.waitUntil(lambda: shown("Size") == "Size: 1.00 KiB of 1.00 GiB", timeout=5000)
    assert shown("Entries") == "Entries: 1 of 512"
    assert shown("Found") == "Found when looked for: 50\N{NO-BREAK SPACE}% of 2 times"
    assert shown("Time saved") == "Time saved: 2.00 s"
    own_cache.get("kernels-a", b"k")  # by whichever process
    qtbot.waitUntil(lambda: shown("Found") == "Found when looked for: 67\N{NO-BREAK SPACE}% of 3 times", timeout=5000)


def test_the_cache_is_cleared_after_a_question(own_cache, desk, window, page, qtbot, monkeypatch):
    said = []
    monkeypatch.setattr(window.context, "shell", _Ear(window, said))
    window.go("settings", setting="cache-clear")
    first = page.findChild(QPushButton, "settings-clear-cache")
    qtbot.waitUntil(first.isEnabled, timeout=5000)
    qtbot.mouseClick(first, Qt.MouseButton.LeftButton)
    assert page.findChild(QPushButton, "settings-clear-cache-yes").text() == "Clear 1.00 KiB"
    click(qtbot, page, "settings-clear-cache-yes")
    qtbot.waitUntil(lambda: [str(notice.text) for notice in said] == ["1.00 KiB freed."], timeout=5000)
    assert own_cache.size() == (0, 0)
    qtbot.waitUntil(lambda: not first.isEnabled(), timeout=5000)


def test_what_monitor_measured_is_forgotten_after_a_question(desk, window, page, qtbot):
    desk.preferences.change(monitoring=False)  # so that nothing is added meanwhile
    store = MonitorStore(lambda: desk.dirs.state)
    store.add(Sample(1_795_694_400.0, 1.0, {"machine.processor": 1.0}))
    store.close()
    window.go("settings", setting="monitor-history")
    first = page.findChild(QPushButton, "settings-clear-monitor")
    qtbot.waitUntil(first.isEnabled, timeout=5000)
    qtbot.mouseClick(first, Qt.MouseButton.LeftButton)
    assert page.findChild(QPushButton, "settings-clear-monitor-yes").text().endswith(" of measurements")
    assert "machine.processor" in desk.monitor.series()
    click(qtbot, page, "settings-clear-monitor-yes")
    qtbot.waitUntil(lambda: desk.monitor.size() == 0 and not first.isEnabled(), timeout=5000)


def test_monitoring_is_chosen_typed_checked_and_kept(desk, window, page, qtbot):
    window.go("settings", setting="monitoring")
    for name in ("settings-monitoring", "settings-notify-desktop"):
        box = page.findChild(QCheckBox, name)
        box.setFocus()
        qtbot.keyClick(box, Qt.Key.Key_Space)
    schedule = page.findChild(QComboBox, "settings-report-schedule")
    schedule.setCurrentIndex(schedule.findData("weekly"))
    expected = Preferences(monitoring=False, notify_desktop=True, report_schedule="weekly")
    qtbot.waitUntil(lambda: kept(desk) == expected, timeout=5000)


def test_ways_out_for_metrics_are_off_until_they_are_named(desk, window, page, qtbot, tmp_path):
    window.go("settings", setting="metrics-port")
    port = page.findChild(QLineEdit, "settings-metrics-port")
    assert (port.text(), port.placeholderText(), port.hasFocus()) == ("", "off", True)
    assert "127.0.0.1" in port.accessibleDescription()

    def typed(line, text):
        line.selectAll()
        qtbot.keyClicks(line, text)
        qtbot.keyClick(line, Qt.Key.Key_Return)

    typed(port, "80")
    assert port.accessibleDescription() == "A number from 1024 to 65535, or nothing."
    typed(port, "9464")
    qtbot.waitUntil(lambda: kept(desk).metrics_port == 9464, timeout=5000)
    port.clear()
    qtbot.keyClick(port, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: kept(desk).metrics_port == 0, timeout=5000)
    file = page.findChild(QLineEdit, "settings-metrics-file")
    file.setFocus()
    typed(file, "proofs.prom")
    assert file.accessibleDescription().startswith("A whole path")
    typed(file, str(tmp_path / "proofs.prom"))
    qtbot.waitUntil(lambda: kept(desk).metrics_file == str(tmp_path / "proofs.prom"), timeout=5000)
    file.clear()
    qtbot.keyClick(file, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: kept(desk) == Preferences(), timeout=5000)


def test_limits_of_the_cache_are_typed_checked_and_kept(own_cache, desk, window, page, qtbot):
    window.go("settings", setting="cache-bytes")
    line = page.findChild(QLineEdit, "settings-cache-bytes")
    assert (line.text(), line.hasFocus()) == ("1.00 GiB", True)

    def typed(text):
        line.selectAll()
        qtbot.keyClicks(line, text)
        qtbot.keyClick(line, Qt.Key.Key_Return)

    typed("1 M")
    assert line.accessibleDescription() == "From 64.0 MiB to 1.00 TiB."
    assert line.property("wrong") == "true"
    typed("much")
    assert "is not a size" in line.accessibleDescription()
    typed("2G")
    qtbot.waitUntil(lambda: kept(desk).cache_bytes == 2 << 30, timeout=5000)
    qtbot.waitUntil(lambda: own_cache.limits().size_bytes == 2 << 30, timeout=5000)
    assert (line.text(), line.property("wrong")) == ("2.00 GiB", "false")
    line = page.findChild(QLineEdit, "settings-cache-entries")
    line.setFocus()
    typed("63")
    assert line.accessibleDescription() == "A whole number from 64 to 65536."
    typed("1 000")
    qtbot.waitUntil(lambda: own_cache.limits().entries == 1000, timeout=5000)
    desk.preferences.change(cache_entries=700)
    qtbot.waitUntil(lambda: line.text() == "700", timeout=5000)


def test_a_cache_that_cannot_be_had_is_said_where_its_size_would_stand(own_cache, desk, window, page, qtbot):
    cache = desk.dirs.cache
    cache.rename(cache.with_name("aside"))
    cache.write_text("a file in the folder's place")
    window.go("settings", setting="cache-use")
    facts = page.findChild(KeyValues, "settings-cache-facts")
    qtbot.waitUntil(lambda: "folder" in facts.findChildren(QLabel)[1].accessibleName(), timeout=5000)
    assert not page.findChild(QPushButton, "settings-clear-cache").isEnabled()


def test_every_setting_that_can_be_found_is_there_and_takes_the_keyboard(window, page, qtbot):
    for place in SettingsPage.places():
        where = dict(place.where)
        window.go(place.page, **where)
        if "section" in where:
            assert page.findChild(object, f"settings-section-{where['section']}").isVisible()
            continue
        row = page.findChild(object, f"settings-row-{where['setting']}")
        assert row.isVisible(), where
        assert row.property("found") == "true"


def test_every_control_has_a_name(window, page, qtbot):
    for section in ("appearance", "engine", "cache", "data", "privacy", "about"):
        window.go("settings", section=section)
        for kind in (QPushButton, QComboBox, QSlider, QCheckBox, QRadioButton, QLineEdit):
            for control in page.findChildren(kind):
                assert control.objectName(), (section, control)
                assert control.accessibleName() or control.text(), control.objectName()


def test_licences_can_be_read(window, page, qtbot):
    window.go("settings", setting="licences")
    qtbot.waitUntil(lambda: page.findChild(QPushButton, "settings-licence-numpy") is not None, timeout=10000)
    page.findChild(QPushButton, "settings-licence-numpy").click()
    qtbot.waitUntil(
        lambda: "Redistribution" in page.findChild(object, "settings-licence-text-numpy").toPlainText(), timeout=10000
    )


def test_the_self_test_runs_in_a_worker_and_says_what_it_found(desk, window, page, qtbot):
    desk.jobs.start()
    window.go("settings", setting="self-test")
    click(qtbot, page, "settings-self-test")

    def words():
        return [label.text() for label in page.findChildren(QLabel)]

    qtbot.waitUntil(lambda: "Everything works here." in words(), timeout=120000)
    assert "A changed proof is refused" in words()
