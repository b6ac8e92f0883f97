"""Runs of proofs as the window's side keeps them, without a worker."""

from pathlib import Path

from zkcompanion.app.circuit_files import CircuitFiles
from zkcompanion.app.job_state import JobRecord
from zkcompanion.app.job_views import ProofOrder
from zkcompanion.app.views import KeyView, ProofView, ProvingView
from zkcompanion.base.messages import msg

R1CS = Path("c.r1cs")


def record(*, repeat=1, r1cs=R1CS):
    files = CircuitFiles("c", r1cs=r1cs, wasm=Path("c.wasm"))
    return JobRecord(7, ProofOrder(files, msg("C"), "f", inputs=b"secret", repeat=repeat), submitted_unix_s=5.0)


def result(*phases):
    proofs = (ProofView(1.0, dict(phases), 100, verified=True),) if phases else ()
    return ProvingView(
        "c", True, proofs, KeyView("ok"), "scalar", 2, False, 3, 4, (), True, 0.0, 0.0, 0.0, b"", b"[]", b""
    )
