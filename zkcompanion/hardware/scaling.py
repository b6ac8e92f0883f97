"""What a workload that others' provers make would need here, from published figures; only where a method is stated.

Memory is taken as it was published: a prover holds about the same on any machine. Time is taken over from one processor
to another by the number of cores (Amdahl's law, as for our own proofs); a core of one machine is taken to be between
half and twice as fast as one of the other, so the band is wide. What a graphics processor took tells nothing here.
"""

from __future__ import annotations

from zkcompanion.base.messages import Message, msg
from zkcompanion.costs.band import Band
from zkcompanion.costs.speed import thread_speed_up
from zkcompanion.hardware.catalogue import Figure, Workload
from zkcompanion.hardware.facts import MachineFacts
from zkcompanion.hardware.verdicts import Need

#: Cores of two machines are taken to differ by no more than this factor either way.
CORES_DIFFER = 2.0


def published_need(workload: Workload, facts: MachineFacts) -> Need:
    """What the source says, its time taken over to this machine."""
    memory = workload.figure("memory") or workload.figure("installed")
    disk = workload.figure("disk") or workload.figure("key")
    cores, gpu = workload.figure("cores"), workload.figure("gpu memory")
    return Need(
        prover=workload.prover,
        memory=None if memory is None else Band(memory.value, memory.value, memory.value),
        memory_installed=memory is not None and memory.quantity == "installed",
        memory_at_least=memory is not None and memory.at_least,
        seconds=scaled_seconds(workload.figure("seconds"), facts),
        disk_bytes=None if disk is None else round(disk.value),
        cores=None if cores is None else round(cores.value),
        gpu_memory_bytes=None if gpu is None else round(gpu.value),
        architectures=workload.architectures,
        systems=workload.systems,
        blocked=workload.blocked,
    )


def scaled_seconds(figure: Figure | None, facts: MachineFacts) -> Band | None:
    """Seconds here; None where the source names no processor, or a graphics processor worked."""
    cores = facts.usable_cores
    if figure is None or figure.machine is None or figure.machine.gpu or figure.machine.cores is None or cores is None:
        return None
    likely = figure.value * thread_speed_up(figure.machine.cores) / thread_speed_up(min(cores, figure.machine.cores))
    return Band(likely / CORES_DIFFER, likely, likely * CORES_DIFFER)


def method_of(workload: Workload, need: Need) -> Message | None:
    """How memory and time came about, in words; None where neither is known."""
    figure = workload.figure("seconds")
    if need.seconds is not None and figure is not None and figure.machine is not None:
        memory = workload.figure("memory")
        if memory is None or memory.machine != figure.machine:
            return msg(
                "Time is taken over from {machine} by the number of cores, a core of one being between half "
                "and twice as fast as one of the other. Nothing else was scaled.",
                machine=figure.machine.name,
            )
        return msg(
            "Taken over from {machine}: memory as it was measured there, time by the number of cores, a core of one "
            "being between half and twice as fast as one of the other.",
            machine=figure.machine.name,
        )
    if need.memory is not None:
        return msg("What the source states, as it is: nothing was scaled.")
    return None
