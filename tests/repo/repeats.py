"""Repeated code: runs of lines that stand in more than one place."""
import collections

import sources

WINDOW = 6  # lines with code on them


def code_lines(file):
    """(line number, text) of the lines that say something."""
    lines = sources.without_comments_and_strings(file.text).split("\n")
    return [(number, " ".join(line.split())) for number, line in enumerate(lines, 1)
            if any(char.isalnum() for char in line) and not line.startswith("#")]


def repeated(files):
    """(share of the lines in per cent, places that repeat each other, longest first)."""
    windows = collections.defaultdict(list)
    total = 0
    for file in files:
        lines = code_lines(file)
        total += len(lines)
        for start in range(len(lines) - WINDOW + 1):
            text = tuple(line for _, line in lines[start:start + WINDOW])
            windows[text].append((file.path, start, lines[start][0]))
    covered = set()
    pairs = collections.Counter()
    first_line = {}
    for places in windows.values():
        if len(places) > 1:
            covered.update((path, start + k) for path, start, _ in places for k in range(WINDOW))
            pair = (places[0][0], places[1][0])
            pairs[pair] += 1
            first_line.setdefault(pair, (places[0][2], places[1][2]))
    worst = [f"{count + WINDOW - 1:4} {a}:{first_line[a, b][0]} and {b}:{first_line[a, b][1]}"
             for (a, b), count in pairs.most_common()]
    return 100 * len(covered) / max(total, 1), worst
