"""`grace` of a lookup in `deltaward detect`: a match that is held keeps the commit position at its
record (rule 8 of docs/RECOVERY.md), and is asked again once the time of its partition is there."""
import random
import time

from detector import change, policy, until, world  # noqa: F401

LOOKUP = """\
apiVersion: deltaward/v1
kind: Lookup
id: rows
source: {{file: rows.csv}}
columns: {{sku: string}}
key: sku
grace: {grace}
---
"""
CONDITION = "!lookup('rows', keys.sku).hasValue()"
IDLE = {"detect.idle_after": "1s"}


def write_rows(world, rows):
    aside = world.folder / "rows.new"
    aside.write_text("\n".join(["sku", *rows]) + "\n")
    aside.rename(world.policies / "rows.csv")


def write(world, grace, rows=(), condition=CONDITION):
    write_rows(world, rows)
    guarded = policy(condition="true").replace("condition: has(old.price) && has(new.price) && "
                                               "true", f'condition: "{condition}"')
    world.write(LOOKUP.format(grace=grace) + guarded)


def now_ms():
    return int(time.time() * 1000)


def found(world):
    """(partition, offset) of what was found, in the order of the log."""
    return [(one["source"], one["offset"]) for _, one in world.signals() if one["kind"] != "tick"]


def test_rule_8_a_held_match_keeps_the_position(world):
    """Without it: the position is past the record, the process dies, and its match is nowhere."""
    write(world, "1h")
    world.produce([change(1, at_ms=now_ms())])
    for _ in range(2):
        member = world.start(**IDLE)
        member.wait_for("partition_first", 4)
        time.sleep(2)
        assert found(world) == []
        assert all(position == 0 for position, _ in world.committed().values())
        member.kill()
    write(world, "2s")
    member = world.start(**IDLE)
    world.wait_for_all()
    assert len(found(world)) == 1
    world.check()
    assert world.ledger()["read"] == 1
    member.stop()


def test_a_row_that_comes_in_time_lets_a_match_go(world):
    write(world, "20s")
    at = now_ms()
    world.produce([change(1, at_ms=at), change(2, at_ms=at)])
    member = world.start(**IDLE)
    member.wait_for("partition_first", 4)
    write_rows(world, ["A1"])
    member.wait_for("lookups_reloaded")
    world.wait_for_all()
    assert len(found(world)) == 1
    member.stop()


def test_rule_9_new_policies_do_not_wait_for_what_is_held(world):
    """Its record is evaluated under the new set, with all behind it."""
    write(world, "1h")
    world.produce([change(number, at_ms=now_ms()) for number in range(40)])
    member = world.start(**IDLE)
    member.wait_for("partition_first", 4)
    time.sleep(1)
    write(world, "2s", [f"A{number}" for number in range(0, 40, 2)],
          CONDITION + " && new.price >= 0")
    member.wait_for("policies_reloaded")
    world.wait_for_all()
    log = world.check()
    assert len({one["policy_version"] for _, one in log if one["kind"] == "match"}) == 1
    assert len(found(world)) == 20
    assert world.ledger()["read"] == 40
    member.stop()


def test_rule_8_killed_again_and_again_while_matches_are_held(world):
    rng = random.Random(7)
    write(world, "2s", [f"A{number}" for number in range(0, 3000, 3)])
    start = now_ms() - 60000
    members = []
    for number in range(12):
        world.produce([change(250 * number + k, at_ms=start + 20 * (250 * number + k))
                       for k in range(250)], shards=1)
        members.append(world.start(**IDLE))
        time.sleep(rng.uniform(0.2, 1.5))
        if number % 3:
            members.pop(rng.randrange(len(members))).kill()
    world.wait_for_all(120)
    log = world.check()
    assert len({(one["source"], one["offset"]) for _, one in log if one["kind"] == "match"}) == 2000
    assert world.ledger()["read"] == 3000
    for member in members:
        member.stop()


def test_stopping_does_not_wait_for_what_is_held(world):
    write(world, "1h")
    world.produce([change(1, at_ms=now_ms())])
    member = world.start()
    member.wait_for("partition_first", 4)
    time.sleep(1)
    began = time.monotonic()
    member.stop()
    assert time.monotonic() - began < 10
    assert found(world) == []
    write(world, "1s")
    member = world.start(**IDLE)
    until(lambda: len(found(world)) == 1, 40, "it is released")
    world.wait_for_all()
    member.stop()
