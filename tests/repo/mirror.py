"""Sizes of the code and their worst offenders: a mirror, not a gate (docs/STYLE.md).
Run it alone: python3 tests/repo/mirror.py"""
import statistics

import functions
import repeats
import rules
import sources

SHOWN = 10
FUNCTION_LINES_MAX, PARAMETERS_MAX, NESTING_MAX = 70, 5, 3
FILE_LINES_MAX, HEADER_LINES_MAX = 500, 150


def spread(numbers):
    numbers = sorted(numbers)
    return (f"median {statistics.median(numbers):g}, p90 {numbers[len(numbers) * 9 // 10]}, "
            f"max {numbers[-1]}")


def offenders(title, lines):
    shown = [f"{title}: {len(lines)}"] + [f"    {line}" for line in lines[:SHOWN]]
    return shown + ([f"    and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else [])


def over(found, measure, limit):
    worst = sorted((one for one in found if getattr(one, measure) > limit),
                   key=lambda one: -getattr(one, measure))
    return [f"{getattr(one, measure):4} {one.name} {one.path}:{one.line}" for one in worst]


def comment_share(files):
    """Per cent of lines that hold a comment or a part of one."""
    lines = sum(len(file.lines) for file in files)
    commented = sum(match.group().count("\n") + 1 for file in files
                    for match in sources.TOKENS.finditer(file.text)
                    if match.group().startswith("/"))
    return 100 * commented / max(lines, 1)


def report(title, files):
    found = [one for file in files for one in functions.functions_of(file)]
    lengths = {file.path: len(file.lines) - 1 for file in files}
    long_files = [f"{length:4} {path}" for path, length in
                  sorted(lengths.items(), key=lambda item: -item[1])
                  if length > (HEADER_LINES_MAX if path.endswith(".h") else FILE_LINES_MAX)]
    share, worst_repeats = repeats.repeated(files)
    macros, macro_rate, _ = rules.rate(files, rules.MACRO)
    conditionals, conditional_rate, _ = rules.rate(files, rules.CONDITIONAL)
    return "\n".join([
        f"{title}: {len(files)} files, {sum(lengths.values())} lines, {len(found)} functions",
        f"  lines of functions: {spread([one.length for one in found])}",
        f"  lines of files: {spread(lengths.values())}",
        f"  lines that are comments: {comment_share(files):.0f} %",
        f"  lines that stand in more than one place: {share:.1f} %",
        f"  function-like macros: {macros} ({macro_rate:.2f} per 1,000 lines), "
        f"#if: {conditionals} ({conditional_rate:.2f})",
        *("  " + line for line in
          offenders(f"functions of more than {FUNCTION_LINES_MAX} lines",
                    over(found, "length", FUNCTION_LINES_MAX)) +
          offenders(f"functions of more than {PARAMETERS_MAX} parameters",
                    over(found, "parameters", PARAMETERS_MAX)) +
          offenders(f"functions nested deeper than {NESTING_MAX}",
                    over(found, "nesting", NESTING_MAX)) +
          offenders(f"files of more than {FILE_LINES_MAX} lines, headers {HEADER_LINES_MAX}",
                    long_files) +
          offenders("files that repeat each other, by lines", worst_repeats)),
    ])


def whole_report():
    headers = [file for file in sources.c_files() if file.path.endswith(".h")]
    return "\n".join([
        report("product", sources.c_files()),
        report("tests", sources.c_files(("tests", "bench"))),
        *offenders("functions of headers without a comment", rules.undocumented(headers)),
    ])


if __name__ == "__main__":
    print(whole_report())
