"""`deltaward run` with a Kinesis source: checkpoints in SQLite, shards that split and merge,
kill -9, one watermark for all shards."""
import json
import os
import random
import sqlite3
import subprocess
import time
import urllib.request

import jsonschema
import pytest

import product
import shipped
from fake_aws import json_error
from fake_stream import FakeStream, Shard
from kinesis_world import stream  # noqa: F401
from services import KEYS
from stream import Feeder

RECORDS = 1200
WAIT_S = 240  # kinesis-local is slow on a busy machine


class Run:
    """`deltaward run` with a stream as its source, in a folder of its own."""

    def __init__(self, deltaward, folder, endpoint, stream, policies=shipped.POLICIES, **source):
        self.program, self.folder = deltaward, folder
        folder.mkdir(exist_ok=True)
        self.settings = {
            "policies": shipped.paths(policies), "data_dir": "data", "log": {"format": "json"},
            "sources": [{"name": "orders", "type": "kinesis", "stream": stream,
                         "endpoint": endpoint, **source}],
            "sinks": [{"name": "out", "type": "file", "path": "alerts.jsonl"}],
            "http": {"listen": "127.0.0.1:0"},
            "connect": {"threads": 4},
        }
        self.process = None

    def start(self):
        # JSON is YAML
        (self.folder / "deltaward.yaml").write_text(json.dumps(self.settings))
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith("DELTAWARD_")}
        started = len(self.events("run_started"))
        log = (self.folder / "log").open("ab")
        self.process = subprocess.Popen([self.program, "run"], cwd=self.folder, stderr=log,
                                        env={**environment, **KEYS}, stdout=subprocess.DEVNULL)
        log.close()
        self.wait_for(lambda it: len(it.events("run_started")) > started, "the start")
        return self

    __enter__ = start

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        if self.process:
            self.process.terminate()
            assert self.process.wait(30) == 0, self.said()
        self.process = None

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process = None

    def said(self):
        return (self.folder / "log").read_text()[-3000:]

    @property
    def log(self):
        path = self.folder / "log"
        text = path.read_text() if path.exists() else ""
        return [json.loads(line) for line in text[:text.rfind("\n") + 1].splitlines()
                if line.startswith("{")]  # the summary at the end is none

    def events(self, name):
        return [line for line in self.log if line["event"] == name]

    def query(self, sql):
        path = self.folder / "data" / "deltaward.db"
        if not path.exists():
            return []
        store = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            return store.execute(sql).fetchall()
        except sqlite3.OperationalError:
            return []
        finally:
            store.close()

    def alerts(self):
        path = self.folder / "alerts.jsonl"
        text = path.read_text() if path.exists() else ""
        return [json.loads(line) for line in text.splitlines()]

    def read(self):
        return (self.query("SELECT read FROM source") or [(0,)])[0][0]

    def findings(self):
        return sorted(set(self.query("SELECT policy_id, finding FROM signal WHERE kind = 0")))

    def wait_for(self, condition, what="it", seconds=WAIT_S):
        until = time.monotonic() + seconds
        while not condition(self):
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < until, f"{what} did not come: {self.said()}"
            time.sleep(0.05)

    def get(self, path):
        where = self.events("http_listening")[-1]
        url = f"http://{where['address']}/{path}"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()


@pytest.fixture(scope="session")
def changes(build, tmp_path_factory):
    """(records as lines, findings that a file with them gives)"""
    folder = tmp_path_factory.mktemp("changes")
    path = product.generate(build, folder / "changes.jsonl", RECORDS)
    whole = product.Product(build / "deltaward", folder / "whole")
    whole.run_well(path, "--account", "123456789012")
    findings = sorted({(policy, finding) for policy, _, finding in whole.findings()})
    return path.read_text().splitlines(), findings


