"""The rows that `scripts/measure_requirements.py` can measure, by the numbers of `docs/requirements.md`."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .memory import key_settings, measure, median_error, test_settings


@dataclass(frozen=True)
class Figure:
    """A measured figure. `least`: smaller is better; `artefact`: what it was computed from."""

    value: float
    unit: str
    floor: float
    goal: float
    test: str
    least: bool = True
    artefact: Mapping[str, object] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether the floor is met."""
        return self.value <= self.floor if self.least else self.value >= self.floor

    def as_json(self) -> dict[str, object]:
        """As it stands in the report."""
        return {
            "value": self.value,
            "unit": self.unit,
            "floor": self.floor,
            "goal": self.goal,
            "ok": self.ok,
            "test": self.test,
            "artefact": self.artefact,
        }


#: Measures one row; `folder` may be used, and kept for the next time.
Row = Callable[[Path], Figure]


def p13(folder: Path) -> Figure:
    """Predicted peak memory on circuits that the model was not fitted to."""
    measured = measure(test_settings(), folder)
    large = [one for one in measured if one.shape.power >= 15]
    with_key = measure(key_settings(), folder)
    return Figure(
        round(median_error(measured), 4),
        "median of |predicted - measured| / measured",
        floor=0.05,
        goal=0.03,
        test="tests/unit/scripts/test_measure_requirements.py::test_the_error_of_memory_predictions_is_the_median",
        artefact={
            "circuits": len(measured),
            "worst": round(max(abs(one.error) for one in measured), 4),
            "inside_the_band": sum(1 for one in measured if one.inside),
            "median_from_2^15_on_beyond_the_interpreter": round(
                statistics.median(one.error_beyond for one in large), 4
            ),
            "making_a_key": {
                "circuits": len(with_key),
                "median": round(median_error(with_key), 4),
                "worst": round(max(abs(one.error) for one in with_key), 4),
            },
            "runs": [one.row() for one in (*measured, *with_key)],
        },
    )


ROWS: Mapping[str, Row] = {"P13": p13}
