"""`deltaward run`: records in, alerts out, nothing lost and nothing twice."""
import gzip
import json
import os
import resource
import signal
import subprocess

import pytest

from cli import BROKEN_POLICY, POLICY, change, price_change, wait_for, write_changes


@pytest.fixture
def shop(program, work_dir):
    """A policy and a file with one bad change among harmless ones."""
    (work_dir / "p.yaml").write_text(POLICY)
    write_changes(work_dir / "c.jsonl",
                  [price_change(1, 10, 11), price_change(2), price_change(3, 5, 6)])
    return program


RUN = ["run", "--policies", "p.yaml", "--input", "c.jsonl", "--data-dir", "data"]


def test_one_bad_change_is_one_alert(shop):
    run = shop(*RUN, status=0)
    (alert,) = run.lines()
    assert alert["status"] == "opened"
    assert alert["policy"]["id"] == "price-doubled"
    assert alert["title"] == "Price of S2: 10 -> 20"
    assert alert["keys"] == {"sku": "S2"}
    assert {"attribute": "price", "before": 10, "after": 20} in alert["changes"]
    assert "3 records, 1 alerts, 0 quarantined, 0 not evaluable" in run.err


def test_what_was_read_is_not_read_again(shop, work_dir):
    first = shop(*RUN, status=0)
    assert shop(*RUN, status=0).out == ""
    with open(work_dir / "c.jsonl", "a", encoding="utf-8") as file:
        file.write(json.dumps(price_change(4)) + "\n")
    (alert,) = shop(*RUN, status=0).lines()
    assert alert["title"] == "Price of S4: 10 -> 20"
    assert alert["id"] != first.lines()[0]["id"]


def test_stdin_gzip_and_several_inputs(shop, work_dir):
    text = (work_dir / "c.jsonl").read_text()
    with gzip.open(work_dir / "c.gz", "wt") as file:
        file.write(text.replace("S2", "Z2"))
    run = shop("run", "--policies", "p.yaml", "--input", "c.gz", "--input", "-", "--input",
               "c.jsonl", stdin=text.replace("S2", "I2"), status=0)
    assert {a["keys"]["sku"] for a in run.lines()} == {"Z2", "I2", "S2"}


def test_a_name_found_from_another_folder_has_its_position(shop, work_dir):
    shop(*RUN, status=0)
    (work_dir / "inner").mkdir()
    shop.folder = work_dir / "inner"
    run = shop("run", "--policies", "../p.yaml", "--input", "../c.jsonl", "--data-dir", "../data",
               status=0)
    assert run.out == ""


def test_records_that_cannot_be_read_are_kept_and_counted(shop, work_dir):
    good = json.dumps(price_change(7)).encode()
    lines = [b"{not json", b"", b"   ", good + b"\r", b'{"a":1}', b"\xff\xfe", b"\x00", good[:50],
             b"[" * 100, json.dumps(price_change(8)).encode()]
    (work_dir / "c.jsonl").write_bytes(b"\n".join(lines))
    run = shop(*RUN, "--json", status=0)
    assert {a["keys"]["sku"] for a in run.lines()} == {"S7", "S8"}
    summary = json.loads(run.err.splitlines()[-1])
    assert summary["quarantined"] == 6
    assert summary["skipped"] + summary["evaluated"] + 6 == summary["records"]
    told = [json.loads(line) for line in run.err.splitlines()[:-1]]
    told = [line for line in told if line["event"] == "record_quarantined"]
    assert [line["line"] for line in told] == [1, 5, 6, 7, 8, 9]
    assert all(line["reason"] for line in told)


@pytest.mark.parametrize("depth,read", [(30, True), (200, False)])
def test_deep_records(shop, work_dir, depth, read):
    record = json.dumps(price_change(1))
    deep = '{"L":[' * depth + '{"S":"x"}' + "]}" * depth
    record = record.replace('"NewImage": {', '"NewImage": {"d": ' + deep + ", ")
    (work_dir / "c.jsonl").write_text(record + "\n")
    run = shop(*RUN, "--json", status=0)
    assert (json.loads(run.err.splitlines()[-1])["quarantined"] == 0) == read


