"""Looking for a secret wherever it should not be, from the scripts."""

from tests.support.scripts import load_script

load_script("measure_requirements")
from measure import canary, errors  # noqa: E402  # a package of scripts/, found once a script is loaded
from measure.canary import DISTURBED, Story, forms, holds, leaks  # noqa: E402

__all__ = ["DISTURBED", "Story", "canary", "errors", "forms", "holds", "leaks"]
