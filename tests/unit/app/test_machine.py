"""What the machine says of itself, and in words for a report of faults."""

import getpass
import platform
import re
from pathlib import Path

import psutil
import pytest

from tests.support.machines import Answers, linux_tree, text_of
from zkcompanion.app.machine import look_at_machine, machine_lines, processor_name
from zkcompanion.app.settings import usable_cpus
from zkcompanion.hardware.detect import detect, detect_processor
from zkcompanion.hardware.facts import Gpu, Limits, MachineFacts, Memory, Power, Processor


def test_the_machine_is_what_the_system_says_it_is():
    found = look_at_machine()
    assert found.processor == processor_name(detect_processor()) != ""
    assert found.threads == usable_cpus()
    assert found.memory_bytes <= psutil.virtual_memory().total


def test_a_processor_without_a_name_is_called_by_its_kind():
    assert processor_name(Processor(architecture="riscv64")) == "riscv64"
    assert processor_name(Processor()) == "unknown"


def said(facts):
    return "\n".join(machine_lines(facts))


def test_a_report_has_what_is_known(tmp_path):
    text = said(detect(Path("/x"), root=linux_tree("linux-hybrid-laptop", tmp_path), system="linux"))
    assert "13th Gen Intel Core i7-1370P, x86_64, 14 cores, 20 logical processors, 6 for performance and 8 for" in text
    assert "  Features: adx avx avx2 bmi1 bmi2\n" in text
    assert "so the scalar kernels run" in text
    assert "L2 unified 2 x 2.00 MiB" in text
    assert "  Swap: 976 MiB, 976 MiB free\n" in text
    assert "Container: none\n  Virtual machine: none" in text


def test_a_report_of_a_mac():
    answers = {
        "sysctl": "macos-m4-max.sysctl",
        "SPDisplaysDataType": "macos-m3-pro.displays.json",
        "batt": "macos-on-battery.pmset",
    }
    facts = detect(Path("/x"), run=Answers(**{name: text_of(file) for name, file in answers.items()}), system="macos")
    text = said(facts)
    assert "  Graphics: Apple M3 Pro\n" in text
    assert "  Power: battery at 95 %, not plugged in, plan unknown\n" in text


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        (MachineFacts(), "  Graphics: unknown"),
        (MachineFacts(gpus=()), "  Graphics: none"),
        (MachineFacts(gpus=(Gpu("A"), Gpu("B"))), "  Graphics: A, B"),
        (MachineFacts(celsius=61.4), "  Heat: 61 degrees Celsius"),
        (MachineFacts(power=Power(False, saving=True)), "  Power: no battery, saving power, plan unknown"),
        (MachineFacts(limits=Limits(cpus=1.5)), "  Quota: 1.5 processors"),
        (MachineFacts(limits=Limits(container="docker")), "  Container: docker"),
        (
            MachineFacts(limits=Limits(memory_bytes=2 << 30, memory_used_bytes=1 << 30)),
            "  Memory of the container: 2.00 GiB, 1.00 GiB used",
        ),
        (MachineFacts(limits=Limits(memory_maps=65530)), "  Memory maps: 65530"),
        (MachineFacts(memory=Memory(1 << 30)), "  Memory: 1.00 GiB, unknown free"),
    ],
)
def test_each_fact_in_words(facts, line):
    assert line in said(facts).splitlines()


def test_a_report_names_neither_person_nor_computer_nor_place(tmp_path):
    folder = tmp_path / "secret-place"
    folder.mkdir()
    text = said(detect(folder))
    for name in (platform.node(), getpass.getuser(), "secret-place", str(tmp_path)):
        assert not re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w.-])", text)
