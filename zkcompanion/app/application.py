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
from zkcompanion.base.errors import FileError
from zkcompanion.base.paths import AppDirs

if TYPE_CHECKING:
    from zkcompanion.app.example_service import ExampleService
    from zkcompanion.app.inspection_service import InspectionService
    from zkcompanion.app.witness_service import WitnessService
    from zkcompanion.base.sealed import SealedStore


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

    @cached_property
    def examples(self) -> ExampleService:
        """What comes with the program."""
        from zkcompanion.app.example_service import ExampleService

        return ExampleService()

    @cached_property
    def witness(self) -> WitnessService:
        """Calculating and checking witnesses."""
        from zkcompanion.app.witness_service import WitnessService

        return WitnessService(self.outputs, self.code_store)

    @cached_property
    def code_store(self) -> SealedStore | None:
        """Compiled code between runs; None where the user's folders cannot be used, and then everything works anew."""
        from zkcompanion.base.sealed import SealedStore

        try:
            return SealedStore(self.dirs.cache / "code", self.dirs.data / "seal.key")
        except FileError:
            return None

    def close(self) -> None:
        """Let go of threads and files; idempotent."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
