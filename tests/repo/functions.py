"""Sizes of C functions, found by layout: a definition's braces stand in the first column."""
import dataclasses
import re

import sources


@dataclasses.dataclass(frozen=True)
class Function:
    name: str
    path: str
    line: int
    length: int      # lines from the first of its signature to its closing brace
    parameters: int
    nesting: int     # blocks inside blocks; the body itself is 0


NAME = re.compile(r"(\w+)\s*\(")


def signature_start(lines, brace):
    start = brace
    while start > 0 and lines[start - 1].strip() and not lines[start - 1].startswith(("}", "#")) \
            and not lines[start - 1].rstrip().endswith((";", "*/")):
        start -= 1
    return start


def count_parameters(signature):
    inner = signature[signature.index("(") + 1:signature.rindex(")")].strip()
    if inner in ("", "void"):
        return 0
    depth, count = 0, 1
    for char in inner:
        depth += char in "(["
        depth -= char in ")]"
        count += char == "," and depth == 0
    return count


def nesting_of(body):
    depth = deepest = 0
    for char in body:
        if char == "{":
            depth += 1
            deepest = max(deepest, depth)
        elif char == "}":
            depth -= 1
    return deepest


def functions_of(file):
    lines = sources.without_comments_and_strings(file.text).split("\n")
    found, brace = [], None
    for number, line in enumerate(lines):
        if line.rstrip() == "{":
            brace = number
        elif line.startswith("}") and brace is not None:
            start = signature_start(lines, brace)
            signature = " ".join(lines[start:brace])
            match = NAME.search(signature)
            if match:
                found.append(Function(match.group(1), file.path, start + 1, number - start + 1,
                                      count_parameters(signature),
                                      nesting_of("\n".join(lines[brace + 1:number]))))
            brace = None
    return found
