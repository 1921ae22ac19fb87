"""API calls through the command: CloudTrail records in, alerts out."""
import json

import pytest

from calls import ACCOUNT, call, finding, stream_off
from cli import price_change

POLICY = """\
apiVersion: deltaward/v1
kind: Policy
id: stream-off
owner: data-security
severity: high
match: {source: api_call, services: [dynamodb], operations: [updatetable]}
condition: >
  request.succeeded
  && raw.?requestParameters.?streamSpecification.?streamEnabled.orValue(true) == false
  && !(actor.?principal.orValue('') in ['arn:aws:iam::111122223333:role/Deployer'])
suppression: none
alert:
  title: "{actor.principal|somebody} switched the stream of {table} off"
  context:
    {session: actor.session, by: actor.source_identity, mfa: actor.mfa, error: request.error_code}
  runbook: stream-off.md
"""
ROLE = f"arn:aws:iam::{ACCOUNT}:role/ops/Operator"
RUN = ["run", "--policies", "p.yaml", "--data-dir", "data"]


@pytest.fixture
def watch(program, work_dir):
    """Runs the policy over records; gives the run."""
    (work_dir / "p.yaml").write_text(POLICY)

    def run(data, *words):
        if isinstance(data, list):
            data = "".join(json.dumps(one) + "\n" for one in data)
        path = work_dir / "r.jsonl"
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return program(*RUN, "--input", "r.jsonl", *words, status=0)
    return run


def test_one_call_is_one_alert(watch):
    bad = stream_off(2)
    run = watch([call(1, "DescribeTable", parameters={"tableName": "orders"}), bad,
                 stream_off(3, errorCode="AccessDenied"), price_change(4)])
    (alert,) = run.lines()
    assert alert["finding"] == finding("stream-off", bad)
    assert alert["title"] == f"{ROLE} switched the stream of orders off"
    assert (alert["service"], alert["op"], alert["table"]) == ("dynamodb", "UpdateTable", "orders")
    assert (alert["region"], alert["account"]) == ("eu-central-1", ACCOUNT)
    assert alert["event_time"] == "2026-03-01T10:00:02Z"
    assert alert["actor"] == {
        "principal": ROLE, "type": "AssumedRole",
        "account": ACCOUNT, "session": "night-shift", "source_identity": "operator-7",
        "ip": "192.0.2.10", "mfa": True}
    assert alert["context"] == {"session": "night-shift", "by": "operator-7", "mfa": True}
    assert (alert["keys"], alert["changes"]) == ({}, [])


def test_the_same_call_twice_is_one_finding(watch):
    run = watch([stream_off(1), stream_off(2), stream_off(1, userAgent="another carrier")])
    assert [a["finding"] for a in run.lines()] == [
        finding("stream-off", stream_off(number)) for number in (1, 2)]


def test_a_call_without_an_event_id_is_told_by_its_text(watch):
    one = {**stream_off(1)}
    del one["eventID"]
    run = watch([one, one, {**one, "userAgent": "other"}])
    assert len({a["finding"] for a in run.lines()}) == len(run.lines()) == 2
