"""The Kinesis source against faults that no emulator makes."""
import dataclasses
import json
import time

import pytest

from fake_aws import cut, dripping, json_answer, json_error, reset, server_error, with_crc
from fake_stream import HASH_LAST, FakeStream, Shard
from kinesis_world import probe  # noqa: F401
from kpl import pack
from probe import Probe


MANY = 100000  # until they are taken away


def numbered(count, start=0):
    return [{"number": number} for number in range(start, start + count)]


def numbers(reader):
    return [json.loads(record["data"])["number"] for record in reader.records]


def follow(probe, stream, **options):
    return probe(stream, endpoint=stream.aws.url, **options)


def malformed(answer):
    return dataclasses.replace(answer, body=answer.body[:-1])


PASSING = {
    "cut": lambda answer: cut(answer, len(answer.body) // 2),
    "reset": lambda answer: reset(answer, len(answer.body) // 2),
    "reset-at-once": reset(),
    "malformed": malformed,
    "empty": json_answer({}),
    "no-json": server_error(200),
    "wrong-crc": lambda answer: with_crc(answer, wrong=True),
    "drip": lambda answer: dripping(dataclasses.replace(answer, cut_after=40), 0.001),
    "500": json_error("InternalFailure", status=500),
    "503": server_error(503),
    "hung-up": lambda answer: dataclasses.replace(answer, hang_up=True),
}


@pytest.mark.parametrize("fault", PASSING)
def test_passing_faults__lose_and_repeat_nothing(probe, fault):
    with FakeStream(Shard(0).put(*numbered(1000))) as stream:
        for operation in ("ListShards", "GetShardIterator"):
            stream.fail(operation, PASSING[fault], PASSING[fault])
        stream.fail("GetRecords", *[None, PASSING[fault]] * 5)
        reader = follow(probe, stream).to_end(idle_ms=400)
    assert numbers(reader) == list(range(1000))


def test_expired_iterator__goes_on_behind_the_last_record(probe):
    with FakeStream(Shard(0).put(*numbered(300))) as stream:
        stream.fail("GetRecords", None, json_error("ExpiredIteratorException"), None,
                    json_error("ExpiredIteratorException"))
        reader = follow(probe, stream).to_end(idle_ms=300)
        asked = stream.calls("GetShardIterator")
        shard = stream.shards[0]
    assert numbers(reader) == list(range(300))
    assert [one.get("StartingSequenceNumber") for one in asked] == [
        None, str(shard.records[99][0]), str(shard.records[199][0])]
    assert {one["ShardIteratorType"] for one in asked[1:]} == {"AFTER_SEQUENCE_NUMBER"}


def test_throttled__slows_down_and_counts(probe):
    with FakeStream(Shard(0).put(*numbered(200))) as stream:
        stream.fail("GetRecords", *[json_error("ProvisionedThroughputExceededException")] * 4)
        stream.fail("GetShardIterator", json_error("ProvisionedThroughputExceededException"))
        with follow(probe, stream, pace=60) as reader:
            reader.wait_for(lambda it: len(it.records) == 200, "the records")
            time.sleep(0.3)
            assert reader.parts["parts"]["shardId-000000000000"]["throttled"] == 5
            assert reader.parts["parts"]["shardId-000000000000"]["retried"] == 0
        calls = stream.aws.calls_of("GetRecords")
    waits = [after.at - before.at for before, after in zip(calls, calls[1:5])]
    assert waits[3] > waits[0] and waits[3] > 0.2
    assert reader.kinds() == ["started"]


KMS = ("KMSAccessDeniedException", "KMSDisabledException", "KMSInvalidStateException",
       "KMSNotFoundException", "KMSOptInRequired")


@pytest.mark.parametrize("code", KMS)
def test_key_refused__records_wait(probe, code):
    with FakeStream(Shard(0).put(*numbered(200))) as stream:
        stream.fail("GetRecords", None, *[json_error(code, "the key is off")] * MANY)
        with follow(probe, stream, pace=40) as reader:
            reader.wait_for(lambda it: "key_refused" in it.kinds(), "the notice")
            reader.wait_for(lambda it: "kms:Decrypt" in it.parts["trouble"], "the reason")
            assert numbers(reader) == list(range(100))
            stream.faults["GetRecords"].clear()
            reader.wait_for(lambda it: "recovered" in it.kinds(), "the recovery")
            reader.wait_for(lambda it: len(it.records) == 200, "the rest")
            reader.wait_for(lambda it: it.parts["trouble"] == "", "readiness")
    assert numbers(reader) == list(range(200))
    assert reader.kinds().count("key_refused") == 1
    notice = next(one for one in reader.notices if one["kind"] == "key_refused")
    assert code in notice["text"] and "the key is off" in notice["text"]


@pytest.mark.parametrize("operation", ["ListShards", "GetShardIterator", "GetRecords"])
@pytest.mark.parametrize("code, hint", [
    ("AccessDeniedException", "allow kinesis:ListShards"),
    ("ResourceNotFoundException", "check the stream's name"),
])
def test_refused__is_told_with_what_to_do_and_tried_on(probe, operation, code, hint):
    with FakeStream(Shard(0).put(*numbered(10))) as stream:
        stream.fail(operation, *[json_error(code, "no")] * MANY)
        with follow(probe, stream, pace=40) as reader:
            reader.wait_for(lambda it: "refused" in it.kinds(), "the notice")
            reader.wait_for(lambda it: hint in it.parts["trouble"], "the reason")
            stream.faults[operation].clear()
            reader.wait_for(lambda it: len(it.records) == 10, "the records, later")
            reader.wait_for(lambda it: "recovered" in it.kinds(), "the recovery")
    notice = next(one for one in reader.notices if one["kind"] == "refused")
    assert notice["text"].startswith(f"{operation}: {code}: no") and hint in notice["text"]
    assert reader.kinds().count("refused") == 1


def test_away_at_the_start__is_told_once(build, tmp_path):
    with FakeStream() as stream:
        port = stream.aws.port
    reader = Probe(build, tmp_path / "probe", f"http://127.0.0.1:{port}", stream.arn)
    with reader:
        reader.wait_for(lambda it: "retrying" in it.kinds(), "the notice")
        with FakeStream(Shard(0).put(*numbered(10)), port=port):
            reader.wait_for(lambda it: len(it.records) == 10, "the records")
            reader.wait_for(lambda it: "recovered" in it.kinds(), "the recovery")
    assert reader.kinds().count("retrying") == 1


def test_listing__of_many_pages_with_an_expired_token(probe):
    width = 2 ** 128 // 50
    shards = [Shard(i, first=i * width, last=(i + 1) * width - 1 if i < 49 else HASH_LAST)
              for i in range(50)]
    for number, shard in enumerate(shards):
        shard.put({"number": number})
    with FakeStream(*shards) as stream:
        stream.list_page = 7
        stream.fail("ListShards", None, None, json_error("ExpiredNextTokenException"))
        with follow(probe, stream) as reader:
            reader.wait_for(lambda it: len(it.records) == 50, "a record of each")
        asked = stream.calls("ListShards")
    assert sorted(numbers(reader)) == list(range(50))
    assert all(("NextToken" in one) != ("StreamARN" in one) for one in asked)
    assert not {"uncovered", "lost"} & set(reader.kinds())


def test_position_beyond_the_end__is_found_again(probe):
    parent, child = Shard(0).put(*numbered(250)), Shard(1, [])
    child.parents = (parent,)
    parent.close(child)
    child.put(*numbered(10, 250))
    with FakeStream(parent, child) as stream:
        reader = follow(probe, stream).to_end(idle_ms=300)
        name = reader.positions[parent.id].split()[0]
        (reader.folder / "positions").write_text(
            f"{parent.id}\t{name} sequence {parent.start + 10 ** 12}\n")
        (reader.folder / "records").unlink()
        reader.to_end(idle_ms=300)
    assert numbers(reader) == list(range(250, 260))
    assert reader.positions[parent.id].endswith("SHARD_END")


def test_packed_records__are_unpacked_and_resumed(probe):
    inner = [(json.dumps({"number": number}).encode(), f"key{number % 7}", None)
             for number in range(5000)]
    shard = Shard(0).put({"number": -1}, pack(inner), {"number": 5000})
    with FakeStream(shard) as stream:
        reader = follow(probe, stream).to_end(idle_ms=300)
        assert numbers(reader) == list(range(-1, 5001))
        name, sequence = reader.positions[shard.id].split()[0], shard.records[1][0]
        assert reader.positions[shard.id] == f"{name} sequence {shard.records[2][0]}"
        (reader.folder / "positions").write_text(
            f"{shard.id}\t{name} sequence {sequence} sub 4997\n")
        (reader.folder / "records").unlink()
        reader.to_end(idle_ms=300)
    assert numbers(reader) == [4998, 4999, 5000]


def test_packed_records__killed_in_the_middle(probe):
    inner = [(json.dumps({"number": number}).encode(), "k", None) for number in range(60000)]
    with FakeStream(Shard(0).put(pack(inner))) as stream:
        reader = follow(probe, stream).start()
        reader.wait_for(lambda it: any(" sub " in one for one in it.positions.values()),
                        "a position within")
        reader.kill()
        assert len(reader.records) < 60000
        reader.to_end(idle_ms=300)
    assert list(dict.fromkeys(numbers(reader))) == list(range(60000))


def test_packed_records__of_another_shard_are_left_to_it(probe):
    half = 2 ** 127
    inner = [(json.dumps({"number": number}).encode(), "k", half * (number % 2))
             for number in range(100)]
    data = pack(inner)
    low, high = Shard(0, last=half - 1).put(data), Shard(1, first=half).put(data)
    with FakeStream(low, high) as stream:
        reader = follow(probe, stream).to_end(idle_ms=300)
    assert sorted(numbers(reader)) == list(range(100))
    assert {record["part"] for record in reader.records
            if json.loads(record["data"])["number"] % 2} == {high.id}


def test_packed_records__malformed_are_plain(probe):
    good = pack([(b"x", "k", None)])
    bad = [good[:-1] + b"?", good[:10], b"\xF3\x89\x9A\xC2", good[:4] + b"\x00" + good[5:]]
    with FakeStream(Shard(0).put(*bad, good)) as stream:
        reader = follow(probe, stream).to_end(idle_ms=300)
    assert [record["bytes"] for record in reader.records] == [len(one) for one in bad] + [1]


def test_large_records(probe):
    """A record of 10 MiB, and pages of 10 MiB whose JSON is longer than is read at once."""
    large = [b"x" * (10 * 1024 * 1024), b"y"]
    with FakeStream(Shard(0).put(*large), page=1) as stream:
        reader = follow(probe, stream).to_end(idle_ms=300)
    assert [record["bytes"] for record in reader.records] == [10 * 1024 * 1024, 1]
    many = [b"z" * 1000] * 20000
    with FakeStream(Shard(0).put(*many), page=20000) as stream:
        stream.GetRecords = lambda asked, real=stream.GetRecords: dataclasses.replace(
            real(asked), body=real(asked).body.replace(b'"PartitionKey": "k"',
                                                       b'"PartitionKey": "%s"' % (b"k" * 500)))
        reader = follow(probe, stream, folder="many").to_end(idle_ms=500)
        limits = [one["Limit"] for one in stream.calls("GetRecords")]
    assert len(reader.records) == 20000
    assert limits[:2] == [10000, 5000]


def test_vanished_shard__is_told(probe):
    shard = Shard(0, last=99).put(*numbered(100))
    rest = Shard(1, first=100)
    with FakeStream(shard, rest) as stream:
        with follow(probe, stream) as reader:
            reader.wait_for(lambda it: len(it.records) == 100, "the records")
            stream.shards = [rest, Shard(2, first=0, last=99)]
            reader.wait_for(lambda it: "lost" in it.kinds(), "the notice")
    notice = next(one for one in reader.notices if one["kind"] == "lost")
    assert notice["part"] == shard.id and f"sequence {shard.records[-1][0]}" in notice["text"]


def test_expired_before_it_was_read__is_told(probe):
    parent = Shard(0).put(*numbered(10))
    middle, child = Shard(1), Shard(2)
    middle.parents, child.parents = (parent,), (middle,)
    middle.close(child)
    with FakeStream(parent, middle, child) as stream:
        with follow(probe, stream) as reader:
            reader.wait_for(lambda it: len(it.records) == 10, "the records")
            stream.shards = [parent, child]
            reader.wait_for(lambda it: "lost" in it.kinds(), "the notice")
    assert [one["part"] for one in reader.notices if one["kind"] == "lost"] == [middle.id]


def test_hole_of_hash_keys__is_named_exactly(probe):
    first, last = Shard(0, last=9), Shard(1, first=20)
    with FakeStream(first, last) as stream:
        with follow(probe, stream) as reader:
            reader.wait_for(lambda it: "uncovered" in it.kinds(), "the notice")
            stream.shards.append(Shard(2, first=10, last=19))
            reader.wait_for(lambda it: "covered" in it.kinds(), "its end")
    notice = next(one for one in reader.notices if one["kind"] == "uncovered")
    assert notice["text"] == "hash keys 10 to 19: 0 shards"


def test_lag__above_the_limit_and_below_half_of_it(probe):
    with FakeStream(Shard(0).put(*numbered(10))) as stream:
        stream.behind_ms = 70000
        with follow(probe, stream, lag_limit_ms=60000) as reader:
            reader.wait_for(lambda it: "late" in it.kinds(), "the notice")
            reader.wait_for(lambda it: "lag_limit" in it.parts["trouble"], "the reason")
            stream.behind_ms = 40000
            time.sleep(0.6)
            assert "on_time" not in reader.kinds()
            stream.behind_ms = 20000
            reader.wait_for(lambda it: "on_time" in it.kinds(), "the end")
    notice = next(one for one in reader.notices if one["kind"] == "late")
    assert 70000 <= notice["number"] < 80000


def test_lag__grows_while_nothing_answers(probe):
    with FakeStream(Shard(0).put(*numbered(10))) as stream:
        with follow(probe, stream, lag_limit_ms=1500) as reader:
            reader.wait_for(lambda it: len(it.records) == 10, "the records")
            stream.fail("GetRecords", *[server_error(503)] * MANY)
            reader.wait_for(lambda it: "late" in it.kinds(), "the notice")
            assert "retrying" in reader.kinds()
            stream.faults["GetRecords"].clear()
            reader.wait_for(lambda it: "on_time" in it.kinds(), "the end")


def test_children__are_not_asked_for_before_every_parent_has_ended(probe):
    half = 2 ** 127
    low, high = Shard(0, last=half - 1).put(*numbered(500)), Shard(1, first=half)
    child = Shard(2, (low, high)).put(*numbered(10, 500))
    low.close(child)
    high.close(child)
    with FakeStream(low, high, child, page=50) as stream:
        reader = follow(probe, stream).to_end(idle_ms=300)
        shard_of = [json.dumps(call.json) for call in stream.aws.calls
                    if call.operation in ("GetShardIterator", "GetRecords")]
    assert numbers(reader) == list(range(510))
    first_of_child = next(i for i, text in enumerate(shard_of) if child.id in text)
    assert not any(low.id in text or high.id in text for text in shard_of[first_of_child:])


def test_threads__many_shards_that_fail_split_and_change_hands(probe):
    """All at once, with more threads than shards and with fewer: for the thread sanitizer."""
    width, shards = 2 ** 128 // 12, []
    for number in range(12):
        first, last = number * width, (number + 1) * width - 1 if number < 11 else HASH_LAST
        parent = Shard(number, first=first, last=last).put(*numbered(60, number * 1000))
        child = Shard(number + 12, (parent,), first, last).put(*numbered(60, number * 1000 + 60))
        shards += [parent.close(child), child]
    with FakeStream(*shards, page=7) as stream:
        faults = list(PASSING.values()) + [json_error("ExpiredIteratorException"), None, None,
                                           json_error("ProvisionedThroughputExceededException")]
        stream.fail("GetRecords", *faults * 6)
        stream.fail("ListShards", None, *PASSING.values())
        reader = follow(probe, stream, pace=5)
        owned = reader.folder / "owned"
        reader.start(threads=16)
        for part in (shards[3].id, "none", "\n".join(shard.id for shard in shards[:9])):
            owned.write_text(part)
            time.sleep(0.4)
        owned.unlink()
        reader.stop()  # in the middle of calls
        reader.to_end(idle_ms=500, threads=3)
    found = numbers(reader)
    assert len(found) == len(set(found)) == 12 * 120
    for number in range(12):
        mine = [one for one in found if one // 1000 == number]
        assert mine == list(range(number * 1000, number * 1000 + 120))