@pytest.fixture
def running(deltaward, tmp_path, kinesis):
    """running(stream, **source settings): ended with the test."""
    made = []

    def make(stream, endpoint=None, **source):
        run = Run(deltaward, tmp_path / f"run{len(made)}", endpoint or kinesis.endpoint,
                  stream if isinstance(stream, str) else stream.arn, **source)
        made.append(run)
        return run

    yield make
    for run in made:
        if run.process and run.process.poll() is None:
            run.process.kill()
            run.process.wait()


def test_run__finds_what_a_file_gives(kinesis, stream, running, changes):
    lines, findings = changes
    run = running(stream.name, region="eu-central-1", account="123456789012")
    Feeder(kinesis, stream.name).feed(lines)
    with run:
        run.wait_for(lambda it: it.read() >= RECORDS, "the records")
    assert run.findings() == findings
    assert run.query("SELECT read, evaluated + quarantined FROM source") == [(RECORDS, RECORDS)]
    (offsets,), = run.query("SELECT count(DISTINCT offset) FROM signal WHERE kind = 0")
    assert offsets <= RECORDS


@pytest.mark.parametrize("seed", [1, 2])
def test_run__killed_while_shards_split_and_merge(kinesis, stream, running, changes, seed):
    lines, findings = changes
    dice = random.Random(seed)
    feeder = Feeder(kinesis, stream.name)
    run = running(stream.name, region="eu-central-1", account="123456789012").start()
    steps = [stream.split, stream.split, stream.merge, stream.split, stream.merge, stream.merge]
    size = RECORDS // len(steps)
    for i, step in enumerate(steps):
        feeder.feed(lines[i * size:(i + 1) * size])
        step()
        time.sleep(dice.random())
        run.kill()
        run.start()
    run.wait_for(lambda it: it.read() >= RECORDS, "the records")
    run.stop()
    assert run.findings() == findings
    # position and records are one transaction: nothing was read twice
    assert run.query("SELECT read, evaluated + quarantined FROM source") == [(RECORDS, RECORDS)]
    ended = run.query("SELECT name FROM part WHERE position LIKE '% SHARD_END'")
    assert len(ended) >= 6
    sequences = run.query("SELECT count(*), count(DISTINCT sequence), max(sequence) FROM signal")
    assert len(set(sequences[0])) == 1


def test_run__is_ready_and_counts(stream, running):
    run = running(stream)
    stream.put_data(b"no change record")
    with run:
        run.wait_for(lambda it: it.read() >= 1, "the record")
        run.wait_for(lambda it: it.get("readyz")[0] == 200, "readiness")
        run.wait_for(lambda it: 'shard="shardId-000000000000"' in it.get("metrics")[1],
                     "the shard")
        text = run.get("metrics")[1]
        assert 'deltaward_shards_open{source="orders"} 1' in text
        assert 'deltaward_records_quarantined_total{source="orders"} 1' in text
        stream.split()
        run.wait_for(lambda it: 'deltaward_shards_ended_total{source="orders"} 1'
                     in it.get("metrics")[1], "the end of the shard")
        run.wait_for(lambda it: 'iterator_age_seconds{source="orders",shard="shardId-000000000000"}'
                     not in it.get("metrics")[1], "the old shard's leaving")
    assert [line["shard"] for line in run.events("shard_ended")] == ["shardId-000000000000"]


def test_run__idle_time_closes_episodes(kinesis, stream, running, changes):
    """When every shard stands at its end for idle_after, time goes on without records."""
    run = running(stream.name, region="eu-central-1")
    run.settings["detect"] = {"idle_after": "1s"}
    Feeder(kinesis, stream.name).feed(changes[0][:500])
    with run:
        run.wait_for(lambda it: it.read() >= 500, "the records")
        run.wait_for(lambda it: it.query("SELECT 1 FROM signal WHERE kind = 2"), "a tick")
        run.wait_for(lambda it: it.query(
            "SELECT 1 FROM alert a WHERE status = 'opened' AND NOT EXISTS "
            "(SELECT 1 FROM alert b WHERE b.id = a.id AND b.status = 'resolved')") == [] or
            it.query("SELECT count(*) FROM alert WHERE status = 'resolved'")[0][0] > 0,
            "the end of episodes")
        before = run.query("SELECT total(watermark_us) FROM source")
        time.sleep(3)
        # an idle stream writes nothing
        assert run.query("SELECT total(watermark_us) FROM source") == before


