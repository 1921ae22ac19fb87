"""Processes that outlive the one that started them, known by their id and their time of start."""
import contextlib
import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import time

START_S = 180
STOP_S = 6
PORTS = (15000, 32000)


class ServiceError(Exception):
    """What a person must know: not installed, or not started."""


def free_port():
    """A port that nobody listens at, below those that the kernel gives to connections: it must
    still be free when a service that was stopped starts again."""
    while True:
        port = random.randrange(*PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def read_state(path):
    with contextlib.suppress(FileNotFoundError):
        return json.loads(path.read_text())
    return {}


def write_state(path, state):
    aside = path.with_suffix(".new")
    aside.write_text(json.dumps(state, indent=1) + "\n")
    aside.replace(path)


def started_at(pid):
    """The time of start of a process in ticks since boot; None when it is gone or a zombie."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] == "Z" else int(fields[19])


def is_running(known):
    """Is this still the process that was started, and no later one that got its id?"""
    return bool(known) and started_at(known["pid"]) == known["started"]


def start(command, log, **settings):
    """Starts a process in a session of its own; its output is appended to `log`."""
    with open(log, "ab") as output:
        child = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL,
                                 stdout=output, stderr=output, start_new_session=True,
                                 **settings)
    return {"pid": child.pid, "started": started_at(child.pid)}


def signal_to(known, number):
    """A process that ends at this moment is what is wanted anyway."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(known["pid"], number)


def stop(all_known, at_once=False):
    """Ends them together and waits until they are gone."""
    running = [known for known in all_known if is_running(known)]
    for known in running:
        signal_to(known, signal.SIGKILL if at_once else signal.SIGTERM)
        signal_to(known, signal.SIGCONT)
    end = time.monotonic() + STOP_S
    while any(map(is_running, running)):
        if time.monotonic() > end:  # brokers whose controllers are gone wait for them
            for known in filter(is_running, running):
                signal_to(known, signal.SIGKILL)
        time.sleep(0.02)


def log_end(path, lines=8):
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])


def wait_ready(name, known, log, ready):
    """Asks `ready` until it is true; ServiceError when the process ends or never answers."""
    end = time.monotonic() + START_S
    while True:
        with contextlib.suppress(OSError):
            if ready():
                return
        if not is_running(known):
            raise ServiceError(f"{name} ended while it started:\n{log_end(log)}")
        if time.monotonic() > end:
            raise ServiceError(f"{name} did not answer within {START_S} s:\n{log_end(log)}")
        time.sleep(0.05)
