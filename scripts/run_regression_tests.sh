#!/usr/bin/env bash
# Every test suite in its short form, within half an hour on two cores; sets up first what the tests need.
#   --nightly      the same suites, long
#   --only NAME    only the suites whose name begins so (may be repeated)
set -euo pipefail
# shellcheck source=scripts/setup_environment.sh
source "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/setup_environment.sh"
zkc_setup requirements-test.lock
zkc_locked zkc_setup_display
zkc_locked zkc_setup_node
cd -- "$ZKC_ROOT"
exec "$ZKC_VENV_PYTHON" -P scripts/run_suites.py "$@"
