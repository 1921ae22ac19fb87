#!/usr/bin/env python3
"""Writes every expression of the conformance suite into a folder, as a corpus for fuzz_expression.

usage: seed_expressions.py FOLDER; then: fuzz_expression -dict=fuzz_expression.dict FOLDER
"""
import hashlib
import json
import pathlib
import sys

SUITE = pathlib.Path(__file__).resolve().parent.parent / "conformance" / "cel"


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for file in sorted(SUITE.glob("*.jsonl")):
        for line in file.read_text().splitlines():
            text = json.loads(line)["expr"].encode()
            (folder / hashlib.sha1(text).hexdigest()[:16]).write_bytes(text)


if __name__ == "__main__":
    main()
