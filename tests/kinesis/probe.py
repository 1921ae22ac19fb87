"""Drives build/.../kinesis_probe: the Kinesis source in a process that can be killed."""
import json
import os
import signal
import subprocess
import time

from services import KEYS

WAIT_S = 120


class Probe:
    """One reader of a stream, whose records, notices and positions lie in a folder."""

    def __init__(self, build, folder, endpoint, stream, **options):
        self.program = build / "tests" / "tools" / "kinesis_probe"
        self.folder = folder
        self.options = {"endpoint": endpoint, "stream": stream, "folder": folder,
                        "pace": 20, **options}
        self.process = None
        folder.mkdir(exist_ok=True)

    def start(self, **options):
        arguments = []
        for name, value in {**self.options, **options}.items():
            if value is not None:
                arguments += [f"--{name.replace('_', '-')}", str(value)]
        self.process = subprocess.Popen([self.program, *arguments],
                                        env={**os.environ, **KEYS, "AWS_MAX_ATTEMPTS": "1"})
        return self

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def stop(self, number=signal.SIGTERM):
        """Ends it; what it said about itself at the end is for the caller."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)
            code = self.process.wait(10)
            assert code == (0 if number == signal.SIGTERM else -number)
        self.process = None

    def kill(self):
        self.stop(signal.SIGKILL)

    def to_end(self, idle_ms=1500, **options):
        """Reads until nothing comes any more."""
        self.start(idle_ms=idle_ms, **options)
        assert self.process.wait(WAIT_S * 2) == 0
        self.process = None
        return self

    def lines(self, name):
        path = self.folder / name
        text = path.read_text() if path.exists() else ""
        return [json.loads(line) for line in text[:text.rfind("\n") + 1].splitlines()]

    @property
    def records(self):
        return self.lines("records")

    @property
    def notices(self):
        return self.lines("notices")

    def kinds(self):
        return [notice["kind"] for notice in self.notices]

    @property
    def positions(self):
        path = self.folder / "positions"
        return dict(line.split("\t") for line in path.read_text().splitlines()) \
            if path.exists() else {}

    @property
    def parts(self):
        path = self.folder / "parts"
        return json.loads(path.read_text()) if path.exists() else {"parts": {}, "trouble": ""}

    def wait_for(self, condition, what="it", seconds=WAIT_S):
        until = time.monotonic() + seconds
        while not condition(self):
            assert self.process.poll() is None, f"the probe ended: {self.process.returncode}"
            assert time.monotonic() < until, f"{what} did not come"
            time.sleep(0.02)
        return self
