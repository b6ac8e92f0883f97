"""A small circuit's files in a folder, as a user has them."""

from dataclasses import dataclass
from pathlib import Path

from tests.support.circuits import Circuit, random_circuit
from zkcompanion.app.application import Application
from zkcompanion.app.settings import Settings
from zkcompanion.base.paths import AppDirs
from zkcompanion.proving.formats.r1cs import write_r1cs
from zkcompanion.proving.formats.wtns import write_wtns
from zkcompanion.proving.formats.zkey import write_zkey


@dataclass(frozen=True)
class Folder:
    circuit: Circuit
    path: Path

    @property
    def zkey(self):
        return self.path / "small.zkey"

    @property
    def r1cs(self):
        return self.path / "small.r1cs"

    @property
    def witness(self):
        return self.path / "small.wtns"

    def write_witness(self, values):
        write_wtns(self.witness, Circuit([], 0, values).limbs)


def make_folder(path, *, circuit=None, seed=7, **secrets):
    """`small.zkey` with known secrets, `small.r1cs`, `small.wtns`."""
    circuit = circuit if circuit is not None else random_circuit(seed, 9, n_public=2)
    path.mkdir(parents=True, exist_ok=True)
    folder = Folder(circuit, path)
    write_zkey(folder.zkey, circuit.key(seed, **secrets))
    write_r1cs(folder.r1cs, circuit.r1cs())
    write_wtns(folder.witness, circuit.limbs)
    return folder


def reference_app(home):
    """The services on Python integers, with folders of their own."""
    return Application(Settings(threads=1, kernels="reference"), dirs=AppDirs(home))
