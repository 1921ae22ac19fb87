"""One stage or both of `deltaward detect` on a Kafka of the tests, and what must be true of the log
that it writes (docs/RECOVERY.md, part A), whatever was done to it meanwhile."""
import collections
import contextlib
import itertools
import json
import os
import pathlib
import signal
import subprocess
import time

import pytest

import patience
from product import Product
from services import library

ROOT = pathlib.Path(__file__).resolve().parents[2]
POLICY = """\
apiVersion: deltaward/v1
kind: Policy
id: {id}
severity: medium
match: {{tables: [{table}]}}
condition: {condition}
suppression: none
alert: {{title: 'changed'}}
"""
STOP_S = 25
TSAN_REPORTED = 66  # how the thread sanitizer ends a process; Member.races judges what it saw
FAST = {"detect.commit_interval": "100ms", "http.listen": "off"}


def policy(name="cheaper", condition="old.price > new.price", table="products"):
    return POLICY.format(id=name, condition=f"has(old.price) && has(new.price) && {condition}",
                         table=table)


def change(number, old=10, new=9, at_ms=None, table="products"):
    """The change of an item of its own."""
    keys = {"sku": {"S": f"A{number}"}}
    return json.dumps({
        "awsRegion": "eu-central-1", "eventName": "MODIFY", "tableName": table,
        "dynamodb": {
            "ApproximateCreationDateTime": at_ms or 1767225600000 + number,
            "Keys": keys,
            "OldImage": {**keys, "price": {"N": str(old)}},
            "NewImage": {**keys, "price": {"N": str(new)}}},
        "eventSource": "aws:dynamodb"}).encode()


