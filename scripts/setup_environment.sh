# Sourced by scripts/zkcompanion and scripts/run_regression_tests.sh: makes .venv beside the checkout and keeps it true.
# Everything it says goes to standard error; standard output belongs to the program. Sets ZKC_ROOT and ZKC_VENV_PYTHON.
#
# ZKC_PYTHON=PATH                 the Python to make .venv with (otherwise the newest from 3.11 on)
# ZKC_NO_SYSTEM_PACKAGES=1        never call apt-get, only say what is missing
# shellcheck shell=bash

ZKC_ROOT=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
ZKC_VENV_PYTHON=$ZKC_ROOT/.venv/bin/python
unset PYTHONHOME PYTHONPATH

#: What PySide6's xcb and offscreen platforms load from the system, by Debian's names (`ldd` on the two plugins).
ZKC_QT_PACKAGES=(
    libegl1 libgl1 libfontconfig1 libfreetype6 libglib2.0-0 libdbus-1-3 libx11-xcb1 libxkbcommon0 libxkbcommon-x11-0
    libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render0 libxcb-render-util0
    libxcb-shape0 libxcb-shm0 libxcb-sync1 libxcb-xfixes0 libxcb-xkb1
)

#: What the tests of the window need besides: an X server without a screen, and letters for every language it speaks.
ZKC_DISPLAY_PACKAGES=(xvfb fonts-dejavu-core fonts-wqy-zenhei)

zkc_say() { printf '%s\n' "zkcompanion: $*" >&2; }

zkc_die() {
    zkc_say "$@"
    exit 4
}

zkc_sha256() {
    if command -v sha256sum >/dev/null 2>&1; then sha256sum; else shasum -a 256; fi
}

# zkc_stamp LOCK: one line that changes when LOCK, the project's metadata, the Python or the place does.
zkc_stamp() {
    {
        printf '%s\n' "$ZKC_ROOT"
        readlink -- "$ZKC_VENV_PYTHON" || true
        cat -- "$ZKC_ROOT/$1" "$ZKC_ROOT/pyproject.toml" "$ZKC_ROOT/zkcompanion/__init__.py"
    } | zkc_sha256
}

# zkc_is_ready LOCK: whether .venv holds what LOCK asks for.
zkc_is_ready() {
    local file=$ZKC_ROOT/.venv/.zkc-$1.stamp
    [ -x "$ZKC_VENV_PYTHON" ] && [ -f "$file" ] && [ "$(cat -- "$file")" = "$(zkc_stamp "$1")" ]
}

# zkc_apt_install NAME...: install Debian packages where we may; 1 where we may not or it fails.
zkc_apt_install() {
    local -a root=()
    [ "${ZKC_NO_SYSTEM_PACKAGES:-0}" != 1 ] && command -v apt-get >/dev/null 2>&1 || return 1
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null || return 1
        root=(sudo -n)
    fi
    zkc_say "installing system packages: $*"
    root+=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120)
    # the lists of a fresh machine are empty or old, so a failure is tried again with new ones
    "${root[@]}" install -y --no-install-recommends "$@" </dev/null >/dev/null 2>&1 && return 0
    "${root[@]}" update </dev/null >&2 && "${root[@]}" install -y --no-install-recommends "$@" </dev/null >&2
}

# zkc_python_works PYTHON [MODULE...]: a CPython from 3.11 on that can import the modules.
zkc_python_works() {
    local python=$1
    shift
    "$python" - "$@" >/dev/null 2>&1 <<'PY'
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
sys.exit(not (sys.version_info >= (3, 11) and sys.implementation.name == "cpython"))
PY
}

# zkc_find_python [MODULE...]: prints the newest suitable Python; 1 where there is none.
zkc_find_python() {
    local candidate
    for candidate in ${ZKC_PYTHON:-python3.14 python3.13 python3.12 python3.11 python3 /usr/bin/python3}; do
        if command -v "$candidate" >/dev/null 2>&1 && zkc_python_works "$candidate" "$@"; then
            command -v "$candidate"
            return 0
        fi
    done
    return 1
}

# zkc_make_venv: .venv with a Python that runs and has pip.
zkc_make_venv() {
    local python version packages
    zkc_python_works "$ZKC_VENV_PYTHON" pip && return 0
    if ! python=$(zkc_find_python venv ensurepip); then
        packages="python3 python3-venv"
        if python=$(zkc_find_python); then
            version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
            packages="python$version-venv"
            [ "$version" = "$(/usr/bin/python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" ] &&
                packages="python3-venv"
        fi
        # shellcheck disable=SC2086  # one name or two
        zkc_apt_install $packages || true
        python=$(zkc_find_python venv ensurepip) ||
            zkc_die "Python 3.11 or newer with the venv module is needed; install it, on Debian with: apt-get install $packages"
    fi
    zkc_say "making .venv with $("$python" --version 2>&1)"
    "$python" -m venv --clear "$ZKC_ROOT/.venv" >&2 || zkc_die "could not make $ZKC_ROOT/.venv"
}

