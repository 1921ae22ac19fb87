"""`deltaward notify`: alerts of a topic to sinks, one consumer group each (recovery-rules.md, part
C)."""
import hashlib
import itertools
import json
import signal
import subprocess
import time

import pytest

from dealer import Dealer, Forgetful
from fake_aws import FakeAws, xml_error
import patience
from product import Product
from sending import (KEYS, Bus, Topic, eventbridge, events, fake_aws, key,  # noqa: F401
                     memory_mib, names, once_in_order, sns, version)
from services import library

NUMBERS = itertools.count(1)
PARTITIONS = 4


def alert(name, sequence, status="opened", ordinal=None, count=1, **more):
    """An alert as decide writes it."""
    digest = hashlib.sha256(name.encode()).hexdigest()[:32]
    ordinal = {"opened": 0, "updated": 1, "resolved": 2}[status] if ordinal is None else ordinal
    return {"id": digest, "status": status, "version": {"sequence": sequence, "ordinal": ordinal},
            "finding": digest, "policy": {"id": "price-drop"}, "severity": "high",
            "title": f"Price of {name} fell", "event_time": "2026-03-01T10:00:00Z",
            "detected_at": "2026-03-01T10:00:01Z", "table": "products", "region": "eu-central-1",
            "account": "123456789012", "op": "MODIFY", "keys": {"sku": name}, "changes": [],
            "context": {}, "group": f"[\"{name}\"]", "count": count,
            "first_seen": "2026-03-01T10:00:00Z", "last_seen": "2026-03-01T10:00:00Z",
            "steps": ["Look"], "source": {"name": "events/0", "offset": sequence}, **more}


def episode(name, first):
    return [alert(name, first), alert(name, first + 1, "updated", count=10),
            alert(name, first + 1, "resolved", count=10)]


def records(alerts):
    return [{"key": one["id"], "value": json.dumps(one, separators=(",", ":"))} for one in alerts]


class Notifier(Product):
    """One installation of `notify` on a Kafka of the tests, its topics made."""

    def __init__(self, program, folder, kafka, sinks, routes=()):
        super().__init__(program, folder)
        self.kafka = kafka
        self.prefix = f"notify{next(NUMBERS)}"
        self.config = self.folder / "deltaward.yaml"
        self.write_config(sinks, routes)
        self.make_topics()

    def write_config(self, sinks, routes=()):
        self.config.write_text(json.dumps({
            "sinks": sinks, "routes": list(routes), "log": {"format": "json"},
            "http": {"listen": "off"},
            "kafka": {"brokers": [self.kafka.brokers], "prefix": self.prefix, "owner_check": "1s",
                      "properties": {"session.timeout.ms": "6000"}}}), encoding="utf-8")

    def environment(self):
        kept = {name: value for name, value in super().environment().items()
                if not name.startswith("AWS_")}
        return {**kept, **KEYS}

    def call(self, *words, **settings):
        return subprocess.run([self.program, *words, "--config", self.config], text=True,
                              cwd=self.folder, env=self.environment(), capture_output=True,
                              timeout=120, check=False, **settings)

    def make_topics(self):
        done = self.call("topics", "create", "--partitions", str(PARTITIONS), "--replication", "1")
        assert done.returncode == 0, done.stderr

    def topic(self, name):
        return f"{self.prefix}.{name}"

    def produce(self, alerts):
        self.kafka.produce(self.topic("alerts"), records(alerts))

    def start(self, **settings):
        settings.setdefault("stderr", subprocess.PIPE)
        return subprocess.Popen([self.program, "notify", "--config", self.config],
                                cwd=self.folder, env=self.environment(), **settings)

    def undelivered(self):
        return [json.loads(message.value()) for message in
                self.kafka.read(self.topic("undelivered"))]

    def committed(self, sink):
        told = self.kafka.committed(self.topic(f"notify.{sink}"), self.topic("alerts"))
        return sum(offset for offset, _ in told.values())


def wait_for(truth, seconds=60, process=None):
    """process: whose log is shown when it does not come to that."""
    end = patience.deadline(seconds)
    while not truth():
        if time.monotonic() > end:
            log = b""
            if process:
                process.kill()
                log = process.communicate()[1]
            pytest.fail("it did not come to that\n" + log.decode())
        time.sleep(0.05)


def stop(process):
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=60)
    assert process.returncode == 0, log
    return log


def keys(alerts):
    return sorted(key(one) for one in alerts)


