"""What a detector on a real broker shows of itself."""
import concurrent.futures
import json
import time

from detector import World, change, until, world  # noqa: F401
from test_decide import START_US, Decided, signal, tick
from probes import FLIP_S, ask, check_metrics, probe, stopped, threads_of, values

LISTEN = {"http.listen": "127.0.0.1:0"}


def address_of(member):
    host, port = member.wait_for("http_listening")[0]["address"].rsplit(":", 1)
    return host, int(port)


def metrics_of(address):
    return values(ask(address, "/metrics")[1])


def test_metrics_of_the_first_stage(world):
    world.produce([change(number) for number in range(1000)] + [b"{"])
    member = world.start(**LISTEN)
    address = address_of(member)
    world.wait_for_all()
    until(lambda: metrics_of(address).get('deltaward_commits_total{group="evaluate",result="ok"}'),
          20, "commits are counted")
    found = metrics_of(address)
    sums = {kind: sum(value for name, value in found.items()
                      if name.startswith(f"deltaward_records_{kind}_total{{"))
            for kind in ("read", "evaluated", "quarantined", "skipped")}
    assert sums == {"read": 1001, "evaluated": 1000, "quarantined": 1, "skipped": 0}
    assert found['deltaward_matches_total{policy="cheaper"}'] == 1000
    assert found['deltaward_assigned_partitions{group="evaluate"}'] == 4
    lag = [f'deltaward_lag_records{{topic="{world.topic("events")}",partition="{n}"}}'
           for n in range(4)]
    until(lambda: [metrics_of(address).get(name) for name in lag] == [0] * 4, 20, "no lag")
    check_metrics(ask(address, "/metrics")[1])
    assert ask(address, "/readyz")[0] == 200 and ask(address, "/livez")[0] == 200
    member.stop()


def test_metrics_of_the_second_stage(world):
    world.produce([change(number) for number in range(200)])
    member = world.start("--stages", "evaluate,decide", **LISTEN,
                         **{"detect.snapshot_interval": "1s"})
    address = address_of(member)
    opened = 'deltaward_alerts_total{policy="cheaper",severity="medium",status="opened"}'
    until(lambda: metrics_of(address).get(opened) == 200, 40, "alerts are counted")
    written = [f'deltaward_snapshot_bytes{{partition="{n}"}}' for n in range(4)]
    until(lambda: metrics_of(address).keys() >= set(written), 40, "snapshots are")
    found = metrics_of(address)
    assert found["deltaward_detection_delay_seconds_count"] == 200
    assert found['deltaward_assigned_partitions{group="decide"}'] == 4
    names = [f'deltaward_lag_records{{topic="{world.topic(topic)}",partition="{n}"}}'
             for topic in ("events", "signals") for n in range(4)]
    names += [f'deltaward_snapshot_{what}{{partition="{n}"}}' for what in ("bytes", "age_seconds")
              for n in range(4)]
    assert [name for name in names if name not in found] == []
    check_metrics(ask(address, "/metrics")[1])
    assert ask(address, "/readyz")[1].count(": ready") >= 3
    member.stop()


def test_the_groups_of_a_correlation_by_policy(deltaward, kafka, tmp_path):
    """Ten groups of a baseline in three partitions, for 40 minutes; in the last come 20 others."""
    decided = Decided(deltaward, kafka, tmp_path)
    rule = {"type": "baseline", "timespan_us": 60_000_000, "lateness_us": 0,
            "metric": "event_count"}
    def event(number, group, minute):
        time_us = START_US + minute * 60_000_000
        said = signal(number, f"g{group}", decided.source(0), number, correlation=rule,
                      event_time_us=time_us, watermark_us=time_us)
        return json.dumps(said, separators=(",", ":")).encode()
    events = [(minute, group) for minute in range(40)
              for group in range(10 if minute < 39 else 30)]
    decided.produce([(group % 3, event(1 + number, group, minute))
                     for number, (minute, group) in enumerate(events)])
    end = tick(decided.source(0), len(events), START_US + 40 * 60_000_000)
    decided.produce([(part, end) for part in range(3)])
    member = decided.start(**LISTEN)
    address = address_of(member)
    told = 'deltaward_correlation_{}{{policy="p"}}'.format
    names = [told("groups"), told("groups_learning")]
    until(lambda: [metrics_of(address).get(name) for name in names] == [30, 20], 20,
          "all are counted")
    found = metrics_of(address)
    assert 30 * 400 < found[told("bytes")] < 30 * 4000
    check_metrics(ask(address, "/metrics")[1])
    member.stop()
    decided.world.close()


def test_the_lag_of_what_another_one_owns_is_not_told(world):
    def lags():
        return [name for name in metrics_of(address) if name.startswith("deltaward_lag_records{")]
    world.produce([change(number) for number in range(100)])
    member = world.start(**LISTEN)
    address = address_of(member)
    until(lambda: len(lags()) == 4, 40, "it owns all")
    other = world.start()
    until(lambda: len(lags()) == 2, 40, "it owns half of them")
    other.stop()
    until(lambda: len(lags()) == 4, 40, "it owns all again")
    member.stop()


def stall(world, number):
    """Seconds until the probe of a detector flips whose thread `number` stands, and what it says;
    none when there is no such thread."""
    member = world.start("--stages", "evaluate,decide", **LISTEN)
    address = address_of(member)
    member.wait_for("partition_first", 4)
    until(lambda: ask(address, "/readyz")[0] == 200, 40, "it is ready")
    threads = threads_of(member.child)
    if number >= len(threads):
        return None
    with stopped(threads[number]):
        begin = time.monotonic()
        said = probe(address)
        while said[0] == 200 and time.monotonic() - begin < FLIP_S + 5:
            world.produce([change(n) for n in range(200)])
            time.sleep(0.5)
            said = probe(address)
        took = time.monotonic() - begin
    until(lambda: probe(address) == (200, "ok\n"), 20, "it goes on")
    member.stop()
    return took, said


def test_each_thread_stalled_in_turn(deltaward, kafka, tmp_path):
    """Main, the stages, workers, the server: each in a detector and a world of its own, at the
    same time."""
    worlds = []
    for number in range(7):
        folder = tmp_path / str(number)
        folder.mkdir()
        worlds.append(World(deltaward, kafka, folder))
    try:
        with concurrent.futures.ThreadPoolExecutor(len(worlds)) as pool:
            results = list(pool.map(stall, worlds, range(len(worlds))))
    finally:
        for world in worlds:
            world.close()
    seen = [result for result in results if result]
    assert len(seen) >= 5
    for took, (status, said) in seen:
        assert status != 200 and took <= FLIP_S, f"live for {took:.0f} s: {said}"
    bodies = "".join(said for _, (_, said) in seen)
    for loop in ("main", "evaluate", "decide"):
        assert f"stalled: {loop}: " in bodies
