"""The scenes of the screenshots: what is done in the real window before each picture is taken."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from screenshot_hardware import HARDWARE_SCENES
from screenshot_monitor import MONITOR_SCENES
from screenshot_wizard import WIZARD_SCENES
from windowlab import ROOT, ended, order, settle, wait_until

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication
    from screenshots import Camera

    from zkcompanion.app.desk import Desk
    from zkcompanion.app.job_views import JobView
    from zkcompanion.ui.shell.main_window import MainWindow

FOREIGN = ROOT / "tests" / "data" / "foreign_proof"
SIZE, NARROW = (1180, 800), (720, 900)
_PROOF_S = 180
_EXAMPLES = (
    "age-over-18",
    "anonymous-vote",
    "funds-above-threshold",
    "merkle-membership",
    "sha256-preimage",
    "sudoku",
)
_SECTIONS = ("appearance", "engine", "cache", "data", "monitoring", "privacy", "about")


@dataclass(frozen=True)
class Stage:
    """What a scene plays on."""

    app: QApplication
    desk: Desk
    window: MainWindow
    camera: Camera

    def wait(self, condition: Callable[[], object], what: str, timeout_s: float = _PROOF_S) -> None:
        """Let the window live until something holds."""
        wait_until(self.app, condition, timeout_s=timeout_s, what=what)

    def shows(self, name: str) -> bool:
        """Whether a control of this name is in sight."""
        from PySide6.QtWidgets import QWidget

        found = self.window.findChild(QWidget, name)
        return found is not None and found.isVisible()

    def says(self, *texts: str) -> bool:
        """Whether one of these texts is in sight."""
        from PySide6.QtWidgets import QLabel

        return any(label.isVisible() and label.text() in texts for label in self.window.findChildren(QLabel))

    def click(self, name: str) -> None:
        """Press a button."""
        from PySide6.QtWidgets import QAbstractButton

        found = self.window.findChild(QAbstractButton, name)
        assert isinstance(found, QAbstractButton), name
        found.click()
        settle(self.app, 0.3)

    def choose(self, example: str) -> None:
        """Choose an example and wait for its form."""
        from zkcompanion.ui.pages.prove.page import ProvePage

        self.window.go("prove", example=example)
        page = self.window.page
        assert isinstance(page, ProvePage)
        self.wait(
            lambda: (view := page.run.view) is not None and view.example_id == example and self.shows("prove-start"),
            example,
        )

    def prove(self, example: str, *, repeat: int = 1, inputs: bytes | None = None) -> JobView:
        """Order proofs and wait for their end."""
        job = self.desk.jobs.submit(order(self.desk, example, repeat=repeat, inputs=inputs))
        self.wait(lambda: ended(self.desk, job), f"the end of {example}")
        found = ended(self.desk, job)
        assert found is not None
        return found

    def take(self, name: str, **more: float) -> None:
        """Take a picture."""
        self.camera.take(self.window, name, **more)


def home_first(stage: Stage) -> None:
    """The first start."""
    stage.window.go("home")
    stage.wait(
        lambda: (
            stage.shows("home-prove")
            and stage.says("Nothing has been proved on this computer yet.")
            and stage.shows("home-answer")
        ),
        "Home",
    )
    stage.take("home-first")


def prove_first_visit(stage: Stage) -> None:
    """Nothing is chosen yet."""
    stage.window.go("prove")
    stage.wait(lambda: stage.shows("prove-example-sudoku"), "the examples")
    stage.take("prove-first-visit")


def prove_examples(stage: Stage) -> None:
    """Each example with its form."""
    for example in _EXAMPLES:
        if stage.camera.wants(f"prove-example-{example}"):
            stage.choose(example)
            stage.take(f"prove-example-{example}")


def prove_invalid_input(stage: Stage) -> None:
    """A value that is none."""
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QLineEdit

    stage.choose("age-over-18")
    fields = [field for field in stage.window.page.findChildren(QLineEdit) if field.isVisible()]
    field = next(field for field in fields if field.objectName().startswith("prove-input"))
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "thirty")
    settle(stage.app, 0.5)
    fields[-1].setFocus()
    stage.take("prove-invalid-input")
    stage.window.go("prove", example="age-over-18")


def prove_own_files(stage: Stage) -> None:
    """A circuit of one's own of which a file is still missing."""
    from zkcompanion.app.examples import find_example

    example = find_example("merkle-membership")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path, copy in ((example.r1cs_path, "membership.r1cs"), (example.sym_path, "membership.sym")):
            shutil.copy2(path, folder / copy)
        stage.window.go("prove", files=[folder / "membership.r1cs", folder / "membership.sym"])
        settle(stage.app, 1.5)
        stage.take("prove-own-files-missing", settle_s=1.0)
        # later pictures begin without them
        for role in ("sym", "r1cs"):
            if stage.shows(f"prove-file-remove-{role}"):
                stage.click(f"prove-file-remove-{role}")


