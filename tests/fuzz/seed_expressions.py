#!/usr/bin/env python3
"""Writes every expression of the conformance suite and of the cases of the library into a folder,
as a corpus for fuzz_expression.

usage: seed_expressions.py FOLDER; then: fuzz_expression -dict=fuzz_expression.dict FOLDER
"""
import hashlib
import json
import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parent.parent
SUITE = TESTS / "conformance" / "cel"
LIBRARY = TESTS / "unit" / "cel" / "library_cases.txt"


def expressions():
    for file in sorted(SUITE.glob("*.jsonl")):
        for line in file.read_text().splitlines():
            yield json.loads(line)["expr"]
    for line in LIBRARY.read_text().splitlines():
        if "\t=> " in line:
            yield line.split("\t=> ")[0]


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for expression in expressions():
        text = expression.encode()
        (folder / hashlib.sha1(text).hexdigest()[:16]).write_bytes(text)


if __name__ == "__main__":
    main()
