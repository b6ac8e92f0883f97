"""One proof by `proving/groth16/straightforward` in this process: `straightforward.py ZKEY WTNS` prints its peak."""

from __future__ import annotations

import json
import secrets
import sys
import time
from pathlib import Path

from zkcompanion.app.application import Application
from zkcompanion.app.memory import peak_rss_bytes
from zkcompanion.app.settings import Settings
from zkcompanion.app.timing import RecordingTrace
from zkcompanion.base.paths import AppDirs
from zkcompanion.proving.backend import MASKING
from zkcompanion.proving.fields import FR, from_limbs
from zkcompanion.proving.formats.wtns import read_wtns
from zkcompanion.proving.groth16.straightforward import prove_straightforwardly, read_whole
from zkcompanion.proving.groth16.verify import prepare_zkey, verify_prepared


def main(zkey: str, wtns: str) -> int:
    """Prove, verify, print."""
    with Application(Settings(), dirs=AppDirs()) as app:
        backend = app.backends.proving(RecordingTrace())
        backend.load(MASKING)
        key = read_whole(Path(zkey), backend)
        witness = read_wtns(Path(wtns), n_wires=key.zkey.n_vars)
        start = time.perf_counter()
        blinding = secrets.randbelow(FR.modulus), secrets.randbelow(FR.modulus)
        proof = prove_straightforwardly(key, witness, backend, blinding=blinding)
        public = tuple(from_limbs(witness[1 : key.zkey.n_public + 1]))
        prepared = prepare_zkey(key.zkey, backend.pairing)
        verify_prepared(prepared, public, proof, pairing=backend.pairing, allow_insecure_key=True)
        seconds = time.perf_counter() - start
    print(json.dumps({"peak_rss_bytes": peak_rss_bytes(), "seconds": seconds}))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
