"""What the suites of the command line share: calling the program, and small inputs for it."""
import json
import os
import subprocess
import time

import patience

TIMEOUT_S = 60


class Run:
    """The end of one call: status, stdout, stderr (texts)."""

    def __init__(self, done):
        self.status = done.returncode
        self.out = done.stdout
        self.err = done.stderr

    def lines(self):
        return [json.loads(line) for line in self.out.splitlines()]


class Program:
    """Calls the program in one folder, with no configuration of the caller's environment."""

    def __init__(self, path, folder):
        self.path = str(path)
        self.folder = folder

    def environment(self, extra=None):
        kept = {k: v for k, v in os.environ.items() if not k.startswith("DELTAWARD_")}
        return {**kept, "NO_COLOR": "1", **(extra or {})}

    def __call__(self, *words, stdin="", env=None, status=None):
        done = subprocess.run([self.path, *map(str, words)], cwd=self.folder, input=stdin,
                              capture_output=True, text=True, timeout=TIMEOUT_S,
                              env=self.environment(env), check=False)
        run = Run(done)
        if status is not None:
            assert run.status == status, f"{words}: {run.status}\n{run.out}\n{run.err}"
        return run

    def start(self, *words, **keywords):
        """A process that goes on; its pipes are the caller's."""
        options = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen([self.path, *map(str, words)], cwd=self.folder, text=True,
                                env=self.environment(), **{**options, **keywords})


def change(number, old=None, new=None, op=None, table="products", sku=None, at_us=None):
    """One record as Kinesis carries it; `old` and `new` map names to numbers or texts."""
    def image(values):
        return {k: {"N": str(v)} if isinstance(v, (int, float)) else {"S": v}
                for k, v in values.items()}
    keys = {"sku": sku or f"S{number}"}
    dynamodb = {"ApproximateCreationDateTime": at_us or 1772359200000000 + number * 1000000,
                "ApproximateCreationDateTimePrecision": "MICROSECOND", "Keys": image(keys),
                "SizeBytes": 64}
    if old is not None:
        dynamodb["OldImage"] = image({**keys, **old})
    if new is not None:
        dynamodb["NewImage"] = image({**keys, **new})
    operation = op or ("INSERT" if old is None else "REMOVE" if new is None else "MODIFY")
    return {"awsRegion": "eu-west-1", "eventID": f"00000000-0000-4000-8000-{number:012d}",
            "eventName": operation, "userIdentity": None, "recordFormat": "application/json",
            "tableName": table, "dynamodb": dynamodb, "eventSource": "aws:dynamodb"}


def write_changes(path, changes):
    path.write_text("".join(json.dumps(one) + "\n" for one in changes))
    return path


def price_change(number, before=10, after=20, **keywords):
    return change(number, {"price": before}, {"price": after}, **keywords)


POLICY = """\
apiVersion: deltaward/v1
kind: Policy
id: price-doubled
owner: pricing
severity: high
match: {tables: [products], operations: [MODIFY], attributes_changed: [price]}
condition: has(new.price) && has(old.price) && new.price >= old.price * 2
alert: {title: "Price of {keys.sku}: {old.price} -> {new.price}", runbook: price.md}
tags: [commerce]
tests:
  - name: twice the price
    events: [{at: 0s, op: MODIFY, keys: {sku: A}, old: {price: 1}, new: {price: 2}}]
    expect: {fired: true, severity: high, title: "Price of A: 1 -> 2"}
  - name: a little more
    events: [{at: 0s, op: MODIFY, keys: {sku: A}, old: {price: 2}, new: {price: 3}}]
    expect: {fired: false}
"""

BROKEN_POLICY = POLICY.replace("old.price * 2", "old.price * 2 &&")


def wait_for(what, seconds=20.0):
    """Asks until the answer is true; fails after a while."""
    end = patience.deadline(seconds)
    while time.monotonic() < end:
        answer = what()
        if answer:
            return answer
        time.sleep(0.02)
    raise AssertionError(f"did not happen within {seconds} s: {what}")
