"""Looking for a secret wherever it should not be."""

from zkcompanion.proving.fields import FR


def forms(secret):
    """The ways in which a field element could be written down by accident."""
    for value in (secret, FR.to_mont(secret)):
        yield str(value).encode()
        yield f"{value:x}".encode()
        yield f"{value:X}".encode()
        yield value.to_bytes(32, "little")
        yield value.to_bytes(32, "big")
        # a part is a leak too
        yield str(value)[:20].encode()
        for shift in range(0, 256, 64):
            yield (value >> shift & 0xFFFFFFFFFFFFFFFF).to_bytes(8, "little")


def leaks(folder, secret):
    """Names of the files that hold it."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            if any(form in content for form in forms(secret)):
                yield path.name
