"""The endpoint answers one question, asked of this very address, and waits for nobody."""

import contextlib
import http.client
import socket
import threading

import pytest

from tests.unit.monitoring.test_openmetrics import parse
from zkcompanion.app.metrics_endpoint import MetricsEndpoint
from zkcompanion.base.errors import ResourceError


@pytest.fixture
def endpoint():
    made = MetricsEndpoint(0, lambda: "text\n# EOF\n", "application/openmetrics-text")
    yield made
    made.close()


def ask(endpoint, path="/metrics", method="GET", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", endpoint.port, timeout=10)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer, body


def raw(endpoint, sent, limit_s=10):
    with socket.create_connection(("127.0.0.1", endpoint.port), timeout=limit_s) as connection:
        connection.sendall(sent)
        parts = []
        while part := connection.recv(4096):
            parts.append(part)
        return b"".join(parts).decode()


def test_the_metrics_are_given_to_who_asks_for_them(endpoint):
    answer, body = ask(endpoint)
    assert (answer.status, body) == (200, "text\n# EOF\n")
    assert answer.headers["Content-Type"] == "application/openmetrics-text"
    assert answer.headers["Server"] == "zkcompanion"
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert endpoint.url == f"http://127.0.0.1:{endpoint.port}/metrics"
    assert ask(endpoint, Host=f"localhost:{endpoint.port}")[0].status == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "[::1]:{port}", ""]
)
def test_who_asks_under_another_name_is_refused(endpoint, host):
    answer, body = ask(endpoint, Host=host.format(port=endpoint.port))
    assert answer.status == 403
    assert "EOF" not in body


@pytest.mark.parametrize(
    "head", ["GET /metrics HTTP/1.0\r\n\r\n", "GET /metrics HTTP/1.1\r\nHost: {host}\r\nHost: evil.example\r\n\r\n"]
)
def test_who_names_no_host_or_two_is_refused(endpoint, head):
    assert " 403 " in raw(endpoint, head.format(host=f"127.0.0.1:{endpoint.port}").encode())


@pytest.mark.parametrize("path", ["/", "/metrics/", "/metrics?x=1", "/../metrics"])
def test_nothing_else_is_there(endpoint, path):
    assert ask(endpoint, path)[0].status == 404


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "DELETE", "OPTIONS", "CONNECT"])
def test_nothing_else_can_be_done(endpoint, method):
    assert ask(endpoint, method=method)[0].status == 501


@pytest.mark.parametrize(
    "sent", [b"\r\n\r\n", b"GET\r\n\r\n", b"\x16\x03\x01\x02\x00\n\n", b"A" * 20_000, b"GET /m HTTP/9.9\n\n"]
)
def test_what_is_no_request_costs_nothing(endpoint, sent):
    try:
        answer = raw(endpoint, sent)
    except ConnectionError:
        answer = ""
    assert "EOF" not in answer
    assert ask(endpoint)[0].status == 200


def test_who_sends_nothing_is_waited_for_a_moment_only(endpoint, monkeypatch):
    monkeypatch.setattr("zkcompanion.app.metrics_endpoint._REQUEST_S", 0.1)
    with socket.create_connection(("127.0.0.1", endpoint.port)) as idle:
        assert ask(endpoint)[0].status == 200
        idle.settimeout(10)
        assert idle.recv(1) == b""


def test_only_this_computer_can_ask(endpoint):
    (host, _port) = endpoint._server.server_address
    assert host == "127.0.0.1"


def test_a_port_that_is_taken_is_told(endpoint):
    with pytest.raises(ResourceError, match="cannot be given"):
        MetricsEndpoint(endpoint.port, str, "text/plain")


def test_the_end_waits_for_nobody():
    made = MetricsEndpoint(0, str, "text/plain")
    with socket.create_connection(("127.0.0.1", made.port)) as idle:
        while made._server._asking is None:
            threading.Event().wait(0.001)
        made.close()
        made.close()
        assert idle.recv(1) == b""
    assert not [thread for thread in threading.enumerate() if thread.name == "metrics"]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", made.port))


def test_the_end_waits_for_nobody_in_the_queue_either(endpoint, monkeypatch):
    monkeypatch.setattr("zkcompanion.app.metrics_endpoint._REQUEST_S", 60.0)
    with contextlib.ExitStack() as stack:
        address = ("127.0.0.1", endpoint.port)
        idle = [stack.enter_context(socket.create_connection(address, timeout=20)) for _ in range(4)]
        while endpoint._server._asking is None:
            threading.Event().wait(0.001)
        endpoint._server.hang_up()
        assert [one.recv(1) for one in idle] == [b""] * 4


def test_the_text_that_is_given_is_openmetrics():
    from zkcompanion.app.metrics_export import LatestMetrics
    from zkcompanion.monitoring.samples import Sample

    latest = LatestMetrics()
    made = MetricsEndpoint(0, latest.text, "text/plain")
    try:
        assert parse(ask(made)[1]).keys() == {"zkcompanion_version"}
        latest.take(Sample(1.0, 1.0, {"machine.core/0": 50.0}))
        assert parse(ask(made)[1])["zkcompanion_machine_core_ratio"]["samples"] == {'{core="0"}': 0.5}
    finally:
        made.close()
