"""TLS, HTTP/2 and proxies, on real servers of each."""
import json
import socket
import socketserver
import ssl
import subprocess
import threading

import pytest

from aws_probe import KEYS, fake, keyed, probe  # noqa: F401
from fake_aws import FakeAws, json_answer, key_answer
from services import REGION

GOOD = json_answer({"Shards": []})


@pytest.fixture
def certificate(work_dir):
    """(CA bundle, PEM with key and certificate) of 127.0.0.1."""
    key, bundle, both = (work_dir / name for name in ("key.pem", "ca.pem", "both.pem"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=fake",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", bundle],
                   check=True, capture_output=True)
    both.write_text(key.read_text() + bundle.read_text())
    return bundle, both


def test_tls__with_a_bundle_of_our_own(keyed, certificate):
    bundle, both = certificate
    with FakeAws(certificate=both) as fake:
        fake.script("ListShards", GOOD)
        for option, variables in ((("--ca-file", bundle), {}), ((), {"AWS_CA_BUNDLE": bundle})):
            answer, _ = keyed.call("--endpoint", fake.url, *option, "kinesis", "ListShards",
                                   **variables)
            assert answer["status"] == "ok", answer
        answer, _ = keyed.call("--endpoint", fake.url, "--attempts", 1, "kinesis", "ListShards")
        assert answer["failure"] == "a passing failure" and "certificate" in answer["message"]
        assert len(fake.calls) == 2


def test_tls__of_another_host_is_refused(keyed, certificate):
    bundle, both = certificate
    with FakeAws(certificate=both) as fake:
        answer, _ = keyed.call("--endpoint", fake.url.replace("127.0.0.1", "localhost"),
                               "--ca-file", bundle, "--attempts", 1, "kinesis", "ListShards")
        assert "does not match" in answer["message"] or "no alternative" in answer["message"]
        assert not fake.calls


def test_http2__is_spoken_over_tls(keyed, certificate):
    """A server that takes HTTP/2 alone, as far as the client's first words."""
    bundle, both = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    context.set_alpn_protocols(["h2"])
    heard = []

    def serve(listener):
        with listener.accept()[0] as plain, context.wrap_socket(plain, server_side=True) as peer:
            heard.extend([peer.selected_alpn_protocol(), peer.recv(24)])

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        keyed.call("--endpoint", f"https://127.0.0.1:{listener.getsockname()[1]}", "--ca-file",
                   bundle, "--attempts", 1, "--timeout-ms", 3000, "kinesis", "ListShards")
        thread.join()
    assert heard == ["h2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"]


class _Tunnel(socketserver.StreamRequestHandler):
    """CONNECT to whatever name, led to the one port that the server was made for."""

    def handle(self):
        self.server.asked.append(self.rfile.readline().split()[1].decode())
        while self.rfile.readline().strip():
            pass
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with socket.create_connection(("127.0.0.1", self.server.to_port)) as other:
            back = threading.Thread(target=self.copy, args=(other, self.connection), daemon=True)
            back.start()
            self.copy(self.connection, other)
            back.join()

    @staticmethod
    def copy(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class _TunnelServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False


@pytest.fixture
def tunnel(kinesis):
    """A proxy before kinesis-local's TLS port, which speaks HTTP/2 and calls itself "Unknown"."""
    with _TunnelServer(("127.0.0.1", 0), _Tunnel) as server:
        server.asked = []
        server.to_port = int(kinesis.told["tls_endpoint"].rpartition(":")[2])
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server
        server.shutdown()


def test_http2__through_a_tunnel(probe, kinesis, tunnel, work_dir):
    name, arn = kinesis.create_stream(shards=3)
    bundle = work_dir / "kinesis.pem"
    bundle.write_text(ssl.get_server_certificate(("127.0.0.1", tunnel.to_port)))
    *answers, sums = probe.run("--endpoint", "https://unknown", "--ca-file", bundle, "--calls", 5,
                               "--threads", 4, "kinesis", "ListShards",
                               json.dumps({"StreamName": name}), AWS_ACCESS_KEY_ID="test",
                               AWS_SECRET_ACCESS_KEY="test", AWS_REGION=REGION,
                               HTTPS_PROXY=f"http://127.0.0.1:{tunnel.server_address[1]}")
    assert [answer["status"] for answer in answers] == ["ok"] * 20, answers[0]
    assert all(len(json.loads(answer["body"])["Shards"]) == 3 for answer in answers)
    assert arn and sums["attempts"] == 20
    assert set(tunnel.asked) == {"unknown:443"} and len(tunnel.asked) <= 4


def test_proxy__for_services_not_for_credentials(probe, fake):
    """The service's name is known to the proxy alone."""
    fake.script("GET /x", key_answer("POD"))
    fake.script("ListShards", GOOD)
    with FakeAws() as proxy:
        proxy.script("ListShards", GOOD)
        variables = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{fake.url}/x",
                     "http_proxy": proxy.url}
        answer, _ = probe.call("--endpoint", "http://kinesis.invalid", "kinesis", "ListShards",
                               **variables)
        assert answer["status"] == "ok"
        call, = proxy.calls
        assert call.path == "http://kinesis.invalid/" and call.access_key == "POD"
        assert call.headers["host"] == "kinesis.invalid"
        answer, _ = probe.call("--endpoint", fake.url, "kinesis", "ListShards", **variables,
                               NO_PROXY="127.0.0.1")
        assert answer["status"] == "ok" and len(proxy.calls) == 1


def test_keys__in_no_message(keyed):
    """Not even of a call that fails within libcurl."""
    answer, _ = keyed.call("--endpoint", "https://127.0.0.1:1/", "--attempts", 1, "kinesis",
                           "ListShards", AWS_SESSION_TOKEN="sEcReT-token")
    assert KEYS["AWS_SECRET_ACCESS_KEY"] not in json.dumps(answer) + keyed.stderr
    assert "sEcReT" not in json.dumps(answer) + keyed.stderr