def always_done(stage: Stage) -> None:
    """A proof that was made; later scenes have it in their history."""
    stage.window.go("prove", example="sudoku")
    job = stage.prove("sudoku")
    stage.window.go("prove", job=job.id)
    stage.take("prove-done", settle_s=0.8)


def always_failed(stage: Stage) -> None:
    """Inputs that do not satisfy the circuit."""
    view = stage.desk.jobs.describe_example("sudoku").result(timeout=60)
    values = json.loads(view.example_values)
    solution = values["solution"] if "solution" in values else next(v for v in values.values() if isinstance(v, list))
    row = solution[0] if isinstance(solution[0], list) else solution
    row[0], row[1] = row[1], row[0]
    job = stage.prove("sudoku", inputs=json.dumps(values).encode())
    stage.window.go("prove", job=job.id)
    stage.take("prove-failed", settle_s=0.8)


def always_more(stage: Stage) -> None:
    """Some more runs, so that the history and Home have something to say."""
    for example, repeat in (("age-over-18", 1), ("anonymous-vote", 5), ("sha256-preimage", 3)):
        stage.prove(example, repeat=repeat)


def running(stage: Stage) -> None:
    """Many proofs of a large circuit while they are made, others waiting, and Home meanwhile."""
    desk = stage.desk
    stage.choose("sha256-preimage")
    job = desk.jobs.submit(order(desk, "sha256-preimage", repeat=100))
    stage.window.go("prove", job=job)
    stage.wait(lambda: (view := desk.jobs.job(job)) is not None and view.number >= 2, "the second proof")
    settle(stage.app, 4.0)
    stage.take("prove-running")
    for example in ("merkle-membership", "anonymous-vote"):
        desk.jobs.submit(order(desk, example))
    _scroll(stage, to_end=True)
    stage.take("prove-queue")
    stage.window.go("home")
    stage.take("home-running")
    for view in desk.jobs.jobs():
        desk.jobs.cancel(view.id)
    stage.wait(lambda: all(view.ended for view in desk.jobs.jobs()), "the cancelling")
    stage.window.go("prove", job=job)
    _scroll(stage, to_end=False)
    stage.take("prove-cancelled")


def history(stage: Stage) -> None:
    """What was proved before."""
    stage.window.go("prove", history=True)
    stage.take("prove-history", settle_s=0.8)


def verify(stage: Stage) -> None:
    """Somebody's proof: nothing yet, holds, does not hold, refused."""
    from zkcompanion.ui.pages.prove.page import ProvePage

    stage.window.go("prove", verify=True)
    page = stage.window.page
    assert isinstance(page, ProvePage)
    panel = page._verify_panel()  # noqa: SLF001
    stage.take("verify-empty")
    with tempfile.TemporaryDirectory() as name:
        changed = Path(name) / "public.json"
        values = json.loads((FOREIGN / "public.json").read_text())
        changed.write_text(json.dumps([str(int(values[0]) + 1), *values[1:]]))
        proof, key = FOREIGN / "proof.json", FOREIGN / "verification_key.json"
        insecure = (FOREIGN / "insecure_proof.json", FOREIGN / "public.json", FOREIGN / "insecure_key.json")
        for picture, said, files in (
            ("verify-holds", "This proof holds", (proof, FOREIGN / "public.json", key)),
            ("verify-does-not-hold", "This proof does not hold", (proof, changed, key)),
            ("verify-insecure-key", "Refused: the key is insecure", insecure),
        ):
            panel.clear()
            panel.take(list(files))
            stage.wait(lambda said=said: stage.says(said), said)  # type: ignore[misc]
            stage.take(picture)
        panel.clear()
    page.tabs.choose("prove")


def home_later(stage: Stage) -> None:
    """Home after some proofs."""
    stage.window.go("home")
    stage.take("home-later", settle_s=0.8)


