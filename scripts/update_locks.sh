#!/usr/bin/env bash
# Writes requirements.lock (the program and what installs it) and requirements-test.lock (that and the tests) anew from
# pyproject.toml, with hashes, for the oldest Python that is supported (3.11) on Linux x86_64. Needs pip-tools.
# Options are handed on to pip-compile: --upgrade, or --upgrade-package NAME.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
python=${PYTHON:-.venv/bin/python}
"$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { echo "PYTHON must be Python 3.11" >&2; exit 2; }

compile() {
    # no option that names a package index or a folder of this machine may reach the file
    CUSTOM_COMPILE_COMMAND=scripts/update_locks.sh "$python" -m piptools compile --quiet --generate-hashes --strip-extras \
        --allow-unsafe --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options \
        --build-deps-for editable "$@" pyproject.toml
}
compile --output-file requirements.lock "$@"
compile --extra test --constraint requirements.lock --output-file requirements-test.lock "$@"
# pip-compile keeps the marker of the one line of pyproject.toml that holds for 3.11; the version it chose is good for
# every Python (pyproject.toml excludes a release below 3.12 only), so newer ones get the window too
sed -i -E 's/^(pyside6-essentials==[^ ]+) ; python_version < "3\.12"/\1/' requirements.lock requirements-test.lock
! grep -nE '^[^#]* ; |://|^-' requirements.lock requirements-test.lock
