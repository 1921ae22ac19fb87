"""`deltaward policy stats`: what a store counted of each policy, and what it remembers."""
import json

import pytest

from cli import change

START_US = 1772323200000000
SECOND_US = 1000000

POLICIES = """apiVersion: deltaward/v1
kind: Policy
id: fell
severity: high
match: {tables: [products], operations: [MODIFY]}
condition: new.price < old.price
suppression: {group_by: [keys.sku], duration: 1h}
---
apiVersion: deltaward/v1
kind: Policy
id: fell-in-shadow
severity: high
mode: shadow
match: {tables: [products], operations: [MODIFY]}
condition: new.price < old.price
---
apiVersion: deltaward/v1
kind: Policy
id: first-writer
severity: low
match: {tables: [products], operations: [MODIFY]}
correlation:
  {type: new_terms, fields: [new.by], group_by: [keys.sku], history_window: 10d, learning: 1h}
"""


@pytest.fixture(name="ran", autouse=True)
def a_run(program, work_dir):
    """S0 every half hour for two hours, S1 twice at the end; each fall counts."""
    changes = [change(n, {"price": 9}, {"price": 8, "by": "eve"}, sku="S0",
                      at_us=START_US + n * 1800 * SECOND_US) for n in range(5)]
    changes += [change(9 + n, {"price": 9}, {"price": 8, "by": "eve"}, sku="S1",
                       at_us=START_US + (7200 + n) * SECOND_US) for n in range(2)]
    (work_dir / "changes.jsonl").write_text("".join(json.dumps(c) + "\n" for c in changes))
    (work_dir / "policies.yaml").write_text(POLICIES)
    program("run", "--policies", "policies.yaml", "--input", "changes.jsonl",
            "--data-dir", "data", status=0)


def stats(program, *words):
    return program("policy", "stats", "--data-dir", "data", *words, status=0)


def test_counts_and_memory(program):
    told = {policy["policy"]: policy for policy in stats(program, "--json").lines()}
    assert list(told) == ["fell", "fell-in-shadow", "first-writer"]
    assert told["fell"]["counts"] == {"alerts": 4, "evaluated": 7, "matched": 7, "suppressed": 3}
    assert told["fell"]["findings"] == 7 and told["fell"]["correlations"] == []
    assert told["fell-in-shadow"]["counts"]["shadowed"] == 7
    assert told["fell-in-shadow"]["findings"] == 0
    [memory] = told["first-writer"]["correlations"]
    assert (memory["type"], memory["groups"], memory["learning"]) == ("new_terms", 2, 1)
    assert memory["bytes"] > 0


def test_of_one_policy_for_a_person(program):
    told = stats(program, "--policy", "first-writer").out.splitlines()
    assert told[0].split()[0] == "POLICY"
    assert told[1].split() == ["first-writer", "7", "7", "0", "0", "0", "0"]
    assert told[2].startswith("  new_terms remembers 2 groups (1 learning) in ")
    assert len(told) == 3


def test_unknown(program):
    run = stats(program, "--policy", "nothing")
    assert run.out == "" and "nothing was counted yet" in run.err
    run = program("policy", "stats", "--data-dir", "elsewhere", status=3)
    assert "--data-dir DIR names the directory" in run.err
