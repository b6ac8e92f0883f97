"""A port that cannot be had is told, with a way to the setting; one that can is not."""

import socket

import pytest

from zkcompanion.ui.metrics_notice import MetricsTeller


@pytest.fixture
def told(window, monkeypatch):
    found = []
    monkeypatch.setattr(window, "notify", found.append)
    return found


def test_a_port_that_is_taken_is_told_with_a_way_to_the_setting(desk, window, told, qtbot):
    MetricsTeller(window.context, desk.metrics, window)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        desk.preferences.change(metrics_port=port)
        qtbot.waitUntil(lambda: bool(told), timeout=10_000)
    notice = told[-1]  # one with the same key takes the place of the one before
    assert str(port) in str(notice.detail)
    assert desk.metrics.url is None
    notice.action()
    assert window.focusWidget().objectName() == "settings-metrics-port"


def test_a_port_that_is_free_is_not_told_of_and_listens_until_it_is_taken_back(desk, window, told, qtbot):
    MetricsTeller(window.context, desk.metrics, window)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    desk.preferences.change(metrics_port=port)
    qtbot.waitUntil(lambda: desk.metrics.url is not None, timeout=10_000)
    desk.preferences.change(theme="dark")
    desk.preferences.change(metrics_port=0)
    qtbot.waitUntil(lambda: desk.metrics.url is None, timeout=10_000)
    assert told == []
