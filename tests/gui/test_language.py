"""Every visible text goes through the catalogue: a run in the pseudo-language finds those that do not."""

import gc
import re
from collections import Counter

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QTabBar,
    QWidget,
)

from tests.support.window import settle
from zkcompanion.app.history import HistoryChanged
from zkcompanion.app.job_views import LoadSampled, LoadView, WorkersChanged
from zkcompanion.app.machine import look_at_machine
from zkcompanion.base.catalogue import available_languages
from zkcompanion.base.messages import msg
from zkcompanion.ui.context import Notice
from zkcompanion.ui.pages import PAGES

#: What is the same in every language, besides names of languages and processors: files, versions, units, keys.
SAME_EVERYWHERE = (
    r"ZK Companion",
    r"[\w.-]+\.(json|zkey|wtns|wasm|r1cs|sym|ptau|txt|circom)",
    r"(Ctrl|Shift|Alt|F\d+|Esc|Enter|Tab|[+=0-9A-Z-])(\+(Ctrl|Shift|Alt|F\d+|Esc|[+=0-9A-Z-]))*",
    r"[\d\s.,:%/·()-]+(bytes|KiB|MiB|GiB|us|ms|s|min|h|GHz)?",
    r"v?\d+(\.\d+)+\S*",
)
_PSEUDO = re.compile(r"⟦[^⟦⟧]*⟧")
_PROCESSOR = look_at_machine().processor.split()
_OWN_NAMES = [re.escape(name) for name in (*(name for _, name in available_languages()), *_PROCESSOR)]
_SAME = re.compile("|".join(rf"(?<!\w)(?:{pattern})(?!\w)" for pattern in (*SAME_EVERYWHERE, *_OWN_NAMES)))


def unmarked(text):
    """What is left of a text without what went through the catalogue and what is the same everywhere."""
    before = None
    while before != text:
        before, text = text, _PSEUDO.sub(" ", text)
    text = text.replace("…", " ")
    # a sentence that is shortened has lost its closing bracket
    text = re.sub(r"⟦.*", " ", text)
    words = _SAME.sub(" ", text)
    return " ".join(re.findall(r"[^\W\d_]{2,}", words))


def texts_of(widget):
    """(what kind of text, text) of everything a person can see or be read of one widget."""
    yield "accessible name", widget.accessibleName()
    yield "accessible description", widget.accessibleDescription()
    yield "tool tip", widget.toolTip()
    yield "help", widget.property("help") or ""
    if isinstance(widget, QLabel | QAbstractButton):
        yield "text", widget.text()
    if isinstance(widget, QLineEdit | QPlainTextEdit):
        yield "placeholder", widget.placeholderText()
    if isinstance(widget, QComboBox):
        yield from (("item", widget.itemText(row)) for row in range(widget.count()))
    if isinstance(widget, QListWidget):
        yield from (("item", widget.item(row).text()) for row in range(widget.count()))
    if isinstance(widget, QTabBar):
        yield from (("tab", widget.tabText(number)) for number in range(widget.count()))


def not_from_the_catalogue(root, *, data=lambda _widget: False):
    """Texts that nobody marked, with who shows them; `data` tells which widgets show what is no text of ours."""
    found = []
    for widget in (root, *root.findChildren(QWidget)):
        if data(widget):
            continue
        for kind, text in texts_of(widget):
            if left := unmarked(text):
                found.append(f"{widget.objectName() or type(widget).__name__}: {kind}: {text!r} ({left})")
    return found


def shows_data(widget):
    """Figures and names that are no sentences: marked `data` by whoever shows them, and everything inside of them."""
    while widget is not None:
        if widget.property("data"):
            return True
        widget = widget.parentWidget()
    return False


@pytest.fixture
def pseudo(desk, home):
    desk.preferences.change(language="qps")


def test_the_window_around_the_pages_speaks_the_language(pseudo, window, qtbot):
    window.notify(Notice("bad", msg("Something."), msg("More of it."), lasting=True, more=(msg("And more."),)))
    window.toggle_help()
    window.open_finder()
    qtbot.waitUntil(lambda: any("⟦Ƒûñðš" in title for title in window.finder.titles()))
    window._ask_to_close(2)
    chrome = (window.rail, window.status, window.help, window.notices, window.finder, window.question)
    assert [line for part in chrome for line in not_from_the_catalogue(part, data=shows_data)] == []
    assert unmarked(window.windowTitle()) == ""
    assert [action.text() for action in window.actions() if unmarked(action.text())] == []


