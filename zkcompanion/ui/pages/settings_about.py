"""Settings: what this program is made of, whether it works here, and its keys."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QGridLayout, QPlainTextEdit, QWidget

from zkcompanion.app.about import AboutView, PartView, about, licence_text
from zkcompanion.app.views import SelfTestView
from zkcompanion.base.errors import CompanionError
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.units import format_duration
from zkcompanion.ui.context import WindowContext
from zkcompanion.ui.pages.settings_parts import Section, SettingRow
from zkcompanion.ui.tasks import follow, run_task
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Button, Label, clear, column, row, tabular
from zkcompanion.ui.widgets.disclosure import Disclosure
from zkcompanion.ui.widgets.icon import Icon
from zkcompanion.ui.widgets.states import Skeleton

_CHECKS = {
    "parts": msg("Libraries"),
    "folders": msg("Folders"),
    "kernels": msg("Arithmetic"),
    "proof": msg("A real proof"),
    "refusal": msg("A changed proof is refused"),
}


class AboutSection(Section):
    """Version, self-test, report, keys of the keyboard, libraries and their licences."""

    id = "about"
    title = msg("About")

    def __init__(self, context: WindowContext) -> None:
        super().__init__(context)
        say = context.say
        self._read = False
        self._test = Button(say(msg("Test this installation")), "plain", name="settings-self-test", clicked=self._run)
        self._results = column(spacing=self.context.theme.pixels(Space.S))
        tests = QWidget()
        tests.setLayout(column(row(self._test, None), self._results, spacing=self.context.theme.pixels(Space.M)))
        report = Button(
            say(msg("Read the report")),
            "plain",
            name="settings-diagnostics",
            clicked=lambda: context.shell.go("diagnostics"),
        )
        setup = Button(
            say(msg("Set up again")),
            "plain",
            name="settings-setup",
            clicked=lambda: context.shell.go("wizard", again=True),
        )
        self.add_group(
            None,
            SettingRow(
                context,
                "version",
                msg("ZK Companion"),
                msg("Find out what this computer can prove in zero knowledge, prove it, and understand what happened."),
            ),
            SettingRow(
                context,
                "self-test",
                msg("Does it work here?"),
                msg("Checks libraries, folders and arithmetic, makes a real proof, and sees a changed one refused."),
                tests,
                focus=self._test,
                wide=True,
            ),
            SettingRow(
                context,
                "setup",
                msg("Set up this computer"),
                msg("The steps of the first start: what it is, how fast, what it can prove, and a proof."),
                setup,
            ),
            SettingRow(
                context,
                "diagnostics",
                msg("Report of what is known about faults"),
                msg("You read it first; nothing is sent. It has no inputs and no names of your files."),
                report,
            ),
        )
        self._shortcuts = QGridLayout()
        holder = QWidget()
        holder.setLayout(self._shortcuts)
        self.add_group(
            None,
            SettingRow(
                context, "shortcuts", msg("Keyboard"), msg("Everything works without a mouse."), holder, wide=True
            ),
        )
        self._parts = QWidget()
        self._parts_column = column(spacing=0)
        self._parts.setLayout(self._parts_column)
        self._parts_column.addWidget(Skeleton(context.theme, say(msg("Reading versions and licences"))))
        self.add_group(
            None,
            SettingRow(
                context,
                "licences",
                msg("Made of"),
                msg("The libraries that this program uses, each under its own licence."),
                self._parts,
                wide=True,
            ),
        )
        self.add_stretch()

    def arrive(self) -> None:
        """Read versions and licences once."""
        if not self._read:
            self._read = True
            self._fill_shortcuts()
            run_task(self, about, self._show_about, self.context.shell.show_error)

    # -- self-test

    def _run(self) -> None:
        clear(self._results)
        self._test.setEnabled(False)
        self._results.addWidget(Label(self.context.say(msg("Testing; this takes some seconds.")), "muted"))
        follow(self, self.context.desk.jobs.self_test(), self._tested, self._not_tested)

    def _tested(self, view: SelfTestView) -> None:
        say = self.context.say
        clear(self._results)
        self._test.setEnabled(True)
        verdict = msg("Everything works here.") if view.passed else msg("Not everything works here.")
        self._results.addWidget(Label(say(verdict), "strong"))
        for check in view.checks:
            icon, token = ("state-done", "good") if check.passed else ("state-failed", "bad")
            name = _CHECKS.get(check.name, Message("{name}", {"name": check.name}))
            seconds = Label(format_duration(check.seconds), "caption", wrap=False)
            tabular(seconds)
            across = row(spacing=Space.M)
            across.addWidget(Icon(self.context.theme, icon, token), 0, Qt.AlignmentFlag.AlignTop)
            across.addLayout(column(Label(say(name)), Label(say(check.detail), "caption"), spacing=0), 1)
            across.addWidget(seconds, 0, Qt.AlignmentFlag.AlignTop)
            self._results.addLayout(across)

    def _not_tested(self, error: CompanionError) -> None:
        clear(self._results)
        self._test.setEnabled(True)
        self._results.addWidget(Label(self.context.say(error.message), "bad"))

    # -- versions, licences, keys

    def _show_about(self, view: AboutView) -> None:
        say = self.context.say
        self.rows["version"].set_note(
            say(
                msg(
                    "Version {version}, licence {licence}, on Python {python}. Find out what this computer can prove "
                    "in zero knowledge, prove it, and understand what happened.",
                    version=view.version,
                    licence=view.licence,
                    python=view.python,
                )
            )
        )
        clear(self._parts_column)
        for part in view.parts:
            self._parts_column.addWidget(self._part(part))

    def _part(self, part: PartView) -> Disclosure:
        name = f"settings-licence-{part.name.lower()}"
        title = self.context.say(
            msg("{name} {version}", name=part.name, version=part.version)
            if not part.licence
            else msg("{name} {version}, {licence}", name=part.name, version=part.version, licence=part.licence)
        )
        folded = Disclosure(self.context.theme, title, name=name)
        folded.toggled.connect(lambda opened: self._open_licence(folded, part.name) if opened else None)
        return folded

    def _open_licence(self, folded: Disclosure, name: str) -> None:
        if folded.body.count():
            return
        text = QPlainTextEdit()
        text.setObjectName(f"settings-licence-text-{name.lower()}")
        text.setAccessibleName(self.context.say(msg("Licence of {name}", name=name)))
        text.setProperty("kind", "code")
        text.setReadOnly(True)
        text.setTabChangesFocus(True)
        text.setMinimumHeight(self.context.theme.pixels(240))
        folded.body.addWidget(text)
        none = self.context.say(msg("No licence text came with this part."))
        run_task(self, lambda: licence_text(name), lambda found: text.setPlainText(found or none), self._no_licence)

    def _no_licence(self, error: CompanionError) -> None:
        self.context.shell.show_error(error)

    def _fill_shortcuts(self) -> None:
        """The keys that this window really has."""
        say, pixels = self.context.say, self.context.theme.pixels
        grid = self._shortcuts
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(pixels(Space.XL))
        grid.setVerticalSpacing(pixels(Space.S))
        grid.setColumnStretch(1, 1)
        native = QKeySequence.SequenceFormat.NativeText
        found = [
            (action.shortcut().toString(native), action.text())
            for action in self.window().actions()
            if not action.shortcut().isEmpty()
        ]
        for number, (keys, does) in enumerate((*found, *((keys, say(does)) for keys, does in _KEYS))):
            said = Label(keys, "strong", wrap=False)
            said.setProperty("data", True)
            grid.addWidget(said, number, 0)
            grid.addWidget(Label(does), number, 1)


#: What every control answers to; the window's own keys are asked of it.
_KEYS = (
    ("Tab", msg("Next control; with Shift, the one before")),
    ("Esc", msg("Cancel or close")),
)
