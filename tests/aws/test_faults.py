"""What the network and AWS do to a call: each row is a script of answers, what the caller is told,
and how often was asked. A fault that passes is repeated; nothing else is."""
import calendar
import dataclasses
import socket
import time

import pytest

from aws_probe import fake, keyed, probe  # noqa: F401
from fake_aws import (Answer, cut, dripping, json_answer, json_error, reset, server_error,
                      throttled, with_crc, xml_answer, xml_error)

GOOD = json_answer({"Shards": [{"ShardId": "shardId-000000000000"}]})


@pytest.mark.parametrize("name, faults", [
    ("throttle", [throttled()]),
    ("limit exceeded", [json_error("LimitExceededException")]),
    ("429 without a code", [server_error(429)]),
    ("throttle in the header", [Answer(status=400, headers={
        "x-amzn-ErrorType": "ThrottlingException:http://internal/"})]),
    ("500", [server_error(500)]),
    ("503", [server_error(503)]),
    ("500 twice", [server_error(500), server_error(502)]),
    ("internal failure", [json_error("InternalFailure", status=500)]),
    ("reset before the answer", [reset()]),
    ("reset within the body", [reset(GOOD, after=9)]),
    ("closed before the answer", [Answer(silent=True)]),
    ("shorter than it says", [cut(GOOD, 9)]),
    ("JSON cut short", [Answer(body=GOOD.body[:-2])]),
    ("no JSON", [Answer(body=b"<html>proxy</html>")]),
    ("wrong CRC32", [with_crc(GOOD, wrong=True)]),
])
def test_passing_faults__are_repeated(keyed, fake, name, faults):
    fake.script("ListShards", *faults, GOOD)
    answer, sums = keyed.call("--endpoint", fake.url, "kinesis", "ListShards", "{}")
    assert answer["status"] == "ok" and answer["failure"] == "no failure", (name, answer)
    assert answer["body"].encode() == GOOD.body
    assert answer["attempts"] == len(faults) + 1 == len(fake.calls)
    assert sums["calls"] == 1 and sums["attempts"] == len(faults) + 1
    assert sums["throttled"] + sums["transient"] == len(faults)
    signatures = {call.headers["authorization"] for call in fake.calls}
    assert all("SignedHeaders=content-type;host;x-amz-date;x-amz-target," in one
               for one in signatures)


@pytest.mark.parametrize("code, failure", [
    ("AccessDeniedException", "denied"),
    ("UnrecognizedClientException", "denied"),
    ("ResourceNotFoundException", "not found"),
    ("InvalidArgumentException", "an invalid request"),
    ("ExpiredIteratorException", "an expired iterator or token"),
    ("KMSDisabledException", "the encryption key cannot be used"),
    ("SomethingNew", "an unknown failure"),
])
def test_lasting_failures__are_told_at_once(keyed, fake, code, failure):
    fake.script("GetRecords", json_error(f"com.amazonaws.kinesis#{code}", "because"))
    answer, _ = keyed.call("--endpoint", fake.url, "kinesis", "GetRecords", "{}")
    assert (answer["failure"], answer["code"], answer["message"]) == (failure, code, "because")
    assert answer["request_id"] == "fake-1" and answer["http_status"] == 400
    assert len(fake.calls) == 1


def test_malformed__is_what_the_caller_cannot_read(keyed, fake):
    """Well-formed, but not what was asked for: told by whoever reads it, and asked again."""
    fake.script("ListShards", json_answer({"Streams": []}), GOOD)
    answer, _ = keyed.call("--endpoint", fake.url, "--wants", '"Shards"', "kinesis", "ListShards")
    assert answer["status"] == "ok" and answer["attempts"] == 2
    fake.script("ListShards", json_answer({"Streams": []}))
    answer, _ = keyed.call("--endpoint", fake.url, "--wants", '"Shards"', "kinesis", "ListShards")
    assert (answer["failure"], answer["code"]) == ("a passing failure", "MalformedAnswer")
    assert answer["body"] == "" and answer["attempts"] == 3


def test_query_errors__are_read(keyed, fake):
    fake.script("Publish", xml_error("NotFound", "Topic does not exist", 404))
    answer, _ = keyed.call("--endpoint", fake.url, "sns", "Publish", "TopicArn=x")
    assert (answer["failure"], answer["code"], answer["message"]) == (
        "not found", "NotFound", "Topic does not exist")


