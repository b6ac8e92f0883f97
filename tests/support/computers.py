"""A computer of which all is known, and the service that answers for it, with real predictions."""

from zkcompanion.app.hardware_service import HardwareService
from zkcompanion.app.prediction_service import PredictionService
from zkcompanion.base.events import EventBus
from zkcompanion.hardware.facts import Disk, Limits, MachineFacts, Memory, Platform, Processor

GIB = 1 << 30


def computer(*, total=16, free=10, cores=8, features=("avx512ifma", "avx512vl"), system="linux"):
    """Sizes in GiB, None for unknown."""
    return MachineFacts(
        Processor("A processor", architecture="x86_64", logical_cores=cores, features=frozenset(features), max_hz=4e9),
        Memory(*(None if gib is None else round(gib * GIB) for gib in (total, free))),
        Disk("ssd", total_bytes=500 * GIB, free_bytes=300 * GIB),
        gpus=(),
        limits=Limits(container="", virtual_machine=""),
        platform=Platform(system),
    )


def service(facts, *, bus=None, looks=None):
    """`looks`: a list that gets one entry for each time that somebody looked."""

    def detect():
        if looks is not None:
            looks.append(facts)
        return facts

    return HardwareService(bus or EventBus(), PredictionService(tuple, lambda: facts), detect)