# zkc_pip ARGUMENT...: pip of .venv, quiet, never asking.
zkc_pip() {
    "$ZKC_VENV_PYTHON" -m pip --disable-pip-version-check --no-input install -qq --no-warn-script-location "$@" \
        </dev/null >&2
}

# zkc_missing_qt_libraries: prints the shared libraries that Qt's window platforms do not find.
zkc_missing_qt_libraries() {
    local folder
    command -v ldd >/dev/null 2>&1 || return 0
    for folder in "$ZKC_ROOT"/.venv/lib/python3*/site-packages/PySide6; do
        [ -d "$folder" ] || continue
        ldd "$folder"/Qt/plugins/platforms/libq{xcb,offscreen}.so "$folder"/Qt/lib/libQt6{Gui,Widgets,OpenGL}.so.6 \
            2>/dev/null | sed -n 's/^[[:space:]]*\([^ ]*\) => not found.*/\1/p' | sort -u
    done
}

# The window needs them; the command line does not, so a lack of them never stops it.
zkc_install_qt_libraries() {
    local missing
    missing=$(zkc_missing_qt_libraries)
    [ -n "$missing" ] || return 0
    zkc_apt_install "${ZKC_QT_PACKAGES[@]}" || true
    missing=$(zkc_missing_qt_libraries)
    [ -n "$missing" ] || return 0
    zkc_say "the window lacks ${missing//$'\n'/, }; install them, on Debian with: apt-get install ${ZKC_QT_PACKAGES[*]}"
}

# zkc_install LOCK: bring .venv to LOCK; call it under the lock only.
zkc_install() {
    zkc_is_ready "$1" && return 0
    zkc_say "setting up $ZKC_ROOT/.venv from $1; the first time takes some minutes"
    zkc_make_venv
    # --no-deps: the lock names all, and pip would resolve `name[extra]` of a package to a release that it does not name
    zkc_pip --require-hashes --no-deps --only-binary :all: -r "$ZKC_ROOT/$1" || zkc_die "could not install what $1 names (see above)"
    zkc_pip --no-deps --no-build-isolation --no-index --editable "$ZKC_ROOT" || zkc_die "could not install the project itself"
    zkc_install_qt_libraries
    zkc_stamp "$1" >"$ZKC_ROOT/.venv/.zkc-$1.stamp"
}

# zkc_locked COMMAND...: run COMMAND while no other set-up of this checkout runs (where the system has flock).
zkc_locked() {
    mkdir -p -- "$ZKC_ROOT/.cache" || zkc_die "cannot write to $ZKC_ROOT"
    (
        if command -v flock >/dev/null 2>&1; then
            flock -n 9 || { zkc_say "waiting for another set-up of this checkout" && flock 9; }
        fi
        "$@"
    ) 9>"$ZKC_ROOT/.cache/setup.lock"
}

# zkc_setup LOCK: what the two commands call; quick when nothing has changed.
zkc_setup() {
    zkc_is_ready "$1" || zkc_locked zkc_install "$1" || exit $?
}

# zkc_lacks_display: whether the X server or the Chinese letters for the tests of the window are missing.
zkc_lacks_display() {
    command -v Xvfb >/dev/null 2>&1 || return 0
    [ -z "$(find -L /usr/share/fonts /usr/local/share/fonts "${HOME:-/nowhere}/.local/share/fonts" -type f \
        \( -iname '*wqy*' -o -iname '*cjk*' -o -iname '*sourcehan*' -o -iname '*fallback*' \) -print -quit 2>/dev/null)" ]
}

# zkc_setup_display: without it the tests of the window run on no display, so a lack of it stops nothing.
zkc_setup_display() {
    zkc_lacks_display || return 0
    zkc_apt_install "${ZKC_DISPLAY_PACKAGES[@]}" && return 0
    zkc_say "the tests of the window lack a display or letters; install them, on Debian with: apt-get install ${ZKC_DISPLAY_PACKAGES[*]}"
}

# zkc_setup_node: the packages of tests/interop from npm; without Node.js or the registry its tests are skipped or, on
# a machine that must run them, fail.
zkc_setup_node() {
    local folder=$ZKC_ROOT/tests/interop stamp
    [ -f "$folder/package-lock.json" ] || return 0
    if ! command -v node >/dev/null 2>&1 || ! command -v npm >/dev/null 2>&1; then
        zkc_say "Node.js is not installed, so the tests against snarkjs are skipped"
        return 0
    fi
    stamp=$(cat -- "$folder/package.json" "$folder/package-lock.json" | zkc_sha256)
    [ -f "$folder/node_modules/.zkc.stamp" ] && [ "$(cat -- "$folder/node_modules/.zkc.stamp")" = "$stamp" ] && return 0
    zkc_say "installing snarkjs, circom2 and circomlibjs into tests/interop/node_modules"
    if (cd -- "$folder" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error </dev/null >&2); then
        printf '%s\n' "$stamp" >"$folder/node_modules/.zkc.stamp"
    else
        zkc_say "npm could not install what tests/interop/package-lock.json names"
    fi
}
