"""NVIDIA's library as it answers, given by hand; whether the real one works here is not what is tested."""

import sys
from types import SimpleNamespace

from zkcompanion.monitoring.gpu import find_gpus, open_gpus


class Nvml:
    """What the library does, with processors that are given by what they tell."""

    class NVMLError(Exception):
        pass

    def __init__(self, *gpus, broken=False):
        self.gpus, self.broken, self.calls = gpus, broken, []

    def nvmlInit(self):  # the library's name
        self.calls.append("init")
        if self.broken:
            raise self.NVMLError

    def nvmlShutdown(self):
        self.calls.append("shutdown")

    def nvmlDeviceGetCount(self):
        return len(self.gpus)

    def nvmlDeviceGetHandleByIndex(self, index):
        return self.gpus[index]

    def told(self, gpu, name):
        if name not in gpu:
            raise self.NVMLError
        return gpu[name]

    def nvmlDeviceGetUtilizationRates(self, gpu):
        return SimpleNamespace(gpu=self.told(gpu, "percent"), memory=1)

    def nvmlDeviceGetMemoryInfo(self, gpu):
        return SimpleNamespace(used=self.told(gpu, "used"), total=1)

    def nvmlDeviceGetTemperature(self, gpu, sensor):
        assert sensor == 0
        return self.told(gpu, "celsius")


def test_each_processor_tells_what_it_knows():
    nvml = Nvml({"percent": 40, "used": 2**30, "celsius": 61}, {"used": 5})
    probe = open_gpus(nvml)
    assert probe.read() == {
        "gpu.processor/0": 40.0,
        "gpu.memory/0": 2.0**30,
        "gpu.temperature/0": 61.0,
        "gpu.memory/1": 5.0,
    }
    probe.close()
    probe.close()
    assert probe.read() == {}
    assert nvml.calls == ["init", "shutdown"]


def test_without_a_driver_or_processors_there_is_nothing():
    assert open_gpus(Nvml(broken=True)) is None
    assert open_gpus(Nvml()) is None


def test_without_the_package_there_is_nothing(monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", None)
    assert find_gpus() is None


def test_the_package_is_asked_where_it_is_there(monkeypatch):
    nvml = Nvml({"percent": 1})
    monkeypatch.setitem(sys.modules, "pynvml", nvml)
    assert find_gpus().read() == {"gpu.processor/0": 1.0}
