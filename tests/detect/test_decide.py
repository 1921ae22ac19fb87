"""The decide stage on a real broker, over logs of signals that the tests write: what the rules of
recovery promise (docs/RECOVERY.md, part B), held against the fold in Python."""
import hashlib
import json
import random

import detector
import fold
import pytest
import services

PARTITIONS = 3
NEVER_US = -2**63
START_US = 1790000000000000
NO_SIGNALS = [b"no signal", b"{}", b"\xff", b"[1]", b'{"kind":"tick"}', b""]
FAST = {"detect.snapshot_interval": "1s", "detect.commit_interval": "100ms"}


def signal(number, group, source, offset, **more):
    time_us = START_US + number * 1_000_000
    return {"kind": "match", "policy": "p", "policy_version": "01" * 16, "state": "02" * 16,
            "finding": hashlib.sha256(str(number).encode()).hexdigest()[:32], "fan_index": 0,
            "group": group, "severity": "high", "source": source, "offset": offset,
            "event_time_us": time_us, "watermark_us": NEVER_US, "detected_us": time_us,
            "horizon_us": 30_000_000, "episode_us": 60_000_000, "summary": True,
            "body": {"policy": {"id": "p"}, "title": "t", "keys": {}}, **more}


def tick(source, floor, watermark_us):
    return {"kind": "tick", "source": source, "offset": floor, "watermark_us": watermark_us,
            "detected_us": 0, "revision": "00" * 16}


class Decided:
    """Topics of their own, a log of signals, and members of the decide stage."""

    def __init__(self, deltaward, kafka, folder):
        self.world = detector.World(deltaward, kafka, folder, PARTITIONS)
        self.kafka = kafka
        self.random = random.Random(self.world.prefix)
        self.number = 0
        self.committed = [0, 0]

    def source(self, number):
        return f"{self.world.prefix}.events/{number}#id"

    def write(self, count):
        """Findings of 20 groups and two sources; repeats, late ones, and ticks in every partition,
        of which some come late."""
        records = []
        for _ in range(count):
            records += self.some_signal()
            if self.random.random() < 0.03:
                records += self.some_ticks()
        self.produce(records)

    def some_signal(self):
        group, source = self.random.randrange(20), self.random.randrange(2)
        number = self.number = self.number + 1
        if self.random.random() < 0.2:  # sent again, perhaps from below the floor
            number = max(1, number - self.random.randrange(60))
        return [(group % PARTITIONS, signal(number, f"g{group}", self.source(source), number))]

    def some_ticks(self):
        source = self.random.randrange(2)
        floor = max(0, self.number - 30)
        self.committed[source] = max(self.committed[source], floor)
        late = max(0, self.committed[source] - self.random.choice([0, 0, 40]))
        said = tick(self.source(source), late, START_US + late * 1_000_000)
        return [(part, said) for part in range(PARTITIONS)]

    def produce(self, records):
        self.kafka.produce(self.world.topic("signals"), [
            {"partition": part, "value": value if isinstance(value, bytes) else
             json.dumps(value, separators=(",", ":"))}  # correlations are read as they are written
            for part, value in records])

    def start(self, **settings):
        return self.world.start(stages="decide", **{**FAST, **settings})

    def ends(self):
        return {part: end for part, (_, end) in
                self.kafka.offsets(self.world.topic("signals")).items()}

    def output(self):
        told = self.kafka.committed(self.world.topic("decide"), self.world.topic("signals"))
        return {part: position for part, (position, _) in told.items()}

    def wait_for_all(self):
        ends = {part: end for part, end in self.ends().items() if end > 0}
        detector.until(lambda: self.output() == ends, 60, f"all is decided: {ends}")

    def wait_for_snapshots(self, least=0):
        """Until every partition has one of more than `least` records."""
        def look():
            found = self.snapshots()
            return len(found) == PARTITIONS and min(found.values()) > least
        detector.until(look, 60, f"snapshots behind {least}")

    def slots(self):
        """{(partition, writer, slot): manifest}: what stands last in the state topic."""
        state = {}
        for message in self.kafka.read(self.world.topic("state")):
            state[message.key().decode()] = message.value()
        return {tuple(key.split("/")[:3]): json.loads(value) for key, value in state.items()
                if key.endswith("/manifest") and value}

    def snapshots(self):
        """{partition: the highest place of a manifest}"""
        found = {}
        for (part, _, _), manifest in self.slots().items():
            found[int(part)] = max(found.get(int(part), 0), manifest["offset"])
        return found

    def alerts(self):
        """{(id, status, count, sequence, ordinal)} of the topic, and how often something was said
        again."""
        said = [json.loads(message.value())
                for message in self.kafka.read(self.world.topic("alerts"))]
        found = {(one["id"], one["status"], one["count"], one["version"]["sequence"],
                  one["version"]["ordinal"]) for one in said}
        return found, len(said) - len(found)

    def expected(self):
        logs = {part: [] for part in range(PARTITIONS)}
        for message in self.kafka.read(self.world.topic("signals")):
            if message.value() not in NO_SIGNALS:
                one = dict(json.loads(message.value()), sequence=message.offset() + 1)
                logs[message.partition()].append(one)
        return {(alert.id, alert.status, alert.count, alert.log_sequence, alert.ordinal)
                for log in logs.values() for alert in fold.fold(log).alerts}

    def check(self):
        """Nothing missing, nothing other (I1, I8); how often something was said again."""
        self.wait_for_all()
        found, repeats = self.alerts()
        expected = self.expected()
        assert found == expected and len(expected) > 50
        return repeats

    def refused(self, member):
        """What a start says that does not want to lose alerts."""
        assert member.child.wait(40) == 3, member.said()
        return member.events("state_refused")[0]