@pytest.mark.parametrize("service, operation, body, sent", [
    ("kinesis", "ListShards", '{"StreamName":"s"}', b'{"StreamName":"s"}'),
    ("sns", "Publish", "TopicArn=x", b"Action=Publish&Version=2010-03-31&TopicArn=x"),
    ("sns", "ListTopics", "", b"Action=ListTopics&Version=2010-03-31"),
])
def test_bodies__by_protocol(keyed, fake, service, operation, body, sent):
    fake.script(operation, xml_answer(operation) if service == "sns" else GOOD)
    keyed.call("--endpoint", fake.url, service, operation, body)
    assert fake.calls[0].body == sent and fake.calls[0].method == "POST"
    types = {"kinesis": "application/x-amz-json-1.1",
             "sns": "application/x-www-form-urlencoded; charset=utf-8"}
    assert fake.calls[0].headers["content-type"] == types[service]
    assert "accept" not in fake.calls[0].headers and "expect" not in fake.calls[0].headers


def test_attempts__end(keyed, fake):
    fake.script("ListShards", server_error(503))
    answer, sums = keyed.call("--endpoint", fake.url, "--attempts", 4, "kinesis", "ListShards")
    assert answer["failure"] == "a passing failure" and answer["message"] == "HTTP status 503"
    assert answer["attempts"] == 4 == len(fake.calls) == sums["transient"]


def test_budget__spares_a_service_in_trouble(keyed, fake):
    """500 tokens, 5 for each repeat: 100 repeats, then calls are tried once."""
    fake.script("ListShards", server_error(500))
    *answers, sums = keyed.run("--endpoint", fake.url, "--attempts", 2, "--calls", 110,
                               "kinesis", "ListShards")
    assert [answer["attempts"] for answer in answers] == [2] * 100 + [1] * 10
    assert sums["budget_exhausted"] == 10


def test_retry_after__is_waited_for(keyed, fake):
    fake.script("ListShards", Answer(status=503, headers={"Retry-After": "1"}), GOOD)
    answer, _ = keyed.call("--endpoint", fake.url, "kinesis", "ListShards")
    assert answer["status"] == "ok" and 1000 <= answer["took_ms"] < 3000
    fake.script("ListShards", Answer(status=503, headers={"Retry-After": "3600"}), GOOD)
    answer, _ = keyed.call("--endpoint", fake.url, "kinesis", "ListShards")
    assert answer["retry_after_ms"] == 3600000 and answer["attempts"] == 1


def test_slow_drip__is_given_up(keyed, fake):
    """Bytes that come one by one keep no call alive: half of its time without progress ends it."""
    fake.script("ListShards", dripping(GOOD, seconds=0.3), GOOD)
    answer, _ = keyed.call("--endpoint", fake.url, "--timeout-ms", 4000, "kinesis", "ListShards")
    assert answer["status"] == "ok" and answer["attempts"] == 2
    assert answer["took_ms"] < 4000
    fake.script("ListShards", dripping(GOOD, seconds=0.01))
    answer, _ = keyed.call("--endpoint", fake.url, "--timeout-ms", 4000, "kinesis", "ListShards")
    assert answer["attempts"] == 1


def test_silence__times_out(keyed, fake):
    fake.script("ListShards", Answer(delay=9), GOOD)
    answer, _ = keyed.call("--endpoint", fake.url, "--timeout-ms", 700, "kinesis", "ListShards")
    assert answer["status"] == "ok" and answer["attempts"] == 2 and answer["took_ms"] < 3000


def test_nobody_there__is_told(keyed):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    answer, _ = keyed.call("--endpoint", url, "kinesis", "ListShards")
    assert answer["failure"] == "a passing failure" and answer["http_status"] == 0
    assert "Failed to connect" in answer["message"] and answer["attempts"] == 3


def test_long_answers__are_refused(keyed, fake):
    fake.script("ListShards", json_answer({"Shards": "x" * 70000}))
    answer, _ = keyed.call("--endpoint", fake.url, "kinesis", "ListShards")
    assert answer["status"] == "limit reached" and answer["attempts"] == 1
    assert "longer than 65536 bytes" in answer["message"]
    answer, _ = keyed.call("--endpoint", fake.url, "--answer-bytes", 100000,
                           "kinesis", "ListShards")
    assert answer["status"] == "ok" and len(answer["body"]) > 70000


