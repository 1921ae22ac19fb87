"""Rules on the text of files. Each takes files and returns its findings as "path:line: what"."""
import re

import sources

LINE_COLUMNS_MAX = 100
MACROS_PER_1000_LINES = 1
CONDITIONALS_PER_1000_LINES = 2

BANNED_CALLS = {
    "strcpy": "no bound", "strcat": "no bound", "sprintf": "no bound", "vsprintf": "no bound",
    "gets": "no bound", "strtok": "hidden state", "atoi": "no errors", "atol": "no errors",
    "atoll": "no errors", "atof": "no errors", "system": "a shell", "popen": "a shell",
    "alloca": "unbounded stack", "rand": "hidden state", "srand": "hidden state",
    "localtime": "hidden state", "gmtime": "hidden state", "asctime": "hidden state",
    "ctime": "hidden state", "strerror_l": "unused here", "setjmp": "jumps", "longjmp": "jumps",
}
BANNED = re.compile(r"(?<![\w.>])(" + "|".join(BANNED_CALLS) + r")\s*\(")

# Spelt so that this file does not find itself.
PRIVATE = [
    (re.compile(r"(?<![\w.-])/(?:ro[o]t|wo[r]k|ho[m]e/\w+|Us[e]rs/\w+)(?:/|\b)"),
     "a machine's path"),
    (re.compile(r"(?i)\b(?:arti[f]actory|jf[r]og|ne[x]us)\b|-se[e]d-[0-9a-f]{6,}"),
     "a package registry's host"),
    (re.compile(r"(?i)(?:inde[x]-url|regis[t]ry\s*=|GO[P]ROXY\s*=)"),
     "a package registry's setting"),
]


def layer_breaks(files):
    found = []
    for file in files:
        layer = sources.layer_of(file.path)
        for line, name in sources.includes(file):
            other = name.split("/")[0]
            if "/" not in name:
                found.append(f"{file.path}:{line}: write \"{layer}/{name}\"")
            elif not sources.may_include(layer, other):
                found.append(f"{file.path}:{line}: {layer} may not include {other} ({name})")
    return found


def include_path(file):
    """The name by which a file is included: "base/span.h", "engine/decide/decide.h"."""
    return "/".join(file.path.split("/")[1:])


def include_cycles(files):
    graph = {include_path(file): [name for _, name in sources.includes(file)] for file in files}
    found, done = [], set()

    def visit(name, trail):
        if name in trail:
            found.append(" -> ".join(trail[trail.index(name):] + [name]))
        elif name in graph and name not in done:
            for other in graph[name]:
                visit(other, trail + [name])
            done.add(name)

    for name in sorted(graph):
        visit(name, [])
    return found


def banned_calls(files, allowed=()):
    found = []
    for file in files:
        code = sources.without_comments_and_strings(file.text)
        for match in BANNED.finditer(code):
            call = match.group(1)
            if call not in allowed:
                line = code.count("\n", 0, match.start()) + 1
                found.append(f"{file.path}:{line}: {call}() is banned: {BANNED_CALLS[call]}")
    return found


def private_names(files):
    return [f"{file.path}:{number}: {what}"
            for file in files for number, line in enumerate(file.lines, 1)
            for pattern, what in PRIVATE if pattern.search(line)]


def long_lines(files):
    return [f"{file.path}:{number}: {len(line)} columns"
            for file in files for number, line in enumerate(file.lines, 1)
            if len(line) > LINE_COLUMNS_MAX]


def loose_ends(files):
    """White space at the ends of lines, and files that do not end in exactly one line feed."""
    found = []
    for file in files:
        for number, line in enumerate(file.lines, 1):
            if line != line.rstrip():
                found.append(f"{file.path}:{number}: white space at the end of the line")
        if file.text and (not file.text.endswith("\n") or file.text.endswith("\n\n")):
            found.append(f"{file.path}: must end in exactly one line feed")
    return found


MACRO = re.compile(r"^\s*#\s*define\s+\w+\(", re.M)
CONDITIONAL = re.compile(r"^\s*#\s*if(?!ndef \w+_H\b)", re.M)


def rate(files, pattern):
    """(how many, per 1,000 lines, where) of a pattern."""
    where = [f"{file.path}:{file.text.count(chr(10), 0, match.start()) + 1}"
             for file in files for match in pattern.finditer(file.text)]
    lines = sum(len(file.lines) for file in files)
    return len(where), 1000 * len(where) / max(lines, 1), where


PROTOTYPE = re.compile(r"^(?!static|typedef|extern|#|/|\s|struct \w+ \{|enum)[\w\s*]+?\b(\w+)\(")


def undocumented(files):
    """Functions of headers without a comment above them (or above the group that they end)."""
    found = []
    for file in files:
        documented = False
        for number, line in enumerate(file.lines, 1):
            match = PROTOTYPE.match(line)
            if "*/" in line:
                documented = True
            elif match and not documented:
                found.append(f"{file.path}:{number}: {match.group(1)}")
            elif not line.strip() or line.startswith("}"):
                documented = False
    return found
