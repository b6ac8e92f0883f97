"""NVIDIA's library as it answers, and as it does not."""

import sys

import pytest

from zkcompanion.hardware.facts import Gpu
from zkcompanion.hardware.graphics import ask_nvidia, nvidia_gpus


class Nvml:
    """A library with cards by name and memory; None in place of memory is an error."""

    class NVMLError(Exception):
        pass

    def __init__(self, *cards):
        self.cards = cards
        self.open = 0

    def nvmlInit(self):
        self.open += 1

    def nvmlShutdown(self):
        self.open -= 1

    def nvmlDeviceGetCount(self):
        return len(self.cards)

    def nvmlDeviceGetHandleByIndex(self, index):
        return self.cards[index]

    def nvmlDeviceGetName(self, card):
        if not card[0]:
            raise self.NVMLError
        return card[0]

    def nvmlDeviceGetMemoryInfo(self, card):
        if card[1] is None:
            raise self.NVMLError

        class Told:
            total = card[1]

        return Told


def test_cards_with_their_memory_and_the_library_is_let_go():
    nvml = Nvml(("NVIDIA GeForce RTX 4090", 24 << 30), (b"Tesla T4", None))
    assert ask_nvidia(nvml) == (Gpu("NVIDIA GeForce RTX 4090", "NVIDIA", 24 << 30), Gpu("Tesla T4", "NVIDIA"))
    assert nvml.open == 0


def test_a_library_that_fails_has_no_cards():
    nvml = Nvml((None, 1))
    assert ask_nvidia(nvml) == ()
    assert nvml.open == 0


@pytest.mark.parametrize("module", [None, Nvml(("A", 1 << 30))])
def test_the_library_is_an_extra(monkeypatch, module):
    monkeypatch.setitem(sys.modules, "pynvml", module)
    assert len(nvidia_gpus()) == (module is not None)
