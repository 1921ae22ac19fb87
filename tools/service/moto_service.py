"""moto server: SNS, SQS, EventBridge, STS, IAM and Kinesis, in memory."""
import os
import urllib.request

import installation
import process

SERVER = installation.HERE / "moto" / "server.py"

# Calls that make a user, a key and a policy before signatures are checked.
UNCHECKED_CALLS = "4"


def answers(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/moto-api/", timeout=2) as answer:
        return answer.status == 200


def up(arguments):
    path, log = arguments.dir / "moto.json", arguments.dir / "moto.log"
    state = process.read_state(path) or {"port": process.free_port()}
    if not process.is_running(state.get("process")):
        settings = {"INITIAL_NO_AUTH_ACTION_COUNT": UNCHECKED_CALLS} if arguments.auth else {}
        state["process"] = process.start(
            [installation.VENV / "bin" / "python3", SERVER, "-H", "127.0.0.1",
             "-p", state["port"]], log, env={**os.environ, **settings})
        process.write_state(path, state)
    process.wait_ready("moto server", state["process"], log, lambda: answers(state["port"]))
    return {"endpoint": f"http://127.0.0.1:{state['port']}", "pid": state["process"]["pid"]}


def down(arguments):
    state = process.read_state(arguments.dir / "moto.json")
    process.stop([state.get("process")], arguments.kill)
