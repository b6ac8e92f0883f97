"""Files that somebody made to confuse the window: many, with odd names, with circuits too large for a form."""

from __future__ import annotations

import os
import shutil
import struct
import time

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from zkcompanion.app.circuit_files import CircuitFiles
from zkcompanion.app.error_views import ErrorView
from zkcompanion.app.examples import find_example
from zkcompanion.app.input_values import MODULUS
from zkcompanion.app.job_views import SortedFilesView
from zkcompanion.base.messages import msg

LONG_MS = 90_000
#: Of the window's own processor time; without the repair each of these takes ten to a hundred times as long.
_MOST_OWN_S = 1.0


@pytest.fixture
def page(desk, window, qtbot):
    desk.jobs.start()
    window.go("prove")
    made = window.page
    qtbot.waitUntil(lambda: made.findChild(QPushButton, "prove-example-sudoku") is not None, timeout=LONG_MS)
    return made


def texts(widget):
    return [
        label.text().replace("\N{ZERO WIDTH SPACE}", "")
        for label in widget.findChildren(QLabel)
        if label.isVisible() and label.text()
    ]


def drop(widget, *urls):
    data = QMimeData()
    data.setUrls([url if isinstance(url, QUrl) else QUrl.fromLocalFile(str(url)) for url in urls])
    left, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    actions = Qt.DropAction.CopyAction | Qt.DropAction.MoveAction
    QApplication.sendEvent(widget, QDragEnterEvent(QPoint(10, 10), actions, data, left, keys))
    QApplication.sendEvent(widget, QDropEvent(QPointF(10, 10), actions, data, left, keys))


def copied(folder, name="circuit"):
    folder.mkdir(parents=True)
    for kind in ("r1cs", "wasm", "sym"):
        shutil.copy(find_example("funds-above-threshold").folder / f"circuit.{kind}", folder / f"{name}.{kind}")
    return folder


def system_of(inputs):
    """The bytes of a constraint system with so many private inputs."""
    wires = 1 + inputs
    one = struct.pack("<II", 1, 1) + (1).to_bytes(32, "little")
    zero = struct.pack("<II", 1, 0) + (1).to_bytes(32, "little")
    sections = (
        struct.pack("<I", 32) + MODULUS.to_bytes(32, "little") + struct.pack("<IIIIQI", wires, 0, 0, inputs, wires, 1),
        one + zero + one,
        b"".join(struct.pack("<Q", wire) for wire in range(wires)),
    )
    framed = (struct.pack("<IQ", number, len(body)) + body for number, body in enumerate(sections, start=1))
    return b"r1cs" + struct.pack("<II", 1, 3) + b"".join(framed)


def refused(count):
    error = ErrorView("file", msg("{file}: This is no file that this program knows.", file="/a/rather/long/path/x.txt"))
    return SortedFilesView(
        CircuitFiles(""), refused=tuple((f"{n}.txt", error) for n in range(count)), doubles=("d.sym",) * count
    )


def own_time(act):
    began_s = time.thread_time()
    act()
    QApplication.processEvents()
    return time.thread_time() - began_s


def test_hundreds_of_files_that_are_nothing_are_counted_and_do_not_stall_the_window(page, qtbot):
    own = page.choice.own
    assert own_time(lambda: own.offer(refused(500))) < _MOST_OWN_S
    shown = texts(own)
    assert "496 more files were not taken." in shown
    assert any("and 496 more" in text for text in shown)
    page.tabs.choose("verify")
    assert own_time(lambda: page._verify.offer(refused(500))) < _MOST_OWN_S
    assert "496 more files were not taken." in texts(page._verify)


def test_of_thousands_of_files_only_the_first_are_looked_at_and_it_says_so(page, qtbot, tmp_path):
    own, given = page.choice.own, []
    own.drop.dropped.disconnect()
    own.drop.dropped.connect(given.append)
    drop(page, *(tmp_path / f"{n}.txt" for n in range(5000)))
    assert [len(paths) for paths in given] == [200]
    assert any("5 000 files are too many" in text.replace("\N{NO-BREAK SPACE}", " ") for text in texts(own))
    drop(page, tmp_path / "1.txt")
    assert not any("too many" in text for text in texts(own))


