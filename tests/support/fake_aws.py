"""A scripted AWS on 127.0.0.1 for faults that no emulator makes: each call takes the next answer
of its operation's script, and is written down. Standard library only; no signature is checked.

    with FakeAws() as fake:
        fake.script("GetRecords", throttled(), reset(), json_answer({"Records": []}))
        ... call fake.url ...
        assert [call.operation for call in fake.calls] == ["GetRecords"] * 3

An operation is what X-Amz-Target or Action= names, else "METHOD /path" (no query). The last answer
of a script repeats. A script entry may be a function that takes the Call and returns an Answer.
"""
import collections
import dataclasses
import email.utils
import http.server
import json
import socket
import ssl
import struct
import threading
import time
import urllib.parse
import zlib


@dataclasses.dataclass(frozen=True)
class Call:
    operation: str
    method: str
    path: str
    headers: dict   # names in lower case
    body: bytes
    at: float       # time.monotonic()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def form(self):
        """The fields of a query call; each stands once."""
        return dict(urllib.parse.parse_qsl(self.body.decode(), keep_blank_values=True))

    @property
    def access_key(self):
        """Who signed: the key id in the Authorization header, or None."""
        scope = self.headers.get("authorization", "").partition("Credential=")[2]
        return scope.split("/")[0] or None


@dataclasses.dataclass(frozen=True)
class Answer:
    status: int = 200
    body: bytes = b""
    headers: dict = dataclasses.field(default_factory=dict)
    delay: float = 0.0          # seconds before the first byte
    cut_after: int = -1         # bytes of the body that are sent before the connection breaks
    reset: bool = False         # it breaks with a TCP reset instead of an orderly end
    drip: float = 0.0           # seconds between single bytes of the body
    date_offset: float = 0.0    # seconds that this service's clock is ahead
    silent: bool = False        # closes without any answer
    hang_up: bool = False       # closes after the answer, unannounced


def json_answer(value, **more):
    return Answer(body=json.dumps(value).encode(),
                  headers={"Content-Type": "application/x-amz-json-1.1"}, **more)


def json_error(code, message="told by the fake", status=400, **more):
    """An error of Kinesis, EventBridge and their like."""
    return Answer(status=status, body=json.dumps({"__type": code, "message": message}).encode(),
                  headers={"Content-Type": "application/x-amz-json-1.1"}, **more)


def xml_answer(operation, inner="", **more):
    """A success of SNS or STS; `inner` is what stands in <OperationResult>."""
    text = (f'<{operation}Response xmlns="https://fake/"><{operation}Result>{inner}'
            f"</{operation}Result><ResponseMetadata><RequestId>fake-1</RequestId>"
            f"</ResponseMetadata></{operation}Response>")
    return Answer(body=text.encode(), headers={"Content-Type": "text/xml"}, **more)


def xml_error(code, message="told by the fake", status=400, **more):
    """An error of SNS or STS."""
    text = (f'<ErrorResponse xmlns="https://fake/"><Error><Type>Sender</Type><Code>{code}</Code>'
            f"<Message>{message}</Message></Error><RequestId>fake-1</RequestId></ErrorResponse>")
    return Answer(status=status, body=text.encode(), headers={"Content-Type": "text/xml"}, **more)


def throttled():
    return json_error("ThrottlingException", "Rate exceeded")


def server_error(status=500):
    """What a load balancer says, which is no JSON."""
    return Answer(status=status, body=b"<html><body>Bad day</body></html>",
                  headers={"Content-Type": "text/html"})


def reset(answer=Answer(body=b"{}"), after=-1):
    """A TCP reset: before any byte, or after so many of the body."""
    return dataclasses.replace(answer, reset=True, silent=after < 0, cut_after=max(after, 0))


def cut(answer, after):
    """The connection ends in good order, but the body is shorter than Content-Length said."""
    return dataclasses.replace(answer, cut_after=after)


def dripping(answer, seconds=0.2):
    return dataclasses.replace(answer, drip=seconds)


