"""Policies that change under load (rule 9 of docs/RECOVERY.md): every record is evaluated under one
set, a tick names the set of the stretch that it closes, and a bad file changes nothing."""
import collections
import threading
import time

from detector import change, key_of, policy, source_of, until, world  # noqa: F401

CHEAPER = policy()
SAME_ID = policy(condition="old.price > new.price && new.price >= 0")
OTHER = policy("other")
BROKEN = policy(condition="old.price >")
TURNS_MAX = 200  # changes of the policies, until enough of them were seen


def feed(world, stop):
    number = 0
    while not stop.is_set():
        world.produce([change(number + k, 10, k % 20) for k in range(300)])
        number += 300


def test_rule_9_threads_evaluate_every_record_under_one_set(world):
    stop = threading.Event()
    feeder = threading.Thread(target=feed, args=(world, stop))
    member = world.start()
    member.wait_for("partition_first", 4)
    feeder.start()
    least = {"policies_reloaded": 4, "reload_failed": 3}
    for turn in range(TURNS_MAX):
        world.write([SAME_ID, CHEAPER, BROKEN][turn % 3])
        time.sleep(0.4)
        if all(len(member.events(event)) >= count for event, count in least.items()):
            break
    stop.set()
    feeder.join()
    world.wait_for_all()
    assert all(len(member.events(event)) >= count for event, count in least.items())
    check_sets(world.signals())
    assert world.ledger()["read"] == sum(end for _, end in world.ends().values())
    member.stop()


def check_sets(log):
    """The revision of the first tick above a record is that of the set that evaluated it."""
    ticks, found, times = collections.defaultdict(list), {}, collections.Counter()
    for _, one in log:
        if one["kind"] == "tick":
            ticks[source_of(one)].append((one["offset"], one["revision"]))
        else:
            found[source_of(one), one["offset"]] = one["policy_version"]
            times[key_of(one)] += 1
    assert set(times.values()) == {1}, "drained before each swap: nothing is evaluated twice"
    version_of = {}
    for source, told in ticks.items():
        told = sorted(set(told))
        at = 0
        for offset in sorted(offset for part, offset in found if part == source):
            while told[at][0] <= offset:
                at += 1
            revision = told[at][1]
            assert version_of.setdefault(revision, found[source, offset]) == found[source, offset]
    assert len(set(version_of.values())) == 2


BURST = policy("burst") + "correlation: {type: event_count, timespan: 60s, condition: {gte: 2}}\n"


def test_rule_9_states_are_listed_before_a_tick_names_their_revision(world):
    """Also what a policy over time remembers ends once it is gone, and is told."""
    world.write(BURST, "burst.yaml")
    member = world.start(stages="evaluate,decide")
    world.produce([change(number, 10, 3) for number in range(200)])
    world.wait_for_all()
    (world.policies / "burst.yaml").unlink()
    member.wait_for("policies_reloaded")
    world.produce([change(number, 10, 4) for number in range(200, 400)])
    world.wait_for_all()
    member.wait_for("state_dropped")
    assert {one["policy"] for one in member.events("state_dropped")} == {"burst"}
    listed, counts = set(), collections.Counter()
    for part, one in world.log():
        if one["kind"] == "states":
            listed.add((part, one["revision"]))
            counts[part, len(one["body"]["states"])] += 1
        elif one["kind"] == "tick":
            assert (part, one["revision"]) in listed, "a tick of a revision that is not listed"
    parts = {part for part, _ in listed}
    assert counts == {(part, count): 1 for part in parts for count in (0, 1)}
    member.stop()


def test_rule_9_killed_while_policies_change(world):
    stop = threading.Event()
    feeder = threading.Thread(target=feed, args=(world, stop))
    feeder.start()
    for turn in range(6):
        world.write([CHEAPER, SAME_ID][turn % 2])
        member = world.start()
        member.wait_for("stage_started")
        time.sleep(0.7)
        world.write([SAME_ID, CHEAPER][turn % 2])
        time.sleep(0.3 * turn)
        member.kill()
    stop.set()
    feeder.join()
    world.write(CHEAPER)
    member = world.start()
    world.wait_for_all()
    world.check()  # both sets find the same
    member.stop()


def test_a_policy_that_is_added_sees_what_comes_after(world):
    world.produce([change(number) for number in range(400)])
    member = world.start()
    world.wait_for_all()
    world.write(OTHER, "other.yaml")
    member.wait_for("policies_reloaded")
    before = {part: position for part, (position, _) in world.committed().items()}
    world.produce([change(number) for number in range(400, 800)])
    world.wait_for_all()
    found = {key_of(one)[:2] for _, one in world.signals() if one.get("policy") == "other"}
    assert len(found) == 400
    assert all(offset >= before[part] for part, offset in found)
    member.stop()


def test_rows_of_lookups_change_without_a_new_assignment(world):
    rows = world.policies / "limits.csv"
    rows.write_text("sku,limit\nA1,5\n")
    world.write("""\
apiVersion: deltaward/v1
kind: Lookup
id: limits
source: {file: limits.csv}
columns: {sku: string, limit: decimal}
key: {column: sku}
---
""" + policy(condition="lookup('limits', keys.sku).?limit.orValue(0) > new.price"))
    member = world.start()
    member.wait_for("partition_first", 4)
    world.produce([change(1, 10, 3), change(2, 10, 3)])
    world.wait_for_all()
    rows.write_text("sku,limit\nA1,5\nA2,5\n")
    member.wait_for("lookups_reloaded")
    world.produce([change(2, 10, 4)])
    world.wait_for_all()
    until(lambda: len([one for _, one in world.signals() if one["kind"] == "match"]) == 2, 20,
          "the row counts")
    assert len(member.events("partition_first")) == 4
    member.stop()
