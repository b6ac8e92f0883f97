"""The one place of this program that listens on the network: metrics for other programs on this computer.

On the loopback address only, off until the user asks for it. A web page that a browser shows may send requests to this
address too, under a name of its own (DNS rebinding); what does not ask for this very address is refused.
"""

from __future__ import annotations

import contextlib
import io
import os
import socket
import socketserver
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

from zkcompanion.base.clock import SYSTEM_CLOCK, Clock
from zkcompanion.base.errors import ResourceError
from zkcompanion.base.messages import msg

ADDRESS = "127.0.0.1"
PATH = "/metrics"
#: What a request may be, how long it may take, and for how long an answer may be taken.
_MOST_BYTES, _REQUEST_S, _ANSWER_S = 8192, 2.0, 5.0


class MetricsEndpoint:
    """Answers `GET /metrics` from when it is made until `close`, one after another.

    `text` gives the answer, in this endpoint's own thread; `content_type` is told with it.

    Raises: ResourceError where the port cannot be had (0: any that is free).
    """

    def __init__(self, port: int, text: Callable[[], str], content_type: str, *, clock: Clock = SYSTEM_CLOCK) -> None:
        try:
            self._server = _Server(port, text, content_type, clock)
        except OSError as error:
            raise ResourceError(
                msg(
                    "Metrics cannot be given at port {port}: {why}.",
                    port=port,
                    why=error.strerror or type(error).__name__,
                ),
                hint=msg("Another program may use this port; choose another one."),
            ) from None
        # looks ten times a second whether it should end
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), name="metrics", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """What another program asks for."""
        return f"http://{ADDRESS}:{self.port}{PATH}"

    def close(self) -> None:
        """Answer no more; idempotent."""
        if self._thread.is_alive():
            self._server.hang_up()
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()


class _Server(socketserver.TCPServer):
    # on Windows this would let another program take the port
    allow_reuse_address = os.name == "posix"
    request_queue_size = 8

    def __init__(self, port: int, text: Callable[[], str], content_type: str, clock: Clock) -> None:
        self.text = text
        self.content_type = content_type
        self.clock = clock
        self._asking: socket.socket | None = None
        self._ended = False
        super().__init__((ADDRESS, port), _Handler)

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Answer one, who can be hung up on meanwhile."""
        self._asking = request
        try:
            if not self._ended:
                super().finish_request(request, client_address)
        finally:
            self._asking = None

    def hang_up(self) -> None:
        """Wait no longer for whoever is asking, nor for those that wait behind."""
        self._ended = True
        asking = self._asking
        if asking is not None:
            with contextlib.suppress(OSError):
                asking.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """One that went away meanwhile; nobody needs to know."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.rfile.close()
        self.rfile = io.BufferedReader(io.BytesIO(_head(self.connection, self.server.clock)))
        self.connection.settimeout(_ANSWER_S)

    def do_GET(self) -> None:  # the library's name
        """The metrics, for whoever asked for this address and nothing else."""
        port = self.server.server_address[1]
        hosts = self.headers.get_all("Host") or []
        if len(hosts) != 1 or hosts[0].lower() not in {f"{ADDRESS}:{port}", f"localhost:{port}"}:
            self._answer(403, "text/plain; charset=utf-8", f"Ask for http://{ADDRESS}:{port}{PATH}\n")
        elif self.path != PATH:
            self._answer(404, "text/plain; charset=utf-8", f"Only {PATH} is here.\n")
        else:
            self._answer(200, self.server.content_type, self.server.text())

    def _answer(self, code: int, content_type: str, text: str) -> None:
        body = text.encode()
        self.send_response(code)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def version_string(self) -> str:
        """Who answers; no versions of anything."""
        return "zkcompanion"

    def log_message(self, format: str, *args: object) -> None:  # the library's name
        """Nothing: requests come every few seconds, and hold what strangers write."""


def _head(connection: socket.socket, clock: Clock) -> bytes:
    """What was sent up to the empty line, or as much of it as came in time; nothing of a body is read."""
    until_s = clock.monotonic_s() + _REQUEST_S
    head = b""
    with contextlib.suppress(OSError):
        while b"\r\n\r\n" not in head and b"\n\n" not in head and len(head) < _MOST_BYTES:
            connection.settimeout(max(1e-3, until_s - clock.monotonic_s()))
            part = connection.recv(_MOST_BYTES - len(head))
            if not part or clock.monotonic_s() >= until_s:
                break
            head += part
    return head