@pytest.mark.parametrize("page", [*(page.id for page in PAGES), "diagnostics"])
def test_every_page_speaks_the_language(pseudo, window, qtbot, page):
    window.go(page)
    settle(qtbot)
    assert not_from_the_catalogue(window.page, data=shows_data) == []


def test_in_another_language_everything_is_built_anew_at_once(window, desk, qtbot):
    window.go("settings")
    window.notify(Notice("caution", msg("Something."), lasting=True))
    window.toggle_help()
    window.change(language="qps")
    qtbot.waitUntil(lambda: "⟦" in window.rail.button("home").accessibleName())
    assert window.page.id == "settings"
    assert window.help.isVisible()
    assert [notice.tone for notice in window.notices.notices] == ["caution"]
    assert not_from_the_catalogue(window.rail) == []
    window.change(language="en")
    qtbot.waitUntil(lambda: window.rail.button("home").accessibleName() == "Home")
    for page in PAGES:
        window.go(page.id)


def test_what_a_person_typed_is_kept_when_the_language_changes(window, qtbot, monkeypatch):
    home = window._classes["home"]
    taken = []
    monkeypatch.setattr(home, "keep", lambda _page: "typed")
    monkeypatch.setattr(home, "take_back", lambda self, kept: taken.append((self, kept)))
    window.go("settings")
    window.change(language="qps")
    qtbot.waitUntil(lambda: len(taken) == 1)
    assert taken == [(window._pages["home"], "typed")]


def test_the_check_can_fail(qtbot):
    label = QLabel("Not marked, 12.5 MiB, proof.json")
    qtbot.addWidget(label)
    (found,) = not_from_the_catalogue(label)
    assert "(Not marked)" in found
    assert unmarked("⟦Ƥŕöṽé þåð⟧ 3.11 GiB (Ctrl+K) ⟦ŵöŕð") == ""


def test_what_was_built_anew_listens_no_more(window, theme, desk, qtbot):
    """A part that is gone and still hears the theme or the bus would raise at the next change."""
    for page in PAGES:
        window.go(page.id)
    settle(qtbot)
    for language in ("qps", "en", "qps"):
        window.change(language=language)
        expected = language == "qps"
        qtbot.waitUntil(lambda expected=expected: ("⟦" in window.rail.button("home").accessibleName()) is expected)
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    theme.apply("dark", 130)
    desk.bus.publish(HistoryChanged())
    desk.bus.publish(WorkersChanged(()))
    desk.bus.publish(LoadSampled(LoadView(0.0, 1.0, 1.0, 1, 2, 1)))
    settle(qtbot)


def test_many_changes_of_language_leave_nothing_behind(window, qtbot):
    def count():
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        return len(window.findChildren(QWidget))

    window._rebuild()
    before = count()
    for _ in range(3):
        window._rebuild()
    assert count() == before


def test_a_window_built_anew_many_times_leaves_no_names_for_what_is_gone(desk, window, qtbot):
    # what Python holds for things that Qt has deleted ends the process, once something else lies in their place
    from shiboken6 import Shiboken

    desk.jobs.start()
    window.go("prove", example="funds-above-threshold")
    qtbot.waitUntil(lambda: window.page.run.view is not None, timeout=90_000)
    window.page.flow._prove(1)
    qtbot.waitUntil(lambda: window.page.run.watch.job.ended, timeout=90_000)
    qtbot.waitUntil(lambda: len(window.page.run.watch.strip._plots) == 2)

    def items():
        return sum(type(one).__name__ == "QWidgetItem" for one in Shiboken.getAllValidWrappers())

    held = items()
    qtbot.keyClick(window, Qt.Key.Key_Tab)
    assert items() == held, "Tab must not ask layouts for their items, which are deleted without a word"

    def names():
        window._rebuild()
        qtbot.keyClick(window, Qt.Key.Key_Tab)
        for _ in range(3):
            settle(qtbot)
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
            gc.collect()
        return Counter(type(one).__name__ for one in Shiboken.getAllValidWrappers())

    names()
    before = names()
    for _ in range(4):
        after = names()
    assert {kind: (before[kind], count) for kind, count in after.items() if count > before[kind]} == {}
