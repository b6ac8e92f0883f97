"""The harness that kills writers, from the scripts."""

from tests.support.scripts import load_script

load_script("measure_requirements")
from measure import kills  # noqa: E402  # a package of scripts/, found once a script is loaded

__all__ = ["kills"]
