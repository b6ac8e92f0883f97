"""What the machine says of itself."""

import psutil

from zkcompanion.app.machine import look_at_machine, processor_name
from zkcompanion.app.settings import usable_cpus
from zkcompanion.hardware.detect import detect_processor


def test_the_machine_is_what_the_system_says_it_is():
    found = look_at_machine()
    assert found.processor == processor_name(detect_processor()) != ""
    assert found.threads == usable_cpus()
    assert found.memory_bytes == psutil.virtual_memory().total
