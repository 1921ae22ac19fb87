"""deltaward connect with a file as source: what is in Kafka afterwards, whatever happens meanwhile.
"""
import itertools
import json
import random
import time

import pytest

from carried import change, check_events, check_places
from pipeline import Pipeline, wait_until

PARTITIONS = 4
NUMBERS = itertools.count(1)


class World(Pipeline):
    """Topics of the test's own, and one file that is read."""

    def __init__(self, program, folder, kafka, **settings):
        self.file = folder / "changes.jsonl"
        self.file.touch()
        source = {"name": "orders", "type": "file", "path": str(self.file),
                  "account": "123456789012", **settings.pop("source", {})}
        super().__init__(program, folder, kafka, f"connect-{next(NUMBERS)}", sources=[source],
                         log={"format": "json"}, **settings)
        self.document["kafka"]["partitions"] = PARTITIONS
        self.write_config()

    def write(self, lines):
        with open(self.file, "a", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in lines)

    def events(self):
        return self.kafka.read(self.topic("events"))

    def run(self):
        """Until the file is at its end."""
        process = self.start("connect")
        process.wait_ended()
        return process

    def wait_for(self, count, seconds=60):
        wait_until(lambda: self.size("events") >= count, seconds, f"{count} events")


def told(process, event):
    lines = [json.loads(line) for line in process.log.read_text().splitlines()
             if line.startswith("{")]
    return [line for line in lines if line["event"] == event]


@pytest.fixture
def world(deltaward, work_dir, kafka):
    with World(deltaward, work_dir, kafka) as made:
        made.create_topics()
        yield made


@pytest.fixture
def following(deltaward, work_dir, kafka):
    """The file is followed, as a stream is."""
    with World(deltaward, work_dir, kafka, source={"follow": True}) as made:
        made.create_topics()
        yield made


def test_lines_become_events_by_item(world):
    lines = [change(number, item=number % 7) for number in range(1, 301)]
    world.write(lines)
    process = world.run()
    messages = world.events()
    check_events(messages, lines)
    check_places(messages, PARTITIONS, "123456789012")
    headers = dict(messages[0].headers())
    assert headers == {"kind": b"change", "source": b"orders", "account": b"123456789012",
                       "shard": b"orders/"}
    ended = told(process, "connect_ended")[0]
    assert (ended["read"], ended["sent"], ended["in_flight"]) == (300, 300, 0)


def test_a_restart_goes_on_at_the_checkpoint(world):
    first = [change(number) for number in range(1, 51)]
    world.write(first)
    world.run()
    assert told(world.run(), "connect_ended")[-1]["read"] == 0
    second = [change(number) for number in range(51, 61)]
    world.write(second)
    assert told(world.run(), "connect_ended")[-1]["read"] == 10
    check_events(world.events(), first + second)
    (checkpoint,) = {message.key() for message in world.kafka.read(world.topic("checkpoints"))}
    assert checkpoint == b"orders/"


def test_what_cannot_be_read_is_kept_with_the_reason(world):
    wrong = ['{"no": "change"}', "garbage", '{"a":1,"a":2}', change(9)[:-5]]
    lines = [change(number) for number in range(1, 5)]
    world.write([lines[0], wrong[0], wrong[1], lines[1], "", wrong[2], lines[2], wrong[3],
                 lines[3]])
    process = world.run()
    check_events(world.events(), lines)
    kept = world.kafka.read(world.topic("quarantine"))
    assert sorted(message.value().decode() for message in kept) == sorted(wrong)
    for message in kept:
        headers = dict(message.headers())
        assert headers["reason"] and headers["source"] == b"orders"
        assert int(headers["length"]) == len(message.value())
    ended = told(process, "connect_ended")[0]
    assert (ended["read"], ended["sent"], ended["quarantined"], ended["skipped"]) == (9, 4, 4, 1)
    assert len(told(process, "record_set_aside")) == 4


def test_larger_than_the_topic_takes(deltaward, work_dir, kafka):
    with World(deltaward, work_dir, kafka) as world:
        kafka.create_topic(PARTITIONS, world.topic("events"), **{"max.message.bytes": 1100000})
        world.create_topics()
        large = change(2, blob={"S": "x" * 1200000})
        lines = [change(1), change(3)]
        world.write([lines[0], large, lines[1]])
        process = world.run()
        check_events(world.events(), lines)
        (kept,) = kafka.read(world.topic("quarantine"))
        assert kept.value().decode() == large
        assert b"max.message.bytes" in dict(kept.headers())["reason"]
        assert "max.message.bytes" in told(process, "record_set_aside")[0]["reason"]


