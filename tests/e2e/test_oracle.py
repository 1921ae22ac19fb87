"""The oracle itself: it must know what the shipped policies say before it may judge Deltaward.

Its verdicts are held against the tests inside the policies, its digests against bytes written out
by hand."""
import base64
import decimal
import hashlib
import json
import subprocess

import call_oracle
import oracle
import pytest
import yaml

POLICY_FILES = sorted(path for path in (oracle.ROOT / "policies").rglob("*.yaml")
                      if path.parent.name != "patterns")  # those have an oracle of their own
START_US = 1772355600 * 1000000
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class TestLoader(yaml.SafeLoader):
    """Numbers keep their text, as Deltaward keeps them."""

    __test__ = False


TestLoader.add_constructor("tag:yaml.org,2002:float",
                           lambda loader, node: oracle.Number(node.value))
TestLoader.add_constructor("tag:yaml.org,2002:int", lambda loader, node: oracle.Number(node.value))
TestLoader.add_constructor("tag:yaml.org,2002:timestamp", lambda loader, node: node.value)


def duration_us(text):
    text = str(text)
    return int(float(text[:-1]) * UNITS[text[-1]] * 1000000)


def typed(value):
    if isinstance(value, oracle.Number):
        return {"N": str(value)}
    if isinstance(value, bool):
        return {"BOOL": value}
    if value is None:
        return {"NULL": True}
    if isinstance(value, list):
        return {"L": [typed(element) for element in value]}
    if isinstance(value, dict):
        return {"M": {name: typed(inner) for name, inner in value.items()}}
    return {"S": value}


def image(attributes):
    return {name: typed(value) for name, value in attributes.items()}


def record_of(table, event):
    change = {"ApproximateCreationDateTime": str(START_US + duration_us(event["at"])),
              "ApproximateCreationDateTimePrecision": "MICROSECOND",
              "Keys": image(event["keys"])}
    if "old" in event:
        change["OldImage"] = {**change["Keys"], **image(event["old"])}
    if "new" in event:
        change["NewImage"] = {**change["Keys"], **image(event["new"])}
    return {"tableName": table, "eventName": event["op"], "dynamodb": change}


def call_of(policy, event):
    service = policy["match"]["services"][0]
    return {"eventSource": f"{service}.amazonaws.com", **event["api_call"]}


def promotions_of(case):
    promotions = oracle.Promotions()
    promotions.rows = {}
    for row in case.get("lookups", {}).get("promotions", []):
        entry = (decimal.Decimal(row["min_price"]), decimal.Decimal(row["max_price"]),
                 START_US + duration_us(row["valid_from"]), START_US + duration_us(row["valid_to"]))
        promotions.rows.setdefault(row["sku"], []).append(entry)
    return promotions


def policy_cases():
    for path in POLICY_FILES:
        for document in yaml.load_all(path.read_text(encoding="utf-8"), TestLoader):
            for case in document.get("tests", []):
                yield pytest.param(document, case, id=f"{document['id']}: {case['name']}")


@pytest.mark.parametrize("policy,case", list(policy_cases()))
def test_oracle_agrees_with_the_policies_own_tests(policy, case):
    calls = policy["match"].get("source") == "api_call"
    table = "" if calls else policy["match"]["tables"][0].rstrip("*")
    promotions = promotions_of(case)
    fired = [policy["id"] in (call_oracle.broken_policies(call_of(policy, event)) if calls else
                              oracle.broken_policies(record_of(table, event), promotions))
             for event in case["events"]]
    assert any(fired) == case["expect"].get("fired", int(case["expect"].get("count", 0)) > 0)


def test_every_shipped_policy_is_judged():
    shipped = {document["id"] for path in POLICY_FILES
               for document in yaml.load_all(path.read_text(encoding="utf-8"), TestLoader)
               if document["kind"] == "Policy"}
    judged = {"price-outside-promotion", "ledger-entry-rewritten",
              "patient-record-changed-without-reason", "negative-quantity",
              "table-protection-switched-off", "sensitive-table-read-whole",
              "audit-trail-weakened"}
    assert shipped == judged


@pytest.mark.parametrize("text,canonical", [
    ("0", "0"), ("-0.00", "0"), ("12.50", "12.5"), ("0012", "12"), ("1E+3", "1000"),
    ("1.5e2", "150"), (".5", "0.5"), ("5.", "5"), ("-0.0010", "-0.001"), ("100", "100"),
    ("1E37", "1" + "0" * 37), ("1E38", "1E+38"), ("12E37", "1.2E+38"),
    ("1E-38", "0." + "0" * 37 + "1"), ("1E-39", "1E-39"), ("-12E-39", "-1.2E-38"),
])
def test_canonical_numbers(text, canonical):
    assert oracle.canonical(text) == canonical


def length(count):
    return bytes([count, 0, 0, 0, 0, 0, 0, 0])


def test_finding_id_of_a_record_written_out_by_hand():
    record = oracle.read_record(json.dumps({
        "awsRegion": "eu-central-1", "eventName": "MODIFY", "tableName": "t",
        "dynamodb": {"ApproximateCreationDateTime": 1772355600067, "Keys": {"id": {"N": "07.0"}},
                     "NewImage": {"b": {"SS": ["y", "x"]}, "a": {"B": "AP8="}}}}))
    change = (length(12) + b"eu-central-1" + length(0) + length(1) + b"t" + length(8) + b'{"id":7}'
              + length(13) + b"1772355600067" + length(6) + b"MODIFY" + length(0) + length(1)
              + length(1) + b"M" + length(2)
              + length(1) + b"a" + length(1) + b"B" + length(2) + base64.b64decode("AP8=")
              + length(1) + b"b" + length(3) + b"SET" + length(2)
              + length(1) + b"S" + length(1) + b"x" + length(1) + b"S" + length(1) + b"y")
    change_id = hashlib.sha256(change).digest()[:16]
    finding = hashlib.sha256(length(1) + b"p" + length(16) + change_id).digest()[:16]
    assert oracle.finding_id("p", record) == finding.hex()


def test_item_key_escapes_what_it_says():
    assert oracle.item_key({"b": {"S": 'x"\\\n\u202e\u007f'}, "a": {"N": "1.50"}}) == \
        '{"a":1.5,"b":"x\\"\\\\\\n\\u202e\\u007f"}'


def test_generated_records_break_every_policy(build, work_dir):
    """Else the gate of the findings would pass on nothing."""
    path = work_dir / "changes.jsonl"
    generate = build / "tests" / "tools" / "generate_changes"
    subprocess.run([generate, "--count", "5000", "--out", path], check=True, timeout=60)
    findings = list(oracle.expected_findings(path))
    assert len({policy for policy, _, _ in findings}) == 4
    assert len({finding for _, _, finding in findings}) > 100
