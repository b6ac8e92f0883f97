"""A secret that is led through everything that can happen to a proof, and looked for in all that is left of it.

Looked for in every encoding that a number could have been written down in: in all files below given folders (packed
ones are opened), in what was printed, and in the command lines and environments of all processes while they ran.
"""

from __future__ import annotations

import base64
import bz2
import contextlib
import gzip
import io
import lzma
import os
import subprocess
import sys
import threading
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from zkcompanion.proving.fields import FR

ROOT = Path(__file__).resolve().parents[2]
_BITS = 256
_LIMIT_S = 120.0
#: A packed file is opened up to this.
_MOST_BYTES = 64 << 20
#: How often command lines and environments are looked at.
_LOOK_S = 0.01


@lru_cache(maxsize=8)
def forms(secret: int) -> tuple[bytes, ...]:
    """The ways in which a field element could be written down by accident; as few as find all of them.

    A part is a leak too: twenty digits of the decimal number, and each limb.
    """
    found: list[bytes] = []
    for value in (secret, FR.to_mont(secret)):
        little, big = value.to_bytes(32, "little"), value.to_bytes(32, "big")
        texts = [str(value)[:20], f"{value:x}", f"{value:X}", little.hex(), little.hex().upper()]
        for text in texts:
            # the bytes of UTF-16 in either order hold this
            found += [text.encode(), text.encode("utf-16-le")[:-1], _escaped(text)]
        found += [little, big, repr(little)[2:-1].encode(), repr(big)[2:-1].encode()]
        for at in range(0, 32, 8):
            found += [little[at : at + 8], big[at : at + 8]]
        for mask_bits in (52, 51):
            found += [
                (value >> shift & (1 << mask_bits) - 1).to_bytes(8, "little")
                for shift in range(mask_bits, _BITS - mask_bits, mask_bits)
            ]
        for data in (little, big, str(value).encode(), f"{value:x}".encode()):
            found += _in_base64(data)
    return tuple(dict.fromkeys(found))


def _escaped(text: str) -> bytes:
    """As JSON may spell any character."""
    return "".join(f"\\u{ord(character):04x}" for character in text).encode()


def _in_base64(data: bytes) -> Iterator[bytes]:
    """What stands in base64 of any text that holds `data`, wherever it begins; both alphabets."""
    for before in range(3):
        whole = base64.b64encode(bytes(before) + data)
        first = (8 * before + 5) // 6
        last = 8 * (before + len(data)) // 6
        yield whole[first:last]
        yield whole[first:last].translate(bytes.maketrans(b"+/", b"-_"))


def holds(content: bytes, secret: int) -> bool:
    """Whether it stands in these bytes, or in what they are packed from."""
    needles = forms(secret)
    return any(needle in part for part in (content, *_unpacked(content)) for needle in needles)


def _unpacked(content: bytes) -> Iterator[bytes]:
    """What is packed in a file, where it is packed."""
    ways: Mapping[bytes, Callable[[bytes], bytes]] = {
        b"\x1f\x8b": lambda data: gzip.GzipFile(fileobj=io.BytesIO(data)).read(_MOST_BYTES),
        b"BZh": lambda data: bz2.BZ2Decompressor().decompress(data, _MOST_BYTES),
        b"\xfd7zXZ": lambda data: lzma.LZMADecompressor().decompress(data, _MOST_BYTES),
    }
    # the second byte of a zlib stream makes a multiple of 31
    if len(content) > 2 and content[0] & 15 == 8 and int.from_bytes(content[:2], "big") % 31 == 0:
        with contextlib.suppress(zlib.error):
            yield zlib.decompressobj().decompress(content, _MOST_BYTES)
    for magic, unpack in ways.items():
        if content.startswith(magic):
            with contextlib.suppress(OSError, EOFError, lzma.LZMAError, zlib.error):
                yield unpack(content)
    if content.startswith(b"PK"):
        with (
            contextlib.suppress(zipfile.BadZipFile, OSError, zlib.error),
            zipfile.ZipFile(io.BytesIO(content)) as packed,
        ):
            for name in packed.namelist():
                with packed.open(name) as stream:
                    yield stream.read(_MOST_BYTES)


def leaks(folder: Path, secret: int) -> Iterator[str]:
    """Names of the files below `folder` that hold it, links followed; and names that are it."""
    for parent, _folders, names in os.walk(folder, followlinks=True):
        for name in sorted(names):
            path = Path(parent, name)
            if path.is_file() and (holds(path.read_bytes(), secret) or holds(os.fsencode(name), secret)):
                yield path.name


# -- running something with it -----------------------------------------------------------------------------------------


class ProcessWatch:
    """While it is entered: keeps what all descendants of this process show of themselves to other programs."""

    def __init__(self) -> None:
        self._seen: set[bytes] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.processes: set[str] = set()

    def __enter__(self) -> ProcessWatch:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._thread.join()

    def shown(self) -> bytes:
        """Command lines, environments and names."""
        return b"\n".join(self._seen)

    def _watch(self) -> None:
        while not self._over.is_set():
            for pid in _descendants(os.getpid()):
                for name in ("cmdline", "environ", "comm"):
                    with contextlib.suppress(OSError):
                        self._seen.add(Path("/proc", pid, name).read_bytes())
                        self.processes.add(pid)
            self._over.wait(_LOOK_S)