def test_every_alert_to_every_sink(deltaward, work_dir, kafka, fake):
    topic, bus = Topic(), Bus()
    topic.script(fake)
    bus.script(fake)
    out = work_dir / "alerts.jsonl"
    notifier = Notifier(deltaward, work_dir, kafka, [
        sns(url=fake.url), eventbridge(url=fake.url),
        {"name": "file", "type": "file", "path": str(out)}])
    alerts = [one for number in range(300) for one in episode(f"a{number}", number * 10 + 1)]
    notifier.produce(alerts)
    process = notifier.start()
    wait_for(lambda: len(topic.taken) == len(bus.taken) == len(alerts) and
             all(notifier.committed(sink) == len(alerts) for sink in ("topic", "bus", "file")),
             process=process)
    for sink in topic, bus:
        assert keys(sink.taken) == keys(alerts)
        assert once_in_order(sink.taken)
    notifier.produce(episode("later", 5000))
    wait_for(lambda: len(topic.taken) == len(bus.taken) == len(alerts) + 3, process=process)
    log = stop(process)
    written = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert keys(written) == keys(alerts + episode("later", 5000))
    assert "notify_started" in names(log) and "stopping" in names(log)
    process = notifier.start()  # a new owner: nothing is sent again
    notifier.produce(episode("last", 6000))
    wait_for(lambda: len(topic.taken) == len(bus.taken) == len(alerts) + 6, process=process)
    stop(process)


def test_routes(deltaward, work_dir, kafka, fake):
    topic, bus = Topic(), Bus()
    topic.script(fake)
    bus.script(fake)
    notifier = Notifier(deltaward, work_dir, kafka,
                        [sns(url=fake.url), eventbridge(url=fake.url)],
                        routes=[{"name": "urgent", "match": {"severity": ["critical"]},
                                 "sinks": ["topic"]}, {"name": "default", "sinks": ["bus"]}])
    notifier.produce([alert("a", 1), alert("b", 1, severity="critical")])
    process = notifier.start()
    wait_for(lambda: topic.taken and bus.taken, process=process)
    stop(process)
    assert [one["severity"] for one in topic.taken] == ["critical"]
    assert [one["severity"] for one in bus.taken] == ["high"]


def test_rule_18_refusals_are_acknowledged_first(deltaward, work_dir, kafka, fake):
    topic = Topic(lambda one: ("InvalidParameter", True) if one["keys"]["sku"] == "b" else None)
    topic.script(fake)
    notifier = Notifier(deltaward, work_dir, kafka, [sns(url=fake.url)])
    alerts = episode("a", 1) + episode("b", 1) + episode("c", 1)
    notifier.produce(alerts)
    process = notifier.start()
    wait_for(lambda: notifier.committed("topic") == len(alerts), process=process)
    log = stop(process)
    assert keys(topic.taken) == keys(episode("a", 1) + episode("c", 1))
    kept = notifier.undelivered()
    assert keys(one["alert"] for one in kept) == keys(episode("b", 1))
    assert {one["reason"] for one in kept} == {"InvalidParameter: told"} or \
        {one["reason"].split(":")[0] for one in kept} == {"InvalidParameter"}
    assert {one["sink"] for one in kept} == {"topic"}
    assert names(log).count("alert_refused") == 3


def set_message_limit(kafka, topic, limit):
    admin = library("confluent_kafka.admin")
    entry = admin.ConfigEntry("max.message.bytes", str(limit),
                              incremental_operation=admin.AlterConfigOpType.SET)
    resource = admin.ConfigResource("topic", topic, incremental_configs=[entry])
    client = kafka.admin()
    client.incremental_alter_configs([resource])[resource].result(timeout=30)


def test_rule_18_no_cursor_without_undelivered(deltaward, work_dir, kafka, fake):
    """The topic of refusals takes nothing: the cursor stays until it does."""
    topic = Topic(lambda one: ("InvalidParameter", True))
    topic.script(fake)
    notifier = Notifier(deltaward, work_dir, kafka, [sns(url=fake.url)])
    notifier.produce(episode("a", 1))
    process = notifier.start()
    wait_for(lambda: notifier.committed("topic") == 3, process=process)
    set_message_limit(kafka, notifier.topic("undelivered"), 100)
    notifier.produce(episode("b", 1))
    time.sleep(5)
    assert notifier.committed("topic") == 3
    set_message_limit(kafka, notifier.topic("undelivered"), 1048588)
    wait_for(lambda: notifier.committed("topic") == 6, process=process)
    log = stop(process)
    assert "undelivered_failed" in names(log)
    assert {key(one["alert"]) for one in notifier.undelivered()} == \
        set(keys(episode("a", 1) + episode("b", 1)))


