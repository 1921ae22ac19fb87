"""API calls through the command: CloudTrail records in, alerts out."""
import gzip
import json
import random

import pytest

import call_oracle
from calls import ACCOUNT, OPERATOR, call, finding, stream_off, wrapped_in_logs
from cli import price_change
from conftest import ROOT

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


def findings_of(run):
    return [alert["finding"] for alert in run.lines()]


def wrapped_in_event(record):
    return {"version": "0", "id": "x", "detail-type": "AWS API Call via CloudTrail",
            "source": "aws.dynamodb", "account": ACCOUNT, "time": record["eventTime"],
            "region": record["awsRegion"], "resources": [], "detail": record}


CARRIERS = {
    "lines": lambda records: "".join(json.dumps(one) + "\n" for one in records),
    "document": lambda records: json.dumps({"Records": records}),
    "indented": lambda records: json.dumps({"Records": records}, indent=2) + "\n",
    "gzip": lambda records: gzip.compress(json.dumps({"Records": records}).encode()),
    "documents": lambda records: "".join(json.dumps({"Records": [one]}) for one in records),
    "log events": lambda records: json.dumps(wrapped_in_logs(records)) + "\n",
    "events": lambda records: "".join(json.dumps(wrapped_in_event(one)) + "\n"
                                      for one in records),
}


@pytest.mark.parametrize("carrier", CARRIERS)
def test_every_carrier_gives_the_same_findings(watch, carrier):
    records = [stream_off(1), call(2), stream_off(3), call(4, "ListTables"), stream_off(5)]
    run = watch(CARRIERS[carrier](records), "--json")
    assert findings_of(run) == [finding("stream-off", records[i]) for i in (0, 2, 4)]
    summary = json.loads(run.err.splitlines()[-1])
    assert summary["quarantined"] == 0
    assert summary["evaluated"] == (1 if carrier == "log events" else len(records))


def test_what_is_no_call_is_skipped_and_counted(watch):
    records = [{"eventVersion": "1.07", "eventCategory": "Insight", "insightDetails": {}},
               {"awsAccountId": ACCOUNT, "digestStartTime": "2026-03-01T10:00:00Z",
                "logFiles": []},
               {"messageType": "CONTROL_MESSAGE", "logEvents": [{"id": "", "message": "x"}]},
               stream_off(1)]
    run = watch(records, "--json")
    assert len(run.lines()) == 1
    summary = json.loads(run.err.splitlines()[-1])
    assert (summary["records"], summary["evaluated"], summary["quarantined"]) == (4, 1, 0)
    assert summary["skipped"] == 3


def test_one_record_of_a_document_that_cannot_be_read(watch):
    text = json.dumps({"Records": [stream_off(1), {"eventVersion": "1.08"}, "x", stream_off(2)]})
    run = watch(text, "--json")
    assert len(run.lines()) == 2
    told = [json.loads(line) for line in run.err.splitlines()]
    assert [line["reason"] for line in told if line.get("event") == "record_quarantined"] == [
        "eventSource is missing at byte 0", "a record is a JSON object at byte 0"]


def test_an_event_that_aws_did_not_send_is_none(watch):
    forged = {**wrapped_in_event(stream_off(1)), "source": "my.app"}
    run = watch([forged], "--json")
    assert run.lines() == []
    assert json.loads(run.err.splitlines()[-1])["quarantined"] == 1


def test_eval_reads_a_call(program, work_dir):
    (work_dir / "call.json").write_text(json.dumps(stream_off(1)))
    run = program("eval", "--input", "call.json", "actor.principal", status=0)
    assert json.loads(run.out) == ROLE
    run = program("eval", "--input", "call.json", "[request.service, actor.mfa, old]", status=0)
    assert json.loads(run.out) == ["dynamodb", True, None]


IDENTITIES = [
    OPERATOR, None, {"type": "Root", "arn": f"arn:aws:iam::{ACCOUNT}:root"},
    {"type": "AssumedRole", "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/backup/nightly"},
    {"type": "AssumedRole", "principalId": "AROAX:s", "sessionContext": {
        "sessionIssuer": {"arn": f"arn:aws:iam::{ACCOUNT}:role/analytics/jobs"}}},
    {"type": "AWSService", "invokedBy": "backup.amazonaws.com"},
    {"type": "AWSAccount", "principalId": "AROAY:s", "accountId": "444455556666"},
    {"type": "Unknown", "sessionContext": None, "userName": 7},
]
OPERATIONS = [("dynamodb", one) for one in (
    "UpdateTable", "UpdateContinuousBackups", "DisableKinesisStreamingDestination", "Scan", "scan",
    "ExportTableToPointInTime", "BatchGetItem", "Query")]
OPERATIONS += [("cloudtrail", one) for one in (
    "StopLogging", "DeleteTrail", "PutEventSelectors", "DescribeTrails")] + [("glue", "Scan")]


def random_call(number, choose):
    """One of many shapes; what is random about it is what the shipped policies look at."""
    table = choose.choice(["patients", "customers", "payments", "orders"])
    arn = f"arn:aws:dynamodb:eu-central-1:{ACCOUNT}:table/{table}"
    parameters = choose.choice([
        None, {}, {"tableName": table}, {"tableArn": arn}, {"requestItems": {"x": {}, table: {}}},
        {"tableName": table, "deletionProtectionEnabled": choose.random() < 0.5},
        {"tableName": table, "streamSpecification": choose.choice(
            [None, {}, {"streamEnabled": False}, {"streamEnabled": True}])},
        {"tableName": table, "pointInTimeRecoverySpecification": {
            "pointInTimeRecoveryEnabled": choose.random() < 0.5}}])
    service, operation = choose.choice(OPERATIONS)
    others = choose.choice([{}, {}, {"errorCode": "AccessDenied"}, {"errorMessage": None},
                            {"resources": [{"ARN": arn, "accountId": ACCOUNT}]},
                            {"resources": None}])
    return call(number, operation, service, parameters, choose.choice(IDENTITIES), **others)


def test_shipped_policies_find_what_the_oracle_finds(program, work_dir):
    choose = random.Random(20260301)
    records = [random_call(number, choose) for number in range(3000)]
    (work_dir / "r.json.gz").write_bytes(gzip.compress(json.dumps({"Records": records}).encode()))
    expected = {finding(policy, one) for one in records
                for policy in call_oracle.broken_policies(one)}
    assert len(expected) > 300
    policies = work_dir / "policies"
    policies.mkdir()
    for path in (ROOT / "policies" / "cloud").glob("*.yaml"):
        text = path.read_text()
        begin = text.index("suppression:")
        text = text[:begin] + "suppression: none" + text[text.index("\n", begin):]
        (policies / path.name).write_text(text)
    run = program("run", "--policies", "policies", "--input", "r.json.gz", "--json", status=0)
    assert set(findings_of(run)) == expected
    summary = json.loads(run.err.splitlines()[-1])
    assert (summary["quarantined"], summary["not_evaluable"]) == (0, 0)
