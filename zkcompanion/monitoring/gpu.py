"""NVIDIA's graphics processors, where the driver and its Python package (nvidia-ml-py, an extra) are there."""

from __future__ import annotations

import contextlib
from typing import Any

from zkcompanion.base.logs import get_logger

_LOG = get_logger(__name__)

#: The sensor of the chip, of `nvmlDeviceGetTemperature`.
_CHIP = 0


def find_gpus() -> GpuProbe | None:
    """The processors of this machine; None where there is none or none can be asked. May take a second."""
    try:
        import pynvml
    except ImportError:
        return None
    return open_gpus(pynvml)


def open_gpus(nvml: Any) -> GpuProbe | None:
    """The same with NVIDIA's library as it is given."""
    try:
        nvml.nvmlInit()
        handles = [nvml.nvmlDeviceGetHandleByIndex(index) for index in range(nvml.nvmlDeviceGetCount())]
    except nvml.NVMLError as error:
        _LOG.info("NVIDIA's library does not answer (%s).", type(error).__name__)
        return None
    return GpuProbe(nvml, handles) if handles else None


class GpuProbe:
    """Not for several threads at once; `close` lets go of the library."""

    def __init__(self, nvml: Any, handles: list[Any]) -> None:
        self._nvml = nvml
        self._handles = handles

    def read(self) -> dict[str, float]:
        """Values of `gpu.*`, labelled with the processor's number; what one does not tell is absent."""
        nvml = self._nvml
        values: dict[str, float] = {}
        for index, handle in enumerate(self._handles):
            with contextlib.suppress(nvml.NVMLError):
                values[f"gpu.processor/{index}"] = float(nvml.nvmlDeviceGetUtilizationRates(handle).gpu)
            with contextlib.suppress(nvml.NVMLError):
                values[f"gpu.memory/{index}"] = float(nvml.nvmlDeviceGetMemoryInfo(handle).used)
            with contextlib.suppress(nvml.NVMLError):
                values[f"gpu.temperature/{index}"] = float(nvml.nvmlDeviceGetTemperature(handle, _CHIP))
        return values

    def close(self) -> None:
        """Idempotent."""
        handles, self._handles = self._handles, []
        if handles:
            with contextlib.suppress(self._nvml.NVMLError):
                self._nvml.nvmlShutdown()
