"""/livez, /readyz and /metrics of a running detector."""
import contextlib
import json
import socket
import subprocess

import pytest

from cli import BROKEN_POLICY, POLICY, price_change, wait_for, write_changes
from probes import TIMEOUT_S, ask, check_metrics, values


def address_of(process):
    """Where it listens, from its log."""
    for line in process.stderr:
        event = json.loads(line)
        if event["event"] == "http_listening":
            host, port = event["address"].rsplit(":", 1)
            return host.strip("[]"), int(port)
    raise AssertionError("it does not listen")


@contextlib.contextmanager
def serving(program, *words):
    process = program.start("run", "--policies", "p.yaml", "--input", "c.jsonl", "--follow",
                            "--output", "a.jsonl", "--log-format", "json", *words)
    try:
        yield process, address_of(process)
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def files(work_dir):
    (work_dir / "p.yaml").write_text(POLICY)
    write_changes(work_dir / "c.jsonl", [price_change(n) for n in range(3)] + ["not a record"])
    return work_dir


def test_probes_and_metrics(program, files):
    with serving(program, "--listen", "127.0.0.1:0") as (process, address):
        wait_for(lambda: ask(address, "/readyz")[0] == 200)
        assert ask(address, "/readyz")[1] == "process: ready\nok\n"
        assert ask(address, "/livez")[:2] == (200, "ok\n")
        source = str(files / "c.jsonl")
        read = f'deltaward_records_read_total{{source="{source}"}}'
        wait_for(lambda: values(ask(address, "/metrics")[1]).get(read) == 4)
        status, text, headers = ask(address, "/metrics")
        assert status == 200 and headers["Content-Type"].startswith("text/plain; version=0.0.4")
        found = values(text)
        assert found[f'deltaward_records_quarantined_total{{source="{source}"}}'] == 1
        assert found[f'deltaward_records_evaluated_total{{source="{source}"}}'] == 3
        assert found['deltaward_matches_total{policy="price-doubled"}'] == 3
        alerts = 'deltaward_alerts_total{policy="price-doubled",severity="high",status="opened"}'
        assert found[alerts] == 3
        assert found[f'deltaward_deliveries_total{{sink="{files / "a.jsonl"}"}}'] == 3
        assert found["deltaward_alerts_unrouted_total"] == 0
        assert found["deltaward_detection_delay_seconds_count"] == 3
        assert found["deltaward_policies"] == 1
        assert found["process_resident_memory_bytes"] > 1e6
        process.terminate()
        assert process.wait(TIMEOUT_S) == 0


def test_roundings_are_counted(program, files):
    """new.price / 7 has more than 38 digits unless 7 divides it; a ratio of two does not round."""
    rounds = POLICY.split("alert:")[0].replace("price-doubled", "sevenths")
    rounds = rounds.replace("new.price >= old.price * 2", "new.price / 7 > 1000000")
    (files / "p.yaml").write_text(f"{POLICY}---\n{rounds}")
    with serving(program, "--listen", "127.0.0.1:0") as (_, address):
        name = 'deltaward_policy_outcomes_total{policy="%s",outcome="rounded"}'
        wait_for(lambda: values(ask(address, "/metrics")[1]).get(name % "sevenths") == 3)
        assert name % "price-doubled" not in values(ask(address, "/metrics")[1])


def test_what_promtool_says_of_the_metrics(program, files):
    """Names, help texts, types and escapes, by the makers of the format (Debian: prometheus)."""
    with serving(program, "--listen", "127.0.0.1:0") as (_, address):
        wait_for(lambda: "deltaward_alerts_total{" in ask(address, "/metrics")[1])
        text = ask(address, "/metrics")[1]
    check_metrics(text)
    bad = subprocess.run(["promtool", "check", "metrics"], input="# TYPE x counter\nx 1\n",
                         capture_output=True, text=True, check=False)
    assert bad.returncode == 3, "promtool finds nothing wrong any more"


def test_reloads_are_counted(program, files):
    with serving(program, "--listen", "127.0.0.1:0") as (_, address):
        def counted(result):
            return values(ask(address, "/metrics")[1]).get(
                f'deltaward_reloads_total{{result="{result}"}}', 0)
        wait_for(lambda: ask(address, "/readyz")[0] == 200)
        (files / "p.yaml").write_text(POLICY + "---\n" + POLICY.replace("price-d", "price-e"))
        wait_for(lambda: counted("ok") >= 1)
        assert values(ask(address, "/metrics")[1])["deltaward_policies"] == 2
        (files / "p.yaml").write_text(BROKEN_POLICY)
        wait_for(lambda: counted("refused") >= 1)
        assert values(ask(address, "/metrics")[1])["deltaward_policies"] == 2


@pytest.mark.parametrize("path, method, status", [
    ("/", "GET", 404), ("/metricsx", "GET", 404), ("/metrics/", "GET", 404),
    ("/livez?verbose", "GET", 200), ("/livez", "HEAD", 200), ("/metrics", "POST", 405),
    ("/livez", "DELETE", 405), ("/livez", "BREW", 405),
])
def test_other_questions(program, files, path, method, status):
    with serving(program, "--listen", "127.0.0.1:0") as (_, address):
        got, body, headers = ask(address, path, method, "x" * 100 if method == "POST" else None)
        assert got == status
        assert (body == "") == (method == "HEAD")
        assert headers.get("Allow") == ("GET, HEAD" if status == 405 else None)


def test_rude_clients_do_not_hold_it_up(program, files):
    """More connections than are served at once, that send nothing, rubbish, or too much."""
    with serving(program, "--listen", "127.0.0.1:0") as (process, address):
        rude = []
        for text in [b"", b"\x00\xff\r\n\r\n", b"GET /metrics HTTP/1.1\r\nX: " + b"a" * 100000]:
            one = socket.create_connection(address, timeout=TIMEOUT_S)
            with contextlib.suppress(OSError):
                one.sendall(text)
            rude.append(one)
        assert ask(address, "/livez")[0] == 200
        rude += [socket.create_connection(address, timeout=TIMEOUT_S) for _ in range(40)]
        for one in rude:
            one.close()
        assert ask(address, "/livez")[0] == 200
        process.terminate()
        assert process.wait(TIMEOUT_S) == 0


@pytest.mark.parametrize("listen, status, said", [
    ("nonsense", 2, "http.listen: nonsense: wants ADDRESS:PORT, such as 127.0.0.1:9464"),
    ("127.0.0.1:", 2, "wants ADDRESS:PORT"),
    ("127.0.0.1:http", 2, "http.listen: 127.0.0.1:http"),
    ("127.0.0.1:{taken}", 3, "Address already in use"),
    ("192.0.2.1:9464", 3, "Cannot assign requested address"),
])
def test_an_address_that_cannot_be_had(program, files, listen, status, said):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        words = ["--listen", listen.format(taken=other.getsockname()[1])]
        run = program("run", "--policies", "p.yaml", "--input", "c.jsonl", *words, status=status)
        assert said in run.err and "hint: " in run.err
        assert run.out == ""


def test_nothing_listens_unless_asked(program, files):
    run = program("run", "--policies", "p.yaml", "--input", "c.jsonl", status=0)
    assert "http_listening" not in run.err