def test_rule_19_an_older_version_is_not_sent_behind_a_newer(deltaward, work_dir, kafka, fake):
    """a3 sent, cursor 3, crash; the topic's repeat of a1 comes next: the sink's last word is not
    "opened"."""
    topic = Topic()
    topic.script(fake)
    notifier = Notifier(deltaward, work_dir, kafka, [sns(url=fake.url)])
    notifier.produce([alert("a", 1), alert("b", 2), alert("a", 3, "resolved")])
    process = notifier.start()
    wait_for(lambda: notifier.committed("topic") == 3, process=process)
    process.kill()
    process.communicate()
    notifier.produce([alert("a", 1), alert("b", 2, "resolved")])  # a zombie of decide
    process = notifier.start()
    wait_for(lambda: notifier.committed("topic") == 5, process=process)
    stop(process)
    assert [one["status"] for one in topic.taken if one["keys"]["sku"] == "a"] == ["opened",
                                                                                 "resolved"]
    assert once_in_order(topic.taken)


def test_rule_20_a_late_request_of_the_last_owner(deltaward, work_dir, kafka, fake):
    """Z has "a opened" on the wire and dies, N sends "a resolved", then Z's arrives: the sink
    reopens. N says "resolved" once more when no request of Z's can live any longer."""
    topic = Topic()
    topic.script(fake)
    on_the_wire = []

    def late(call):
        on_the_wire.append(call)
        time.sleep(13)
        return topic.publish(call)

    notifier = Notifier(deltaward, work_dir, kafka, [sns(url=fake.url)])
    notifier.produce([alert("a", 0)])
    process = notifier.start()
    wait_for(lambda: notifier.committed("topic") == 1, process=process)
    topic.taken.clear()
    fake.script("Publish", late, topic.publish)
    notifier.produce([alert("a", 1)])
    wait_for(lambda: on_the_wire, process=process)
    process.kill()
    process.communicate()
    notifier.produce([alert("a", 2, "resolved")])
    process = notifier.start()
    wait_for(lambda: len(topic.taken) == 4, process=process)
    stop(process)
    assert [one["status"] for one in topic.taken] == ["opened", "resolved", "opened", "resolved"]


def test_killed_between_send_and_commit(deltaward, work_dir, kafka, fake):
    topic = Topic()
    topic.script(fake)
    notifier = Notifier(deltaward, work_dir, kafka, [sns(url=fake.url)])
    alerts = [one for number in range(400) for one in episode(f"a{number}", number * 10 + 1)]
    notifier.produce(alerts)
    runs = []
    for number in range(4):
        seen = len(topic.taken)
        process = notifier.start(stderr=subprocess.DEVNULL)
        wait_for(lambda: len(topic.taken) >= seen + 1 + 150 * number)
        process.kill()
        process.communicate()
        time.sleep(0.2)
        runs.append(topic.taken[seen:])
    seen = len(topic.taken)
    process = notifier.start()
    wait_for(lambda: notifier.committed("topic") == len(alerts), process=process)
    stop(process)
    runs.append(topic.taken[seen:])
    assert set(keys(topic.taken)) == set(keys(alerts))
    for sent in runs:
        assert once_in_order(sent)
    last = {one["id"]: one["status"] for one in topic.taken}
    assert set(last.values()) == {"resolved"}


def test_a_dead_sink_delays_nobody(deltaward, work_dir, kafka, fake):
    topic, bus = Topic(), Bus()
    bus.script(fake)
    with FakeAws() as other:
        port = other.port
    notifier = Notifier(deltaward, work_dir, kafka,
                        [sns(url=f"http://127.0.0.1:{port}"), eventbridge(url=fake.url)])
    alerts = [one for number in range(300) for one in episode(f"a{number}", number * 10 + 1)]
    notifier.produce(alerts)
    process = notifier.start()
    wait_for(lambda: notifier.committed("bus") == len(alerts), process=process)
    assert notifier.committed("topic") == 0
    with FakeAws(port=port) as back:
        topic.script(back)
        wait_for(lambda: notifier.committed("topic") == len(alerts), process=process)
        log = stop(process)
    assert keys(topic.taken) == keys(bus.taken) == keys(alerts)
    assert once_in_order(topic.taken)
    assert names(log).count("sink_waiting") == names(log).count("sink_recovered") == 1


