import io
import logging
import subprocess
import sys

import pytest

from zkcompanion.base.logs import ROOT_NAME, RecentRecords, get_logger, redact, start_logging

SECRET = 21888242871839275222246405745257275088548364400416034343698204186575808495610


@pytest.fixture
def clean_root():
    root = logging.getLogger(ROOT_NAME)
    before = list(root.handlers), root.level
    yield root
    for handler in list(root.handlers):
        root.removeHandler(handler)
    for handler in before[0]:
        root.addHandler(handler)
    root.setLevel(before[1])


@pytest.mark.parametrize(
    "text", [str(SECRET), f"{SECRET:x}", f"{SECRET:064X}", f"0x{SECRET:x}", "0x1234567890abc", str(2**63)]
)
def test_long_digit_runs_are_redacted(text):
    assert redact(f"value {text}.") == "value [redacted]."


@pytest.mark.parametrize(
    "text", ["wire 131072", "262144 bytes at 0x1f40", "0.123456 s", "deadbeef", "2026-11-01 12:30:59,123"]
)
def test_ordinary_numbers_stay(text):
    assert redact(text) == text


def test_every_handler_sees_only_redacted_records(caplog):
    logger = get_logger("zkcompanion.test_logs")
    with caplog.at_level(logging.INFO, logger=ROOT_NAME):
        logger.info("value %s of %d", SECRET, 12)
        try:
            raise ValueError(f"bad {SECRET} 1234")
        except ValueError:
            logger.exception("failed", stack_info=True)
    assert caplog.records[0].getMessage() == "value [redacted] of 12"
    assert "ValueError\n  tests/unit/base/test_logs.py, line " in caplog.text
    assert "1234\n" not in caplog.text, "the text of an exception may hold a short value"
    assert str(SECRET) not in caplog.text
    assert "Stack (most recent call last)" in caplog.text


def test_loggers_hang_under_one_name_and_carry_one_filter():
    assert get_logger("tool").name == "zkcompanion.tool"
    assert get_logger(ROOT_NAME).name == ROOT_NAME
    assert get_logger("zkcompanion.tool") is get_logger("tool")
    assert len(get_logger("tool").filters) == 1


def test_import_installs_no_handler():
    code = (
        "import logging, zkcompanion.base.logs as logs\n"
        "logs.get_logger('x')\n"
        "assert not logging.getLogger().handlers and not logging.getLogger('zkcompanion').handlers\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_started_logging_writes_the_level_asked_for_and_keeps_more(clean_root):
    stream = io.StringIO()
    recent = start_logging(stream)
    logger = get_logger("zkcompanion.test_logs")
    logger.info("loading")
    logger.warning("slow %s", SECRET)
    assert stream.getvalue().count("\n") == 1
    assert "WARNING zkcompanion.test_logs: slow [redacted]" in stream.getvalue()
    assert [line.split(" ", 3)[3] for line in recent.lines()] == [
        "zkcompanion.test_logs: loading",
        "zkcompanion.test_logs: slow [redacted]",
    ]


def test_starting_again_replaces_the_handlers(clean_root):
    first, second = io.StringIO(), io.StringIO()
    start_logging(first)
    start_logging(second, level=logging.DEBUG)
    get_logger("tool").debug("once")
    assert first.getvalue() == ""
    assert second.getvalue().count("once") == 1
    assert len(clean_root.handlers) == 2


def test_only_the_last_records_are_kept(clean_root):
    recent = RecentRecords(capacity=3)
    clean_root.addHandler(recent)
    clean_root.setLevel(logging.INFO)
    for number in range(5):
        get_logger("tool").info("record %d", number)
    assert [line[-1] for line in recent.lines()] == ["2", "3", "4"]
