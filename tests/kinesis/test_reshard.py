"""The Kinesis source against kinesis-local: shards that split and merge, processes that die."""
import json
import random
import time

import pytest

from kinesis_world import probe, stream  # noqa: F401
from streams import assert_all_in_order, numbers_by_key


def test_records__come_as_they_were_written(stream, probe):
    stream.put(1000)
    reader = probe(stream).to_end()
    assert_all_in_order(reader.records, stream)
    assert len(reader.records) == 1000
    assert [record["offset"] for record in reader.records] == list(range(1000))
    assert all(abs(record["arrival_us"] / 1e6 - time.time()) < 600 for record in reader.records)
    # nothing again after a clean end
    reader.to_end(idle_ms=500)
    assert len(reader.records) == 1000


def test_reshard__parents_come_before_children(stream, probe):
    with probe(stream) as reader:
        stream.put(500)
        stream.split()
        stream.put(500)
        stream.split(at=1)
        stream.put(500)
        stream.merge()
        stream.put(500)
        stream.resize(4)
        stream.put(500)
        reader.wait_for(lambda it: len(it.records) >= 2500, "the records")
        time.sleep(1)
    assert len(reader.records) == 2500
    assert_all_in_order(reader.records, stream)
    assert "lost" not in reader.kinds() and "uncovered" not in reader.kinds()
    ended = {part for part, text in reader.positions.items() if text.endswith("SHARD_END")}
    assert ended == {shard["ShardId"] for shard in stream.shards(open_only=False)} - {
        shard["ShardId"] for shard in stream.shards()}


def test_reshard__while_nobody_reads(stream, probe):
    reader = probe(stream)
    stream.put(100)
    reader.to_end(idle_ms=500)
    stream.put(100).split().put(100).split().put(100).merge().put(100)
    reader.to_end()
    assert_all_in_order(reader.records, stream)
    assert len(reader.records) == 500


@pytest.mark.parametrize("seed", [1, 2])
def test_kill__loses_nothing_over_reshards(stream, probe, seed):
    """Killed at any time, it goes on per shard; some records come twice, none out of order."""
    dice = random.Random(seed)
    reader = probe(stream)
    steps = [lambda: stream.split(dice.randrange(len(stream.shards()))), stream.split,
             stream.merge, lambda: stream.resize(3), stream.merge, stream.split]
    for step in steps:
        reader.start()
        stream.put(dice.randrange(100, 1200), keys=40)
        time.sleep(dice.random())
        if dice.random() < 0.5:
            reader.kill()
            step()
        else:
            step()
            stream.put(dice.randrange(500), keys=40)
            time.sleep(dice.random() / 2)
            reader.kill()
    reader.to_end()
    assert_all_in_order(reader.records, stream)
    assert "lost" not in reader.kinds()


def test_owned__shards_come_and_go(stream, probe):
    """Two readers that share the positions' folder one after the other, by ownership."""
    stream.resize(2)
    stream.put(300, keys=30)
    parts = sorted(shard["ShardId"] for shard in stream.shards(open_only=False))
    reader = probe(stream)
    owned = reader.folder / "owned"

    def own(*parts):
        """In one step: half a list would be read as the end of ownership."""
        new = owned.with_suffix(".new")
        new.write_text("\n".join(parts))
        new.replace(owned)

    own(*parts[:1])
    with reader:
        reader.wait_for(lambda it: len(it.positions) == 1, "the parent's position")
        time.sleep(0.5)
        assert set(reader.positions) == set(parts[:1])
        own(*parts)
        reader.wait_for(lambda it: len(it.records) >= 300, "the rest")
        reader.wait_for(lambda it: it.parts["parts"], "the open shards")
        own("none")
        reader.wait_for(lambda it: not it.parts["parts"], "the end of ownership")
        stream.put(50, keys=30)
        time.sleep(1)
        assert len(reader.records) == 300
        owned.unlink()
        reader.wait_for(lambda it: len(it.records) >= 350, "the records of the pause")
    assert_all_in_order(reader.records, stream)
    assert len(reader.records) == 350


def test_start__latest(stream, probe):
    stream.put(100)
    reader = probe(stream, start="latest")
    with reader:
        reader.wait_for(lambda it: it.positions, "a position")
        stream.put(10)
        stream.split()
        stream.put(10)
        reader.wait_for(lambda it: len(it.records) >= 20, "what came after the start")
    numbers = numbers_by_key(reader.records)
    assert len(reader.records) == 20 and numbers["k0"] == [10, 11]
    # children come from their beginning, whatever the start is
    stream.put(10).split().put(10)
    reader.to_end()
    assert len(reader.records) == 40


def test_start__latest_passes_over_closed_shards(stream, probe):
    stream.put(50).split().put(50).merge()
    with probe(stream, start="latest") as reader:
        reader.wait_for(lambda it: it.positions, "a position")
        stream.put(10)
        reader.wait_for(lambda it: len(it.records) >= 10, "the new ones")
        time.sleep(0.5)
    assert len(reader.records) == 10
    assert [notice["part"] for notice in reader.notices if notice["kind"] == "started"] == [
        shard["ShardId"] for shard in stream.shards()]


def test_start__latest_is_remembered_without_a_record(stream, probe):
    reader = probe(stream, start="latest")
    with reader:
        reader.wait_for(lambda it: it.positions, "a position")
    assert " latest " in next(iter(reader.positions.values()))
    stream.put(10).split().put(10)  # while nobody reads
    reader.to_end()
    assert_all_in_order(reader.records, stream)


def test_start__at_timestamp(stream, probe):
    stream.put(100)
    time.sleep(1.1)
    start_ms = int(time.time() * 1000)
    time.sleep(0.1)
    stream.put(100)
    reader = probe(stream, start="at_timestamp", start_ms=start_ms).to_end()
    assert numbers_by_key(reader.records)["k0"] == list(range(10, 20))
    assert len(reader.records) == 100


def test_start__at_timestamp_after_a_reshard(stream, probe):
    """Shards that held nothing at that time hand the time on to their children."""
    stream.put(50).split().put(50)
    time.sleep(1.1)
    start_ms = int(time.time() * 1000)
    time.sleep(0.1)
    stream.put(10)
    reader = probe(stream, start="at_timestamp", start_ms=start_ms).to_end()
    assert len(reader.records) == 10
    parent = stream.shards(open_only=False)[0]["ShardId"]
    assert reader.positions[parent].endswith(f"SHARD_END {start_ms}")


def test_position__of_a_stream_made_anew(kinesis, stream, probe):
    stream.put(20)
    reader = probe(stream.arn).to_end(idle_ms=500)
    assert len(reader.records) == 20
    stream.client.delete_stream(StreamName=stream.name)
    stream.client.get_waiter("stream_not_exists").wait(StreamName=stream.name,
                                                       WaiterConfig={"Delay": 1})
    kinesis.create_stream(1, name=stream.name)
    stream.put(20)
    reader.to_end(idle_ms=1000)
    assert len(reader.records) == 40
    assert "replaced" in reader.kinds()


def test_several_shards__by_one_thread(stream, probe):
    stream.resize(2).resize(4).resize(8).put(4000, keys=100)
    reader = probe(stream, threads=1).to_end()
    assert_all_in_order(reader.records, stream)
    assert len(reader.records) == 4000


def test_stream_name__instead_of_an_arn(stream, probe):
    stream.put(10)
    assert len(probe(stream.name).to_end(idle_ms=500).records) == 10
