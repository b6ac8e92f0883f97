"""Windows: what this process asks the system by itself. Loaded on Windows alone, where it is tested."""

from __future__ import annotations

import contextlib
import ctypes
import sys

import psutil

from zkcompanion.hardware.facts import Memory, Power
from zkcompanion.hardware.windows_topology import Topology, read_topology

#: Of `IsProcessorFeaturePresent`; there is no number for IFMA.
_FEATURES = {39: "avx", 40: "avx2", 41: "avx512f", 19: "asimd", 46: "sve"}
#: LLVM's names for what Linux names otherwise.
_LLVM = {"avxifma": "avx_ifma", "bmi": "bmi1"}
#: `GetLogicalProcessorInformationEx`: all kinds of record, and the most that they may take.
_ALL_RECORDS, _MOST_BYTES = 0xFFFF, 1 << 20
_PLACE = r"HARDWARE\DESCRIPTION\System\CentralProcessor\0"


class WindowsSelf:
    """The registry, the kernel's functions and psutil."""

    def name(self) -> str | None:
        """See `Native`."""
        if sys.platform == "win32":
            import winreg

            with contextlib.suppress(OSError), winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, _PLACE) as key:
                return str(winreg.QueryValueEx(key, "ProcessorNameString")[0])
        return None

    def topology(self) -> Topology | None:
        """See `Native`."""
        if sys.platform == "win32":
            with contextlib.suppress(OSError, AttributeError):
                ask = ctypes.WinDLL("kernel32").GetLogicalProcessorInformationEx
                size = ctypes.c_ulong(_MOST_BYTES)
                buffer = ctypes.create_string_buffer(_MOST_BYTES)
                if ask(_ALL_RECORDS, buffer, ctypes.byref(size)):
                    return read_topology(buffer.raw[: size.value])
        return None

    def features(self) -> frozenset[str] | None:
        """See `Native`. What Windows has no number for, LLVM is asked, whose word the kernels take anyway."""
        if sys.platform == "win32":
            with contextlib.suppress(OSError, AttributeError):
                has = ctypes.WinDLL("kernel32").IsProcessorFeaturePresent
                found = {name for number, name in _FEATURES.items() if has(number)}
                return frozenset(found | _llvm_features()) if "avx512f" in found else frozenset(found)
        return None

    def memory(self) -> Memory | None:
        """See `Native`."""
        with contextlib.suppress(OSError, psutil.Error):
            memory, swap = psutil.virtual_memory(), psutil.swap_memory()
            return Memory(memory.total, memory.available, swap.total, swap.free)
        return None

    def power(self) -> Power | None:
        """See `Native`."""
        with contextlib.suppress(OSError, AttributeError, psutil.Error):
            battery = psutil.sensors_battery()
            if battery is None:
                return Power(has_battery=False)
            return Power(True, float(battery.percent), battery.power_plugged)
        return None


def _llvm_features() -> set[str]:
    from zkcompanion.proving.kernels.jit import cpu_identity

    told = (word[1:] for word in cpu_identity()[1].split(",") if word.startswith("+"))
    return {_LLVM.get(name, name) for name in told}