def settings(stage: Stage) -> None:
    """Each section."""
    for section in _SECTIONS:
        stage.window.go("settings", section=section)
        if section == "about" and stage.camera.wants("settings-about"):
            stage.click("settings-self-test")
            stage.wait(lambda: stage.says("Everything works here.", "Not everything works here."), "the self-test")
        stage.take(f"settings-{section}", settle_s=0.8)


def notices(stage: Stage) -> None:
    """Words at the lower right, from what a person really does."""
    stage.window.go("settings", section="engine")
    chosen = stage.desk.preferences.current.theme
    stage.click("settings-restart-workers")
    stage.click("settings-defaults")
    stage.desk.preferences.change(theme=chosen)
    stage.take("notices", settle_s=0.8)
    for key in ("settings-restart", "settings-defaults"):
        stage.window.withdraw(key)
    stage.wait(lambda: all(one.state == "ready" for one in stage.desk.jobs.workers()), "ready workers")


def finder(stage: Stage) -> None:
    """Find anything."""
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QLineEdit

    stage.window.go("home")
    stage.window.open_finder()
    settle(stage.app, 0.6)
    stage.take("finder")
    field = stage.window.finder.findChild(QLineEdit)
    assert isinstance(field, QLineEdit)
    QTest.keyClicks(field, "key")
    stage.take("finder-typed")
    stage.window.finder.close_finder()


def help_open(stage: Stage) -> None:
    """The help beside a page."""
    stage.choose("anonymous-vote")
    stage.window.toggle_help()
    stage.take("help")
    stage.window.toggle_help()


def diagnostics(stage: Stage) -> None:
    """What is known about faults."""
    stage.window.show_diagnostics()
    stage.take("diagnostics", settle_s=1.5)


def narrow(stage: Stage) -> None:
    """Small windows."""
    stage.window.resize(*NARROW)
    stage.window.go("home")
    stage.take("narrow-home")
    stage.choose("sudoku")
    stage.take("narrow-prove")
    stage.window.go("settings", section="appearance")
    stage.take("narrow-settings")
    stage.window.resize(*SIZE)


def large_text(stage: Stage) -> None:
    """Text at 200 %, and high contrast."""
    stage.window.context.theme.apply("high-contrast", 100)
    stage.window.go("home")
    stage.take("home-high-contrast")
    stage.window.context.theme.apply(stage.desk.preferences.current.theme, 200)
    stage.take("home-large-text", settle_s=0.8)
    stage.window.context.theme.apply(stage.desk.preferences.current.theme, 100)
    settle(stage.app, 0.3)


def _scroll(stage: Stage, *, to_end: bool) -> None:
    from PySide6.QtWidgets import QScrollArea

    settle(stage.app, 0.5)
    scroll = stage.window.page.findChild(QScrollArea)
    assert isinstance(scroll, QScrollArea)
    scroll.verticalScrollBar().setValue(scroll.verticalScrollBar().maximum() if to_end else 0)


#: In this order, each with (beginnings of) the names of its pictures.
SCENES: tuple[tuple[tuple[str, ...], Callable[[Stage], None]], ...] = (
    (("home-first",), home_first),
    (("prove-first-visit",), prove_first_visit),
    (
        tuple(f"prove-example-{name}" for name in _EXAMPLES),
        prove_examples,
    ),
    (("prove-invalid-input",), prove_invalid_input),
    (("prove-own-files-missing",), prove_own_files),
    *WIZARD_SCENES,
    (("prove-done",), always_done),
    (("prove-failed",), always_failed),
    (("prove-history", "home-later"), always_more),
    (("prove-running", "prove-queue", "prove-cancelled", "home-running"), running),
    *MONITOR_SCENES[:1],
    (("prove-history",), history),
    (("verify-empty", "verify-holds", "verify-does-not-hold", "verify-insecure-key"), verify),
    (("home-later",), home_later),
    (tuple(f"settings-{section}" for section in _SECTIONS), settings),
    *MONITOR_SCENES[1:],
    *HARDWARE_SCENES,
    (("notices",), notices),
    (("finder", "finder-typed"), finder),
    (("help",), help_open),
    (("diagnostics",), diagnostics),
    (("narrow-home", "narrow-prove", "narrow-settings"), narrow),
    (("home-high-contrast", "home-large-text"), large_text),
)
