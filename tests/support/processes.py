"""Programs run as a user runs them: without what this test run put into the environment."""

import os
import subprocess

_OURS = ("PYTHON", "COVERAGE", "ZKC_")


def run_bare(*command, cwd, timeout=300, **env):
    """Run `command` (words of any kind) in `cwd`; text output captured, exit code not looked at."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    words = [str(word) for word in command]
    return subprocess.run(words, cwd=cwd, env=bare | env, capture_output=True, text=True, timeout=timeout, check=False)
