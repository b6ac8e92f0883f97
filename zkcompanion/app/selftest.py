"""The program checks itself where it is installed: folders, kernels, and a real proof of a bundled circuit."""

from __future__ import annotations

import platform
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from zkcompanion import __version__
from zkcompanion.app.error_views import companion_error
from zkcompanion.app.examples import list_examples
from zkcompanion.app.proving_service import ProvingRequest
from zkcompanion.app.timing import RecordingTrace
from zkcompanion.app.verification_service import VerificationRequest
from zkcompanion.app.views import CheckView, ProvingView, SelfTestView
from zkcompanion.base.errors import BugError, Cancelled
from zkcompanion.base.messages import Message, msg
from zkcompanion.proving.fields import FR
from zkcompanion.proving.formats.proofjson import proof_from_json, public_from_json, verification_key_from_json

if TYPE_CHECKING:
    from zkcompanion.app.application import Application

_PARTS = ("numpy", "llvmlite", "wasmtime", "psutil", "platformdirs")


def run_selftest(app: Application, trace: RecordingTrace) -> SelfTestView:
    """Run all checks, also after one has failed. Raises: Cancelled."""
    proofs: list[ProvingView] = []

    def prove() -> Message:
        example = min(list_examples(), key=lambda found: found.r1cs_path.stat().st_size)
        proofs.append(
            app.proving.prove(
                ProvingRequest(
                    example.id,
                    zkey=None,
                    inputs=example.input_path,
                    wasm=example.wasm_path,
                    r1cs=example.r1cs_path,
                    sym=example.sym_path,
                ),
                trace,
            )
        )
        return msg(
            "{circuit} is proved and verified, by {kernels} kernels.", circuit=example.id, kernels=proofs[0].kernels
        )

    def refuse() -> Message:
        if not proofs:
            raise BugError(msg("There is no proof to change."))
        return _refuse_changed(app, proofs[0], trace)

    checks = (
        ("parts", _parts),
        ("folders", lambda: _folders(app)),
        ("kernels", lambda: _kernels(app, trace)),
        ("proof", prove),
        ("refusal", refuse),
    )
    views = tuple(_check(name, function, trace) for name, function in checks)
    return SelfTestView(all(view.passed for view in views), views)


def _check(name: str, function: Callable[[], Message], trace: RecordingTrace) -> CheckView:
    trace.check()
    passed = True
    with trace.stopwatch() as watch:
        try:
            detail = function()
        except Cancelled:
            raise
        except Exception as error:
            # whatever is broken here is what the test is for
            passed, detail = False, _why(error)
    return CheckView(name, passed, detail, watch.seconds)


def _why(error: Exception) -> Message:
    known = companion_error(error)
    if isinstance(known, BugError) and known is not error:
        # the type says enough, and the text might hold a value
        return msg("Unexpected error {kind}.", kind=type(error).__name__)
    return known.message


def _parts() -> Message:
    found = [f"zkcompanion {__version__}", f"Python {platform.python_version()}"]
    for name in _PARTS:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:  # a frozen bundle may leave the metadata out
            found.append(name)
    return msg("{parts}", parts=", ".join(found))


def _folders(app: Application) -> Message:
    dirs = app.dirs
    folders = (dirs.cache, dirs.data, dirs.state, dirs.config)
    return msg("The folders are private: {folders}.", folders=", ".join(map(str, folders)))


def _kernels(app: Application, trace: RecordingTrace) -> Message:
    backend = app.backends.proving(trace)
    if backend.notice is not None:
        return backend.notice
    return msg("{kind} kernels, threads: {threads}.", kind=backend.kind, threads=backend.threads)


def _refuse_changed(app: Application, view: ProvingView, trace: RecordingTrace) -> Message:
    """The same proof for other public signals must be refused."""
    public = public_from_json(view.public_json, file="public.json")
    request = VerificationRequest(
        verification_key_from_json(view.verification_key_json, file="verification_key.json"),
        ((public[0] + 1) % FR.modulus, *public[1:]),
        proof_from_json(view.proof_json, file="proof.json"),
    )
    verdict = app.verification.verify(request, trace, allow_insecure_key=False)
    if verdict.verified or verdict.reason != "pairing":
        raise BugError(msg("A proof for other public signals was not refused."))
    return msg("The same proof for other public signals is refused.")
