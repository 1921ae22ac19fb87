"""Makes the image with buildah, without a container engine and without a registry: its base is made
by debootstrap from this machine's apt sources. Everything is kept in .deps/image, so that only what
changed is built again."""
import os
import pathlib
import re
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
KEPT = ROOT / ".deps" / "image"
BASE = "localhost/deltaward-base:bookworm"
IMAGE = "localhost/deltaward:test"
TIMEOUT_S = 1800
KEPT_MAX_MB = 4000


class ImageError(Exception):
    """What to tell the person who runs the tests."""


def run(*words, **keywords):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True,
                          timeout=TIMEOUT_S, check=False, **keywords)
    if done.returncode != 0:
        lines = (done.stdout + done.stderr).splitlines()[-30:]
        raise ImageError(f"{' '.join(map(str, words))}: status {done.returncode}\n"
                         + "\n".join(lines))
    return done.stdout


def check_machine():
    if os.geteuid() != 0:
        raise ImageError("building and starting the image needs root: run these tests as root")
    for program in ("buildah", "debootstrap", "bwrap"):
        if not shutil.which(program):
            raise ImageError(f"there is no {program}: run tools/deps --test")


def storage_driver():
    """overlay where the file system can do it; else plain copies."""
    for driver in ("overlay", "vfs"):
        words = ["buildah", "--root", KEPT / driver, "--runroot", KEPT / "run",
                 "--storage-driver", driver]
        try:
            container = run(*words, "from", "scratch").strip()
            mount = pathlib.Path(run(*words, "mount", container).strip())
            (mount / "x").write_text("x")
            run(*words, "rm", container)
            return words
        except (ImageError, OSError):
            continue
    raise ImageError(f"buildah cannot keep images under {KEPT}")


def mirror():
    """The first Debian mirror of this machine's apt."""
    places = [pathlib.Path("/etc/apt/sources.list"),
              *sorted(pathlib.Path("/etc/apt/sources.list.d").glob("*"))]
    for place in places:
        text = place.read_text(errors="replace") if place.is_file() else ""
        found = re.search(r"^(?:deb .*?|URIs:\s*)(https?://\S+/debian/?)(?:\s|$)", text, re.M)
        if found:
            return [found.group(1)]
    return []


def make_base(buildah):
    """Debian as debootstrap makes it, with this machine's apt sources and certificates."""
    if BASE in run(*buildah, "images", "--format", "{{.Name}}:{{.Tag}}").split():
        return
    folder = KEPT / "base"
    shutil.rmtree(folder, ignore_errors=True)
    run("debootstrap", "--variant=minbase", "--include=ca-certificates", "bookworm", folder,
        *mirror())
    (folder / "etc/apt/sources.list").unlink(missing_ok=True)
    for name in ("sources.list", "sources.list.d"):
        run("cp", "-a", f"/etc/apt/{name}", folder / "etc/apt/") if os.path.exists(
            f"/etc/apt/{name}") else None
    for conf in pathlib.Path("/etc/apt/apt.conf.d").glob("*"):
        if re.search("Check-(Date|Valid)|Proxy", conf.read_text(errors="replace")):
            shutil.copy(conf, folder / "etc/apt/apt.conf.d")
    for certificate in pathlib.Path("/usr/local/share/ca-certificates").glob("*.crt"):
        shutil.copy(certificate, folder / "usr/local/share/ca-certificates")
    run("chroot", folder, "update-ca-certificates")
    container = run(*buildah, "from", "scratch").strip()
    run(*buildah, "add", "-q", container, folder, "/")
    run(*buildah, "commit", "-q", "--rm", container, BASE)
    shutil.rmtree(folder)


def context():
    """What a clone holds, for the Dockerfile: nothing that only lies about here."""
    folder = KEPT / "context"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    names = run("git", "-C", ROOT, "ls-files", "-z").split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
            os.utime(folder / name, (0, 0))  # layers are told apart by contents alone
    return folder


def forget_when_large():
    """Layers of older sources are of no use; when they grow large all is begun anew."""
    size = int(run("du", "-sxm", KEPT).split()[0]) if KEPT.exists() else 0
    if size > KEPT_MAX_MB:
        shutil.rmtree(KEPT)


def build():
    """Builds the image; returns the words that call buildah."""
    check_machine()
    forget_when_large()
    KEPT.mkdir(parents=True, exist_ok=True)
    buildah = storage_driver()
    make_base(buildah)
    words = ["bud", "--isolation", "chroot", "--layers", "--timestamp", "0", "--pull-never",
             "--build-arg", f"BASE={BASE}", "-t", IMAGE]
    made = ROOT / ".deps" / "librdkafka"
    if (made / "stamp").exists():  # built by tools/deps here: it need not be built again there
        words += ["--volume", f"{made}:/src/.deps/librdkafka:ro"]
    run(*buildah, *words, context())
    return buildah


def root_of(buildah, folder):
    """A copy of the image's root that any user may enter."""
    container = run(*buildah, "from", "--pull-never", IMAGE).strip()
    try:
        mount = run(*buildah, "mount", container).strip()
        run("cp", "-a", f"{mount}/.", folder)
    finally:
        run(*buildah, "rm", container)
    os.chmod(folder, 0o755)
    return folder
