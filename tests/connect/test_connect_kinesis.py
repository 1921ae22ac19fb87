"""deltaward connect with a stream of Kinesis whose shards split and merge, read by replicas that
come and go."""
import itertools
import json
import random
import threading
import time

import pytest

from carried import change, check_events, check_places
from pipeline import Distinct, Pipeline, wait_until
from stream import Feeder, Shards

NUMBERS = itertools.count(1)
ITEMS = 200
PIECE = 600  # records between two changes of the shards


class Stream(Pipeline):
    """Topics of the test's own, and one stream."""

    def __init__(self, program, folder, kafka, kinesis, shards=2, **more):
        self.name, self.arn = kinesis.create_stream(shards)
        self.feeder, self.shards = Feeder(kinesis, self.name), Shards(kinesis, self.name)
        source = {"name": "orders", "type": "kinesis", "stream": self.arn,
                  "endpoint": kinesis.endpoint, **more}
        super().__init__(program, folder, kafka, f"stream-{next(NUMBERS)}", sources=[source],
                         log={"format": "json"})
        self.create_topics()

    def events(self):
        return self.kafka.read(self.topic("events"))

    def wait_for_all(self, lines, seconds=120):
        distinct = Distinct(self.kafka, self.topic("events"))
        wait_until(lambda: distinct.count() >= len(lines), seconds,
                   f"{len(lines)} records of the stream in Kafka")

    def checkpoints(self):
        """{part: its last position}"""
        return {message.key().decode(): json.loads(message.value())["position"]
                for message in self.kafka.read(self.topic("checkpoints"))}


@pytest.fixture
def stream(deltaward, work_dir, kafka, kinesis):
    with Stream(deltaward, work_dir, kafka, kinesis) as made:
        yield made


def lines_of(start, end):
    return [change(number, item=number % ITEMS) for number in range(start, end)]


def test_records_of_shards_become_events(stream):
    lines = lines_of(1, 1001)
    stream.feeder.feed(lines)
    process = stream.start("connect")
    stream.wait_for_all(lines)
    process.stop()
    messages = stream.events()
    check_events(messages, lines)
    check_places(messages, 12, stream.arn.split(":")[4])
    headers = dict(messages[0].headers())
    assert headers["shard"].startswith(b"orders/shardId-")
    assert int(headers["sequence"]) > 0
    assert abs(int(headers["arrival"]) / 1e6 - time.time()) < 600
    process.start()
    more = lines_of(1001, 1101)
    stream.feeder.feed(more)
    stream.wait_for_all(lines + more)
    process.stop()
    check_events(stream.events(), lines + more)


def test_children_follow_their_parents(stream):
    lines = []
    process = stream.start("connect")
    for step in range(4):
        more = lines_of(1 + step * 500, 501 + step * 500)
        stream.feeder.feed(more)
        lines += more
        if step % 2 == 0:
            stream.shards.split()
        else:
            stream.shards.merge()
    stream.wait_for_all(lines)
    process.stop()
    check_events(stream.events(), lines, may_repeat=True)
    ended = [part for part, position in stream.checkpoints().items()
             if position.endswith("SHARD_END")]
    assert len(ended) >= 4


def test_replicas_come_and_go_while_shards_split(stream):
    """Each is killed at least once; one more comes; nothing is missing, and per item the first
    occurrences are in order."""
    chance = random.Random(3)
    lines = lines_of(1, 5 * PIECE + 1)
    members = [stream.start("connect", f"connect-{number}") for number in range(2)]
    feeding = threading.Thread(target=feed_slowly, args=(stream, lines))
    feeding.start()
    for round_number in range(4):
        time.sleep(chance.uniform(1.0, 3.0))
        member = members[round_number % 2]
        member.kill()
        if round_number == 1:
            members.append(stream.start("connect", "connect-2"))
        time.sleep(chance.uniform(0.0, 1.0))
        member.start()
    feeding.join()
    stream.wait_for_all(lines, 180)
    for member in members:
        member.stop()
    check_events(stream.events(), lines, may_repeat=True)
    assert stream.shards.splits + stream.shards.merges >= 4


def feed_slowly(stream, lines):
    for part in range(5):
        stream.feeder.feed(lines[part * PIECE:(part + 1) * PIECE])
        if part < 4:
            (stream.shards.split if part % 2 == 0 else stream.shards.merge)()
            time.sleep(1)
