"""Gate: a stream of Kinesis whose shards split and merge, through Kafka, to SNS and EventBridge,
while every process is killed again and again: nothing is lost, nothing else is said.

DELTAWARD_PIPELINE_RECORDS says how many records (default 100,000)."""
import collections
import json
import os
import random
import threading

import oracle
import pipeline
import product
import pytest
import queues
import stream

SEED = 20261128
KILLS = 3
RESHARDS = 6
WAIT_S = 600


@pytest.fixture(scope="module")
def changes(build, tmp_path_factory):
    count = int(os.environ.get("DELTAWARD_PIPELINE_RECORDS", "100000"))
    folder = tmp_path_factory.mktemp("changes")
    whole = product.generate(build, folder / "whole.jsonl", count)
    changes = folder / "changes.jsonl"
    with open(whole, "rb") as lines, open(changes, "wb") as out:
        out.writelines(stream.slim(line) + b"\n" for line in lines)
    whole.unlink()
    return changes


class Disturber:
    """Kills each process when it has got somewhere since it was killed last, and splits and merges,
    one after the other in an order drawn from a seed, spread over the records."""

    def __init__(self, pipe, shards, progress):
        self.random = random.Random(SEED)
        self.progress = progress  # by name: a number that grows while the process works
        self.marks = dict.fromkeys(progress, 0)
        acts = [process for process in pipe.processes for _ in range(KILLS)]
        acts += [shards.split] * (RESHARDS - RESHARDS // 2) + [shards.merge] * (RESHARDS // 2)
        self.random.shuffle(acts)
        self.acts = acts

    def kill(self, process):
        measure = self.progress[process.name]

        def has_got_on():
            process.expect_running()
            return measure() > self.marks[process.name]
        pipeline.wait_until(has_got_on, WAIT_S, f"{process.name} gets on")
        process.kill()
        self.marks[process.name] = measure()
        process.start()

    def run(self, feeder, total):
        """Records come up to one act ahead, so that none is left over for the last ones."""
        for number, act in enumerate(self.acts, 1):
            feeder.share = (number + 1) / (len(self.acts) + 1)
            due = total * (number - 1) // (len(self.acts) + 1)
            pipeline.wait_until(lambda due=due: feeder.fed >= due, WAIT_S, f"{due} records fed")
            if isinstance(act, pipeline.Process):
                self.kill(act)
            else:
                act()


def expect_all_events(pipe, lines):
    """Every record in Kafka as it was put, and each item's first occurrences in its order."""
    messages = pipe.kafka.read(pipe.topic("events"))
    assert {one.value() for one in messages} == set(lines)
    order = collections.defaultdict(list)
    for line in lines:
        order[stream.partition_key(line)].append(line)
    seen = collections.defaultdict(dict)
    for one in messages:
        seen[stream.partition_key(one.value())].setdefault(one.value())
    for key, wanted in order.items():
        assert list(seen[key]) == list(dict.fromkeys(wanted)), "an item's changes out of order"
    return messages


def expect_delivered(sent, versions):
    for kind in ("sns", "eventbridge"):
        pipeline.wait_until(lambda kind=kind: versions <= sent.versions(kind), WAIT_S,
                            f"all alerts came through {kind}")
        assert sent.versions(kind) == versions


def test_pipeline__killed_and_resharded(deltaward, changes, kafka, kinesis, moto, tmp_path):
    lines = [line for line in changes.read_bytes().splitlines() if line]
    name, arn = kinesis.create_stream(4)
    account = arn.split(":")[4]
    expected = {(policy, finding) for policy, _, finding
                in oracle.expected_findings(changes, account)}
    sent = queues.Queues(moto, "gate")
    source = {"name": "shop", "type": "kinesis", "stream": arn, "endpoint": kinesis.endpoint}
    with pipeline.Pipeline(deltaward, tmp_path, kafka, prefix="gate", sources=[source],
                           sinks=sent.sinks()) as pipe, sent.collecting():
        pipe.create_topics()
        pipe.start("connect")
        pipe.start_detect("detect")
        pipe.start("notify")
        feeder, shards = stream.Feeder(kinesis, name), stream.Shards(kinesis, name)

        disturber = Disturber(pipe, shards, {
            "connect": lambda: pipe.size("events"), "detect": lambda: pipe.size("signals"),
            "notify": lambda: len(sent.bodies["sns"])})
        feeder.share = 0.0
        feeding = threading.Thread(target=feeder.feed, args=(lines,))
        feeding.start()
        disturber.run(feeder, len(lines))
        feeding.join()
        distinct = pipeline.Distinct(kafka, pipe.topic("events"))
        pipeline.wait_until(lambda: distinct.count() >= len(lines), WAIT_S,
                            "all records are in Kafka")
        connect, detect, notify = pipe.processes
        connect.stop()
        events = expect_all_events(pipe, lines)
        pipe.wait_evaluated(WAIT_S)
        pipe.wait_decided(WAIT_S)
        detect.stop()
        versions = pipe.expect_alerts_of(pipe.expect_findings(expected))
        expect_delivered(sent, versions)
        pipe.expect_balance()
        assert pipe.lag("evaluate", "events") == 0
        notify.stop()
        assert shards.splits + shards.merges >= 4
        assert all(process.kills >= 3 for process in pipe.processes)
        print(json.dumps({"records": len(lines), "events": len(events),
                          "alerts": len(versions), "splits": shards.splits,
                          "merges": shards.merges,
                          "kills": {one.name: one.kills for one in pipe.processes}}))
