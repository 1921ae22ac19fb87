"""Signatures of ours before a service that checks them: moto with IAM's rules on takes good keys
and refuses bad ones."""
import json

import pytest

from aws_probe import KEYS, probe  # noqa: F401
from services import REGION, running

POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*", "Action": [
    "kinesis:*", "sns:*", "events:*", "sts:*"]}]}
ROLE = "arn:aws:iam::123456789012:role/reader"

CALLS = [
    ("kinesis", "CreateStream", '{"StreamName": "NAME", "ShardCount": 1}'),
    ("kinesis", "ListShards", '{"StreamName": "NAME"}'),
    ("sns", "CreateTopic", "Name=NAME&Attributes.entry.1.key=DisplayName"
                           "&Attributes.entry.1.value=two+words+%2B+%C3%A9"),
    ("sns", "ListTopics", ""),
    ("eventbridge", "PutEvents", json.dumps({"Entries": [
        {"Source": "deltaward", "DetailType": "alert \u00e9", "Detail": "{}"}]})),
    ("sts", "AssumeRole", "RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Freader"
                          "&RoleSessionName=me%40here"),
    ("sts", "GetCallerIdentity", ""),
]


@pytest.fixture(scope="module")
def strict(tmp_path_factory):
    """(endpoint, keys) of a moto that checks signatures, with one user who may do what we test."""
    with running("moto", tmp_path_factory.mktemp("strict-moto"), "--auth") as service:
        iam = service.client("iam")
        iam.create_user(UserName="user")
        key = iam.create_access_key(UserName="user")["AccessKey"]
        policy = iam.create_policy(PolicyName="all", PolicyDocument=json.dumps(POLICY))
        iam.attach_user_policy(UserName="user", PolicyArn=policy["Policy"]["Arn"])
        yield service.endpoint, {"AWS_ACCESS_KEY_ID": key["AccessKeyId"],
                                 "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}


@pytest.fixture
def strict_probe(probe, strict):
    endpoint, keys = strict
    probe.env.update(keys, AWS_ENDPOINT_URL=endpoint, AWS_REGION=REGION)
    return probe


@pytest.mark.parametrize("service, operation, body", CALLS)
def test_good_keys__are_taken(strict_probe, service, operation, body):
    answer, _ = strict_probe.call(service, operation, body.replace("NAME", "good"))
    assert answer["status"] == "ok" and answer["attempts"] == 1, answer


@pytest.mark.parametrize("service, operation, body", CALLS)
@pytest.mark.parametrize("name, change", [
    ("another secret", {"AWS_SECRET_ACCESS_KEY": "wrong"}),
    ("an unknown key", KEYS),
])
def test_bad_keys__are_refused(strict_probe, service, operation, body, name, change):
    answer, _ = strict_probe.call(service, operation, body.replace("NAME", "good"), **change)
    assert answer["failure"] == "denied", (name, answer)
    assert answer["http_status"] == 403 or answer["http_status"] == 400
    assert answer["attempts"] == 1


def test_role__what_it_hands_out_signs_in_turn(strict_probe, work_dir):
    (work_dir / ".aws").mkdir()
    (work_dir / ".aws" / "config").write_text(
        f"[profile reader]\nrole_arn = {ROLE}\ncredential_source = Environment\n")
    answer, sums = strict_probe.call("--profile", "reader", "sts", "GetCallerIdentity")
    assert sums["refreshes"] == 1
    assert answer["status"] == "ok" and "assumed-role/reader" in answer["body"], answer
