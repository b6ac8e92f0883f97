"""What the machine says of itself."""

import psutil

from zkcompanion.app.machine import look_at_machine
from zkcompanion.app.processor import processor_model
from zkcompanion.app.settings import usable_cpus


def test_the_machine_is_what_the_system_says_it_is():
    found = look_at_machine()
    assert found.processor == processor_model() != ""
    assert found.threads == usable_cpus()
    assert found.memory_bytes == psutil.virtual_memory().total
