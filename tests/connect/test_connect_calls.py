"""API calls from a stream of Kinesis through connect into Kafka and detect."""
import json

import trail
from pipeline import Pipeline, wait_until


def opened(pipe):
    """(policy, finding id) of what opened; once each."""
    return {(alert["policy"]["id"], alert["finding"]) for _, alert in pipe.alerts()
            if alert["status"] == "opened"}


def test_calls_of_a_trail_become_alerts(deltaward, kafka, kinesis, tmp_path):
    said = trail.calls()
    expected = trail.expected(said, deltaward, tmp_path / "file")
    values = trail.records(said)
    name, arn = kinesis.create_stream(2)
    source = {"name": "trail", "type": "kinesis", "stream": arn, "endpoint": kinesis.endpoint}
    with Pipeline(deltaward, tmp_path, kafka, prefix="trail", sources=[source],
                  policies=[str(tmp_path / "file" / "policies.yaml")]) as pipe:
        pipe.create_topics()
        connect, detect = pipe.start("connect"), pipe.start_detect()
        trail.put(kinesis.client("kinesis"), name, values)
        wait_until(lambda: pipe.size("events") >= len(values) - 1, 60, "all is carried")
        alerts = {row for row in expected if row[0] == "stream-off"}
        wait_until(lambda: alerts <= opened(pipe), 60, "each switched stream is told")
        wait_until(lambda: any(policy == "looks-around" for policy, _ in opened(pipe)), 60,
                   "looking around is told")
        pipe.wait_evaluated(60)
        pipe.wait_decided(60)
        connect.stop()
        detect.stop()
        pipe.expect_findings(expected)
        assert len(opened(pipe)) == len(alerts) + 1
        expect_carried(pipe, values[1:])


def expect_carried(pipe, values):
    """Each record as it was put, but for the control message; the calls of an envelope lie under
    the shard, others under their principal."""
    messages = pipe.kafka.read(pipe.topic("events"))
    assert sorted(message.value() for message in messages) == sorted(values)
    for message in messages:
        headers = dict(message.headers())
        assert headers["kind"] == b"api_call"
        assert headers["shard"].startswith(b"trail/shardId-")
        alone = message.value().startswith(b"{")
        principal = json.loads(message.value())["userIdentity"]["sessionContext"] if alone else {}
        by = principal.get("sessionIssuer", {}).get("arn", "").encode()
        assert message.key().endswith(b"/api_call/" + by if alone else headers["shard"])
    pipe.expect_balance()
