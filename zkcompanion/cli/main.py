"""The command line's first and last word: which command, run it, print it, and what the process returns."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence

from zkcompanion import __version__
from zkcompanion.app.application import Application
from zkcompanion.app.bugreport import describe, write_bug_report
from zkcompanion.app.error_views import companion_error
from zkcompanion.app.settings import DEFAULT_BUFFER_BYTES, KERNEL_KINDS, KernelKind, Settings, usable_cpus
from zkcompanion.app.timing import RecordingTrace
from zkcompanion.base.errors import Cancelled, CompanionError, ExitCode, ResourceError
from zkcompanion.base.garbage import calm_garbage
from zkcompanion.base.logfile import keep_log
from zkcompanion.base.logs import RecentRecords, get_logger, start_logging
from zkcompanion.base.messages import msg
from zkcompanion.base.paths import AppDirs
from zkcompanion.base.process import bound_memory, deny_core_dumps
from zkcompanion.cli import (
    batch,
    cache,
    check,
    diagnose,
    engine,
    examples,
    groth16,
    inspection,
    monitor,
    monitor_alerts,
    monitor_history,
    monitor_objectives,
    monitor_report,
    prove,
    selftest,
    settings,
    witness,
)
from zkcompanion.cli.commands import Arguments, Command, Outcome
from zkcompanion.cli.help import command_help, group_help, overview
from zkcompanion.cli.output import Console, standard_console
from zkcompanion.cli.parser import Parsed, parse
from zkcompanion.cli.progress import choose_progress
from zkcompanion.cli.runner import Interrupts, end_process, run_interruptible

#: In the order of the help.
COMMANDS: tuple[Command, ...] = (
    *prove.COMMANDS,
    *batch.COMMANDS,
    *check.COMMANDS,
    *examples.COMMANDS,
    *engine.COMMANDS,
    *cache.COMMANDS,
    *monitor.COMMANDS,
    *monitor_history.COMMANDS,
    *monitor_alerts.COMMANDS,
    *monitor_objectives.COMMANDS,
    *monitor_report.COMMANDS,
    *settings.COMMANDS,
    *selftest.COMMANDS,
    *diagnose.COMMANDS,
    *groth16.COMMANDS,
    *witness.COMMANDS,
    *inspection.COMMANDS,
)


_LOG = get_logger(__name__)

#: What the user did is nothing that a log helps with.
_NOT_LOGGED = {ExitCode.USAGE, ExitCode.CANCELLED}


def main(argv: Sequence[str]) -> int:
    """Run one command; its exit code."""
    deny_core_dumps()
    bound_memory()
    calm_garbage()
    with Interrupts() as interrupts:
        records = start_logging(sys.stderr, level=logging.DEBUG if "--debug" in argv else logging.CRITICAL)
        keep_log(lambda: AppDirs().state)
        console = standard_console(as_json="--json" in argv, quiet="--quiet" in argv or "-q" in argv)
        code = _guarded(argv, console, interrupts, records)
        if code == ExitCode.CANCELLED:
            # a helper thread may still sit in a long call
            end_process(code)
        return int(code)


def _guarded(argv: Sequence[str], console: Console, interrupts: Interrupts, records: RecentRecords) -> ExitCode:
    """Every error ends as a sentence and a code."""
    name = "-"
    try:
        parsed = parse(argv, COMMANDS)
        name = parsed.command.name if parsed.command is not None else "-"
        if parsed.arguments.flag("run-anyway") and parsed.command is not None and parsed.command.path != ("batch",):
            from zkcompanion.cli.tried import is_tried, listen, run_tried

            if not is_tried():
                return run_tried(argv, interrupts)
            listen()
        return _run(parsed, console, interrupts)
    except BaseException as error:  # what is no Exception would show its text, which may hold a value
        shown = companion_error(error)
        if shown.exit_code is ExitCode.BUG:
            _report(error, name, console, records, debug="--debug" in argv)
        if shown.exit_code not in _NOT_LOGGED:
            # the kinds alone: the sentence may name a file of the user's
            _LOG.warning("The command %s ended with %s (%s).", name, shown.code, type(error).__name__)
        return _show(shown, console)


def _show(error: CompanionError, console: Console) -> ExitCode:
    try:
        console.error(error)
    except ResourceError:
        return ExitCode.RESOURCES
    return error.exit_code


def _report(error: BaseException, name: str, console: Console, records: RecentRecords, *, debug: bool) -> None:
    path = write_bug_report(error, name, records.lines())
    if debug:
        console.paragraph(describe(error))
    if path is not None:
        console.note(msg("What is known about it, without any values, stands in {path}.", path=path))


def _run(parsed: Parsed, console: Console, interrupts: Interrupts) -> ExitCode:
    if parsed.command is None:
        return _without_command(parsed, console)
    command, arguments = parsed.command, parsed.arguments
    progress = choose_progress("none" if command.streams else _progress(arguments), console)
    trace = RecordingTrace(cancel=interrupts.cancel, listener=progress.hear)
    with Application(_settings(arguments)) as app:

        def work() -> Outcome:
            outcome = command.handler(app, arguments, trace)
            if outcome.stream is not None:
                outcome.stream(console)
            return outcome

        def abandon() -> None:
            app.outputs.abandon()
            progress.clear()
            _show(Cancelled(), console)

        try:
            outcome = run_interruptible(work, interrupts, tick=progress.tick, abandon=abandon)
        finally:
            progress.clear()
    if outcome.stream is None:
        console.result(outcome)
    return outcome.exit_code


def _progress(arguments: Arguments) -> str:
    if arguments.flag("verbose"):
        return arguments.text("progress") or "plain"
    return arguments.text("progress") or "auto"


def _settings(arguments: Arguments) -> Settings:
    auto: KernelKind = "auto"
    kind = next((kind for kind in KERNEL_KINDS if kind == arguments.text("kernels")), auto)
    return Settings(
        threads=arguments.number("threads", usable_cpus()),
        kernels=kind,
        allow_insecure_key=arguments.flag("allow-insecure-key"),
        constant_work=arguments.flag("constant-work"),
        memory_bytes=arguments.number("memory", 0) or None,
        buffer_bytes=arguments.number("buffer-pool", DEFAULT_BUFFER_BYTES),
        run_anyway=arguments.flag("run-anyway"),
    )


def _without_command(parsed: Parsed, console: Console) -> ExitCode:
    """Help or the version."""
    if parsed.arguments.flag("version") and not parsed.arguments.flag("help"):
        data = {"name": "zkcompanion", "version": __version__}
        version = msg("zkcompanion {version}", version=__version__)
        console.result(Outcome("urn:zkcompanion:schema:version:1", data, (version,)))
        return ExitCode.OK
    command = next((command for command in COMMANDS if command.path == parsed.group), None)
    if command is not None:
        text = command_help(command, console.text)
    elif parsed.group:
        text = group_help(parsed.group[0], COMMANDS, console.text)
    else:
        text = overview(COMMANDS, console.text)
    console.lines(msg("{line}", line=line) for line in text.split("\n"))
    if parsed.bare:
        console.note(msg("Without a command and without these options, zkcompanion opens its window."))
    return ExitCode.OK
