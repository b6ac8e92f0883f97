"""How to follow advice, in steps for each system."""

from __future__ import annotations

from zkcompanion.base.messages import Message, msg
from zkcompanion.hardware.facts import MachineFacts


def close_programs(facts: MachineFacts) -> Message:
    """To get memory back."""
    match facts.platform.system:
        case "windows":
            return msg("Press Ctrl+Shift+Esc, sort by Memory, and close what you do not need; browsers hold the most.")
        case "macos":
            return msg("Open Activity Monitor, sort by Memory, and quit what you do not need; browsers hold the most.")
        case "linux" if facts.limits.container:
            return msg("End other programs in the container; docker stats on the host shows what it holds.")
        case _:
            return msg("Open the system monitor, or run top and press M, and close what you do not need.")


def power_plan(facts: MachineFacts) -> Message:
    """To switch power saving off."""
    match facts.platform.system:
        case "windows":
            return msg("Open Settings, System, Power, and choose Best performance.")
        case "macos":
            return msg("Open System Settings, Battery, and set Low Power Mode to Never.")
        case _:
            return msg("Choose Performance in the settings of your desktop, or run: powerprofilesctl set performance")


def container_memory(facts: MachineFacts) -> Message:
    """To give a container, or a system beneath another one, more memory."""
    if facts.limits.container == "wsl" or facts.limits.virtual_machine == "wsl":
        return msg(
            "In Windows, write memory=16GB under [wsl2] in the file .wslconfig of your user folder, then run: wsl "
            "--shutdown"
        )
    return msg("Start the container with a larger limit, for example: docker run --memory 16g")


def container_cores(facts: MachineFacts) -> Message:
    """To give a process more cores."""
    if facts.limits.cpus is not None:
        return msg("Start the container with a larger limit, for example: docker run --cpus 4")
    return msg("Start the program without taskset, and without a limit of its service.")


def more_memory(facts: MachineFacts) -> Message:
    """To get more memory into a machine."""
    if facts.platform.system == "macos" and facts.processor.architecture in ("arm64", "aarch64"):
        return msg("The memory of this Mac cannot be extended; this is for the next computer.")
    if facts.limits.virtual_machine:
        return msg("Give the virtual machine more memory where it is managed, or rent a larger one.")
    return msg(
        "Look up the model of your computer: many take a further module, some laptops have their memory soldered in."
    )


def free_disk(facts: MachineFacts) -> Message:
    """To get room on the disk."""
    match facts.platform.system:
        case "windows":
            return msg(
                "Open Settings, System, Storage; zkcompanion cache clear removes what this program can make anew."
            )
        case "macos":
            return msg(
                "Open System Settings, General, Storage; zkcompanion cache clear removes what this program can make "
                "anew."
            )
        case _:
            return msg("Remove large files; zkcompanion cache clear removes what this program can make anew.")