class World:
    """Topics with a prefix of their own, policies, and the members that read them."""

    numbers = itertools.count(1)

    def __init__(self, deltaward, kafka, folder, partitions=4):
        self.deltaward, self.kafka = deltaward, kafka
        self.folder = pathlib.Path(folder)
        self.prefix = f"world{next(self.numbers)}"
        self.policies = self.folder / "policies"
        self.policies.mkdir()
        self.members = []
        self.write(policy())
        self.create_topics(partitions)

    def topic(self, name):
        return f"{self.prefix}.{name}"

    def environment(self, **settings):
        """The user's, but for settings of Deltaward's own; and these."""
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith("DELTAWARD_")}
        # librdkafka is not built for the thread sanitizer: see Member.races
        kept["TSAN_OPTIONS"] = "halt_on_error=0 exitcode=0"
        ours = {"kafka.prefix": self.prefix, "kafka.brokers": self.kafka.brokers, **settings}
        return kept | {"DELTAWARD_" + name.upper().replace(".", "_"): value
                       for name, value in ours.items()}

    def create_topics(self, partitions, status=0):
        """As an operator does it; those that are there already are left alone."""
        done = subprocess.run([self.deltaward, "topics", "create", "--partitions", str(partitions),
                               "--replication", "1"], cwd=self.folder, env=self.environment(),
                              capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == status, done.stdout + done.stderr

    def write(self, text, name="policy.yaml"):
        """As an operator's tool does it: whole or not at all."""
        aside = self.folder / f"{name}.new"
        aside.write_text(text)
        os.replace(aside, self.policies / name)

    def produce(self, values, shards=2):
        arrival_us = int(time.time() * 1e6)
        self.kafka.produce(self.topic("events"), [
            {"key": f"item {number}".encode(), "value": value,
             "headers": [("kind", b"change"), ("account", b""),
                         ("shard", b"shardId-%012d" % (number % shards)),
                         ("arrival", b"%d" % arrival_us)]}
            for number, value in enumerate(values)])

    def start(self, *options, **settings):
        member = Member(self, *options, **{**FAST, **settings})
        self.members.append(member)
        return member.start()

    def close(self):
        for member in self.members:
            member.end()

    def delete_records(self, before):
        """{partition: offset}: the broker forgets what lies below."""
        admin = self.kafka.admin()
        positions = [confluent().TopicPartition(self.topic("events"), part, offset)
                     for part, offset in before.items()]
        for future in admin.delete_records(positions).values():
            future.result(30)

    def set_back(self, positions):
        """As an operator does with Kafka's own tools, while no member runs."""
        admin = self.kafka.admin()
        wanted = confluent().ConsumerGroupTopicPartitions(self.topic("evaluate"), [
            confluent().TopicPartition(self.topic("events"), part, offset)
            for part, offset in positions.items()])
        for future in admin.alter_consumer_group_offsets([wanted]).values():
            future.result(30)

    def alter_topic(self, name, **settings):
        kinds = library("confluent_kafka.admin")
        admin = self.kafka.admin()
        entries = [kinds.ConfigEntry(key, value,
                                     incremental_operation=kinds.AlterConfigOpType.SET)
                   for key, value in settings.items()]
        resource = kinds.ConfigResource(kinds.ResourceType.TOPIC, self.topic(name),
                                        incremental_configs=entries)
        for future in admin.incremental_alter_configs([resource]).values():
            future.result(30)

    def add_partitions(self, name, count):
        """A topic has so many from now on."""
        wanted = library("confluent_kafka.admin").NewPartitions(self.topic(name), count)
        admin = self.kafka.admin()
        for future in admin.create_partitions([wanted]).values():
            future.result(30)

    def committed(self):
        """{partition: (position, metadata)}"""
        return self.kafka.committed(self.topic("evaluate"), self.topic("events"))

    def ends(self):
        """{partition of events: (first offset, offset behind the last)}"""
        return self.kafka.offsets(self.topic("events"))

    def wait_for_all(self, seconds=60):
        """Until all that lies in events is committed."""
        ends = {part: end for part, (first, end) in self.ends().items() if end > first}
        until(lambda: {part: told[0] for part, told in self.committed().items()
                       if part in ends} == ends, seconds, "everything is committed")

    def ledger(self):
        """Sums over the commits' metadata, checked to balance."""
        sums = collections.Counter()
        for _, metadata in self.committed().values():
            sums.update(dict(zip(("read", "evaluated", "quarantined", "skipped"),
                                 map(int, metadata.split(" ")[3:7]))))
        assert sums["read"] == sums["evaluated"] + sums["quarantined"] + sums["skipped"]
        return dict(sums)

    def signals(self):
        """[(partition of signals, object)] in the order of the log: findings and ticks."""
        return [(part, one) for part, one in self.log() if one["kind"] != "states"]

    def log(self):
        """All of it, lists of states too."""
        return [(message.partition(), json.loads(message.value()))
                for message in self.kafka.read(self.topic("signals"))]

    def expected(self, policies=None):
        """{(partition, offset, finding, fan index)}: what `deltaward run` finds in the records that
        lie in events, one partition after the other."""
        folder = self.folder / f"expected{next(self.numbers)}"
        folder.mkdir()
        places, position = {}, 0
        source = folder / "changes.jsonl"
        with open(source, "wb") as file:
            for message in self.kafka.read(self.topic("events")):
                value = message.value() or b""
                places[position] = message.partition(), message.offset()
                position += file.write(value + b"\n")
        product = Product(self.deltaward, folder, policies or self.policies)
        product.run_well(source)
        return {(*places[offset], finding, fan) for offset, finding, fan in product.query(
            "SELECT offset, finding, fan_index FROM signal WHERE kind < 2")}

    def check(self, expected=None):
        """Nothing is missing; and whenever a tick says that a position is committed, all that was
        found below it lies in the log before the tick."""
        expected = self.expected() if expected is None else expected
        log = self.signals()
        home = {key_of(one): part for part, one in log if one["kind"] != "tick"}
        missing = expected - home.keys()
        assert not missing, f"{len(missing)} of {len(expected)} findings are nowhere"
        assert home.keys() == expected
        check_ticks(log, expected, home)
        return log


def source_of(one):
    """The partition of events that a signal or tick is of."""
    return int(one["source"].rsplit("/", 1)[1].split("#")[0])


def key_of(one):
    return source_of(one), one["offset"], one["finding"], one["fan_index"]


def check_ticks(log, expected, home):
    due = collections.defaultdict(list)  # by partition of signals and of events: ascending offsets
    for key in sorted(expected, key=lambda key: key[1], reverse=True):
        due[home[key], key[0]].append(key)
    seen, started = set(), set()
    for part, one in log:
        source = source_of(one)
        if one["kind"] != "tick":
            assert (part, source) in started, f"rule 6: a signal before any tick: {one}"
            seen.add(key_of(one))
            continue
        started.add((part, source))
        waiting = due[part, source]
        while waiting and waiting[-1][1] < one["offset"]:
            key = waiting.pop()
            assert key in seen, f"rule 5: {key} is not there at the tick of {one['offset']}"


class Member:
    """One process; what it logs goes to a file."""

    numbers = itertools.count(1)

    def __init__(self, world, *options, stages="evaluate", **settings):
        self.world = world
        self.log = world.folder / f"member{next(self.numbers)}.log"
        self.environment = {name: value for name, value in os.environ.items()
                            if not name.startswith("DELTAWARD_")}
        self.environment |= {"DELTAWARD_" + name.upper().replace(".", "_"): value
                             for name, value in settings.items()}
        self.environment["DELTAWARD_KAFKA_PREFIX"] = world.prefix
        self.command = [world.deltaward, "detect", "--brokers", world.kafka.brokers,
                        "--policies", world.policies, "--stages", stages, "--threads", "2",
                        "--log-format", "json", "--log-level", "debug",
                        *options]
        self.child = None

    def start(self):
        with open(self.log, "ab") as log:
            self.child = subprocess.Popen(self.command, cwd=self.world.folder, stdout=log,
                                          stderr=log, env=self.environment)
        return self

    def events(self, name=None):
        """What it logged; only lines of one event, when that is named."""
        lines = []
        for line in self.log.read_text().splitlines():
            with contextlib.suppress(ValueError):
                lines.append(json.loads(line))
        return [line for line in lines if name in (None, line["event"])]

    def wait_for(self, event, count=1, seconds=40):
        """The lines of an event, once there are so many."""
        def look():
            assert self.child.poll() is None, f"it ended: {self.said()}"
            lines = self.events(event)
            return lines if len(lines) >= count else None
        return until(look, seconds, f"{event} is logged: {self.said()}")

    def races(self):
        """Reports of the thread sanitizer in which code of ours stands in one of the two stacks
        that race. The sanitizer cannot see into librdkafka, which it was not built for, and takes
        its counting of references for races within it."""
        found = []
        for report in self.log.read_text().split("WARNING: ThreadSanitizer: ")[1:]:
            stacks = report.split("\n\n")[:2]
            if not report.startswith("data race") or any(
                    f"../{folder}/" in stack for stack in stacks
                    for folder in ("detector", "lib", "connectors")):
                found.append(report[:3000])
        return found

    def said(self):
        return self.log.read_text()[-3000:]

    def kill(self):
        self.child.kill()
        self.child.wait()

    def pause(self):
        self.child.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.child.send_signal(signal.SIGCONT)

    def stop(self, status=0):
        self.child.terminate()
        ended = self.child.wait(STOP_S)
        assert not self.races()
        assert ended in (status, TSAN_REPORTED), f"{ended}: {self.said()}"

    def end(self):
        if self.child and self.child.poll() is None:
            self.child.kill()
            self.child.wait()


def until(what, seconds, said):
    end = patience.deadline(seconds)
    while True:
        answer = what()
        if answer:
            return answer
        assert time.monotonic() < end, f"not within {seconds} s: {said}"
        time.sleep(0.1)


def confluent():
    return library("confluent_kafka")


@pytest.fixture
def world(deltaward, kafka, tmp_path):
    """One a test, in the Kafka of the session."""
    made = World(deltaward, kafka, tmp_path)
    yield made
    made.close()
