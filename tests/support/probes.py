"""What an operator's tools see of a process: its probes and metrics; and how one thread of it is
made to stand still."""
import contextlib
import ctypes
import http.client
import os
import pathlib
import subprocess

TIMEOUT_S = 20
FLIP_S = 30
PROBE_TIMEOUT_S = 5
PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_DETACH = 0x4206, 0x4207, 17
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def ask(address, path, method="GET", body=None, timeout=TIMEOUT_S):
    """Status, body and headers of one answer."""
    connection = http.client.HTTPConnection(*address, timeout=timeout)
    try:
        connection.request(method, path, body=body)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), dict(answer.getheaders())
    finally:
        connection.close()


def values(text):
    """Series of an exposition and their values."""
    return {name: float(value) for name, value in
            (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))}


def check_metrics(text):
    """By the makers of the format: names, help texts, types and escapes (Debian: prometheus)."""
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True,
                          text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def ptrace(request, thread):
    if libc.ptrace(request, thread, None, None) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"ptrace {request:#x}: {os.strerror(code)}")


@contextlib.contextmanager
def stopped(thread):
    """One thread of another process stands still; the others go on."""
    ptrace(PTRACE_SEIZE, thread)
    ptrace(PTRACE_INTERRUPT, thread)
    os.waitpid(thread, 0x40000000)  # __WALL
    try:
        yield
    finally:
        ptrace(PTRACE_DETACH, thread)


def threads_of(process):
    """Threads of ours, the first one first: those of librdkafka bear its name."""
    tasks = pathlib.Path(f"/proc/{process.pid}/task")
    return sorted(int(task.name) for task in tasks.iterdir()
                  if not (task / "comm").read_text().startswith("rdk:"))


def probe(address):
    """What the kubelet would make of it: status and body, or that nobody answered."""
    try:
        return ask(address, "/livez", timeout=PROBE_TIMEOUT_S)[:2]
    except OSError as error:
        return 0, f"no answer: {error}"
