"""Policies and lookups are taken into force while records flow, or stay out of force whole."""
import json
import os
import signal
import threading

import pytest

from cli import BROKEN_POLICY, POLICY, price_change, wait_for

LOOKUP_POLICY = """\
apiVersion: deltaward/v1
kind: Lookup
id: floors
source: {file: floors.csv}
key: sku
columns: {sku: string, floor: decimal}
---
apiVersion: deltaward/v1
kind: Policy
id: below-floor
severity: high
match: {tables: [products], operations: [MODIFY]}
condition: has(new.price) && lookup_all('floors', keys.sku).exists(f, new.price < f.floor)
alert: {title: "{keys.sku} for {new.price}", runbook: floor.md}
"""


class Running:
    """`run` on stdin, its alerts and log lines read as they come."""

    def __init__(self, program, *words):
        self.process = program.start("run", "--input", "-", "--data-dir", "data", "--log-format",
                                     "json", *words)
        self.alerts, self.events, self.number = [], [], 0
        self.readers = [
            threading.Thread(target=self.read, args=(self.process.stdout, self.alerts)),
            threading.Thread(target=self.read, args=(self.process.stderr, self.events))]
        for reader in self.readers:
            reader.start()
        self.wait("run_started")

    @staticmethod
    def read(stream, into):
        for line in stream:
            into.append(json.loads(line) if line.startswith("{") else {"event": None, "text": line})

    def count(self, event):
        return sum(line["event"] == event for line in self.events)

    def wait(self, event, count=1):
        wait_for(lambda: self.count(event) >= count)
        return [line for line in self.events if line["event"] == event][-1]

    def send(self, before, after, sku=None):
        """Sends one change and the mark of its end, an alert that always comes; titles between."""
        seen = len(self.alerts)
        for one in (price_change(self.number, before, after, sku=sku), self.mark()):
            self.process.stdin.write(json.dumps(one) + "\n")
            self.process.stdin.flush()
        wait_for(lambda: any(a["table"] == "marks" for a in self.alerts[seen:]))
        return [a["title"] for a in self.alerts[seen:]
                if a["table"] != "marks" and a["status"] == "opened"]

    def mark(self):
        self.number += 2
        return price_change(self.number - 1, table="marks", sku=f"mark{self.number}")

    def end(self):
        self.process.stdin.close()
        assert self.process.wait(20) == 0
        for reader in self.readers:
            reader.join()
        self.process.stdout.close()
        self.process.stderr.close()


MARK_POLICY = """\
apiVersion: deltaward/v1
kind: Policy
id: mark
severity: low
match: {tables: [marks]}
alert: {title: mark}
"""


@pytest.fixture
def folder(work_dir):
    """A folder of two policies: the one that changes, and the mark."""
    path = work_dir / "policies"
    path.mkdir()
    (path / "mark.yaml").write_text(MARK_POLICY)
    (path / "p.yaml").write_text(POLICY)
    return path


@pytest.fixture
def running(program, folder):
    run = Running(program, "--policies", "policies")
    yield run
    if run.process.poll() is None and not run.process.stdin.closed:
        run.end()


TRIPLED = POLICY.replace("old.price * 2", "old.price * 3")


def in_place(path, text):
    path.write_text(text)


def by_rename(path, text):
    other = path.with_name(".new")
    other.write_text(text)
    os.rename(other, path)


@pytest.mark.parametrize("write", [in_place, by_rename])
def test_a_changed_policy_is_taken_while_stdin_is_idle(running, folder, write):
    assert running.send(1, 2) == ["Price of S0: 1 -> 2"]
    write(folder / "p.yaml", TRIPLED)
    old = running.wait("run_started")["revision"]
    assert running.wait("policies_reloaded")["revision"] != old
    assert running.send(1, 2) == []
    assert running.send(1, 3) == ["Price of S4: 1 -> 3"]


def test_a_bad_policy_leaves_the_old_one_in_force(running, folder):
    revision = running.wait("run_started")["revision"]
    in_place(folder / "p.yaml", BROKEN_POLICY)
    assert running.wait("reload_failed")["revision"] == revision
    problem = running.wait("policy_problem")
    assert problem["file"].endswith("p.yaml") and problem["line"] == 7
    assert running.send(1, 2) == ["Price of S0: 1 -> 2"]
    in_place(folder / "p.yaml", TRIPLED)
    running.wait("policies_reloaded")
    assert running.send(1, 2) == []


def test_policies_come_and_go(running, folder):
    in_place(folder / "q.yml", POLICY.replace("price-doubled", "again"))
    assert running.wait("policies_reloaded")["policies"] == 3
    assert len(running.send(1, 2)) == 2
    (folder / "q.yml").unlink()
    running.wait("policies_reloaded", 2)
    assert len(running.send(1, 2)) == 1


def test_sighup_reloads_at_once(running, folder):
    running.process.send_signal(signal.SIGHUP)
    running.wait("policies_unchanged")
    assert len(running.send(1, 2)) == 1


def test_a_config_map_is_swapped_by_its_link(program, work_dir):
    """Kubernetes: files are links into ..data, which is a link that is renamed over."""
    folder = work_dir / "mounted"
    for version, text in (("..1", POLICY), ("..2", TRIPLED)):
        (folder / version).mkdir(parents=True)
        (folder / version / "p.yaml").write_text(text)
        (folder / version / "mark.yaml").write_text(MARK_POLICY)
    os.symlink("..1", folder / "..data")
    for name in ("p.yaml", "mark.yaml"):
        os.symlink(f"..data/{name}", folder / name)
    running = Running(program, "--policies", "mounted")
    assert len(running.send(1, 2)) == 1
    os.symlink("..2", folder / "..new")
    os.rename(folder / "..new", folder / "..data")
    running.wait("policies_reloaded")
    assert running.send(1, 2) == []
    running.end()


@pytest.fixture
def with_lookup(program, folder):
    (folder / "p.yaml").write_text(LOOKUP_POLICY)
    (folder / "floors.csv").write_text("sku,floor\nA,10\n")
    run = Running(program, "--policies", "policies")
    yield run
    run.end()


def test_a_changed_lookup_is_read_again_alone(with_lookup, folder):
    assert with_lookup.send(20, 9, sku="A") == ["A for 9"]
    by_rename(folder / "floors.csv", "sku,floor\nA,10\nB,5\n")
    with_lookup.wait("lookups_reloaded")
    assert with_lookup.send(20, 4, sku="B") == ["B for 4"]
    assert with_lookup.count("policies_reloaded") == 0


def test_a_bad_lookup_leaves_the_old_rows(with_lookup, folder):
    in_place(folder / "floors.csv", "sku,floor\nA,ten\n")
    with_lookup.wait("reload_failed")
    assert "floors.csv" in with_lookup.wait("policy_problem")["file"]
    assert with_lookup.send(20, 9, sku="A") == ["A for 9"]
    (folder / "floors.csv").unlink()
    with_lookup.wait("reload_failed", 2)
    assert with_lookup.send(20, 8, sku="A") == []  # the finding joins the open alert
    in_place(folder / "floors.csv", "sku,floor\nB,5\n")
    with_lookup.wait("lookups_reloaded")
    assert with_lookup.send(20, 4, sku="B") == ["B for 4"]


def test_a_policy_whose_lookup_comes_later_is_taken_then(running, folder):
    in_place(folder / "p.yaml", LOOKUP_POLICY)
    running.wait("reload_failed")
    in_place(folder / "floors.csv", "sku,floor\nA,10\n")
    running.wait("policies_reloaded")
    assert running.send(20, 9, sku="A") == ["A for 9"]
