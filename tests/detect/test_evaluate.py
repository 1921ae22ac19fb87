"""The first stage of `deltaward detect` on a real broker: what it finds, what it sets aside, how it
ends."""
import json
import subprocess
import time

from detector import change, policy, source_of, until, world  # noqa: F401


def test_one_record_end_to_end(world):
    world.produce([change(1)])
    member = world.start()
    world.wait_for_all()
    log = world.check()
    found, = [one for _, one in log if one["kind"] == "match"]
    assert found["policy"] == "cheaper"
    assert found["watermark_us"] == -2 ** 63
    tick = [one for _, one in log if one["kind"] == "tick"][-1]
    assert tick["source"].startswith(f"{world.topic('events')}/")
    member.stop()


def test_threads_find_what_one_process_finds(world):
    values = [change(number, 10, number % 20) for number in range(5000)]
    world.produce(values)
    member = world.start()
    world.wait_for_all()
    log = world.check()
    assert world.ledger() == {"read": 5000, "evaluated": 5000, "quarantined": 0, "skipped": 0}
    # nothing went wrong, so nothing was sent twice
    assert len([one for _, one in log if one["kind"] == "match"]) == len(world.expected())
    member.stop()


def test_a_tick_tells_what_is_committed_to_every_partition_of_signals(world):
    world.produce([change(number) for number in range(400)])
    member = world.start()
    world.wait_for_all()
    member.stop()
    told = {}
    for part, one in world.signals():
        if one["kind"] == "tick":
            told[part, one["source"]] = max(told.get((part, one["source"]), 0), one["offset"])
    committed = {part: position for part, (position, _) in world.committed().items()}
    for (_, source), position in told.items():
        assert position == committed[int(source.rsplit("/", 1)[1].split("#")[0])]
    assert len(told) == 16


def told_partitions(world):
    """{partition of events: how many its newest tick says there are}"""
    return {source_of(one): one["partitions"] for _, one in world.signals()
            if one["kind"] == "tick"}


def test_a_tick_tells_how_many_partitions_there_are_also_when_some_are_added(world):
    world.produce([change(1)])
    properties = world.folder / "deltaward.yaml"
    properties.write_text(json.dumps({"kafka": {"properties": {
        "topic.metadata.refresh.interval.ms": 500}}}))
    member = world.start("--config", str(properties))
    until(lambda: told_partitions(world) == dict.fromkeys(range(4), 4), 30, "all four are told")
    world.add_partitions("events", 6)
    until(lambda: set(told_partitions(world)) == set(range(6)), 60, "the new ones are told")
    assert {told_partitions(world)[part] for part in (4, 5)} == {6}
    member.stop()


def test_what_cannot_be_read_is_set_aside_with_its_bytes(world):
    values = [change(1), b"{", b"", b'{"awsRegion": oops}', change(2)]
    world.produce(values)
    member = world.start()
    world.wait_for_all()
    world.check()
    assert world.ledger() == {"read": 5, "evaluated": 2, "quarantined": 3, "skipped": 0}
    aside = world.kafka.read(world.topic("quarantine"))
    assert sorted(message.value() or b"" for message in aside) == sorted(values[1:4])
    headers = dict(aside[0].headers())
    assert headers["kind"] == b"change" and headers["shard"]
    assert headers["reason"] and headers["log"].startswith(world.topic("events").encode())
    assert int(headers["length"]) == len(aside[0].value() or b"")
    lines = member.events("record_set_aside")
    assert len(lines) == 3 and all("oops" not in json.dumps(line) for line in lines)
    member.stop()


def test_what_is_no_change_is_passed_over(world):
    world.produce([change(1)])
    world.kafka.produce(world.topic("events"), [
        {"value": change(2), "headers": [("kind", b"access")]},
        {"value": None, "key": b"x"},
        {"value": change(3)}])
    member = world.start()
    world.wait_for_all()
    assert world.ledger() == {"read": 4, "evaluated": 2, "quarantined": 0, "skipped": 2}
    assert len([one for _, one in world.signals() if one["kind"] == "match"]) == 2
    member.stop()


def test_a_stop_commits_what_was_read_and_takes_less_than_25_seconds(world):
    world.produce([change(number) for number in range(20000)])
    member = world.start(**{"detect.commit_interval": "60s"})
    member.wait_for("partition_first", 4)
    time.sleep(1)
    began = time.monotonic()
    member.stop()
    assert time.monotonic() - began < 25
    log = world.signals()
    below = {part: position for part, (position, _) in world.committed().items()}
    assert sum(below.values()) > 0
    found = {(one["source"], one["offset"]) for _, one in log if one["kind"] == "match"}
    assert len(found) == sum(below.values())  # every record is a finding: none beyond, none lost
    assert world.ledger()["read"] == sum(below.values())


def test_low_latency_finds_the_same(world):
    world.produce([change(number, 10, number % 20) for number in range(300)])
    member = world.start(**{"detect.profile": "low_latency"})
    world.wait_for_all()
    world.check()
    member.stop()


def test_a_missing_topic_ends_it_with_what_to_do(world):
    world.kafka.delete_topic(world.topic("state"))
    time.sleep(1)
    member = world.start()
    assert member.child.wait(30) == 3
    assert f"the topic {world.topic('state')} does not exist" in member.said()
    assert "`deltaward topics create`" in member.said()


def test_partitions_that_do_not_fit_end_it(world):
    world.kafka.delete_topic(world.topic("state"))
    time.sleep(1)
    world.create_topics(2, status=3)  # makes that one, and says that the others do not fit
    member = world.start()
    assert member.child.wait(30) == 3
    assert "has 4 partitions and" in member.said()


def test_policies_that_cannot_be_used_end_it(world):
    world.write(policy(condition="old.price >"))
    member = world.start()
    assert member.child.wait(30) == 2
    assert "the policies cannot be used" in member.said()


def test_no_broker_named(deltaward, tmp_path):
    done = subprocess.run([deltaward, "detect", "--policies", "."], cwd=tmp_path, check=False,
                          capture_output=True, text=True)
    assert done.returncode == 2
    assert "there is no broker" in done.stderr
