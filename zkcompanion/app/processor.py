"""What is known of this computer's processor and memory without measuring anything."""

from __future__ import annotations

import platform
from pathlib import Path

_CPUINFO = Path("/proc/cpuinfo")
#: What our kernels use or could use; the rest of some hundred flags helps nobody.
_FEATURES = ("adx", "avx", "avx2", "avx512f", "avx512ifma", "avx512vl", "avx_ifma", "bmi1", "bmi2", "asimd", "sve")


def processor_model() -> str:
    """The name that the processor gives itself, or what the system calls its kind."""
    model = _cpuinfo().get("model name", "")
    return model or platform.processor() or platform.machine()


def processor_features() -> tuple[str, ...]:
    """Those of its features that matter for proofs, as Linux names them; empty where they are not known."""
    info = _cpuinfo()
    flags = set(info.get("flags", info.get("Features", "")).split())
    return tuple(feature for feature in _FEATURES if feature in flags)


def _cpuinfo() -> dict[str, str]:
    """Of the first processor; empty outside Linux."""
    try:
        text = _CPUINFO.read_text("utf-8", "replace")
    except OSError:
        return {}
    first = text.partition("\n\n")[0]
    pairs = (line.partition(":") for line in first.splitlines())
    return {name.strip(): value.strip() for name, _, value in pairs}
