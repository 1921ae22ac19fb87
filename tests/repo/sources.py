"""The repository's files as the rules see them."""
import dataclasses
import functools
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
PRODUCT_FOLDERS = ("lib", "detector", "connectors")
CODE_SUFFIXES = {".c", ".h", ".py", ".cmake", ".sh"}
CODE_NAMES = {"CMakeLists.txt"}

# A layer may include layers of a smaller number; connectors stand outside of this order.
LAYER_ORDER = {"base": 0, "model": 1, "cel": 2, "port": 2, "policy": 3, "engine": 4, "app": 5}
CONNECTOR_MAY_INCLUDE = {"base", "model", "port", "aws"}


@dataclasses.dataclass(frozen=True)
class File:
    path: str  # from the root, with '/'
    text: str

    @property
    def lines(self):
        return self.text.split("\n")


@functools.cache
def tracked():
    """Every text file of the repository, whether committed yet or not, but what git ignores."""
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"],
                            cwd=ROOT, text=True, capture_output=True, check=True)
    files = []
    for path in sorted(set(listed.stdout.splitlines())):
        if (ROOT / path).is_file():
            data = (ROOT / path).read_bytes()
            if b"\0" not in data:
                files.append(File(path, data.decode("utf-8", "replace")))
    assert len(files) > 100, "git lists hardly any files: the rules would check nothing"
    return files


def is_code(file):
    path = pathlib.PurePosixPath(file.path)
    shebang = file.text.startswith("#!")
    return path.suffix in CODE_SUFFIXES or path.name in CODE_NAMES or shebang


def is_written(file):
    """Code and prose, as against data of tests, which may look like anything."""
    prose = file.path.endswith((".md", ".yaml", ".yml")) and "/corpus/" not in file.path
    return is_code(file) or prose


def c_files(folders=PRODUCT_FOLDERS):
    return [file for file in tracked()
            if file.path.endswith((".c", ".h")) and file.path.split("/")[0] in folders]


def layer_of(path):
    """The layer that a path of the product belongs to: "base", ..., or a connector's name."""
    parts = path.split("/")
    return parts[1] if parts[0] in PRODUCT_FOLDERS and len(parts) > 2 else None


def is_connector(layer):
    return layer not in LAYER_ORDER


def may_include(layer, other):
    if layer == other:
        return True
    if layer == "app":
        return True
    if is_connector(layer):
        return other in CONNECTOR_MAY_INCLUDE
    return other in LAYER_ORDER and LAYER_ORDER[other] < LAYER_ORDER[layer]


TOKENS = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def without_comments_and_strings(text):
    """The code alone, every line where it was."""
    def blank(match):
        token = match.group()
        if token.startswith('"'):
            return '""'
        return "\n" * token.count("\n") if token.startswith("/") else "' '"
    return TOKENS.sub(blank, text)


INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)


def includes(file):
    """(line, name) of each #include "name"."""
    return [(file.text.count("\n", 0, match.start()) + 1, match.group(1))
            for match in INCLUDE.finditer(file.text)]
