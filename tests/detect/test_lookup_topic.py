"""Lookups whose rows lie in a compacted topic: read whole at start, then followed."""
import json

from detector import change, policy, world  # noqa: F401

LOOKUP = """\
apiVersion: deltaward/v1
kind: Lookup
id: limits
source: {{kafka: {topic}}}
columns: {{sku: string, limit: decimal}}
key: sku
---
"""
CONDITION = "lookup('limits', keys.sku).?limit.orValue(0) > new.price"


def rows_topic(world, rows, partitions=2):
    topic = world.kafka.create_topic(partitions, world.topic("lookup.limits"),
                                     **{"cleanup.policy": "compact"})
    put(world, rows)
    return topic


def put(world, rows):
    """{sku: limit; None removes the row}"""
    world.kafka.produce(world.topic("lookup.limits"), [
        {"key": sku.encode(), "value": None if limit is None else
         json.dumps({"sku": sku, "limit": limit}, indent=1).encode()}
        for sku, limit in rows.items()])


def matches(world):
    """The numbers of the changes that matched: their times tell."""
    return sorted(one["event_time_us"] // 1000 - 1767225600000 for _, one in world.signals()
                  if one["kind"] == "match")


def test_a_topic_is_read_whole_and_followed(world):
    topic = rows_topic(world, {"A1": 5, "A2": 5, "A3": 1} | {f"X{n}": 1 for n in range(3000)})
    put(world, {"A2": None})
    world.write(LOOKUP.format(topic=topic) + policy(condition=CONDITION))
    world.produce([change(1, 10, 3), change(2, 10, 3), change(3, 10, 3)])
    member = world.start()
    world.wait_for_all()
    assert matches(world) == [1]
    put(world, {"A3": 5, "A1": None, "A2": None})
    member.wait_for("lookups_reloaded")
    world.produce([change(1, 10, 4), change(2, 10, 4), change(3, 10, 4)])
    world.wait_for_all()
    assert matches(world) == [1, 3]
    member.stop()


def test_rows_that_break_a_rule_are_left_out(world):
    topic = rows_topic(world, {"A1": 5, "A2": "much"})
    world.write(LOOKUP.format(topic=topic) + policy(condition=CONDITION))
    world.produce([change(1, 10, 3), change(2, 10, 3)])
    member = world.start()
    world.wait_for_all()
    assert matches(world) == [1]
    assert member.events("lookup_rows_refused")[0]["rows"] == 1
    member.stop()


def test_policies_with_a_new_topic_wait_until_it_is_read(world):
    member = world.start()
    member.wait_for("partition_first", 4)
    topic = rows_topic(world, {f"A{number}": 5 for number in range(2000)})
    world.write(LOOKUP.format(topic=topic) + policy(condition=CONDITION))
    member.wait_for("policies_reloaded")
    assert not member.events("reload_failed")
    world.produce([change(1999, 10, 3)])
    world.wait_for_all()
    assert len(matches(world)) == 1
    member.stop()


def test_a_topic_that_is_not_there_is_told_and_waited_for(world):
    world.write(LOOKUP.format(topic=world.topic("lookup.limits")) + policy(condition=CONDITION))
    world.produce([change(1, 10, 3)])
    member = world.start()
    member.wait_for("topic_unreadable")
    assert not world.signals()
    rows_topic(world, {"A2": 5})
    world.wait_for_all()  # perhaps the topic was still empty when it was found
    put(world, {"A3": 5})
    member.wait_for("lookups_reloaded")
    world.produce([change(2, 10, 3), change(3, 10, 3)])
    world.wait_for_all()
    assert matches(world) == [2, 3]
    member.stop()


def test_one_process_says_that_it_needs_detect(world, program):
    world.write(LOOKUP.format(topic="t") + policy(condition=CONDITION))
    done = program("run", "--policies", world.policies, "--input", "/dev/null", status=2)
    assert "which only deltaward detect does" in done.err
    program("policy", "check", world.policies, status=0)