@pytest.fixture
def decided(deltaward, kafka, tmp_path):
    world = Decided(deltaward, kafka, tmp_path)
    yield world
    world.world.close()


def test_decide__alerts_are_a_fold_of_the_log(decided):
    decided.write(2000)
    member = decided.start()
    assert decided.check() == 0
    messages = decided.kafka.read(decided.world.topic("alerts"))
    for message in messages[:50]:
        said, headers = json.loads(message.value()), dict(message.headers())
        assert message.key().decode() == said["id"]
        assert int(headers["log-offset"]) == said["version"]["sequence"] - 1
        assert int(headers["ordinal"]) == said["version"]["ordinal"]
        assert 0 <= int(headers["signals-partition"]) < PARTITIONS
    decided.wait_for_snapshots()
    member.stop()


def test_threads_of_both_stages_in_one_process(decided):
    world = decided.world
    world.produce([detector.change(number, 10, number % 20) for number in range(3000)])
    member = world.start(stages="evaluate,decide", **FAST)
    world.wait_for_all()
    assert decided.check() == 0
    member.stop()
    assert decided.output() == decided.ends() == decided.snapshots()


def test_decide__a_stop_leaves_nothing_to_fold_again(decided):
    decided.write(500)
    member = decided.start(**{"detect.snapshot_interval": "1h", "detect.commit_interval": "60s"})
    detector.until(lambda: len(decided.alerts()[0]) == len(decided.expected()), 40, "all is said")
    member.stop()
    assert decided.output() == decided.ends() == decided.snapshots()
    again = decided.start()
    for line in again.wait_for("state_recovered", PARTITIONS):
        assert line["snapshot"] == line["end"] == line["output"]
    assert decided.check() == 0
    again.stop()


def test_rule_14_killed_at_any_time_nothing_is_missing_or_other(decided):
    one = {"detect.instance": "one"}  # who comes back under its name need not wait for itself
    for _ in range(6):
        member = decided.start(**one)
        for _ in range(decided.random.randrange(1, 4)):
            decided.write(300)
            if decided.random.random() < 0.5:
                decided.wait_for_all()
        member.kill()
    member = decided.start(**one)
    decided.check()
    decided.wait_for_snapshots()
    member.stop()


def test_rule_15_two_members_one_stalled_and_back_as_a_zombie(decided):
    stalled = decided.start()
    decided.write(500)
    decided.wait_for_all()
    stalled.pause()
    other = decided.start()
    decided.write(800)
    other.wait_for("state_recovered", PARTITIONS)
    decided.wait_for_all()
    stalled.go_on()
    decided.write(500)
    decided.check()
    other.stop()
    decided.write(200)
    decided.check()
    stalled.stop()


def test_rule_15_a_torn_snapshot_is_passed_over(decided):
    member = decided.start()
    decided.write(300)
    decided.wait_for_all()
    decided.wait_for_snapshots()
    first = decided.ends()
    decided.write(300)
    decided.wait_for_all()
    decided.wait_for_snapshots(max(first.values()))
    member.stop()
    places = decided.snapshots()
    for (part, writer, slot), manifest in decided.slots().items():
        if manifest["offset"] == places[int(part)]:
            decided.kafka.produce(decided.world.topic("state"), [
                {"partition": int(part), "key": f"{part}/{writer}/{slot}/0", "value": b"torn"}])
    member = decided.start()
    for line in member.wait_for("state_recovered", PARTITIONS):
        assert 0 < line["snapshot"] < places[line["partition"]]
    decided.write(300)
    decided.check()
    member.stop()


def cut(decided, positions):
    confluent = detector.confluent()
    topic = decided.world.topic("signals")
    admin = decided.kafka.admin()
    deleted = admin.delete_records(
        [confluent.TopicPartition(topic, part, position) for part, position in positions.items()])
    for future in deleted.values():
        future.result(timeout=30)