def test_a_topic_is_missing(deltaward, work_dir, kafka):
    with World(deltaward, work_dir, kafka) as world:
        process = world.start("connect")
        process.wait_ended(status=3)
        assert "events does not exist" in process.said()
        assert "deltaward topics create" in process.said()


def test_killed_again_and_again(following):
    chance = random.Random(5)
    lines = [change(number, item=number % 50) for number in range(1, 20001)]
    process = following.start("connect")
    for start in range(0, len(lines), 4000):
        following.write(lines[start:start + 4000])
        time.sleep(chance.uniform(0.0, 1.5))
        process.kill()
        process.start()
    following.wait_for(len(lines))
    wait_until(lambda: len({message.value() for message in following.events()}) == len(lines),
               60, "every line is there")
    process.stop()
    check_events(following.events(), lines, may_repeat=True)


def test_sigterm_leaves_nothing_to_repeat(following):
    lines = [change(number, item=number % 50) for number in range(1, 30001)]
    following.write(lines)
    process = following.start("connect")
    following.wait_for(1000)
    began = time.monotonic()
    process.stop()
    assert time.monotonic() - began < 25
    process.start()
    following.wait_for(len(lines))
    process.stop()
    check_events(following.events(), lines)


def test_one_replica_reads_and_another_takes_over(following):
    first, second = (following.start("connect", f"connect-{i}") for i in range(2))
    lines = [change(number, item=number % 50) for number in range(1, 2001)]
    following.write(lines[:1000])
    following.wait_for(1000)
    check_events(following.events(), lines[:1000])
    first.stop()
    following.write(lines[1000:])
    following.wait_for(2000)
    second.stop()
    check_events(following.events(), lines)
    assert {told(one, "connect_ended")[0]["read"] > 0 for one in (first, second)} <= {True, False}


def test_the_broker_is_away_for_a_while(deltaward, work_dir, start_service):
    kafka = start_service("kafka")
    with World(deltaward, work_dir, kafka, source={"follow": True}) as world:
        world.create_topics()
        lines = [change(number, item=number % 50) for number in range(1, 3001)]
        world.write(lines[:1000])
        process = world.start("connect")
        world.wait_for(1000)
        kafka.kill()
        world.write(lines[1000:])
        wait_until(lambda: told(process, "kafka_away"), 30, "it is told")
        time.sleep(3)
        kafka.up()
        world.wait_for(3000)
        wait_until(lambda: told(process, "kafka_back"), 30, "it is told")
        process.stop()
        check_events(world.events(), lines, may_repeat=True)
        assert len(told(process, "kafka_away")) == len(told(process, "kafka_back")) == 1


def test_no_broker_at_the_start(deltaward, work_dir, start_service):
    kafka = start_service("kafka")
    with World(deltaward, work_dir, kafka) as world:
        world.create_topics()
        lines = [change(number) for number in range(1, 101)]
        world.write(lines)
        kafka.kill()
        process = world.start("connect")
        wait_until(lambda: told(process, "kafka_waiting"), 30, "it is told")
        kafka.up()
        process.wait_ended()
        check_events(world.events(), lines)


def test_sigterm_while_the_broker_is_away(deltaward, work_dir, start_service):
    """It cannot finish what it holds, and ends in time all the same; the next start does."""
    kafka = start_service("kafka")
    with World(deltaward, work_dir, kafka, source={"follow": True}) as world:
        world.create_topics()
        lines = [change(number, item=number % 50) for number in range(1, 2001)]
        world.write(lines[:1000])
        process = world.start("connect")
        world.wait_for(1000)
        kafka.kill()
        world.write(lines[1000:])
        wait_until(lambda: told(process, "kafka_away"), 30, "it is told")
        time.sleep(2)
        began = time.monotonic()
        process.child.terminate()
        process.child.wait(40)
        assert time.monotonic() - began < 25
        assert told(process, "connect_undrained")
        kafka.up()
        process.start()
        world.wait_for(2000)
        process.stop()
        check_events(world.events(), lines, may_repeat=True)
