"""Runs the program as a user does, and reads its store as a user does: with SQL."""
import json
import os
import pathlib
import sqlite3
import subprocess

from shipped import POLICIES, paths

ROOT = pathlib.Path(__file__).resolve().parents[1]
TIMEOUT_S = 600


def generate(build, path, count, seed=7):
    """Writes `count` change records."""
    program = build / "tests" / "tools" / "generate_changes"
    subprocess.run([program, "--count", str(count), "--seed", str(seed), "--out", path],
                   check=True, timeout=TIMEOUT_S)
    return path


class Product:
    """One installation: a data folder, an output file, and the shipped policies."""

    def __init__(self, program, folder, policies=POLICIES, output="alerts.jsonl"):
        self.program = program
        self.folder = pathlib.Path(folder)
        self.data_dir = self.folder / "data"
        self.output = output if output == "-" else self.folder / output
        self.policies = policies
        self.data_dir.mkdir(parents=True, exist_ok=True)

    def command(self, source, *options):
        policies = [word for path in paths(self.policies) for word in ("--policies", path)]
        return [self.program, "run", *policies, "--input", source,
                "--data-dir", self.data_dir, "--output", self.output, *options]

    def environment(self):
        """The user's, but for settings of Deltaward's own."""
        return {name: value for name, value in os.environ.items()
                if not name.startswith("DELTAWARD_")}

    def start(self, source, *options, **settings):
        """A process under way; its folder is its own, so that no configuration is found there."""
        settings.setdefault("stdout", subprocess.PIPE)
        settings.setdefault("stderr", subprocess.PIPE)
        return subprocess.Popen(self.command(source, *options), cwd=self.folder,
                                env=self.environment(), **settings)

    def run(self, source, *options, **settings):
        """Runs to the end; .stdout and .stderr are bytes."""
        settings.setdefault("capture_output", True)
        return subprocess.run(self.command(source, *options), cwd=self.folder,
                              env=self.environment(), timeout=TIMEOUT_S, check=False, **settings)

    def run_well(self, source, *options, **settings):
        done = self.run(source, *options, **settings)
        assert done.returncode == 0, done.stderr.decode(errors="replace")
        return done

    def query(self, sql, *parameters):
        store = sqlite3.connect(f"file:{self.data_dir / 'deltaward.db'}?mode=ro", uri=True)
        try:
            return store.execute(sql, parameters).fetchall()
        finally:
            store.close()

    def findings(self):
        """(policy, offset, finding), sorted; repeats of a change are in it more than once."""
        return sorted(self.query("SELECT policy_id, offset, finding FROM signal WHERE kind = 0"))

    def alerts(self):
        """What was said, in no order: (id, status, count, opened, first, last)."""
        return sorted(self.query("SELECT id, status, count, opened_us, first_us, last_us "
                                 "FROM alert"))

    def ledger(self):
        """Sums over all sources, checked to balance."""
        (read, evaluated, quarantined, skipped), = self.query(
            "SELECT sum(read), sum(evaluated), sum(quarantined), sum(skipped) FROM source")
        assert read == evaluated + quarantined + skipped
        (stored,), = self.query("SELECT count(*) FROM quarantine")
        assert stored == quarantined
        return {"read": read, "evaluated": evaluated, "quarantined": quarantined,
                "skipped": skipped}

    def delivered(self):
        """The alerts in the output file: (id, status, count), sorted; every line must be whole."""
        text = self.output.read_text(encoding="utf-8")
        assert text == "" or text.endswith("\n")
        lines = [json.loads(line) for line in text.splitlines()]
        return sorted((line["id"], line["status"], line["count"]) for line in lines)

    def stored_alerts(self):
        """The same of the store."""
        return sorted(self.query("SELECT id, status, count FROM alert"))
