"""Crashes, rebalances, brokers that go away, logs that change under the reader: nothing is lost,
and no tick lies. Tests that stand for a rule of docs/RECOVERY.md, part A, name it."""
import random
import threading
import time

from detector import World, change, key_of, source_of, until, world  # noqa: F401


def feed(world, batches, each=500, pause_s=0.2):
    """Produces in the background, so that members work while it goes on."""
    def run():
        for batch in range(batches):
            world.produce([change(batch * each + number, 10, number % 20)
                           for number in range(each)])
            time.sleep(pause_s)
    thread = threading.Thread(target=run)
    thread.start()
    return thread


def started(member):
    return sum(len(member.events(name)) for name in ("partition_first", "partition_resumed"))


def test_rule_1_and_5_and_6_kill_9_again_and_again(world):
    feeder = feed(world, 20)
    chance = random.Random(1)
    for _ in range(8):
        member = world.start()
        member.wait_for("stage_started")
        time.sleep(chance.uniform(0.2, 2))
        member.kill()
    feeder.join()
    member = world.start()
    world.wait_for_all()
    world.check()
    assert world.ledger() == {"read": 10000, "evaluated": 10000, "quarantined": 0, "skipped": 0}
    member.stop()


def test_rule_1_a_zombie_that_wakes_up_commits_nothing(world):
    """It is stopped for longer than its session lasts; others take its partitions over."""
    feeder = feed(world, 10)
    zombie = world.start()
    zombie.wait_for("partition_first", 4)
    zombie.pause()
    owner = world.start()
    until(lambda: started(owner) >= 4, 40, "the other takes over")
    feeder.join()
    world.wait_for_all()
    zombie.go_on()
    zombie.wait_for("partition_lost", 1)
    world.produce([change(100000 + number) for number in range(500)])
    world.wait_for_all()
    world.check()
    assert world.ledger()["read"] == 5500
    owner.stop()
    zombie.stop()


def test_two_members_share_and_hand_over(world):
    feeder = feed(world, 30, pause_s=0.1)
    first = world.start()
    first.wait_for("partition_first", 4)
    second = world.start()
    second.wait_for("partition_resumed", 2)
    first.wait_for("partition_left", 2)
    time.sleep(1)
    second.stop()
    third = world.start()
    third.wait_for("partition_resumed", 2)
    feeder.join()
    world.wait_for_all()
    log = world.check()
    # handed over at drained positions: nothing was evaluated twice
    assert len([one for _, one in log if one["kind"] == "match"]) == len(world.expected())
    assert world.ledger()["read"] == 15000
    first.stop()
    third.stop()


def test_the_broker_goes_away_and_comes_back(deltaward, start_service, tmp_path):
    kafka = start_service("kafka")
    world = World(deltaward, kafka, tmp_path)
    try:
        world.produce([change(number, 10, number % 20) for number in range(2000)])
        member = world.start()
        world.wait_for_all()
        kafka.kill()
        member.wait_for("kafka_away", 1, 60)
        time.sleep(3)
        kafka.up()
        member.wait_for("kafka_back", 1, 60)
        world.produce([change(number, 10, number % 20) for number in range(2000, 4000)])
        world.wait_for_all()
        world.check()
        assert world.ledger()["read"] == 4000
        assert len(member.events("kafka_away")) <= 3  # one a client
        member.stop()
    finally:
        world.close()


def test_rule_16_a_gap_is_told_with_its_exact_range(world):
    world.produce([change(number) for number in range(1000)])
    member = world.start()
    world.wait_for_all()
    member.stop()
    before = {part: position for part, (position, _) in world.committed().items()}
    world.produce([change(number) for number in range(1000, 2000)])
    cut = {part: position + 100 for part, position in before.items()}
    world.delete_records(cut)
    member = world.start()
    world.wait_for_all()
    lines = member.wait_for("records_lost", 4)
    told = {source_of(line): (line["first"], line["last"], line["records"]) for line in lines}
    assert told == {part: (position, position + 99, 100) for part, position in before.items()}
    ends = {part: end for part, (_, end) in world.kafka.offsets(world.topic("events")).items()}
    found = {(one["source"].split("#")[0], one["offset"]) for _, one in world.signals()
             if one["kind"] == "match"}
    assert len(found) == sum(ends.values()) - 400
    assert world.ledger()["read"] == 2000 - 400
    member.stop()


def test_rule_11_a_topic_made_anew_is_read_from_its_start(world):
    world.produce([change(number) for number in range(1000)])
    member = world.start()
    world.wait_for_all()
    member.stop()
    old = {one["source"] for _, one in world.signals()}
    world.kafka.delete_topic(world.topic("events"))
    time.sleep(1)
    world.create_topics(4)
    world.produce([change(number, 10, number % 20) for number in range(2000)])
    member = world.start()
    world.wait_for_all()
    found = {key_of(one) for _, one in world.signals()
             if one["kind"] == "match" and one["source"] not in old}
    assert found == world.expected()
    member.stop()


