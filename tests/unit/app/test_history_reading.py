"""What a window proved, as a command reads it beside the window."""

from dataclasses import replace

from zkcompanion.app.application import Application
from zkcompanion.app.describing import fingerprint_of
from zkcompanion.app.desk import Desk
from zkcompanion.app.examples import find_example
from zkcompanion.app.history import ProofRecord
from zkcompanion.app.history_reading import kept_records
from zkcompanion.app.history_rows import SCHEMA
from zkcompanion.app.settings import Settings
from zkcompanion.base.clock import SYSTEM_CLOCK
from zkcompanion.base.messages import msg
from zkcompanion.base.paths import AppDirs


def test_without_a_window_there_is_nothing(tmp_path):
    assert kept_records(AppDirs(tmp_path), SYSTEM_CLOCK) == ()
    with Application(Settings(), dirs=AppDirs(tmp_path)) as app:
        assert app.calibration.current() is None


def test_a_damaged_file_is_as_none(tmp_path):
    (tmp_path / "state").mkdir(mode=0o700)
    (tmp_path / "state" / SCHEMA.file_name).write_bytes(b"no store" * 1000)
    assert kept_records(AppDirs(tmp_path), SYSTEM_CLOCK) == ()


def test_proofs_of_the_same_circuit_count_for_a_command_too(tmp_path):
    files = find_example("sudoku").files
    record = ProofRecord(0, 1.0, "sudoku", msg("S"), "sudoku", fingerprint_of(files.r1cs, None), "verified", 1)
    record = replace(record, seconds=7.0, kernels="scalar", threads=1, peak_rss_bytes=1 << 27)
    with Desk(dirs=AppDirs(tmp_path)) as desk:
        kept = desk.history.add(record)
        assert kept_records(AppDirs(tmp_path), SYSTEM_CLOCK) == (kept,)
        with Application(Settings(threads=1, kernels="scalar"), dirs=AppDirs(tmp_path)) as app:
            found = app.check_circuit("sudoku", {})
    assert found.verdict.confidence == "measured"
    assert 1 < found.prediction.seconds.likely < 8
