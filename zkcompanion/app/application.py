"""The composition root: builds every service from its parts, once, when it is first asked for.

What needs NumPy or the compiler is imported at that moment, so that a command that needs neither starts at once.
"""

from __future__ import annotations

from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Self

from zkcompanion.app.outputs import Outputs
from zkcompanion.app.settings import Settings
from zkcompanion.base.clock import SYSTEM_CLOCK, Clock
from zkcompanion.base.paths import AppDirs

if TYPE_CHECKING:
    from zkcompanion.app.inspection_service import InspectionService


class Application:
    """All services for one set of settings; context manager. Faces use nothing of this program but what hangs here."""

    def __init__(self, settings: Settings, *, dirs: AppDirs | None = None, clock: Clock = SYSTEM_CLOCK) -> None:
        self.settings = settings
        self.clock = clock
        self.dirs = dirs if dirs is not None else AppDirs()
        self.outputs = Outputs()

    @cached_property
    def inspection(self) -> InspectionService:
        """What is in a file."""
        from zkcompanion.app.inspection_service import InspectionService

        return InspectionService()

    def close(self) -> None:
        """Let go of threads and files; idempotent."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