def test_rule_11_a_topic_made_anew_under_a_running_member(world):
    world.produce([change(number) for number in range(1000)])
    member = world.start()
    world.wait_for_all()
    old = {one["source"] for _, one in world.signals()}
    world.kafka.delete_topic(world.topic("events"))
    time.sleep(1)
    world.create_topics(4)
    world.produce([change(number, 10, number % 20) for number in range(2000)])
    world.wait_for_all(120)
    found = {key_of(one) for _, one in world.signals()
             if one["kind"] == "match" and one["source"] not in old}
    assert found == world.expected()
    member.stop()


def test_rule_11_a_position_that_was_set_back_is_read_as_another_source(world):
    world.produce([change(number) for number in range(1000)])
    member = world.start()
    world.wait_for_all()
    member.stop()
    before = {part: position for part, (position, _) in world.committed().items()}
    world.set_back({part: 10 for part in before})
    member = world.start()
    member.wait_for("partition_rewound", 4)
    until(lambda: world.ledger().get("read") == 1000 - 40, 40, "all is read again")
    sources = {one["source"] for _, one in world.signals() if one["kind"] == "match"}
    assert len(sources) == 8 and len([name for name in sources if "~" in name]) == 4
    member.stop()
    member = world.start()
    member.wait_for("partition_resumed", 4)  # under the name that it has now
    world.produce([change(number) for number in range(1000, 1100)])
    world.wait_for_all()
    again = {one["source"] for _, one in world.signals() if one["kind"] == "match"}
    assert again == sources
    member.stop()


def test_rule_2_signals_that_are_not_taken_are_sent_again(world):
    """The topic takes nothing as large for a while; its partitions begin anew from where they were
    committed, until it does."""
    world.produce([change(number, 10, number % 20) for number in range(400)])
    member = world.start()
    world.wait_for_all()
    world.alter_topic("signals", **{"max.message.bytes": "100"})
    time.sleep(1)
    world.produce([change(number, 10, number % 20) for number in range(400, 800)])
    member.wait_for("partition_again", 2)
    committed = world.committed()
    ends = world.kafka.offsets(world.topic("events"))
    assert any(committed[part][0] < ends[part][1] for part in ends)
    world.alter_topic("signals", **{"max.message.bytes": "1048588"})
    world.wait_for_all()
    world.check()
    assert world.ledger()["read"] == 800
    member.stop()


def test_rule_7_idle_ticks_name_a_fetch_and_stop_when_records_come(world):
    world.produce([change(number) for number in range(100)])
    member = world.start(**{"detect.idle_after": "1s"})
    world.wait_for_all()
    newest_us = (1767225600000 + 99) * 1000

    def idle_ticks():
        return [one for _, one in world.signals()
                if one["kind"] == "tick" and one["watermark_us"] > newest_us]
    ticks = until(lambda: len(idle_ticks()) >= 16 and idle_ticks(), 30, "time goes on")
    committed = world.committed()
    for tick in ticks:
        assert tick["watermark_us"] <= tick["detected_us"] - 1000000
        assert tick["offset"] == committed[source_of(tick)][0]
    world.produce([change(number) for number in range(100, 200)])
    world.wait_for_all()
    world.check()
    member.stop()


def test_a_stop_without_a_broker_takes_less_than_25_seconds(deltaward, start_service, tmp_path):
    kafka = start_service("kafka")
    world = World(deltaward, kafka, tmp_path)
    try:
        world.produce([change(number) for number in range(2000)])
        member = world.start(**{"detect.commit_interval": "60s"})
        member.wait_for("partition_first", 4)
        time.sleep(1)
        kafka.kill()
        began = time.monotonic()
        member.child.terminate()
        member.child.wait(30)
        assert time.monotonic() - began < 25
        kafka.up()
        member = world.start()
        until(lambda: started(member) >= 4, 60, "it has its partitions")
        world.wait_for_all()
        world.check()
        member.stop()
    finally:
        world.close()


def swap_bytes(kafka, topic, old, new):
    """In the segments on the disk of the broker, which reads them from there."""
    swapped = 0
    for segment in kafka.folder.rglob(f"{topic}-*/*.log"):
        data = segment.read_bytes()
        at = data.find(old)
        if at >= 0:
            with open(segment, "r+b") as file:
                file.seek(at)
                file.write(new)
            swapped += 1
    return swapped


def test_a_damaged_record_is_told_and_waited_for(world):
    """Its bytes change on the disk of the broker, and change back: nothing behind it is committed
    meanwhile, and nothing is lost."""
    world.produce([change(number) for number in range(200)])
    world.produce([change(777777)])
    world.produce([change(number) for number in range(200, 400)])
    assert swap_bytes(world.kafka, world.topic("events"), b"A777777", b"B777777") == 1
    member = world.start()
    member.wait_for("topic_unreadable", 2)
    time.sleep(2)
    ends = world.ends()
    behind = [part for part, (position, _) in world.committed().items()
              if position < ends[part][1]]
    assert len(behind) == 1
    assert swap_bytes(world.kafka, world.topic("events"), b"B777777", b"A777777") == 1
    world.wait_for_all()
    world.check()
    assert world.ledger()["read"] == 401
    member.stop()
