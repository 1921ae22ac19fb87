"""The image that the Dockerfile makes, started as Kubernetes would under its strictest rules: root
read-only, no capabilities, user 65532, nothing writable but the data folder."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

import pytest

import images
from cli import POLICY, price_change, wait_for, write_changes
from probes import ask, values

USER = 65532
SIZE_MAX_MB = 40
ENVIRONMENT = {"SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt",
               "DELTAWARD_DATA_DIR": "/var/lib/deltaward"}


class Image:
    """The image's root in a folder, and one writable folder for each start."""

    def __init__(self, folder):
        self.folder = folder
        self.buildah = images.build()
        self.root = images.root_of(self.buildah, folder / "root")
        self.run_as = folder / "run_as"
        images.run("gcc", "-O1", "-static", "-o", self.run_as, images.ROOT / "tests/image/run_as.c")

    def state(self):
        """A folder that the user of the image may write."""
        made = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        made.chmod(0o755)
        os.chown(made, USER, USER)
        return made

    def words(self, state, *words, config=None):
        """bwrap as root, so that it works where user namespaces are refused."""
        command = ["bwrap", "--die-with-parent", "--unshare-pid", "--unshare-ipc", "--clearenv",
                   "--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID",
                   "--cap-add", "CAP_SETPCAP", "--ro-bind", self.root, "/", "--proc", "/proc",
                   "--dev", "/dev", "--tmpfs", "/tmp", "--ro-bind", self.run_as, "/tmp/run_as",
                   "--remount-ro", "/tmp", "--bind", state, "/var/lib/deltaward",
                   "--chdir", "/var/lib/deltaward"]
        for name, value in ENVIRONMENT.items():
            command += ["--setenv", name, value]
        if config:
            command += ["--ro-bind", config, "/etc/deltaward"]
        return [str(word) for word in
                [*command, "/tmp/run_as", USER, "/usr/bin/deltaward", *words]]

    def __call__(self, state, *words, **keywords):
        done = subprocess.run(self.words(state, *words, **keywords), capture_output=True,
                              text=True, timeout=120, check=False)
        assert done.returncode == 0, f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done


@pytest.fixture(scope="module")
def image():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="deltaward-image-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        yield Image(folder)
    except images.ImageError as error:
        pytest.fail(str(error), pytrace=False)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def config(image):
    """A folder with a policy and three records that break it, for /etc/deltaward."""
    folder = pathlib.Path(tempfile.mkdtemp(dir=image.folder))
    folder.chmod(0o755)
    (folder / "p.yaml").write_text(POLICY)
    write_changes(folder / "c.jsonl", [price_change(n) for n in range(3)])
    return folder


def settings(image):
    """What the image says of itself."""
    text = images.run(*image.buildah, "inspect", "--type", "image", images.IMAGE)
    return json.loads(text)["OCIv1"]["config"]


def test_settings(image):
    found = settings(image)
    assert found["User"] == "65532:65532"
    assert found["Entrypoint"] == ["/usr/bin/deltaward"]
    assert found["WorkingDir"] == "/var/lib/deltaward"
    environment = dict(one.split("=", 1) for one in found["Env"])
    assert {k: environment[k] for k in ENVIRONMENT} == ENVIRONMENT


def test_what_is_inside(image):
    files = [path.relative_to(image.root) for path in image.root.rglob("*") if path.is_file()]
    programs = [str(path) for path in files if os.access(image.root / path, os.X_OK)
                and ".so" not in path.name]
    assert programs == ["usr/bin/deltaward"], "there is more to run than the product"
    names = {str(path) for path in files}
    assert "etc/ssl/certs/ca-certificates.crt" in names
    assert "usr/share/zoneinfo/Europe/Berlin" in names
    assert "usr/share/deltaward/policies/commerce/negative-quantity.yaml" in names
    assert "usr/share/deltaward/LICENSE" in names
    writable = [str(path) for path in [image.root, *image.root.rglob("*")]
                if not path.is_symlink() and path.stat().st_mode & 0o022 and path.name != "tmp"]
    assert writable == [], "somebody else may write here"
    owner = (image.root / "var/lib/deltaward").stat()
    assert (owner.st_uid, owner.st_gid) == (USER, USER)
    size_mb = sum((image.root / path).stat().st_size for path in files) / 1e6
    print(f"image: {size_mb:.1f} MB in {len(files)} files")
    assert size_mb < SIZE_MAX_MB


