"""`deltaward policy backtest`: the same alerts as `run`, counted."""
import collections
import json

import pytest

from cli import BROKEN_POLICY, change

DAY_US = 86400 * 1000000
START_US = 1772323200000000  # 2026-03-01

PRICES = """apiVersion: deltaward/v1
kind: Policy
id: price-fell
severity: high
mode: {mode}
match: {{tables: [products], operations: [MODIFY]}}
condition: new.price < old.price
suppression: {{group_by: [keys.sku], duration: 1h}}
alert: {{title: "{{keys.sku}} fell"}}
"""

BURST = """apiVersion: deltaward/v1
kind: Policy
id: burst
severity: high
match: {tables: [products], operations: [MODIFY]}
correlation: {type: event_count, group_by: [table], timespan: 1m, condition: {gte: 3}}
"""


def backtest(program, *words, **keywords):
    return program("policy", "backtest", *words, **keywords)


def write(path, records):
    path.write_text("".join(json.dumps(record) + "\n" for record in records))


@pytest.fixture(name="prices")
def prices_of_three_days(work_dir):
    """Every hour of three days one item falls: S0 every hour, S1 every second, S2 every third."""
    records = [change(n, {"price": 9}, {"price": 8}, sku=f"S{item}",
                      at_us=START_US + n * DAY_US // 24)
               for n in range(72) for item in range(3) if n % (item + 1) == 0]
    write(work_dir / "changes.jsonl", records)
    return records


@pytest.mark.parametrize("mode", ["enforce", "shadow"])
def test_counts_are_those_of_run(program, work_dir, prices, mode):
    (work_dir / "policy.yaml").write_text(PRICES.format(mode="enforce"))
    run = program("run", "--policies", "policy.yaml", "--input", "changes.jsonl",
                  "--data-dir", "data", status=0)
    opened = [alert for alert in run.lines() if alert["status"] == "opened"]
    (work_dir / "policy.yaml").write_text(PRICES.format(mode=mode))
    told = backtest(program, "policy.yaml", "--input", "changes.jsonl", "--json", status=0)
    [policy] = told.lines()[0]["policies"]
    assert told.lines()[0]["records"] == len(prices)
    assert policy["alerts"] == len(opened) > 100
    assert policy["findings"] == policy["matched"] == policy["evaluated"] == len(prices)
    days = collections.Counter(alert["event_time"][:10] for alert in opened)
    assert {day["day"]: day["alerts"] for day in policy["days"]} == days
    assert len(days) == 3
    groups = collections.Counter(alert["group"] for alert in opened)
    assert [(group["group"], group["alerts"]) for group in policy["groups"]] == \
        groups.most_common()
    assert [example["title"] for example in policy["examples"]] == \
        [alert["title"] for alert in opened[:3]]


def test_says_it_to_a_person(program, work_dir, prices):
    (work_dir / "policy.yaml").write_text(PRICES.format(mode="enforce"))
    told = backtest(program, "policy.yaml", "--input", "changes.jsonl", "--examples", 1, status=0)
    lines = told.out.splitlines()
    count = len(prices)
    assert lines[0] == f"{count} records: {count} evaluated, 0 not readable, 0 passed over"
    assert lines[2].startswith("price-fell: ")
    assert '  of ["S0"]' in told.out and "  on 2026-03-02" in told.out
    assert lines[-1].endswith('high  "S0 fell"')
    assert told.err == ""


def test_several_files_are_one_time(program, work_dir):
    """A window goes on from file to file."""
    (work_dir / "policy.yaml").write_text(BURST)
    for n in range(3):
        write(work_dir / f"{n}.jsonl",
              [change(n, {"price": 1}, {"price": 2}, at_us=START_US + n * 1000000)])
    files = [word for n in range(3) for word in ("--input", f"{n}.jsonl")]
    [told] = backtest(program, "policy.yaml", *files, "--json", status=0).lines()
    assert told["policies"][0]["alerts"] == 1
    [told] = backtest(program, "policy.yaml", *files[:4], "--json", status=0).lines()
    assert told["policies"][0]["alerts"] == 0
    assert told["policies"][0]["matched"] == 2


@pytest.mark.parametrize("words,says", [
    (("policy.yaml",), "over which records? --input FILE"),
    (("policy.yaml", "--input", "changes.jsonl", "--policy", "price-fel"),
     "did you mean 'price-fell'?"),
    (("broken.yaml", "--input", "changes.jsonl"), "broken.yaml:"),
])
def test_refused(program, work_dir, prices, words, says):
    (work_dir / "policy.yaml").write_text(PRICES.format(mode="enforce"))
    (work_dir / "broken.yaml").write_text(BROKEN_POLICY)
    run = backtest(program, *words, status=2)
    assert says in run.err and run.out == "" and prices


def test_no_such_file(program, work_dir):
    (work_dir / "policy.yaml").write_text(BURST)
    run = backtest(program, "policy.yaml", "--input", "nothing.jsonl", status=3)
    assert "nothing.jsonl" in run.err
