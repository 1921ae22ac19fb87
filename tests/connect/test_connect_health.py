"""What `deltaward connect` shows of itself: each thread that stands is told within 30 s; a Kafka
that is away makes it not ready, but leaves it live, because a restart would not help."""
import concurrent.futures
import itertools
import json
import time

from carried import change
from pipeline import Pipeline, wait_until
from probes import FLIP_S, ask, check_metrics, probe, stopped, threads_of, values
from test_connect_kinesis import stream  # noqa: F401

SERVED = {"DELTAWARD_HTTP_LISTEN": "127.0.0.1:0", "DELTAWARD_CONNECT_THREADS": "2"}
THREADS = 5
AWAY_S = 40


def address_of(process):
    def look():
        lines = [json.loads(line) for line in process.log.read_text().splitlines()
                 if '"http_listening"' in line]
        return lines and lines[-1]["address"]
    host, port = wait_until(look, 30, "it listens").rsplit(":", 1)
    return host, int(port)


def start_ready(made, name):
    process = made.start("connect", name, **SERVED)
    address = address_of(process)
    wait_until(lambda: ask(address, "/readyz")[0] == 200, 60, "it is ready")
    return process, address


def stall(made, number):
    process, address = start_ready(made, f"connect-{number}")
    threads = threads_of(process.child)
    if number >= len(threads):
        return None
    with stopped(threads[number]):
        begin = time.monotonic()
        said = probe(address)
        while said[0] == 200 and time.monotonic() - begin < FLIP_S + 5:
            time.sleep(0.5)
            said = probe(address)
        took = time.monotonic() - begin
    wait_until(lambda: probe(address) == (200, "ok\n"), 20, "it goes on")
    return took, said


def test_each_thread_stalled_in_turn(stream):  # noqa: F811
    with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
        results = list(pool.map(stall, itertools.repeat(stream), range(THREADS)))
    seen = [result for result in results if result]
    assert len(seen) >= 4, "main, the server, two that fetch"
    for took, (status, said) in seen:
        assert status != 200 and took <= FLIP_S, f"live for {took:.0f} s: {said}"


def test_metrics(stream):  # noqa: F811
    lines = [change(number) for number in range(1, 301)]
    stream.feeder.feed(lines)
    stream.feeder.put([{"Data": "no record", "PartitionKey": "x"}])
    process, address = start_ready(stream, "connect")
    sums = {"deltaward_records_read_total": 301,
            f'deltaward_records_produced_total{{topic="{stream.topic("events")}"}}': 300,
            "deltaward_records_quarantined_total": 1}

    least = {'deltaward_shards_open{source="orders"}': 2,
             'deltaward_aws_calls_total{part="orders"}': 2,
             'deltaward_checkpoints_total{source="orders"}': 1}

    def counted():
        found = values(ask(address, "/metrics")[1])
        return all(found.get(name, 0) >= count for name, count in least.items()) and all(
            sum(value for name, value in found.items() if name.startswith(wanted)) == count
            for wanted, count in sums.items())
    wait_until(counted, 60, f"all is counted: {least}, {sums}")
    check_metrics(ask(address, "/metrics")[1])
    process.stop()


def test_a_kafka_that_is_away_makes_it_not_ready_but_live(deltaward, start_service, kinesis,
                                                         work_dir):
    kafka = start_service("kafka")
    _, arn = kinesis.create_stream(1)
    source = {"name": "orders", "type": "kinesis", "stream": arn, "endpoint": kinesis.endpoint}
    with Pipeline(deltaward, work_dir, kafka, sources=[source], log={"format": "json"}) as made:
        made.document["kafka"]["owner_check"] = "1s"  # asked while nobody answers
        made.write_config()
        made.create_topics()
        process, address = start_ready(made, "connect")
        kafka.down()
        wait_until(lambda: ask(address, "/readyz")[0] == 503, 60, "it is not ready")
        end = time.monotonic() + AWAY_S
        while time.monotonic() < end:
            assert probe(address) == (200, "ok\n")
            time.sleep(0.5)
        assert "kafka: not ready: " in ask(address, "/readyz")[1]
        kafka.up()
        wait_until(lambda: ask(address, "/readyz")[0] == 200, 60, "it is ready again")
        process.stop()