@pytest.mark.skipif(os.name == "nt", reason="names that Windows has none of")
@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("<b>x<img src=y>", "<b>x<img src=y>"),
        ("evil\N{RIGHT-TO-LEFT OVERRIDE}gpj", "evil\\u202egpj"),
        ("a\nb\tc\x1b[31m", "a\\nb\\tc\\x1b[31m"),
        ("x" * 240, "x" * 240),
    ],
    ids=["html", "direction", "control", "long"],
)
def test_a_name_is_shown_as_it_stands_on_one_line_and_in_its_place(page, qtbot, tmp_path, name, shown):
    drop(page.choice.own.drop, copied(tmp_path / "mine", name))
    qtbot.waitUntil(lambda: page.run.view is not None, timeout=LONG_MS)
    qtbot.waitUntil(page.run.compose.isVisible, timeout=LONG_MS)
    assert shown in texts(page.choice.own.card)
    assert page.run.compose._title.full_text == shown
    said = [*texts(page), *(label.accessibleName() for label in page.findChildren(QLabel))]
    assert not any(odd in text for text in said for odd in "\N{RIGHT-TO-LEFT OVERRIDE}\t\x1b")
    assert page.choice.own.card.minimumSizeHint().width() < page.choice.own.width()


@pytest.mark.skipif(os.name == "nt", reason="bytes in names")
def test_a_name_that_is_no_unicode_can_be_dropped(page, qtbot, tmp_path):
    source = find_example("funds-above-threshold").folder / "circuit.r1cs"
    odd = os.fsencode(tmp_path) + b"/c\xff.r1cs"
    try:
        shutil.copy(source, odd)
    except OSError:
        pytest.skip("this file system has no such names")
    drop(page.choice.own.drop, QUrl.fromEncoded(b"file://" + os.fsencode(tmp_path) + b"/c%ff.r1cs"))
    qtbot.waitUntil(lambda: page.run.view is not None, timeout=LONG_MS)
    assert page.run.view.constraints == 453
    assert not any("cannot be opened" in text for text in texts(page.choice.own))


@pytest.mark.skipif(os.name == "nt", reason="pipes with names")
def test_an_input_file_that_became_a_pipe_is_refused_and_stops_nothing(page, qtbot, tmp_path):
    folder = copied(tmp_path / "mine")
    shutil.copy(find_example("funds-above-threshold").folder / "input.json", folder / "input.json")
    drop(page.choice.own.drop, folder)
    show = page.findChild
    qtbot.waitUntil(lambda: page.run.view is not None and page.run.compose.isVisible(), timeout=LONG_MS)
    (folder / "input.json").unlink()
    os.mkfifo(folder / "input.json")
    qtbot.mouseClick(show(QPushButton, "prove-inputs-show"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: any("A regular file is expected" in text for text in texts(page.run)))


def test_a_circuit_of_thousands_of_inputs_asks_for_a_file_and_does_not_stall_the_window(page, qtbot, tmp_path):
    count = 5000
    folder = copied(tmp_path / "many")
    (folder / "circuit.r1cs").write_bytes(system_of(count))
    (folder / "circuit.sym").write_text("".join(f"{n},{n},0,main.a{n}\n" for n in range(1, count + 1)))
    began_s = time.thread_time()
    drop(page.choice.own.drop, folder)
    qtbot.waitUntil(lambda: page.run.view is not None and page.run.compose.isVisible(), timeout=LONG_MS)
    assert time.thread_time() - began_s < 2 * _MOST_OWN_S
    assert "This circuit takes more values than a form can show. Add an input file." in texts(page.run)
    assert not page.run.compose.inputs.form.fields
