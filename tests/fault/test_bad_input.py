"""No input stops the stream: what cannot be read is quarantined with its original bytes and
counted; what stands before and behind it is evaluated."""
import gzip
import json
import random
import subprocess

import product
import pytest

RECORD_BYTES_MAX = 16 * 1024 * 1024
PREFIX_BYTES = 64 * 1024
DEPTH_MAX = 64


def change(number=1, **attributes):
    """A posted ledger entry that was deleted: one finding."""
    return json.dumps({
        "awsRegion": "eu-central-1", "eventID": f"e-{number}", "eventName": "REMOVE",
        "userIdentity": None, "recordFormat": "application/json", "tableName": "ledger",
        "eventSource": "aws:dynamodb",
        "dynamodb": {"ApproximateCreationDateTime": 1772355600000 + number,
                     "Keys": {"entry_id": {"S": f"l-{number}"}},
                     "OldImage": {"entry_id": {"S": f"l-{number}"}, "status": {"S": "POSTED"},
                                  "amount": {"N": "10"}, **attributes}}}).encode()


def nested(depth):
    """A change `depth` levels deep: record, dynamodb, OldImage, then lists in lists. The objects
    that only carry a type tag are no levels of their own."""
    inner = {"S": "x"}
    for _ in range(depth - 3):
        inner = {"L": [inner]}
    return change(1, deep=inner)


GOOD = change(1)
BAD_RECORDS = {
    "invalid UTF-8": GOOD.replace(b"POSTED", b"POST\xff\xfe"),
    "truncated": GOOD[:200],
    "no JSON": b"price changed",
    "an array": b"[" + GOOD + b"]",
    "two records": GOOD + GOOD,
    "a NUL": GOOD.replace(b"POSTED", b"POST\0ED"),
    "a raw control character": GOOD.replace(b"POSTED", b"POST\x01ED"),
    "a duplicate key": GOOD.replace(b'"awsRegion"', b'"eventName": "MODIFY", "awsRegion"', 1),
    "an unknown type": GOOD.replace(b'{"N": "10"}', b'{"Q": "10"}'),
    "a number of 39 digits": GOOD.replace(b'"10"', b'"' + b"1" * 39 + b'"'),
    "no table": GOOD.replace(b"tableName", b"tablename"),
    "no operation": GOOD.replace(b"REMOVE", b"DELETE"),
    "65 levels": nested(DEPTH_MAX + 1),
    "a million brackets": b"[" * 1_000_000,
    "a byte order mark": b"\xef\xbb\xbf" + GOOD,
}
GOOD_RECORDS = {
    "64 levels": nested(DEPTH_MAX),
    "10 MiB": change(1, memo={"S": "x" * (10 * 1024 * 1024)}),
    "escapes": change(1, memo={"S": "\u0000\u001f\"\\\u2028\U0001F600"}),
    "no attributes but the key": GOOD.replace(b', "status": {"S": "POSTED"}', b""),
}


@pytest.fixture
def run(deltaward, work_dir):
    return product.Product(deltaward, work_dir)


def quarantined(run):
    return [bytes(row[0]) for row in run.query("SELECT bytes FROM quarantine ORDER BY number")]


def surrounded(record):
    return change(101) + b"\n" + record + b"\n" + change(102) + b"\n"


@pytest.mark.parametrize("name", BAD_RECORDS)
def test_bad_record_is_quarantined(run, work_dir, name):
    path = work_dir / "changes.jsonl"
    path.write_bytes(surrounded(BAD_RECORDS[name]))
    run.run_well(path)
    assert run.ledger() == {"read": 3, "evaluated": 2, "quarantined": 1, "skipped": 0}
    assert quarantined(run) == [BAD_RECORDS[name]]
    (reason, line, offset), = run.query("SELECT reason, line, offset FROM quarantine")
    assert reason != "" and line == 2 and offset == len(change(101)) + 1
    assert len(run.findings()) == 2


