"""What the window promises to tests, scripts and screen readers: pages, names of controls, actions and keys.

`describe(window)` goes through every page and place of a fresh window and writes down what it finds.
"""

import json
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QWidget

from tests.support.window import settle

FILE = Path(__file__).parents[1] / "ui_contract" / "contract.json"
VERSION = 1
EXAMPLE = "funds-above-threshold"
#: Rows for what is installed: one stands for all.
FAMILIES = ("settings-licence-",)
#: Their text says what happens now, or how it stands on this machine.
LIVE = ("status-", "hardware-tier-")
#: What is there, and how many, depends on the machine.
OF_THE_MACHINE = ("hardware-advice-", "hardware-fact-", "hardware-workload-", "hardware-computer-name")


def describe(window, qtbot):
    """The contract of a window on a fresh home, as JSON would hold it; in English."""
    pages = {}
    for page in window._classes.values():
        found = {}
        for place in ({}, *(dict(place.where) for place in page.places() if place.page == page.id)):
            window.go(page.id, **place)
            settle(qtbot)
            found |= controls(window.page)
        pages[page.id] = {
            "title": window.context.say(page.title),
            "icon": page.icon,
            "places": sorted(window.context.say(place.title) for place in page.places()),
            "controls": dict(sorted(found.items())),
        }
    pages["prove"]["controls"] = dict(sorted((pages["prove"]["controls"] | compose(window, qtbot)).items()))
    chrome = {}
    window.open_finder()
    window.toggle_help()
    for part in (window.rail, window.status, window.help, window.finder, window.question):
        chrome |= controls(part, hidden=True)
    window.finder.close_finder()
    window.toggle_help()
    actions = {
        action.objectName(): {
            "text": action.text(),
            "keys": [keys.toString() for keys in action.shortcuts()],
        }
        for action in window.actions()
    }
    return {
        "version": VERSION,
        "pages": pages,
        "window": dict(sorted(chrome.items())),
        "actions": dict(sorted(actions.items())),
    }


def compose(window, qtbot):
    """The controls of an example that was chosen."""
    window.context.desk.jobs.start()
    window.go("prove", example=EXAMPLE)
    qtbot.waitUntil(lambda: window.page.findChild(QWidget, "prove-start") is not None, timeout=60_000)
    qtbot.waitUntil(lambda: window.page.findChild(QWidget, "prove-start").isVisible(), timeout=60_000)
    settle(qtbot)
    return controls(window.page)


def controls(root, *, hidden=False):
    """Object name to class of Qt and accessible name, for what takes the keyboard or a click."""
    found = {}
    for widget in root.findChildren(QWidget):
        name = widget.objectName()
        if not name or name.startswith("qt_") or not (hidden or widget.isVisible()):
            continue
        if widget.focusPolicy() is Qt.FocusPolicy.NoFocus or name.startswith(OF_THE_MACHINE):
            continue
        said = widget.accessibleName() or QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)
        family = next((family for family in FAMILIES if name.startswith(family)), None)
        live = name.startswith(LIVE) or family is not None
        found[f"{family}*" if family else name] = {"class": qt_class(widget), "name": "" if live else said}
    return found


def qt_class(widget):
    """The nearest class of Qt's own; ours may be renamed."""
    return next(kind.__name__ for kind in type(widget).__mro__ if kind.__module__.startswith("PySide6."))


def differences(promised, found, path=""):
    """Lines that say what is missing, new or other."""
    if isinstance(promised, dict) and isinstance(found, dict):
        for key in sorted({*promised, *found}):
            where = f"{path}/{key}"
            if key not in found:
                yield f"missing: {where}"
            elif key not in promised:
                yield f"new: {where}"
            else:
                yield from differences(promised[key], found[key], where)
    elif promised != found:
        yield f"other: {path}: {promised!r} became {found!r}"


def write(contract, path=FILE):
    """Record it."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(contract, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read(path=FILE):
    """What was recorded."""
    return json.loads(path.read_text(encoding="utf-8"))
