"""Fetches what the services are made of into .deps/, once a pinned version, through the ordinary
clients: mvn, npm and pip."""
import contextlib
import fcntl
import hashlib
import pathlib
import shutil
import subprocess

from process import ServiceError

HERE = pathlib.Path(__file__).resolve().parent
DEPS = HERE.parents[1] / ".deps"
KAFKA_LIBS = DEPS / "kafka" / "libs"
KINESIS_MAIN = DEPS / "kinesis-local" / "package" / "main.js"
VENV = DEPS / "venv"

COPY_JARS = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
KINESIS_PACKAGE = "kinesis-local@0.6.2"
KINESIS_SHA256 = "7f450e244b3c609b640b22ab005c9fdeaeb6e49d72403a3b6ebd9c3270b32cb5"
ATTEMPTS = 3


def run(command, folder=None):
    """Runs a client of a registry, again when it fails: networks do."""
    for attempt in range(ATTEMPTS):
        try:
            done = subprocess.run([str(word) for word in command], cwd=folder, text=True,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, check=False)
        except FileNotFoundError:
            raise ServiceError(f"{command[0]} is not there: run tools/deps --test") from None
        if done.returncode == 0:
            return done.stdout
    said = "\n".join(done.stdout.splitlines()[-15:])
    raise ServiceError(f"{command[0]} failed {ATTEMPTS} times:\n{said}")


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def check_jars(libs):
    lines = (HERE / "kafka" / "SHA256SUMS").read_text().splitlines()
    wanted = {name: digest for digest, name in (line.split() for line in lines)}
    found = {path.name: sha256(path) for path in libs.glob("*.jar")}
    wrong = sorted(name for name in wanted | found if wanted.get(name) != found.get(name))
    if wrong:
        raise ServiceError(f"jars of Kafka that are not the pinned ones: {', '.join(wrong)}")


def install_kafka(folder):
    libs = folder / "libs"
    run(["mvn", "-q", "-B", "-U", "--strict-checksums", "-f", HERE / "kafka" / "pom.xml",
         COPY_JARS, f"-DoutputDirectory={libs}", "-DincludeScope=runtime"])
    check_jars(libs)


def install_kinesis(folder):
    folder.mkdir(parents=True)
    run(["npm", "pack", "--silent", KINESIS_PACKAGE], folder)
    archive, = folder.glob("*.tgz")
    if sha256(archive) != KINESIS_SHA256:
        raise ServiceError(f"{archive.name} is not the pinned one: {sha256(archive)}")
    run(["tar", "-xzf", archive], folder)


def install_moto(folder):
    run(["/usr/bin/python3", "-m", "venv", folder])
    run([folder / "bin" / "pip", "install", "-q", "--disable-pip-version-check",
         "-r", HERE / "moto" / "requirements.txt"])


PARTS = {
    "kafka": (DEPS / "kafka", install_kafka, ["kafka/pom.xml", "kafka/SHA256SUMS"]),
    "kinesis": (DEPS / "kinesis-local", install_kinesis, ["installation.py"]),
    "moto": (VENV, install_moto, ["moto/requirements.txt"]),
}


@contextlib.contextmanager
def locked(name):
    """Two callers at once: the second waits and then finds it done."""
    DEPS.mkdir(exist_ok=True)
    with open(DEPS / f".{name}.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def install(name):
    """Does nothing when the wanted version is there."""
    folder, make, inputs = PARTS[name]
    version = hashlib.sha256(b"".join((HERE / path).read_bytes() for path in inputs)).hexdigest()
    stamp = folder / ".version"
    with locked(name):
        if stamp.is_file() and stamp.read_text() == version:
            return
        shutil.rmtree(folder, ignore_errors=True)
        make(folder)
        stamp.write_text(version)
