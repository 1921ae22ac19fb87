"""`alerts redeliver` from the store, and `notify test`."""
import pytest

from fake_aws import xml_error
from product import generate
from sending import (Bus, Sender, Topic, eventbridge, fake_aws, key, sns,  # noqa: F401
                     version)

RECORDS = 1500


def refused(alert):
    return ("InvalidParameter", True) if int(alert["id"][:2], 16) < 64 else None


@pytest.fixture
def broken(deltaward, work_dir, build, fake):
    """A detector whose topic refused a quarter of its alerts, and that topic."""
    changes = generate(build, work_dir / "changes.jsonl", RECORDS)
    topic = Topic(refused)
    topic.script(fake)
    sender = Sender(deltaward, work_dir, [sns(url=fake.url)])
    sender.run_well(changes)
    assert len(sender.undelivered()) > 5
    return sender, topic


def test_listed_and_sent_again(broken):
    sender, topic = broken
    kept = sender.undelivered()
    before = list(topic.taken)
    listed = sender.call("alerts", "redeliver", "--dry-run")
    assert listed.returncode == 0 and topic.taken == before
    assert len(listed.stdout.splitlines()) == len(kept)
    assert all("refused: InvalidParameter: told" in line for line in listed.stdout.splitlines())
    topic.judge = lambda alert: None
    done = sender.call("alerts", "redeliver")
    assert done.returncode == 0, done.stderr
    assert f"{len(kept)} undelivered: " in done.stderr and "0 still undelivered" in done.stderr
    sent = topic.taken[len(before):]
    assert sorted(alert["id"] for alert in sent) == sorted(id for _, id, _ in kept)
    assert sender.undelivered() == []
    assert sorted(key(alert) for alert in topic.taken) == sender.stored_alerts()
    again = sender.call("alerts", "redeliver")
    assert again.returncode == 0 and "nothing is undelivered" in again.stderr


def test_still_refused_stays(broken):
    sender, _ = broken
    kept = sender.undelivered()
    done = sender.call("alerts", "redeliver")
    assert done.returncode == 3
    assert f"0 sent, 0 outdated, {len(kept)} still undelivered" in done.stderr
    assert sender.undelivered() == kept


def test_a_sink_that_takes_nothing_is_asked_once(broken, fake):
    sender, _ = broken
    fake.script("Publish", xml_error("AuthorizationError", "no right", status=403))
    calls = len(fake.calls)
    done = sender.call("alerts", "redeliver")
    assert done.returncode == 3 and len(fake.calls) == calls + 1
    assert "not taken: AuthorizationError: no right" in done.stdout
    assert len(sender.undelivered()) == len(done.stdout.splitlines())


def test_filters(broken):
    sender, topic = broken
    topic.judge = lambda alert: None
    kept = sender.undelivered()
    wanted = kept[0][1]
    done = sender.call("alerts", "redeliver", "--id", wanted[:8])
    assert done.returncode == 0
    assert {id for _, id, _ in sender.undelivered()} == {id for _, id, _ in kept} - {wanted}
    assert "nothing is undelivered of what was asked for" in \
        sender.call("alerts", "redeliver", "--sink", "other").stderr
    assert "nothing is undelivered of what was asked for" in \
        sender.call("alerts", "redeliver", "--policy", "other").stderr


def test_rule_19_an_older_state_is_not_sent_behind_a_newer(deltaward, work_dir, build, fake):
    """Only `opened` was refused: once the sink has `resolved`, it is not opened again."""
    changes = generate(build, work_dir / "changes.jsonl", 20000)
    topic = Topic(lambda alert: ("InvalidParameter", True) if alert["status"] == "opened" else None)
    topic.script(fake)
    sender = Sender(deltaward, work_dir, [sns(url=fake.url)])
    sender.run_well(changes)
    newer = {alert["id"] for alert in topic.taken}
    kept = {id for _, id, _ in sender.undelivered()}
    assert newer & kept and kept - newer
    topic.judge = lambda alert: None
    seen = len(topic.taken)
    done = sender.call("alerts", "redeliver")
    assert done.returncode == 0
    assert {alert["id"] for alert in topic.taken[seen:]} == kept - newer
    assert f"{len(kept & newer)} outdated" in done.stderr
    assert sender.undelivered() == []
    last = {}
    for alert in topic.taken:
        assert last.get(alert["id"], (0, -1)) < version(alert)
        last[alert["id"]] = version(alert)


def test_notify_test(deltaward, work_dir, fake):
    topic, bus = Topic(), Bus(lambda alert: "AccessDeniedException")
    topic.script(fake)
    bus.script(fake)
    sender = Sender(deltaward, work_dir, [
        sns(url=fake.url), eventbridge(url=fake.url),
        {"name": "file", "type": "file", "path": str(work_dir / "alerts.jsonl")}],
        routes=[{"name": "one", "sinks": ["topic"]},
                {"name": "all", "sinks": ["topic", "bus", "file"]}])
    done = sender.call("notify", "test", "one", "--severity", "critical")
    assert (done.returncode, done.stdout) == (0, "topic: sent\n")
    alert, = topic.taken
    assert "TEST" in alert["title"] and "route one" in alert["title"]
    assert alert["severity"] == "critical" and alert["policy"]["id"] == "deltaward-test"
    done = sender.call("notify", "test", "all")
    assert done.returncode == 3
    assert done.stdout.splitlines() == [
        "topic: sent", "bus: not taken: AccessDeniedException: told by the fake",
        "file: not tried: only its detector writes to a file"]
    assert topic.taken[0]["id"] != topic.taken[1]["id"]
    done = sender.call("notify", "test", "al")
    assert done.returncode == 2 and "did you mean all?" in done.stderr
    assert sender.call("notify", "test").returncode == 3
