"""kinesis-local: Kinesis Data Streams with shards that split and merge, over plain HTTP and TLS."""
import os
import urllib.request

import installation
import process

PRELOAD = installation.HERE / "kinesis" / "preload.js"

# It makes much garbage: a larger nursery saves a tenth of its time.
YOUNG = "--max-semi-space-size=64"


def answers(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthcheck", timeout=2) as answer:
        return answer.status == 200


def up(arguments):
    path, log = arguments.dir / "kinesis.json", arguments.dir / "kinesis.log"
    state = process.read_state(path) or {"port": process.free_port(),
                                         "tls_port": process.free_port()}
    if not process.is_running(state.get("process")):
        settings = {"KINESIS_MOCK_PLAIN_PORT": str(state["port"]),
                    "KINESIS_MOCK_TLS_PORT": str(state["tls_port"]), "LOG_LEVEL": "ERROR"}
        state["process"] = process.start(
            ["node", YOUNG, "-r", PRELOAD, installation.KINESIS_MAIN], log,
            cwd=installation.KINESIS_MAIN.parent, env={**os.environ, **settings})
        process.write_state(path, state)
    process.wait_ready("kinesis-local", state["process"], log, lambda: answers(state["port"]))
    return {"endpoint": f"http://127.0.0.1:{state['port']}",
            "tls_endpoint": f"https://127.0.0.1:{state['tls_port']}",
            "pid": state["process"]["pid"]}


def down(arguments):
    state = process.read_state(arguments.dir / "kinesis.json")
    process.stop([state.get("process")], arguments.kill)