def test_pages_of_records__fit(keyed, fake):
    """10 MiB of records as base64 in JSON."""
    page = json_answer({"Records": [{"Data": "QUJD" * (10 * 1024 * 1024 // 12)}] * 4})
    fake.script("GetRecords", page)
    answer, _ = keyed.call("--endpoint", fake.url, "--answer-bytes", 16 * 1024 * 1024,
                           "kinesis", "GetRecords")
    assert answer["status"] == "ok" and len(answer["body"]) == len(page.body) > 13 * 1024 * 1024


# -- clocks

def checks_time(call):
    """A service whose clock is a quarter of an hour ahead, and that takes 5 minutes."""
    signed = time.strptime(call.headers["x-amz-date"] + " UTC", "%Y%m%dT%H%M%SZ %Z")
    if abs(time.time() + 900 - calendar.timegm(signed)) > 300:
        return json_error("InvalidSignatureException", "Signature not yet current", 400,
                          date_offset=900)
    return json_answer({"Shards": []}, date_offset=900)


def test_skew__is_learned_once(keyed, fake):
    fake.script("ListShards", checks_time)
    *answers, sums = keyed.run("--endpoint", fake.url, "--calls", 3, "--attempts", 1,
                               "kinesis", "ListShards")
    assert [answer["attempts"] for answer in answers] == [2, 1, 1]
    assert all(answer["status"] == "ok" for answer in answers)
    assert 895e6 < sums["clock_offset_us"] < 905e6


def test_wrong_keys__are_no_skew(keyed, fake):
    fake.script("ListShards", json_error("InvalidSignatureException", "does not match", 403))
    answer, sums = keyed.call("--endpoint", fake.url, "kinesis", "ListShards")
    assert answer["failure"] == "denied" and len(fake.calls) == 1
    assert sums["clock_offset_us"] == 0


def test_skew__that_stays_is_told(keyed, fake):
    fake.script("ListShards", json_error("RequestTimeTooSkewed", status=403, date_offset=9000))
    answer, _ = keyed.call("--endpoint", fake.url, "kinesis", "ListShards")
    assert answer["failure"] == "denied" and len(fake.calls) == 2


# -- shutdown

@pytest.mark.parametrize("name, script", [
    ("while waiting for an answer", [Answer(delay=20)]),
    ("while waiting to repeat", [Answer(status=503, headers={"Retry-After": "15"})]),
])
def test_cancel__ends_waits(keyed, fake, name, script):
    fake.script("ListShards", *script)
    *answers, _ = keyed.run("--endpoint", fake.url, "--threads", 4, "--calls", 3,
                            "--cancel-after-ms", 400, "kinesis", "ListShards")
    assert len(answers) == 12, name
    assert {answer["message"] for answer in answers} == {"cancelled"}
    assert max(answer["took_ms"] for answer in answers) < 600


# -- names

@pytest.mark.parametrize("options, attempts, message", [
    (("--timeout-ms", 700, "--attempts", 2), 2, "Resolving timed out"),
    (("--cancel-after-ms", 400), 1, "cancelled"),
])
def test_slow_names__hold_nobody_up(keyed, build, options, attempts, message):
    answer, _ = keyed.call(*options, "kinesis", "ListShards",
                           LD_PRELOAD=build / "tests" / "tools" / "slow_names.so",
                           ASAN_OPTIONS="verify_asan_link_order=0")
    assert message in answer["message"] and answer["attempts"] == attempts
    assert answer["took_ms"] < 2500


# -- connections

def test_kept_connections__may_be_closed_by_the_other_side(keyed, fake):
    """What a service does to idle connections is no failure of the next call."""
    fake.script("ListShards", dataclasses.replace(GOOD, hang_up=True))
    *answers, sums = keyed.run("--endpoint", fake.url, "--calls", 10, "--attempts", 1,
                               "kinesis", "ListShards")
    assert [answer["status"] for answer in answers] == ["ok"] * 10
    assert fake.connections == 10 and sums["transient"] == 0

def test_threads__keep_their_connections(keyed, fake):
    fake.script("ListShards", GOOD)
    *answers, sums = keyed.run("--endpoint", fake.url, "--threads", 8, "--calls", 50,
                               "kinesis", "ListShards")
    assert len(answers) == 400 == sums["attempts"]
    assert all(answer["status"] == "ok" for answer in answers)
    assert fake.connections <= 8