@pytest.mark.parametrize("name", GOOD_RECORDS)
def test_odd_but_good_record_is_evaluated(run, work_dir, name):
    path = work_dir / "changes.jsonl"
    path.write_bytes(surrounded(GOOD_RECORDS[name]))
    run.run_well(path)
    assert run.ledger() == {"read": 3, "evaluated": 3, "quarantined": 0, "skipped": 0}
    assert len(run.findings()) == 3


def test_too_long_record_is_quarantined_by_its_start(run, work_dir):
    path = work_dir / "changes.jsonl"
    record = change(1, memo={"S": "x" * RECORD_BYTES_MAX})
    path.write_bytes(surrounded(record))
    run.run_well(path)
    assert run.ledger() == {"read": 3, "evaluated": 2, "quarantined": 1, "skipped": 0}
    assert quarantined(run) == [record[:PREFIX_BYTES]]


def test_line_ends_and_blank_lines(run, work_dir):
    path = work_dir / "changes.jsonl"
    path.write_bytes(b"\r\n" + change(1) + b"\r\n\n \t\n" + change(2) + b"\n\n" + change(3))
    run.run_well(path)
    assert run.ledger() == {"read": 7, "evaluated": 3, "quarantined": 0, "skipped": 4}
    assert len(run.findings()) == 3


def test_all_of_it_together_through_gzip_on_standard_input(run, work_dir):
    path = work_dir / "changes.jsonl.gz"
    records = [*BAD_RECORDS.values(), *GOOD_RECORDS.values()]
    path.write_bytes(gzip.compress(b"\n\n".join(records) + b"\n"))
    with open(path, "rb") as file:
        run.run_well("-", stdin=file)
    assert run.ledger() == {"read": 2 * len(records) - 1, "evaluated": len(GOOD_RECORDS),
                            "quarantined": len(BAD_RECORDS), "skipped": len(records) - 1}
    assert quarantined(run) == list(BAD_RECORDS.values())


def test_truncated_gzip_gives_what_it_holds_and_says_so(run, work_dir):
    path = work_dir / "changes.jsonl.gz"
    path.write_bytes(gzip.compress(b"\n".join(map(change, range(1, 1001))))[:-20])
    done = run.run(path)
    assert done.returncode == 3
    assert b"truncated" in done.stderr and b"changes.jsonl.gz" in done.stderr
    assert 0 < run.ledger()["evaluated"] < 1001
    assert run.ledger()["quarantined"] == 0
    assert run.delivered() == run.stored_alerts()


@pytest.mark.parametrize("content", [b"", b"\n", b"\x1f"], ids=["empty", "one line", "one byte"])
def test_next_to_nothing(run, work_dir, content):
    path = work_dir / "changes.jsonl"
    path.write_bytes(content)
    run.run_well(path)
    assert run.delivered() == []


def test_missing_input_is_told(run, work_dir):
    done = run.run(work_dir / "missing.jsonl")
    assert done.returncode == 3
    assert b"missing.jsonl" in done.stderr and b"No such file" in done.stderr


def test_random_bytes_do_not_stop_it(run, work_dir):
    """Mutations of good records, seeded: each is evaluated or quarantined, none is lost."""
    chance = random.Random(7)
    lines = []
    for number in range(2000):
        line = bytearray(change(number))
        for _ in range(chance.randrange(1, 6)):
            line[chance.randrange(len(line))] = chance.choice(b'{}[]",:\\0\xff\x80ex ')
        lines.append(bytes(line))
    path = work_dir / "changes.jsonl"
    path.write_bytes(b"\n".join(lines) + b"\n")
    run.run_well(path)
    ledger = run.ledger()
    assert ledger["read"] == 2000 and ledger["quarantined"] > 1000
    assert set(quarantined(run)) <= set(lines)


def test_garbage_file_of_another_kind(run, work_dir, deltaward):
    """A binary given by mistake."""
    done = subprocess.run(run.command(deltaward), cwd=work_dir, env=run.environment(),
                          capture_output=True, timeout=120, check=False)
    assert done.returncode == 0
    assert run.ledger()["evaluated"] == 0 and run.ledger()["quarantined"] > 0
