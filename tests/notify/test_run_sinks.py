"""`deltaward run` with SNS and EventBridge: every alert arrives, in order, whatever they answer."""
import json
import signal
import subprocess
import time

import pytest

from fake_aws import FakeAws, cut, dripping, reset, server_error, throttled, xml_error
import patience
from product import TIMEOUT_S, generate
from sending import (Bus, Sender, Topic, eventbridge, events, fake_aws, key,  # noqa: F401
                     memory_mib, names, once_in_order, sns, version)

RECORDS = 3000
MANY = 60000
FILE = "alerts.jsonl"


@pytest.fixture(scope="module")
def changes(build, tmp_path_factory):
    return generate(build, tmp_path_factory.mktemp("changes") / "changes.jsonl", RECORDS)


def keys(alerts):
    return sorted(key(alert) for alert in alerts)


def wait_for(truth, seconds=60):
    end = patience.deadline(seconds)
    while not truth():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.02)


def stop(process):
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=60)
    return log


def test_every_alert_once_and_in_order(deltaward, work_dir, changes, fake):
    topic, bus = Topic(), Bus()
    topic.script(fake)
    bus.script(fake)
    sender = Sender(deltaward, work_dir, [sns(url=fake.url), eventbridge(url=fake.url)])
    sender.run_well(changes)
    assert len(sender.stored_alerts()) > 100
    for sink in topic, bus:
        assert keys(sink.taken) == sender.stored_alerts()
        assert once_in_order(sink.taken)
    assert sender.cursor("topic") == sender.cursor("bus") == sender.last_alert()
    sender.run_well(changes)  # nothing new: nothing is sent again
    assert keys(topic.taken) == sender.stored_alerts()


def test_routes_choose_the_sinks(deltaward, work_dir, changes, fake):
    topic, bus = Topic(), Bus()
    topic.script(fake)
    bus.script(fake)
    sender = Sender(deltaward, work_dir, [sns(url=fake.url), eventbridge(url=fake.url)], routes=[
        {"name": "urgent", "match": {"severity": ["critical", "high"]}, "sinks": ["topic"]},
        {"name": "default", "sinks": ["bus"]}])
    sender.run_well(changes)
    assert {alert["severity"] for alert in topic.taken} <= {"critical", "high"}
    assert not {alert["severity"] for alert in bus.taken} & {"critical", "high"}
    assert keys(topic.taken + bus.taken) == sender.stored_alerts()
    assert topic.taken and bus.taken


@pytest.mark.parametrize("fault", [
    throttled(), server_error(500), server_error(503), reset(),
    xml_error("InternalError", status=500), xml_error("Throttled", status=429),
    cut(xml_error("x"), 20), dripping(server_error(), 0.01)],
    ids=["throttled", "500", "503", "reset", "internal", "429", "cut", "drip"])
def test_faults_that_pass_are_tried_again(deltaward, work_dir, changes, fake, fault):
    topic = Topic()
    topic.script(fake)
    fake.script("PublishBatch", fault, fault, fault, topic.batch)
    sender = Sender(deltaward, work_dir, [sns(url=fake.url)])
    done = sender.run_well(changes)
    assert keys(topic.taken) == sender.stored_alerts()
    assert once_in_order(topic.taken)
    assert names(done.stderr).count("sink_waiting") == names(done.stderr).count("sink_recovered")


def test_partial_failures_are_sent_again_alone(deltaward, work_dir, changes, fake):
    seen = set()

    def judge(alert):
        first = key(alert) not in seen
        seen.add(key(alert))
        return ("InternalError", False) if first and len(seen) % 5 == 0 else None

    def judge_event(alert):
        failure = judge({**alert, "id": "bus" + alert["id"]})
        return failure[0] if failure else None

    topic, bus = Topic(judge), Bus(judge_event)
    topic.script(fake)
    bus.script(fake)
    sender = Sender(deltaward, work_dir, [sns(url=fake.url), eventbridge(url=fake.url)])
    sender.run_well(changes)
    for sink in topic, bus:
        assert keys(sink.taken) == sender.stored_alerts()
        assert once_in_order(sink.taken)


