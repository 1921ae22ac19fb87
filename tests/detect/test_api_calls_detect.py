"""API calls through `deltaward detect`: CloudTrail records on the topic of events, alone and with
changes of items in one correlation."""
import json

from calls import STREAM_OFF, call, finding, stream_off
from detector import change, until, world  # noqa: F401

POLICIES = STREAM_OFF + """\
---
apiVersion: deltaward/v1
kind: Policy
id: cheaper
severity: low
mode: signal
match: {tables: [orders]}
condition: new.price < old.price
---
apiVersion: deltaward/v1
kind: Policy
id: hidden-change
severity: critical
correlation:
  type: event_count
  policies: [stream-off, cheaper]
  group_by: [table]
  timespan: 100d
  condition: {gte: 2}
  allowed_lateness: 1d
suppression: none
alert: {title: "{table} was changed without a trace"}
"""
AT_MS = 1772359200000  # the calls are of 2026-03-01T10:00


def produce(world, kind, values):
    world.kafka.produce(world.topic("events"), [
        {"key": f"{kind} {number}".encode(), "value": value,
         "headers": [("kind", kind.encode()), ("account", b""), ("shard", b"trail"),
                     ("arrival", b"%d" % (AT_MS * 1000))]}
        for number, value in enumerate(values)])


def test_calls_become_alerts_and_count_together_with_changes(world):
    world.write(POLICIES)
    calls = [stream_off(1), call(2), stream_off(3, table="carts")]
    produce(world, "api_call", [json.dumps(one).encode() for one in calls])
    produce(world, "change", [change(4, at_ms=AT_MS, table="orders"),
                              change(5, old=9, new=10, at_ms=AT_MS, table="orders")])
    member = world.start(stages="evaluate,decide")
    world.wait_for_all()
    world.check()
    assert world.ledger() == {"read": 5, "evaluated": 5, "quarantined": 0, "skipped": 0}

    def said():
        return [json.loads(one.value()) for one in world.kafka.read(world.topic("alerts"))]
    alerts = until(lambda: len(said()) == 3 and said(), 60, "there are three alerts")
    by = calls[0]["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"]
    assert sorted(alert["title"] for alert in alerts) == [
        f"{by} switched the stream of carts off", f"{by} switched the stream of orders off",
        "orders was changed without a trace"]
    found = {one["finding"] for _, one in world.signals() if one.get("policy") == "stream-off"}
    assert found == {finding("stream-off", calls[0]), finding("stream-off", calls[2])}
    member.stop()