def _descendants(root: int) -> Iterator[str]:
    """Process ids; Linux only, nobody elsewhere."""
    waiting = [str(root)]
    while waiting:
        with contextlib.suppress(OSError):
            for task in Path("/proc", waiting.pop(), "task").iterdir():
                with contextlib.suppress(OSError):
                    children = (task / "children").read_text("ascii").split()
                    yield from children
                    waiting += children


#: Run as a program: `WHAT WHERE WORDS...`, the command line with something that happens as phase WHERE begins. WHAT is
#: a signal; with WHERE `values` an exception with the witness in its text; `MDWE`: the system forbids run-time code.
DISTURBED = """
import os, signal, sys, threading
from zkcompanion.app.timing import PhaseStarted
from zkcompanion.cli import progress
from zkcompanion.cli.main import main
from zkcompanion.proving.fields import from_limbs
from zkcompanion.proving.groth16 import prove

what, where = sys.argv.pop(1), sys.argv.pop(1)

def hear(self, event):
    if isinstance(event, PhaseStarted) and event.phase.value == where:
        os.kill(os.getpid(), getattr(signal, what))
        threading.Event().wait(0.1)  # until the main thread has heard it

def fail(zkey, witness, **keywords):
    values = from_limbs(witness)
    raise {"ValueError": ValueError, "SystemExit": SystemExit, "MemoryError": MemoryError}[what](values)

if what == "MDWE":
    import ctypes
    if ctypes.CDLL(None).prctl(65, 1, 0, 0, 0):  # PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN
        sys.exit(77)
elif where == "values":
    prove._check_witness = fail
elif where != "never":
    progress.NoProgress.hear = hear
sys.exit(main(sys.argv[1:]))
"""

#: `batch`, in which the workers of two proofs are killed, each in the middle of it.
KILLING = """
import os, signal, sys
from zkcompanion.app import batch
from zkcompanion.app.job_views import JobChanged
from zkcompanion.cli.main import main

killed = set()

class Killing(batch.JobService):
    def submit(self, order, **options):
        self._bus.subscribe(JobChanged, self._kill) if not hasattr(self, "_heard") else None
        self._heard = True
        return super().submit(order, **options)

    def _kill(self, event):
        if event.job.state == "running" and len(killed) < 2:
            for worker in self.workers():
                if worker.job is not None and worker.pid is not None and worker.job not in killed and len(killed) < 2:
                    killed.add(worker.job)
                    os.kill(worker.pid, signal.SIGKILL)

batch.JobService = Killing
sys.exit(main(sys.argv[1:]))
"""


@dataclass
class Story:
    """What happened with the secret. `folder` gets everything; `given` lies elsewhere and holds what the user gives."""

    folder: Path
    secret: int
    home: Path
    printed: list[bytes] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)
    processes: int = 0
    found: list[str] = field(default_factory=list)

    def start(self, *words: object, program: str = DISTURBED) -> subprocess.Popen[bytes]:
        """The command line as a program of its own, reading standard input."""
        work, temporary = self.folder / "work", self.folder / "tmp"
        for made in (work, temporary):
            made.mkdir(exist_ok=True)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
        environment |= {"PYTHONPATH": str(ROOT), "ZKCOMPANION_HOME": str(self.home), "TMPDIR": str(temporary)}
        return subprocess.Popen(
            [sys.executable, "-c", program, *map(str, words)],
            cwd=work,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(self, *words: object, stdin: bytes = b"", program: str = DISTURBED) -> int:
        """The same to its end, watched; the exit code."""
        return self.run_all([(words, stdin)], program=program)[0]

    def run_all(self, commands: Sequence[tuple[Sequence[object], bytes]], *, program: str = DISTURBED) -> list[int]:
        """Several at once."""
        with ProcessWatch() as watch:
            running = [self.start(*words, program=program) for words, _ in commands]
            threads = []
            for process, (_, stdin) in zip(running, commands, strict=True):
                threads.append(threading.Thread(target=self._hear, args=(process, stdin)))
                threads[-1].start()
            for thread in threads:
                thread.join()
        self.processes += len(watch.processes)
        if holds(watch.shown(), self.secret):
            self.found.append("a command line or an environment")
        codes = [process.returncode for process in running]
        self.codes += codes
        return codes

    def _hear(self, process: subprocess.Popen[bytes], stdin: bytes) -> None:
        self.printed += process.communicate(stdin, timeout=_LIMIT_S)

    def search(self) -> list[str]:
        """Where it was found."""
        if any(holds(text, self.secret) for text in self.printed):
            self.found.append("what was printed")
        for folder in (self.folder, self.home):
            self.found += leaks(folder, self.secret)
        return self.found