def test_p6_a_sink_that_is_away_for_long(deltaward, work_dir, kafka, fake):
    """Longer than the group waits between two polls, while more alerts come than are held: nothing
    is lost, nothing is sent twice, memory stays flat."""
    topic = Topic()
    fake.script("PublishBatch", xml_error("Throttled", status=429))
    notifier = Notifier(deltaward, work_dir, kafka, [sns(url=fake.url)])
    note = "x" * 2000
    alerts = [alert(f"a{number}", 1, description=note) for number in range(8000)]
    notifier.produce(alerts[:3000])
    process = notifier.start()
    wait_for(lambda: len(fake.calls) > 3, process=process)
    time.sleep(2)
    before = memory_mib(process.pid)
    for begin in range(3000, 8000, 1000):
        notifier.produce(alerts[begin:begin + 1000])
        time.sleep(8)
    assert memory_mib(process.pid) - before < 64
    assert notifier.committed("topic") == 0
    topic.script(fake)
    wait_for(lambda: notifier.committed("topic") == len(alerts), 180, process=process)
    log = stop(process)
    assert keys(topic.taken) == keys(alerts)
    assert names(log).count("sink_waiting") == names(log).count("sink_recovered") == 1


def test_a_record_that_is_no_alert_stops_nobody(deltaward, work_dir, kafka, fake):
    topic = Topic()
    topic.script(fake)
    notifier = Notifier(deltaward, work_dir, kafka, [sns(url=fake.url)])
    notifier.produce([alert("a", 1)])
    kafka.produce(notifier.topic("alerts"), [
        {"key": alert("a", 1)["id"], "value": value}
        for value in (b"no json", b'{"id":"x"}', b"\xff\xfe", b"")])
    notifier.produce([alert("a", 2, "resolved")])
    process = notifier.start()
    wait_for(lambda: notifier.committed("topic") == 6, process=process)
    log = stop(process)
    assert keys(topic.taken) == keys([alert("a", 1), alert("a", 2, "resolved")])
    assert sorted(one["text"] for one in notifier.undelivered()) == [
        "", "no json", '{"id":"x"}', "\ufffd\ufffd"]
    assert names(log).count("alert_unreadable") == 4


def test_members_share_the_partitions(deltaward, work_dir, kafka, fake):
    """Two members, one killed: each alert is sent, and none goes backwards within a member."""
    topic = Topic()
    topic.script(fake)
    notifier = Notifier(deltaward, work_dir, kafka, [sns(url=fake.url)])
    first = notifier.start()
    notifier.produce(episode("warm", 1))
    wait_for(lambda: len(topic.taken) == 3)
    second = notifier.start()
    alerts = [one for number in range(500) for one in episode(f"a{number}", number * 10 + 1)]
    for begin in range(0, len(alerts), 150):
        notifier.produce(alerts[begin:begin + 150])
        time.sleep(0.7)
        if begin == 600:
            first.kill()
            first.communicate()
    wait_for(lambda: notifier.committed("topic") == len(alerts) + 3, 120)
    stop(second)
    assert set(keys(topic.taken)) == set(keys(alerts + episode("warm", 1)))
    last = {one["id"]: one["status"] for one in topic.taken}
    assert set(last.values()) == {"resolved"}


def test_rule_11_a_position_of_another_topic_does_not_count(deltaward, work_dir, kafka, fake):
    """What was committed names the topic's id; a topic made anew has another one."""
    topic = Topic()
    topic.script(fake)
    notifier = Notifier(deltaward, work_dir, kafka, [sns(url=fake.url)])
    notifier.produce(episode("a", 1) + episode("b", 1))
    position = library("confluent_kafka").TopicPartition
    with kafka.consumer(**{"group.id": notifier.topic("notify.topic")}) as consumer:
        consumer.commit(asynchronous=False, offsets=[
            position(notifier.topic("alerts"), part, end, "another-id")
            for part, (_, end) in kafka.offsets(notifier.topic("alerts")).items()])
    process = notifier.start()
    wait_for(lambda: len(topic.taken) == 6, process=process)
    log = stop(process)
    assert keys(topic.taken) == keys(episode("a", 1) + episode("b", 1))
    assert "alerts_topic_anew" in names(log)