def test_a_record_of_ten_megabytes(shop, work_dir):
    record = price_change(1)
    record["dynamodb"]["NewImage"]["blob"] = {"S": "x" * (10 << 20)}
    write_changes(work_dir / "c.jsonl", [record])
    (alert,) = shop(*RUN, status=0).lines()
    assert alert["keys"] == {"sku": "S1"}
    assert len(json.dumps(alert)) < 300_000


def test_a_condition_without_a_value_is_said(shop, work_dir):
    write_changes(work_dir / "c.jsonl", [change(1, {"price": 1}, {"price": "much"})])
    run = shop(*RUN, status=0)
    assert "1 not evaluable" in run.err
    (alert,) = run.lines()
    assert alert["policy"]["id"] == "price-doubled" and alert["problem"]


def test_file_sink_holds_each_alert_once(shop, work_dir):
    words = [*RUN, "--output", "alerts.jsonl"]
    assert shop(*words, status=0).out == ""
    whole = (work_dir / "alerts.jsonl").read_text()
    assert len(whole.splitlines()) == 1
    (work_dir / "alerts.jsonl").write_text(whole + '{"half of a li')
    shop(*words, status=0)
    assert (work_dir / "alerts.jsonl").read_text() == whole


def test_a_sink_that_comes_later_gets_what_the_store_holds(shop, work_dir):
    sent = shop(*RUN, status=0).out
    shop(*RUN, "--output", "late.jsonl", status=0)
    assert (work_dir / "late.jsonl").read_text() == sent


def test_a_second_detector_on_one_store_is_refused(shop):
    first = shop.start(*RUN, "--input", "-")
    wait_for(lambda: (shop.folder / "data" / "deltaward.db").exists())
    wait_for(lambda: "run_started" in first.stderr.readline())
    run = shop(*RUN, status=3)
    assert "data" in run.err and "each detector needs a data_dir of its own" in run.err
    first.communicate("", timeout=20)
    assert first.returncode == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_drains_and_stops(shop, number):
    process = shop.start("run", "--policies", "p.yaml", "--input", "-", "--data-dir", "data")
    process.stdin.write(json.dumps(price_change(1)) + "\n")
    process.stdin.flush()
    assert json.loads(process.stdout.readline())["keys"] == {"sku": "S1"}
    process.send_signal(number)
    assert process.wait(timeout=20) == 0  # with stdin still open: the end of input must not be it
    out, err = process.communicate()
    assert out == ""
    assert '"event":"stopping"' in err and "1 records, 1 alerts" in err


def test_a_second_signal_ends_at_once(shop, work_dir):
    """A reader that never reads holds the first one up; nothing is lost by the second."""
    write_changes(work_dir / "c.jsonl", [price_change(n) for n in range(20000)])
    process = shop.start(*RUN)
    process.stdout.read(1)
    process.send_signal(signal.SIGTERM)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=1)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == -signal.SIGTERM
    process.stdout.close()
    process.stderr.close()
    again = shop(*RUN, status=0).out.splitlines()
    assert {json.loads(line)["keys"]["sku"] for line in again} == {f"S{n}" for n in range(20000)}


def test_follow_waits_for_more(shop, work_dir):
    process = shop.start(*RUN, "--follow")
    assert json.loads(process.stdout.readline())["keys"] == {"sku": "S2"}
    with open(work_dir / "c.jsonl", "a", encoding="utf-8") as file:
        file.write(json.dumps(price_change(9)) + "\n")
    assert json.loads(process.stdout.readline())["keys"] == {"sku": "S9"}
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode == 0
    assert shop(*RUN, status=0).out == ""


def test_an_idle_source_does_not_stop_another(shop, work_dir):
    """Stdin says nothing until the file was read."""
    process = shop.start(*RUN, "--input", "-")
    assert json.loads(process.stdout.readline())["keys"] == {"sku": "S2"}
    process.stdin.write(json.dumps(price_change(9)) + "\n")
    process.stdin.flush()
    assert json.loads(process.stdout.readline())["keys"] == {"sku": "S9"}
    err = process.communicate("", timeout=60)[1]
    assert process.returncode == 0 and "4 records, 2 alerts" in err