def with_crc(answer, wrong=False):
    """With x-amz-crc32, as DynamoDB sends it."""
    crc = zlib.crc32(answer.body) ^ (1 if wrong else 0)
    return dataclasses.replace(answer, headers={**answer.headers, "x-amz-crc32": str(crc)})


def expiry(seconds):
    """So many seconds from now, as credentials name it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))


def sts_answer(operation, key_id, expires=3600, **more):
    """Credentials from AssumeRole or AssumeRoleWithWebIdentity."""
    return xml_answer(operation, (
        f"<Credentials><AccessKeyId>{key_id}</AccessKeyId><SecretAccessKey>secret-{key_id}"
        f"</SecretAccessKey><SessionToken>token-{key_id}</SessionToken><Expiration>"
        f"{expiry(expires)}</Expiration></Credentials>"), **more)


def key_answer(key_id, expires=3600, **more):
    """Credentials as the container endpoint and the instance's metadata service give them."""
    return json_answer({"Code": "Success", "AccessKeyId": key_id,
                        "SecretAccessKey": f"secret-{key_id}", "Token": f"token-{key_id}",
                        "Expiration": expiry(expires)}, **more)


class FakeAws:
    """The server; runs from `with` to its end, or from start() to stop()."""

    def __init__(self, certificate=None, port=0):
        """certificate: path of a PEM with key and certificate, for https; port 0: a free one."""
        self._scripts = collections.defaultdict(collections.deque)
        self._lock = threading.Lock()
        self.calls = []
        self.connections = 0  # that were made
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.fake = self
        scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
            scheme = "https"
        self.port = self._server.server_address[1]
        self.url = f"{scheme}://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,),
                                        daemon=True)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        self._thread.start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()

    def script(self, operation, *answers):
        """Replaces the answers of an operation."""
        with self._lock:
            self._scripts[operation] = collections.deque(answers)

    def calls_of(self, operation):
        with self._lock:
            return [call for call in self.calls if call.operation == operation]

    def take(self, call):
        """Writes a call down and picks its answer."""
        with self._lock:
            self.calls.append(call)
            script = self._scripts.get(call.operation)
            if not script:
                return json_error("UnscriptedCall", f"nothing is scripted for {call.operation}")
            answer = script.popleft() if len(script) > 1 else script[0]
        return answer(call) if callable(answer) else answer


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        """A client that goes away is what many tests are about."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self):
        super().setup()
        with self.server.fake._lock:
            self.server.fake.connections += 1

    def log_message(self, *_):
        pass

    def _operation(self, headers, body):
        if "x-amz-target" in headers:
            return headers["x-amz-target"].rpartition(".")[2]
        if "form" in headers.get("content-type", ""):
            return dict(urllib.parse.parse_qsl(body.decode(errors="replace"))).get("Action", "")
        return f"{self.command} {self.path.partition('?')[0]}"

    def _serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        call = Call(self._operation(headers, body), self.command, self.path, headers, body,
                    time.monotonic())
        self._answer(self.server.fake.take(call))

    do_GET = do_POST = do_PUT = _serve

    def _answer(self, answer):
        time.sleep(answer.delay)
        if answer.silent:
            self._break(answer)
            return
        self.send_response_only(answer.status)
        self.send_header("Date", email.utils.formatdate(time.time() + answer.date_offset,
                                                        usegmt=True))
        self.send_header("Content-Length", str(len(answer.body)))
        for name, value in {"x-amzn-RequestId": "fake-1", **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self._send_body(answer)
        if answer.cut_after >= 0:
            self._break(answer)
        self.close_connection |= answer.hang_up

    def _send_body(self, answer):
        body = answer.body if answer.cut_after < 0 else answer.body[:answer.cut_after]
        if not answer.drip:
            self.wfile.write(body)
            return
        for byte in body:
            self.wfile.write(bytes([byte]))
            time.sleep(answer.drip)

    def _break(self, answer):
        self.close_connection = True
        if answer.reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                       struct.pack("ii", 1, 0))
            self.connection.close()