def test_alerts_that_the_topic_lost_are_told(deltaward, work_dir, kafka, fake):
    """The topic was cut behind the sink's position: the stretch is told, the rest is sent."""
    topic = Topic()
    topic.script(fake)
    notifier = Notifier(deltaward, work_dir, kafka, [sns(url=fake.url)])
    notifier.produce([alert("a", number) for number in range(1, 5)])
    part, = [part for part, (_, end) in kafka.offsets(notifier.topic("alerts")).items() if end]
    process = notifier.start()
    wait_for(lambda: notifier.committed("topic") == 4, process=process)
    stop(process)
    notifier.produce([alert("a", number) for number in range(5, 9)])
    position = library("confluent_kafka").TopicPartition(notifier.topic("alerts"), part, 6)
    admin = kafka.admin()
    for future in admin.delete_records([position]).values():
        future.result(timeout=30)
    process = notifier.start()
    wait_for(lambda: notifier.committed("topic") == 8, process=process)
    log = stop(process)
    assert [version(one)[0] for one in topic.taken] == [1, 2, 3, 4, 7, 8]
    missed, = [line for line in events(log) if line["event"] == "alerts_missed"]
    assert (missed["partition"], missed["from"], missed["to"]) == (part, 4, 6)


@pytest.mark.parametrize("fault", [xml_error("Throttled", status=429),
                                   xml_error("AuthorizationError", status=403)],
                         ids=["throttled", "denied"])
def test_stopped_while_the_sink_takes_nothing(deltaward, work_dir, kafka, fake, fault):
    fake.script("Publish", fault)
    fake.script("PublishBatch", fault)
    notifier = Notifier(deltaward, work_dir, kafka, [sns(url=fake.url)])
    notifier.produce(episode("a", 1))
    process = notifier.start()
    wait_for(lambda: len(fake.calls) >= 1, process=process)
    begin = time.monotonic()
    log = stop(process)
    assert time.monotonic() - begin < 25
    told = [line for line in events(log) if line["event"] in ("sink_waiting", "sink_blocked")]
    assert len(told) == 1
    assert notifier.committed("topic") == 0 and notifier.undelivered() == []


def test_redeliver_from_the_topic(deltaward, work_dir, kafka, fake):
    """What was refused is sent again once; rule 19: not behind a newer state that arrived."""
    bad = {"b", "c"}
    topic = Topic(lambda one: ("InvalidParameter", True)
                  if one["keys"]["sku"] in bad and one["status"] != "resolved" or
                  one["keys"]["sku"] == "b" else None)
    topic.script(fake)
    notifier = Notifier(deltaward, work_dir, kafka, [sns(url=fake.url)])
    notifier.produce(episode("a", 1) + episode("b", 1) + episode("c", 1))
    process = notifier.start()
    wait_for(lambda: notifier.committed("topic") == 9, process=process)
    stop(process)
    assert len(notifier.undelivered()) == 5
    listed = notifier.call("alerts", "redeliver", "--dry-run")
    assert listed.returncode == 0 and len(listed.stdout.splitlines()) == 5
    still = notifier.call("alerts", "redeliver", "--id", alert("b", 1)["id"])
    assert still.returncode == 3 and "3 still undelivered" in still.stderr
    topic.judge = lambda one: None
    seen = len(topic.taken)
    done = notifier.call("alerts", "redeliver")
    assert done.returncode == 0, done.stderr
    assert "5 undelivered: 3 sent, 2 outdated, 0 still undelivered" in done.stderr
    assert keys(topic.taken[seen:]) == keys(episode("b", 1))
    assert once_in_order(topic.taken)
    again = notifier.call("alerts", "redeliver")
    assert again.returncode == 0 and "nothing is undelivered" in again.stderr


def test_a_partition_that_nobody_reads(deltaward, work_dir, kafka, fake):
    """The group thinks itself settled, and alerts of one partition wait: it is told, the sink joins
    anew, and they are sent."""
    topic = Topic()
    topic.script(fake)
    notifier = Notifier(deltaward, work_dir, kafka, [sns(url=fake.url)])
    alerts = [one for number in range(40) for one in episode(f"a{number}", number * 10 + 1)]
    notifier.produce(alerts)
    with Dealer(kafka.brokers, notifier.topic("notify.topic"), notifier.topic("alerts"),
                Forgetful([0, 1, 3])):
        process = notifier.start()
        wait_for(lambda: len(topic.taken) == len(alerts), process=process)
        log = stop(process)
    assert keys(topic.taken) == keys(alerts) and once_in_order(topic.taken)
    told = next(one for one in events(log) if one["event"] == "partitions_unowned")
    assert (told["group"], told["partitions"]) == (notifier.topic("notify.topic"), "2")
    assert "group_rejoined" in names(log)