def test_a_reader_that_goes_away_loses_no_alert(shop, work_dir):
    """`deltaward run | head -n 1`: what the reader did not get comes at the next start."""
    write_changes(work_dir / "c.jsonl", [price_change(n) for n in range(20000)])
    process = shop.start(*RUN)
    first = process.stdout.readline()
    process.stdout.close()
    err = process.stderr.read()
    assert process.wait(20) == 3, err
    assert "sink_closed" in err
    process.stderr.close()
    process.stdin.close()
    ids = [a["id"] for a in shop(*RUN, status=0).lines() if a["status"] == "opened"]
    assert len(set(ids)) == len(ids)
    assert len(set(ids) | {json.loads(first)["id"]}) == 20000


def test_killed_at_any_time_it_goes_on(shop, work_dir):
    changes = [price_change(n) for n in range(3000)]
    write_changes(work_dir / "c.jsonl", changes)
    words = [*RUN, "--output", "alerts.jsonl"]
    for delay in (0.02, 0.05, 0.08, 0.11):
        process = shop.start(*words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(delay)
        except subprocess.TimeoutExpired:
            process.kill()
        process.communicate()
    shop(*words, status=0)
    opened = [json.loads(line) for line in (work_dir / "alerts.jsonl").read_text().splitlines()]
    opened = [a["keys"]["sku"] for a in opened if a["status"] == "opened"]
    assert sorted(opened) == sorted(f"S{n}" for n in range(3000))


@pytest.mark.parametrize("threads", [1, 2, 4, 8])
def test_any_number_of_threads_says_the_same(shop, work_dir, threads):
    write_changes(work_dir / "c.jsonl",
                  [price_change(n % 700, 10, 10 + n % 13, at_us=1772359200000000 + n * 1000)
                   for n in range(9000)])
    keys = ["id", "status", "version", "finding", "count", "title"]
    one = shop(*RUN, "--threads", "1", status=0).lines()
    many = shop(*RUN[:-1], f"data{threads}", "--threads", threads, status=0).lines()
    assert [[a[k] for k in keys] for a in one] == [[a[k] for k in keys] for a in many]


def test_a_broken_policy_is_refused_at_start(shop, work_dir):
    (work_dir / "p.yaml").write_text(BROKEN_POLICY)
    run = shop(*RUN, status=2)
    assert "p.yaml:7:" in run.err and "^" in run.err
    assert not (work_dir / "data").exists()


def test_a_missing_or_broken_source_is_told(shop, work_dir):
    run = shop("run", "--policies", "p.yaml", "--input", "none.jsonl", status=3)
    assert "none.jsonl" in run.err
    whole = gzip.compress((work_dir / "c.jsonl").read_bytes())
    (work_dir / "torn.gz").write_bytes(whole[:-20])
    run = shop("run", "--policies", "p.yaml", "--input", "torn.gz", "--data-dir", "d2", status=3)
    assert "source_failed" in run.err and "torn.gz" in run.err


def test_a_data_dir_that_cannot_be_made(shop, work_dir):
    (work_dir / "file").write_text("")
    run = shop(*RUN[:-1], "file/data", status=3)
    assert "file/data" in run.err
    run = shop(*RUN[:-1], "file", status=3)
    assert "file" in run.err


def test_a_full_disk_stops_it_and_loses_nothing(shop, work_dir):
    """/dev/full refuses every write, as a full disk does."""
    if not os.path.exists("/dev/full"):
        pytest.fail("/dev/full is missing: the test needs it")
    run = shop(*RUN, "--output", "/dev/full", status=3)
    assert "sink_failed" in run.err and "No space left" in run.err
    shop(*RUN, "--output", "alerts.jsonl", status=0)
    assert len((work_dir / "alerts.jsonl").read_text().splitlines()) == 1


def test_a_store_that_cannot_grow_stops_it_and_loses_nothing(shop, work_dir):
    """A limit on the size of files stands for a full disk."""
    write_changes(work_dir / "c.jsonl", [price_change(n) for n in range(20000)])
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
    process = shop.start(*RUN, preexec_fn=limit)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 3 and err.count("store_failed") == 1, err
    sent = [json.loads(line) for line in out.splitlines()]
    again = shop(*RUN, status=0).lines()
    opened = {a["keys"]["sku"] for a in sent + again if a["status"] == "opened"}
    assert len(opened) == 20000


def test_the_log_is_text_on_request(shop):
    run = shop(*RUN, "--log-format", "text", status=0)
    assert run.err.startswith("deltaward: started (policies 1,")
    run = shop(*RUN, "--log-level", "error", status=0)
    assert len(run.err.splitlines()) == 1