def test_rule_18_what_is_refused_for_good_is_kept(deltaward, work_dir, changes, fake):
    def refused(alert):
        return int(alert["id"][:2], 16) < 16

    topic = Topic(lambda alert: ("InvalidParameter", True) if refused(alert) else None)
    bus = Bus(lambda alert: "MalformedDetail" if refused(alert) else None)
    topic.script(fake)
    bus.script(fake)
    sender = Sender(deltaward, work_dir, [sns(url=fake.url), eventbridge(url=fake.url)])
    done = sender.run_well(changes)
    kept = sender.undelivered()
    assert kept and {sink for sink, _, _ in kept} == {"topic", "bus"}
    assert {reason for _, _, reason in kept} == {"InvalidParameter: told",
                                                 "MalformedDetail: told by the fake"}
    for name, sink in ("topic", topic), ("bus", bus):
        stored = sender.query("SELECT id, count(*) FROM alert GROUP BY id")
        expected = sorted(id for id, count in stored for _ in range(count)
                          if refused({"id": id}))
        assert sorted(id for sink_name, id, _ in kept if sink_name == name) == expected
        assert len(sink.taken) + len(expected) == len(sender.stored_alerts())
        assert sender.cursor(name) == sender.last_alert()
    assert "alert_refused" in names(done.stderr)


def test_a_whole_batch_is_not_refused_for_one_alert(deltaward, work_dir, changes, fake):
    """A request that is invalid as a whole is sent again alert by alert."""
    topic = Topic(lambda alert: ("InvalidParameter", True) if alert["id"][0] == "a" else None)
    topic.script(fake)
    fake.script("PublishBatch", xml_error("InvalidParameter"))
    sender = Sender(deltaward, work_dir, [sns(url=fake.url)])
    sender.run_well(changes)
    assert all(id[0] == "a" for _, id, _ in sender.undelivered())
    assert len(topic.taken) + len(sender.undelivered()) == len(sender.stored_alerts())


def test_missing_rights_are_no_refusal(deltaward, work_dir, changes, fake):
    """Told once with the reason; the alerts wait, and the other sink is not delayed."""
    bus = Bus()
    bus.script(fake)
    denied = xml_error("AuthorizationError", "not allowed to do: SNS:Publish", status=403)
    fake.script("PublishBatch", denied)
    fake.script("Publish", denied)
    sender = Sender(deltaward, work_dir, [sns(url=fake.url), eventbridge(url=fake.url)])
    process = sender.start(changes, "--follow")
    wait_for(lambda: sender.records_read() == RECORDS and len(bus.taken) == sender.last_alert())
    log = stop(process)
    assert process.returncode == 0
    assert names(log).count("sink_blocked") == 1
    blocked, = [line for line in events(log) if line["event"] == "sink_blocked"]
    assert "SNS:Publish" in blocked["problem"] and blocked["sink"] == "topic"
    behind, = [line for line in events(log) if line["event"] == "sink_behind"]
    assert behind["sink"] == "topic" and behind["alerts"] == sender.last_alert()
    assert sender.undelivered() == [] and sender.cursor("topic") == 0
    topic = Topic()
    topic.script(fake)
    sender.run_well(changes)  # the next start goes on where it stopped
    assert keys(topic.taken) == sender.stored_alerts()


def test_p6_a_dead_sink_delays_nobody(deltaward, work_dir, build, fake):
    """Refused connections, then back: nothing lost, memory flat, a file and a bus on time."""
    changes = generate(build, work_dir / "many.jsonl", MANY)
    topic, bus = Topic(), Bus()
    bus.script(fake)
    with FakeAws() as other:
        port = other.port
    sender = Sender(deltaward, work_dir, [
        sns(url=f"http://127.0.0.1:{port}"), eventbridge(url=fake.url),
        {"name": "file", "type": "file", "path": str(work_dir / FILE)}])
    process = sender.start(changes, "--follow")
    wait_for(lambda: sender.records_read() == MANY and len(bus.taken) == sender.last_alert(),
             TIMEOUT_S)
    lines = (work_dir / FILE).read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(bus.taken)
    before = memory_mib(process.pid)
    time.sleep(5)
    assert memory_mib(process.pid) - before < 16
    assert sender.cursor("topic") == 0
    with FakeAws(port=port) as back:
        topic.script(back)
        wait_for(lambda: len(topic.taken) == len(bus.taken), TIMEOUT_S)
        log = stop(process)
    assert process.returncode == 0
    assert keys(topic.taken) == sender.stored_alerts()
    assert once_in_order(topic.taken)
    assert names(log).count("sink_waiting") == 1 == names(log).count("sink_recovered")