def test_rule_16_a_cut_log_is_refused_unless_a_snapshot_reaches_it(decided):
    member = decided.start()
    decided.write(300)
    decided.wait_for_all()
    decided.wait_for_snapshots()
    member.stop()
    cut(decided, decided.snapshots())
    member = decided.start()
    member.wait_for("state_recovered", PARTITIONS)
    member.stop()
    decided.write(100)
    cut(decided, {part: place + 1 for part, place in decided.snapshots().items()})
    said = decided.refused(decided.start())
    assert "its newest snapshot is of" in said["problem"] and "retention" in said["hint"]


def test_rule_16_a_log_cut_before_any_snapshot_is_refused(decided):
    decided.write(100)
    cut(decided, {0: 1})
    said = decided.refused(decided.start())
    assert "there is no snapshot" in said["problem"]


def test_rule_11_a_log_made_anew_is_refused(decided):
    member = decided.start()
    decided.write(300)
    decided.wait_for_all()
    decided.wait_for_snapshots()
    member.stop()
    topic = decided.world.topic("signals")
    decided.kafka.delete_topic(topic)
    detector.until(lambda: decided.kafka.create_topic(PARTITIONS, topic), 30, "it is made anew")
    decided.write(100)
    said = decided.refused(decided.start())
    assert "its snapshots are of" in said["problem"] and said["hint"]


def test_rule_11_a_partition_of_events_never_heard_of_holds_closings_back(decided):
    bucket = {"type": "event_count", "window": "tumbling", "timespan_us": 60_000_000,
              "lateness_us": 0, "condition": {"eq": 2}}
    later_us = START_US + 600_000_000
    member = decided.start()
    decided.produce([(0, signal(number, "g", decided.source(0), number, correlation=bucket))
                     for number in range(2)] +
                    [(0, dict(tick(decided.source(0), 2, later_us), partitions=2))])
    decided.wait_for_all()
    assert decided.alerts()[0] == set()
    decided.produce([(0, dict(tick(decided.source(1), 0, later_us), partitions=2))])
    decided.wait_for_all()
    (_, status, count, _, _), = decided.alerts()[0]
    assert (status, count) == ("opened", 1)
    member.stop()


def test_decide__what_is_no_signal_is_set_aside(decided):
    member = decided.start()
    decided.write(300)
    decided.produce([(part % PARTITIONS, value) for part, value in enumerate(NO_SIGNALS)])
    decided.write(100)
    decided.check()
    kept = decided.kafka.read(decided.world.topic("quarantine"))
    assert sorted(message.value() for message in kept) == sorted(NO_SIGNALS)
    assert len(member.events("record_set_aside")) == len(NO_SIGNALS)
    for message in kept:
        headers = dict(message.headers())
        assert headers["reason"] and headers["log"].startswith(
            decided.world.topic("signals").encode())
    member.stop()


def set_message_bytes(decided, name, limit):
    """The largest message that a topic takes."""
    admin_of = services.library("confluent_kafka.admin")
    admin = decided.kafka.admin()
    resource = admin_of.ConfigResource(
        admin_of.ResourceType.TOPIC, decided.world.topic(name),
        incremental_configs=[admin_of.ConfigEntry(
            "max.message.bytes", str(limit),
            incremental_operation=admin_of.AlterConfigOpType.SET)])
    admin.incremental_alter_configs([resource])[resource].result(timeout=30)


def test_decide__alerts_that_are_not_taken_are_decided_again(decided):
    member = decided.start()
    decided.write(300)
    decided.wait_for_all()
    set_message_bytes(decided, "alerts", 100)
    decided.write(300)
    for line in member.wait_for("partition_again", PARTITIONS):
        assert line["topic"] == decided.world.topic("signals")
    assert decided.output() != decided.ends()
    set_message_bytes(decided, "alerts", 1_000_000)
    decided.check()
    member.stop()


def test_rule_11_a_log_made_anew_ends_who_decides_it(decided):
    member = decided.start()
    decided.write(300)
    decided.wait_for_all()
    decided.wait_for_snapshots()
    topic = decided.world.topic("signals")
    decided.kafka.delete_topic(topic)
    detector.until(lambda: decided.kafka.create_topic(PARTITIONS, topic), 30, "it is made anew")
    assert member.child.wait(60) == 3, member.said()
    assert "its snapshots are of" in decided.refused(decided.start())["problem"]


def test_rule_17_versions_of_an_alert_rise(decided):
    member = decided.start()
    decided.write(1500)
    decided.check()
    member.stop()
    newest = {}
    for message in decided.kafka.read(decided.world.topic("alerts")):
        one = json.loads(message.value())
        version = one["version"]["sequence"], one["version"]["ordinal"]
        assert version > newest.get(one["id"], (0, 0)), one
        newest[one["id"]] = version