def test_it_holds_the_whole_product(image):
    """With Kafka: the commands that need it are not refused as left out."""
    help_text = image(image.state(), "--help").stdout
    for command in ("run", "connect", "detect", "notify"):
        assert f"\n  {command} " in help_text
    words = image.words(image.state(), "topics", "create", "--brokers", "127.0.0.1:1")
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 3 and "has no Kafka" not in done.stderr, done.stderr


def test_the_demo_on_a_read_only_root(image):
    state = image.state()
    done = image(state, "demo", "--keep", "/var/lib/deltaward/shop")
    assert "Planted were" in done.stderr and "price-outside-promotion" in done.stdout
    assert (state / "shop/data/deltaward.db").stat().st_uid == USER
    listed = image(state, "alerts", "list", "--data-dir", "shop/data", "--json")
    assert len(listed.stdout.splitlines()) > 3


def test_records_of_a_file(image, config):
    state = image.state()
    done = image(state, "run", "--policies", "/etc/deltaward/p.yaml", "--input",
                 "/etc/deltaward/c.jsonl", config=config)
    assert [json.loads(line)["title"] for line in done.stdout.splitlines()] == [
        f"Price of S{n}: 10 -> 20" for n in range(3)]
    assert (state / "deltaward.db").exists()
    image(state, "eval", "timestamp('2026-07-01T12:00:00Z').getHours('Europe/Berlin') == 14")


def process_of(bwrap):
    """The program's own process id: the last of bwrap's descendants."""
    found = bwrap
    while True:
        children = pathlib.Path(f"/proc/{found}/task/{found}/children").read_text().split()
        if not children:
            return found
        found = int(children[0])


def test_a_detector_that_goes_on(image, config):
    """Its rights, its probes, and a stop that loses nothing."""
    state = image.state()
    words = image.words(state, "run", "--policies", "/etc/deltaward/p.yaml", "--input",
                        "/etc/deltaward/c.jsonl", "--follow", "--listen", "127.0.0.1:0",
                        config=config)
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True) as bwrap:
        try:
            event = next(e for e in map(json.loads, bwrap.stderr) if e["event"] == "http_listening")
            host, port = event["address"].rsplit(":", 1)
            wait_for(lambda: ask((host, int(port)), "/readyz")[0] == 200)
            assert ask((host, int(port)), "/livez")[0] == 200
            wait_for(lambda: values(ask((host, int(port)), "/metrics")[1]).get(
                'deltaward_matches_total{policy="price-doubled"}') == 3)
            own = process_of(bwrap.pid)
            status = dict(line.split(":\t", 1) for line in
                          pathlib.Path(f"/proc/{own}/status").read_text().splitlines())
            assert status["Name"] == "deltaward"
            assert status["Uid"].split() == status["Gid"].split() == [str(USER)] * 4
            assert status["Groups"].strip() == "" and status["NoNewPrivs"] == "1"
            for kind in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
                assert int(status[kind], 16) == 0
            mounts = [line.split() for line in
                      pathlib.Path(f"/proc/{own}/mountinfo").read_text().splitlines()]
            open_to_writes = {m[4] for m in mounts if "ro" not in m[5].split(",")}
            assert not {one for one in open_to_writes if not one.startswith(("/dev", "/proc"))} - {
                "/var/lib/deltaward"}
            os.kill(own, signal.SIGTERM)
            out, _ = bwrap.communicate(timeout=30)
            assert bwrap.returncode == 0
            assert len(out.splitlines()) == 3
        finally:
            bwrap.kill()
    listed = image(state, "alerts", "list", "--json")
    assert len(listed.stdout.splitlines()) == 3