def test_at_the_end_of_the_input_what_remains_is_told(deltaward, work_dir, changes, fake):
    fake.script("PublishBatch", xml_error("Throttled", status=429))
    sender = Sender(deltaward, work_dir, [sns(url=fake.url)])
    begin = time.monotonic()
    done = sender.run(changes)
    assert 15 < time.monotonic() - begin < 60
    assert done.returncode == 3
    behind, = [line for line in events(done.stderr) if line["event"] == "sink_behind"]
    assert behind["alerts"] == sender.last_alert()


@pytest.mark.parametrize("kills", [12])
def test_killed_between_send_and_commit(deltaward, work_dir, changes, fake, kills):
    """At least once, the same ids, and versions that never go backwards but for what is sent again
    after a crash, which begins again at the cursor in the same order."""
    topic = Topic()
    topic.script(fake)
    sender = Sender(deltaward, work_dir, [sns(url=fake.url)])
    runs = []
    for number in range(kills):
        seen = len(topic.taken)
        process = sender.start(changes, "--follow", stderr=subprocess.DEVNULL)
        wait_for(lambda: len(topic.taken) >= seen + 1 + 7 * number or
                 (sender.records_read() >= RECORDS and
                  sender.cursor("topic") == sender.last_alert()))
        process.kill()
        process.communicate()
        time.sleep(0.05)
        runs.append(topic.taken[seen:])
    seen = len(topic.taken)
    sender.run_well(changes)
    runs.append(topic.taken[seen:])
    assert set(keys(topic.taken)) == set(sender.stored_alerts())
    assert len(set(keys(topic.taken))) == len(sender.stored_alerts())
    for sent in runs:
        assert once_in_order(sent)
    last = {}
    for alert in topic.taken:
        last[alert["id"]] = version(alert)
    stored = dict(sender.query("SELECT id, max(log_sequence) FROM alert GROUP BY id"))
    assert {id: at[0] for id, at in last.items()} == stored


ATTRIBUTES = [f"note{number:02}" for number in range(64)]
LARGE = """
apiVersion: deltaward/v1
kind: Policy
id: large
name: Much to show
description: Shows attributes that may be large.
owner: tests
severity: high
match: {source: item_change, tables: ["*"], operations: [INSERT]}
condition: "true"
suppression: none
alert:
  title: "Notes on {keys.id}"
  context: {%s}
  steps: [Read them]
tags: [tests]
""" % ", ".join(f"{name}: 'new.?{name}'" for name in ATTRIBUTES)


def record(number, note):
    """A change whose every attribute is the note."""
    image = {"id": {"S": str(number)}, **{name: {"S": note} for name in ATTRIBUTES}}
    return json.dumps({"awsRegion": "eu-central-1", "dynamodb": {
        "ApproximateCreationDateTime": 1772355600000 + number, "Keys": {"id": {"S": str(number)}},
        "NewImage": image}, "eventName": "INSERT", "eventSource": "aws:dynamodb",
        "recordFormat": "application/json", "tableName": "notes", "eventID": f"e{number}",
        "userIdentity": None})


def test_large_alerts_are_cut_not_lost(deltaward, work_dir, fake):
    policies = work_dir / "policies"
    policies.mkdir()
    (policies / "large.yaml").write_text(LARGE, encoding="utf-8")
    changes = work_dir / "changes.jsonl"
    notes = ["short", "plain " * 100, '"' * 1000, "\uffff\ufffe", "e", "f" * 2000, '"' * 480]
    changes.write_text("".join(record(n, note) + "\n" for n, note in enumerate(notes)),
                       encoding="utf-8")
    topic, bus = Topic(), Bus()
    topic.script(fake)
    bus.script(fake)
    sender = Sender(deltaward, work_dir, [sns(url=fake.url), eventbridge(url=fake.url)],
                    policies=policies)
    sender.run_well(changes)
    for sink in topic, bus:
        assert keys(sink.taken) == sender.stored_alerts() and len(sink.taken) == len(notes)
        cut_at = {notes[int(alert["keys"]["id"])][:1] for alert in sink.taken if "cut" in alert}
        assert cut_at == {'"'}
        for alert in sink.taken:
            gone = alert.get("cut", [])
            assert gone in ([], ["context"], ["changes", "context"])
            assert (alert["context"] == {}) == ("context" in gone)
            assert alert["title"].startswith("Notes on ")
    for call in fake.calls:
        if call.operation == "PutEvents":
            assert len(call.body) < 256 * 1024
        else:
            texts = [value for name, value in call.form.items() if name.endswith("Message")]
            assert sum(len(text.encode()) for text in texts) <= 256 * 1024
