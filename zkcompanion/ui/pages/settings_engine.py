"""Settings: how proofs are computed, and the processes that compute them."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QComboBox, QRadioButton, QVBoxLayout, QWidget

from zkcompanion.app.desk import settings_of
from zkcompanion.app.job_views import WorkerView
from zkcompanion.app.preferences import Preferences
from zkcompanion.app.settings import usable_cpus
from zkcompanion.base.messages import Message, msg, msg_n
from zkcompanion.base.units import format_size
from zkcompanion.ui.context import Notice, Tone, WindowContext
from zkcompanion.ui.pages.settings_parts import Section, SettingRow
from zkcompanion.ui.theme.tokens import Space
from zkcompanion.ui.widgets.basic import Button, Label, column, row
from zkcompanion.ui.widgets.states import Chip

_KERNELS = (
    ("auto", msg("Automatic"), msg("The fastest that this processor can run.")),
    ("ifma", msg("Vector"), msg("Eight lanes at once; needs a processor with AVX-512 IFMA.")),
    ("scalar", msg("Scalar"), msg("One number at a time; runs on every 64-bit processor.")),
    (
        "reference",
        msg("Reference"),
        msg("Python's own integers: slow, for comparing, and where no code may be compiled."),
    ),
)
#: Offered sizes of what is kept, in bytes.
_BUFFER_SIZES = (0, 1 << 28, 1 << 30, 1 << 32)
_NAMES = {kind: title for kind, title, _ in _KERNELS}
_WORKERS = {"prover": msg("Prover: makes proofs"), "clerk": msg("Clerk: reads files and judges proofs")}
_STATES: dict[str, tuple[Message, Tone]] = {
    "off": (msg("off"), "info"),
    "starting": (msg("starting"), "info"),
    "ready": (msg("ready"), "good"),
    "busy": (msg("working"), "info"),
    "draining": (msg("ends when it is idle"), "info"),
    "lost": (msg("lost, starting anew"), "bad"),
}


class EngineSection(Section):
    """Threads, kernels, constant work, workers."""

    id = "engine"
    title = msg("Engine")

    def __init__(self, context: WindowContext) -> None:
        super().__init__(context)
        self.add_group(None, self._threads_row(), self._kernels_row(), self._constant_row(), self._buffers_row())
        self.add_group(msg("Worker processes"), self._workers_row())
        self.add_stretch()
        context.bridge.workers_changed.connect(self._show_workers)

    def show_preferences(self, preferences: Preferences) -> None:
        """Let the controls say what holds."""
        with QSignalBlocker(self._threads):
            self._threads.setCurrentIndex(max(0, self._threads.findData(preferences.threads)))
        self._kernels[preferences.kernels].setChecked(True)
        with QSignalBlocker(self._buffers):
            self._show_buffers(preferences.buffer_bytes)
        with QSignalBlocker(self._constant):
            self._constant.setChecked(preferences.constant_work)
        self._show_in_use()

    def arrive(self) -> None:
        """The section is in sight."""
        self._show_workers(self.context.desk.jobs.workers())

    def _threads_row(self) -> SettingRow:
        say = self.context.say
        self._threads = QComboBox()
        self._threads.setObjectName("settings-threads")
        self._threads.addItem(say(msg("All ({threads})", threads=usable_cpus())), 0)
        for count in range(1, usable_cpus() + 1):
            self._threads.addItem(say(msg_n("{n} thread", "{n} threads", n=count)), count)
        self._threads.currentIndexChanged.connect(lambda index: self.change(threads=self._threads.itemData(index)))
        return SettingRow(
            self.context,
            "threads",
            msg("Threads of a proof"),
            msg("With fewer, a proof takes longer and leaves more of the processor to other programs."),
            self._threads,
        )

    def _kernels_row(self) -> SettingRow:
        say = self.context.say
        holder = QWidget()
        down = QVBoxLayout(holder)
        down.setContentsMargins(0, 0, 0, 0)
        down.setSpacing(self.context.theme.pixels(Space.M))
        group = QButtonGroup(self)
        self._kernels: dict[str, QRadioButton] = {}
        for kind, title, note in _KERNELS:
            button = QRadioButton(say(title))
            button.setObjectName(f"settings-kernels-{kind}")
            button.setAccessibleDescription(say(note))
            button.clicked.connect(lambda _checked=False, kind=kind: self.change(kernels=kind))
            group.addButton(button)
            self._kernels[kind] = button
            beneath = Label(say(note), "caption")
            beneath.setIndent(self.context.theme.pixels(Space.XL))
            down.addLayout(column(button, beneath, spacing=0))
        self._in_use = Label("", "muted")
        self._in_use.setObjectName("settings-kernels-in-use")
        down.addWidget(self._in_use)
        return SettingRow(
            self.context,
            "kernels",
            msg("Arithmetic"),
            msg("The machine code that adds and multiplies field elements. All kinds make the same proofs."),
            holder,
            focus=self._kernels["auto"],
            wide=True,
        )

    def _constant_row(self) -> SettingRow:
        self._constant = QCheckBox(self.context.say(msg("Constant work")))
        self._constant.setObjectName("settings-constant-work")
        self._constant.clicked.connect(lambda on: self.change(constant_work=on))
        return SettingRow(
            self.context,
            "constant-work",
            msg("Hide how the witness looks from whoever can time this computer"),
            msg(
                "The time of a proof's sums then tells nothing of how many values are zero or small. It costs time: "
                "up to four times as long for those sums (65 ms instead of 17 ms for 16 384 points, when measured)."
            ),
            self._constant,
        )

    def _buffers_row(self) -> SettingRow:
        say = self.context.say
        self._buffers = QComboBox()
        self._buffers.setObjectName("settings-buffers")
        for size in _BUFFER_SIZES:
            self._buffers.addItem(format_size(size) if size else say(msg("Nothing")), size)
        self._buffers.currentIndexChanged.connect(lambda index: self.change(buffer_bytes=self._buffers.itemData(index)))
        return SettingRow(
            self.context,
            "buffers",
            msg("Memory kept for the next proof"),
            msg(
                "What each worker process keeps at the most. It is given back when the worker has nothing to do, or "
                "when memory gets short."
            ),
            self._buffers,
        )

    def _show_buffers(self, size_bytes: int) -> None:
        index = self._buffers.findData(size_bytes)
        if index < 0:  # set by hand, or by another version
            self._buffers.addItem(format_size(size_bytes), size_bytes)
            index = self._buffers.count() - 1
        self._buffers.setCurrentIndex(index)

    def _workers_row(self) -> SettingRow:
        say = self.context.say
        holder = QWidget()
        down = QVBoxLayout(holder)
        down.setContentsMargins(0, 0, 0, 0)
        self._chips: dict[str, Chip] = {}
        self._sizes: dict[str, Label] = {}
        for name, title in _WORKERS.items():
            chip = Chip(self.context.theme, "", "info")
            size = Label("", "caption", wrap=False)
            down.addLayout(row(Label(say(title), wrap=False), None, size, chip, spacing=Space.M))
            self._chips[name], self._sizes[name] = chip, size
        restart = Button(say(msg("Restart workers")), "plain", name="settings-restart-workers", clicked=self._restart)
        down.addSpacing(self.context.theme.pixels(Space.S))
        down.addLayout(row(restart, None))
        return SettingRow(
            self.context,
            "workers",
            msg("Who does the work"),
            msg(
                "Proofs and strangers' files are handled outside the window. A process that dies is replaced by itself."
            ),
            holder,
            focus=restart,
            wide=True,
        )

    def _show_workers(self, workers: tuple[WorkerView, ...]) -> None:
        say = self.context.say
        for worker in workers:
            if worker.name not in self._chips:
                continue
            text, tone = _STATES[worker.state]
            self._chips[worker.name].set(say(text), tone)
            about = [] if worker.pid is None else [say(msg("process {pid}", pid=worker.pid))]
            if worker.memory_bytes:
                about.append(format_size(worker.memory_bytes))
            if worker.deaths:
                about.append(say(msg_n("died once", "died {n} times", n=worker.deaths)))
            self._sizes[worker.name].setText(" · ".join(about))
        self._show_in_use()

    def _show_in_use(self) -> None:
        used = self.context.desk.jobs.kernels()
        text = msg("In use now: {kernels}.", kernels=_NAMES[used]) if used in _NAMES else msg("The workers start.")
        self._in_use.setText(self.context.say(text))

    def _restart(self) -> None:
        desk = self.context.desk
        desk.jobs.reconfigure(settings_of(desk.preferences.current))
        self.context.shell.notify(
            Notice("info", msg("Workers start anew as soon as they are idle."), key="settings-restart")
        )
