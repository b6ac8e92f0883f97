"""The result card: verdict, figures, what the proof shows, and what one can do with it."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QPlainTextEdit, QPushButton

from tests.support.window_views import SECONDS, SilentShell, failure, job, phases, proving
from zkcompanion.ui.bridge import EventBridge
from zkcompanion.ui.context import WindowContext

#: A first proof with compiled kernels and a key made for it.
PROOF_MS = 120_000


@pytest.fixture
def context(desk, theme):
    bridge = EventBridge(desk.bus, theme)
    yield WindowContext(desk, theme, bridge, SilentShell())
    bridge.close()


@pytest.fixture
def card(context, qtbot):
    from PySide6.QtWidgets import QVBoxLayout, QWidget

    from zkcompanion.ui.widgets.result_card import ResultCard

    made = ResultCard(context)
    page = QWidget()
    layout = QVBoxLayout(page)
    layout.addWidget(made)
    layout.addStretch()
    qtbot.addWidget(page)
    page.resize(820, 1000)
    page.show()
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    made.page = page  # lives as long
    return made


def texts(widget) -> list[str]:
    QApplication.processEvents()  # what joins a page in sight is shown a turn later
    return [
        label.text().replace("\N{ZERO WIDTH SPACE}", "") for label in widget.findChildren(QLabel) if label.isVisible()
    ]


def press(qtbot, widget, name: str) -> None:
    QApplication.processEvents()
    found = [button for button in widget.findChildren(QPushButton, name) if button.isVisible()]
    assert len(found) == 1, name
    qtbot.mouseClick(found[0], Qt.MouseButton.LeftButton)


def done(**more):
    return job("done", phases(), elapsed_s=1.6, result=proving(**more))


def test_nothing_is_shown_before_the_end(card):
    card.show_job(job(parts=phases("sum-a")))
    assert not card.isVisible()
    card.show_job(None)
    assert not card.isVisible()


def test_a_verified_proof_says_so_with_its_figures_and_what_they_mean(card):
    card.show_job(done(proofs=3))
    said = texts(card)
    for text in ("Verified", "1.63 s", "one proof, median of 3", "340 MiB", "1\N{NO-BREAK SPACE}234", "constraints"):
        assert text in said
    assert any("Earlier proofs took about 1.5 s" in text for text in said)
    assert any("checked here as anybody else would" in text for text in said)


def test_a_development_key_is_named_as_one(card):
    card.show_job(done(key="development"))
    said = texts(card)
    assert "Development key" in said
    assert "Development key: good for learning and measuring, not for real use" in said
    card.show_job(done(key="ok"))
    assert not any("evelopment key:" in text for text in texts(card))


def test_under_an_insecure_key_nothing_is_called_verified(card):
    card.show_job(done(key="insecure"))
    said = texts(card)
    assert "Verified" not in said
    assert "Made, but it shows nothing" in said
    assert "Insecure key" in said
    assert any(text.startswith("Nothing: with this key anybody") for text in said)


def test_an_example_says_what_it_reveals_and_hides_and_names_its_signals(card, desk):
    example = next(one for one in desk.examples.list() if one.id == "funds-above-threshold")
    card.show_job(done(), example)
    said = texts(card)
    for sentence in (*example.reveals, *example.hides):
        assert str(sentence) in said
    assert "Commitment" in said
    assert "Threshold" in said
    assert "77" in said

    card.show_job(done(), None)
    said = texts(card)
    assert "Whoever made it knew inputs that satisfy this circuit, with the public signals below." in said
    assert "Signal 1" in said


def test_many_signals_are_cut_and_long_ones_shortened(card):
    card.show_job(done(signals=tuple(10**76 + number for number in range(30))))
    said = texts(card)
    assert "and 22 more, in the details" in said
    assert "Signal 8" in said
    assert "Signal 9" not in said
    assert card.minimumSizeHint().width() < 720


def test_each_phase_has_its_time_beside_what_was_expected(card):
    from zkcompanion.ui.widgets.phase_table import TimeBar

    card.show_job(done())
    bars = [bar for bar in card.findChildren(TimeBar) if bar.isVisible()]
    assert len(bars) == len(SECONDS) - 1
    assert max(bar.share for bar in bars) == 1.0
    assert bars[0].expected_share == pytest.approx(bars[0].share / 1.1)
    said = texts(card)
    assert "Expected" in said
    assert "550 ms" in said
    assert "500 ms" in said
    assert "Multiplications" not in said

    card.show_job(job("done", phases(expected=False), result=proving()))
    assert "Expected" not in texts(card)


def test_a_profile_is_read_beside_the_times(card, qtbot):
    card.show_job(done())
    with qtbot.waitSignal(card.run_again) as heard:
        press(qtbot, card, "prove-result-profile")
    assert heard.args == [1, True]

    card.show_job(done(profile=True))
    said = texts(card)
    assert "4.56 M" in said
    assert "48 %" in said
    assert "The whole proof reached 46 % of the limit." in said
    assert any("one multiplication in 2.7 ns" in text for text in said)


def test_it_can_run_ten_times(card, qtbot):
    card.show_job(done())
    with qtbot.waitSignal(card.run_again) as heard:
        press(qtbot, card, "prove-result-repeat")
    assert heard.args == [10, False]


def test_the_details_can_be_read_and_selected(card, qtbot):
    card.show_job(done())
    assert not any(field.isVisible() for field in card.findChildren(QPlainTextEdit))
    press(qtbot, card, "prove-result-details")
    shown = {field.objectName(): field for field in card.findChildren(QPlainTextEdit) if field.isVisible()}
    assert set(shown) == {"prove-result-proof-json", "prove-result-public-json", "prove-result-key-json"}
    assert json.loads(shown["prove-result-proof-json"].toPlainText()) == {"pi_a": ["1", "2", "1"]}
    assert all(field.isReadOnly() and field.accessibleName() for field in shown.values())


def test_copying_puts_the_proof_into_the_clipboard_and_says_so(card, qtbot):
    card.show_job(done())
    press(qtbot, card, "prove-result-copy")
    assert json.loads(QGuiApplication.clipboard().text()) == {"pi_a": ["1", "2", "1"]}
    assert "The proof is in the clipboard, as JSON." in texts(card)


def test_saving_asks_for_a_folder_and_replaces_nothing_unasked(card, qtbot, tmp_path):
    card.show_job(done())
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "public.json").write_text("mine")
    press(qtbot, card, "prove-result-save")
    dialog = card.findChild(QFileDialog, "prove-result-folder-dialog")
    qtbot.waitUntil(dialog.isVisible)
    dialog.fileSelected.emit(str(folder))
    dialog.reject()
    qtbot.waitUntil(lambda: "This folder already has public.json." in texts(card))
    assert [path.name for path in folder.iterdir()] == ["public.json"]

    press(qtbot, card, "prove-result-save-other")
    qtbot.waitUntil(lambda: any(text.startswith("Saved: proof-2.json") for text in texts(card)))
    assert (folder / "public.json").read_text() == "mine"
    assert json.loads((folder / "proof-2.json").read_text()) == {"pi_a": ["1", "2", "1"]}
    assert [button for button in card.findChildren(QPushButton, "prove-result-open") if button.isVisible()]


def test_replacing_is_one_press_once_it_was_asked(card, qtbot, tmp_path):
    card.show_job(done())
    (tmp_path / "proof.json").write_text("mine")
    actions = card.findChild(QPushButton, "prove-result-save").parent().parent()
    actions.save_into(tmp_path)
    qtbot.waitUntil(lambda: "This folder already has proof.json." in texts(card))
    press(qtbot, card, "prove-result-replace")
    qtbot.waitUntil(lambda: any(text.startswith("Saved: proof.json") for text in texts(card)))
    assert json.loads((tmp_path / "proof.json").read_text()) == {"pi_a": ["1", "2", "1"]}


def test_a_link_in_the_way_is_named_and_left_alone(card, qtbot, tmp_path):
    card.show_job(done())
    precious = tmp_path / "precious"
    precious.write_text("mine")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "proof.json").symlink_to(precious)
    actions = card.findChild(QPushButton, "prove-result-save").parent().parent()
    actions.save_into(folder)
    qtbot.waitUntil(lambda: any("link to another place" in text for text in texts(card)))
    assert precious.read_text() == "mine"


def test_why_there_is_no_proof_is_said_with_what_to_do(card, qtbot):
    card.show_job(job("failed", phases("check"), error=failure(signal="balance")))
    said = texts(card)
    assert "No proof" in said
    assert any("internal_state_of_round_57" in text for text in said)
    assert any("break a rule of the circuit" in text for text in said)
    assert "Look at the inputs." in said
    assert {"The inputs do not satisfy the circuit", "The inputs are at fault."} <= set(said)
    assert card.minimumSizeHint().width() < 720, "a long name breaks"
    with qtbot.waitSignal(card.show_input) as heard:
        press(qtbot, card, "prove-result-input")
    assert heard.args == ["balance"]
    with qtbot.waitSignal(card.run_again) as heard:
        press(qtbot, card, "prove-result-again")
    assert heard.args == [1, False]
    press(qtbot, card, "prove-result-details")
    details = card.findChild(QPlainTextEdit, "prove-result-error").toPlainText()
    assert "Kind of error: unsatisfied-witness" in details


def test_a_fault_of_ours_is_owned_and_leads_to_its_report(card, qtbot):
    error = failure("bug", report="reports/one.json", hint=None)
    card.show_job(job("failed", phases("sum-a"), error=error))
    assert any("not yours" in text for text in texts(card))
    with qtbot.waitSignal(card.show_report) as heard:
        press(qtbot, card, "prove-result-report")
    assert heard.args == ["reports/one.json"]


@pytest.mark.parametrize(
    ("error", "whose"),
    [
        (None, "Nobody is at fault."),
        (failure("kernels-unavailable", report="reports/one.json"), "It is this computer, not your files."),
        (failure("disk-full"), "It is this computer, not your files."),
        (failure("bad-file"), "A file is at fault."),
    ],
)
def test_what_is_not_our_fault_does_not_look_so(card, error, whose):
    card.show_job(job("failed", phases("check"), error=error))
    said = texts(card)
    assert whose in said
    assert not any("not yours" in text for text in said)
    assert "What to do" in said


def test_a_cancelled_run_is_a_quiet_line(card):
    card.show_job(job("cancelled", phases("sum-a")))
    assert texts(card) == ["Cancelled after 840 ms. Nothing of it is kept."]


def test_a_screen_reader_says_how_it_ended_once(card, monkeypatch):
    from zkcompanion.ui.widgets import announce

    said = []

    class Reader:
        @staticmethod
        def isActive():
            return True

        @staticmethod
        def updateAccessibility(event):
            said.append(event.message())

    monkeypatch.setattr(announce, "QAccessible", Reader)
    ended = done()
    for view in (job(parts=phases("sum-a")), ended, ended, job("cancelled", phases("sum-a"))):
        card.show_job(view)
    assert said == ["Verified", "Cancelled"]


def test_several_values_of_one_public_signal_are_numbered(card, desk):
    example = next(one for one in desk.examples.list() if one.id == "sha256-preimage")
    card.show_job(done(), example)
    label = str(next(signal.label for signal in example.signals if signal.public))
    assert f"{label} 1" in texts(card)
    assert f"{label} 2" in texts(card)


def test_names_from_files_are_never_rendered(card):
    hostile = "<img src='file:///etc/passwd'><b>bold</b>"
    from zkcompanion.base.messages import Message, msg

    named = replace(done(), title=Message("{name}", {"name": hostile}))
    card.show_job(named)
    label = next(label for label in card.findChildren(QLabel) if label.text() == hostile)
    assert label.textFormat() == Qt.TextFormat.PlainText
    card.show_job(job("failed", (), error=failure(message=msg("Bad {name}.", name=hostile))))
    for label in card.findChildren(QLabel):
        assert label.textFormat() == Qt.TextFormat.PlainText


@pytest.mark.parametrize("percent", [80, 200])
def test_it_fits_into_a_narrow_window(context, theme, qtbot, percent):
    from zkcompanion.ui.widgets.result_card import ResultCard

    theme.apply("light", percent)
    made = ResultCard(context)
    qtbot.addWidget(made)
    made.show_job(done(proofs=10, profile=True))
    # a window of 720 px without its rail, at the usual text size; larger text may ask for more
    assert made.minimumSizeHint().width() <= 620 * max(1, percent / 110)


def test_a_real_proof_runs_through_timeline_strip_and_card(context, desk, card, qtbot, tmp_path):
    """Real services: the job's views drive all three, and what is saved is accepted by the verifier."""
    from zkcompanion.app.job_views import ProofOrder, VerifyOrder
    from zkcompanion.ui.widgets.strip import ActivityStrip
    from zkcompanion.ui.widgets.timeline import PhaseTimeline

    desk.jobs.start()
    timeline, strip = PhaseTimeline(context), ActivityStrip(context)
    for widget in (timeline, strip):
        qtbot.addWidget(widget)
        widget.resize(700, 240)
        widget.show()
    views = []

    def changed(view):
        if not views:
            strip.begin(view)
        views.append(view)
        timeline.show_job(view)
        strip.show_job(view)
        if view.ended:
            strip.finish(view)
        card.show_job(view)

    context.bridge.job_changed.connect(changed)
    context.bridge.load_sampled.connect(strip.add)
    circuit = desk.jobs.describe_example("funds-above-threshold").result(60)
    desk.jobs.submit(ProofOrder(circuit.files, circuit.title, circuit.fingerprint, circuit.example_values, repeat=5))
    qtbot.waitUntil(lambda: bool(views) and views[-1].ended, timeout=PROOF_MS)

    assert views[-1].state == "done", views[-1].error
    assert "Verified" in texts(card)
    assert "one proof, median of 5" in texts(card)
    assert timeline.title.text() == "Done: 5 proofs, the last one by phase"
    assert {item.state for item in timeline.list.items} == {"done"}
    assert {"witness", "sum-h"} & {span.phase for span in strip._spans.spans}
    spans = list(strip._spans.spans)
    assert all(one.end_s <= two.start_s + 1e-9 for one, two in itertools.pairwise(spans))

    actions = card.findChild(QPushButton, "prove-result-save").parent().parent()
    actions.save_into(tmp_path)
    qtbot.waitUntil(lambda: any(text.startswith("Saved: proof.json") for text in texts(card)))
    names = ("verification_key.json", "public.json", "proof.json")
    verdict = desk.jobs.verify(VerifyOrder(*(tmp_path / name for name in names))).result(60)
    assert verdict.verified