def test_run__counts_what_aws_answers(running):
    with FakeStream(Shard(0).put(b"no change record")) as fake:
        fake.fail("GetRecords", *[json_error("ProvisionedThroughputExceededException")] * 2,
                  json_error("InternalFailure", status=500))
        with running(fake.arn, endpoint=fake.aws.url) as run:
            run.wait_for(lambda it: it.read() >= 1, "the record")
            for reason, count in (("throttled", 2), ("transient", 1)):
                line = f'aws_failures_total{{part="orders",reason="{reason}"}} {count}'
                run.wait_for(lambda it, line=line: line in it.get("metrics")[1], line)


def test_run__two_streams_with_shards_of_the_same_names(running, changes):
    lines = [line.encode() for line in changes[0][:1000]]
    first, second = Shard(0).put(*lines[:600]), Shard(0).put(*lines[600:])
    with FakeStream(first) as one, FakeStream(second) as two:
        run = running(one.arn, endpoint=one.aws.url)
        run.settings["sources"].append({"name": "more", "type": "kinesis", "stream": two.arn,
                                        "endpoint": two.aws.url})
        with run:
            run.wait_for(lambda it: sum(row[0] for row in it.query("SELECT read FROM source"))
                         >= 1000, "the records")
            run.kill()
            run.start()
            second.put(*lines[:10])
            run.wait_for(lambda it: it.query("SELECT read FROM source WHERE name = 'more'")
                         == [(410,)], "the rest")
    assert run.query("SELECT source, name FROM part ORDER BY 1, 2") == [
        ("more", first.id), ("orders", first.id)]
    assert run.query("SELECT read FROM source WHERE name = 'orders'") == [(600,)]


def test_run__a_late_shard_is_an_alert(running):
    """Whoever is paged must hear that findings come late; it is said once, and is durable."""
    with FakeStream(Shard(0).put(b"no change record")) as fake:
        fake.behind_ms = 700000
        run = running(fake.arn, endpoint=fake.aws.url, lag_limit="10m")
        with run:
            run.wait_for(lambda it: it.events("iterator_age_exceeded"), "the event")
            run.wait_for(lambda it: it.alerts(), "the alert")
            run.wait_for(lambda it: it.get("readyz")[0] == 503, "the probe")
            assert "1 shard is further behind than lag_limit" in run.get("readyz")[1]
            fake.behind_ms = 1000
            run.wait_for(lambda it: it.events("iterator_age_recovered"), "the end")
            run.wait_for(lambda it: it.get("readyz")[0] == 200, "readiness")
        run.start()  # folds the log again, and sends nothing twice
        run.kill()
    alert, = run.alerts()
    jsonschema.validate(alert, json.loads((product.ROOT / "docs/alert.schema.json").read_text()))
    assert alert["policy"]["id"] == "deltaward-iterator-age" and alert["severity"] == "high"
    assert alert["title"] == ("Detection is late: shard shardId-000000000000 of orders is read "
                              "11 min behind")
    assert alert["account"] == "123456789012" and alert["keys"]["shard"] == "shardId-000000000000"
    assert alert["group"] == '["orders","shardId-000000000000"]'


def test_run__a_refused_key_is_told_and_waits(running, changes):
    lines, _ = changes
    shard = Shard(0).put(*[line.encode() for line in lines[:50]])
    with FakeStream(shard, page=20) as fake:
        fake.fail("GetRecords", None, json_error("KMSDisabledException", "off"))
        run = running(fake.arn, endpoint=fake.aws.url)
        with run:
            run.wait_for(lambda it: it.events("source_key_refused"), "the event")
            run.wait_for(lambda it: "kms:Decrypt" in it.get("readyz")[1], "the reason")
            assert run.read() == 20
