"""What expressions may cost at most, in instructions counted by valgrind's callgrind.

Evaluating: no expression that is accepted takes more than 5,000,000, whatever the event holds
(events.c: attributes as large as the database allows). Compiling: no text takes more than a stated
number of instructions a byte, and longer texts no more than short ones."""
import itertools
import re
import subprocess

import pytest

INSTRUCTIONS_MAX = 5_000_000


def measure(build, folder, mode, texts):
    """(answer, instructions) for each text."""
    program = build / "tests" / "bounds" / "measure"
    given = b"".join(b"%d\n%s\n" % (len(text), text) for text in texts)
    done = subprocess.run(
        ["valgrind", "--tool=callgrind", "--instr-atstart=no", "-q",
         f"--callgrind-out-file={folder / 'out'}", program, mode],
        input=given, capture_output=True, timeout=1800)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    answers = done.stdout.decode(errors="replace").splitlines()
    assert len(answers) == len(texts)
    results = []
    dumps = 0
    for answer in answers:
        dumped = mode == "compile" or answer.startswith("ok")
        dumps += dumped
        results.append((answer, totals(folder / f"out.{dumps}") if dumped else 0))
    return results


def totals(path):
    return int(re.search(r"^totals: (\d+)", path.read_text(), re.MULTILINE).group(1))


# --- evaluating ---

TEXTS = ["text", "wide", "spaces", "quotes", "percents", "digits", "json", "flat", "code"]
LISTS = ["flags", "words", "numbers", "maps", "lists", "tags", "deep"]

# t: a text; l: a list
OF_TEXT = [
    "t == new.twin", "t < new.twin", "t + t + t + t", "t.size()",
    "t.contains('aaaaaaaaaaaaaaaaaaab')",
    "t.split('')", "t.split('a')", "t.split(',')", "t.replace('a', 'bb')", "t.replace('', 'bb')",
    "t.trim()", "t.reverse()", "t.lowerAscii()", "strings.quote(t)", "t.format([])",
    "t.indexOf('x')",
    "t.lastIndexOf('x')",
    "t.lastIndexOf('baaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')",
    "t.charAt(3000)", "t.substring(1)", "json.decode(t)", "base64.decode(t)",
    "base64.encode(bytes(t))", "glob(t, '*a*a*a*c')", "string(bytes(t))", "decimal(t)", "int(t)",
    "double(t)", "timestamp(t)", "duration(t)", "isIP(t)", "'%s%s%s%s'.format([t, t, t, t])",
    "'%x'.format([t])", "t.startsWith(new.twin)", "t.endsWith(new.twin)", "t in [new.twin, 'x']",
    "t.matches('a+[xy]')",
]
# These are also tried on as much as they are just about allowed.
CUT = ["t.trim()", "t.reverse()", "t.split('a')", "t.replace('a', 'bb')", "t.replace('', 'bb')",
       "t.split('')", "strings.quote(t)", "base64.decode(t)", "decimal(t)", "t.format([])",
       "t.lastIndexOf('x')", "json.decode(t)", "'%x'.format([t])",
       "t.contains('aaaaaaaaaaaaaaaaaaaaaaaaab')"]
OF_LIST = [
    "l == new.twin_tags", "l == new.twin_words", "l == new.twin_flags", "'x' in l", "1.5 in l",
    "l.sum()", "l.min()", "l.max()", "l.isSorted()", "l.sort()", "l.slice(0, 1000).sort()",
    "l.distinct()", "l.reverse()", "l.flatten()", "l.indexOf('x')", "l.lastIndexOf('x')",
    "sets.contains(l, new.twin_words)", "sets.equivalent(l, new.twin_words)",
    "sets.equivalent(l, l)", "sets.intersects(l, ['x', 'y', 'z'])", "leaves(l)", "l.join(',')",
    "'%s'.format([l])", "l + l + l", "math.greatest(l)", "[l, l].flatten()",
    "l.all(x, x == x)", "l.map(x, x)", "l.filter(x, true)", "l.exists_one(x, x == 'r')",
    "l.transformMap(i, x, x)", "l.transformList(i, x, x)", "l.map(x, string(x))",
    "l.map(x, l.map(y, [x, y]))", "l.all(x, l.all(y, l.all(z, true)))", "l.map(x, x in l)",
    "l.all(x, x + 1 == 2 || x > 'a' || true)", "l.all(x, new.map.x00 == new.map.bcd || true)",
]
OF_MAP = [
    "new.map == new.twin_map", "new.map.all(k, new.map[k])", "new.map.zzz", "has(new.map.zzz)",
    "new.map[?'zzz']", "new.map['zzz']", "new.map[new.text]", "'zzz' in new.map",
    "leaves(new.map)", "'%s'.format([new.map])", "new.map.transformMap(k, v, v)",
    "new.map.map(k, k).sort()", "[new.map, new.twin_map].distinct()",
]
# Done to each element of a list that is longer than the budget.
IN_LOOP = [
    "new.number * new.other", "new.number / new.other", "new.number % new.other",
    "new.number + new.other", "new.number - new.other", "-new.number", "new.number < new.other",
    "decimal('1E+6144') % new.number", "new.number < 1.5e-300", "string(new.number)",
    "decimal('1234567890123456789012345678901234567.' + '8')", "int(new.number)",
    "double(new.number)", "math.round(new.number)", "when.getHours(new.zone)",
    "when.getHours('America/New_York')", "when.getDayOfYear()", "string(when)",
    "when + duration('1h')", "timestamp('2024-02-29T00:00:00' + 'Z')", "duration('1h' + '30m')",
    "new.line.matches('^a+$')", "new.line.matches('(a|b)*[xy]')", "new.line.matches('a.*.*[xy]')",
    "new.line.matches('a.{0,500}[xy]')", "new.zone.matches('^A.*$')", "'a'.matches(new.zone)",
    "'aaaa'.matches('(a?){4}[b' + 'c]')", "'%s %d %f %e'.format([x, 1, 2.5, 3.5])",
    "'%.100f'.format([1e300])", "new.text == new.twin", "new.text.startsWith(new.twin)",
    "new.text < new.twin", "json.decode('[1,2,3,4,5,6,7,8' + ']')",
    "{'a': x, 'b': x, 'c': x, 'd': x, 'e': x, 'f': x}", "[x, x, x, x, x, x, x, x, x, x, x]",
    "[x" + ", 1" * 500 + "]", "ip('10.0.0.' + '1')",
    "cidr('10.0.0.0/' + '8').containsIP('10.1.1.1')",
    "base64.decode('YWFh' + 'YWFh')", "x ? x : !x", "x.?a.?b.?c", "optional.of(x).value()",
    "coalesce(x, x)", "type(x) == bool", "lists.range(100)", "['c', 'b', 'a', x].sort()",
    "math.greatest(1, 2, 3, 4, 5)", "glob('aaaa' + 'aaaa', '*a*a*a*b')", "new.map.zzz",
    "cel.bind(y, x, [y, y])", "new.flags.size()", "x in ['a', 'b', 'c']",
]
REGEXES = [
    "a+[xy]", "a.*[xy]", "[ab].*[xy]", "(?:a|b).*[xy]", "a[^x]*[yz]", r"a\w*[xy]", "(a|b)*[xy]",
    "(?:a?){8}.*[xy]", "a.{0,7}[xy]", "a.{0,5}.*[xy]", "a.*b?.*[xy]", "a.*[^x]*x", "a.*?[xy]",
    "(?:a.*|b)[xy]", "a(?:bc|a)*[xy]", "a.{500}.{500}[xy]", "a.{0,500}[xy]", "(?:.*a){2}[xy]",
    "(a+)+c", "^(a|aa)+[xy]", "(a*)*[xy]", "|".join("a" * i + "[xy]" for i in range(1, 38)),
    "|".join(f".{{{i}}}[xy]" for i in range(950, 1000, 2)), "(?i)aB.*c", r"(\w+\s?)+[xy]",
]


def chains():
    """As long as the static cost allows: each tried with fewer terms until one is accepted."""
    for term in ["new.number * {i}.5 > new.other", "new.text == new.twin", "new.number / {i} > 3",
                 "x{i} == 1", "when.getHours(new.zone) == {i}", "new.line.matches('{i}.*.*[xy]')",
                 "new.text.contains('a{i}')", "string(new.number) == '{i}'", "new.none + {i} > 3",
                 "new.map.k{i} == 1", "'%f'.format([new.number]) == '{i}'", "{i} in new.flags"]:
        for joint in [" || ", " && ", " ? true : "]:
            for count in [4000, 2000, 1000, 500, 240, 120, 60, 30, 10]:
                text = joint.join(term.replace("{i}", str(i)) for i in range(count))
                yield text + (" ? true : false" if "?" in joint else "")
    yield "new.text" + " + new.text" * 240
    yield "cel.bind(a, new.text + new.text, " * 20 + "a + a" + ")" * 20
    yield "[" + "new.number, " * 4000 + "1]"
    yield "{" + ", ".join(f"new.zone + '{i}': {i}" for i in range(1500)) + "}"


def cases():
    yield from (of(case, "t", f"new.{text}") for text in TEXTS for case in OF_TEXT)
    yield from (of(case, "t", f"new.{text}.substring(0, {size})")
                for text in ("text", "quotes", "digits", "json") for case in CUT
                for size in (96_000, 30_000, 15_000))
    yield from (of(case, "l", f"new.{name}") for name in LISTS for case in OF_LIST)
    yield from OF_MAP
    yield from (f"new.flags.map(x, {case})" for case in IN_LOOP)
    yield from (f"new.flags.all(x, ({case}) == null || true)" for case in IN_LOOP)
    yield from (f"new.line.matches(r'{regex}')" for regex in REGEXES)
    yield from (f"new.line.substring(0, {size}).matches(r'{regex}')" for regex in REGEXES
                for size in (60, 500))
    yield from chains()


def of(case, letter, name):
    """The case with a name for its letter, where that stands alone."""
    return re.sub(rf"(?<![\w'%]){letter}(?![\w'])", name, case)


def test_evaluating__never_takes_more_than_allowed(build, tmp_path):
    texts = list(cases())
    results = measure(build, tmp_path, "evaluate", [text.encode() for text in texts])
    accepted = [(count, answer, text) for text, (answer, count) in zip(texts, results)
                if answer.startswith("ok")]
    assert len(accepted) > 500
    worst = sorted(accepted, reverse=True)
    print(*(f"{count:>12,} {answer[:50]:50} {text[:70]}" for count, answer, text in worst[:15]),
          sep="\n")
    assert worst[0][0] <= INSTRUCTIONS_MAX, f"{worst[0][0]:,} instructions: {worst[0][2][:200]}"


# --- compiling ---

# Instructions a byte: most families take below 1,500, types nested 240 deep and chains of macros
# more. A long text takes no more a byte than a short one; beyond 100,000 characters none is read.
PER_BYTE_MAX = 10_000
GROWTH_MAX = 1.5
SIZES = [16_384, 65_536, 131_072, 1_048_576]


def nested(opening, inner, closing, depth):
    return opening * depth + inner + closing * depth


def repeated(part, joint=" || "):
    """As many parts as go into the size, each with its number where {i} stands."""
    def make(size):
        parts = []
        length = 0
        for number in itertools.count():
            text = part.replace("{i}", str(number))
            length += len(text) + len(joint)
            if length > size:
                return joint.join(parts)
            parts.append(text)
    return make


def padded(start, filler, end=""):
    return lambda size: start + filler * ((size - len(start) - len(end)) // len(filler)) + end


FAMILIES = {
    **{f"open {bracket}": padded("", bracket) for bracket in "([{!-?:.,`'\"/\\;"},
    **{f"close {bracket}": padded("1", bracket) for bracket in ")]}>"},
    "nested (": repeated(nested("(", "1", ")", 240), " + "),
    "nested [": repeated(nested("[", "1", "]", 240), ", "),
    "nested {": repeated(nested("{1: ", "1", "}", 240), ", "),
    "nested [ in [": lambda size: "[" + repeated(nested("[", "1", "]", 240), ", ")(size - 2) + "]",
    "nested ?": repeated("(" + "true ? (" * 100 + "1" + ") : 2" * 100 + ")", " + "),
    "nested calls": repeated(nested("size(", "'a'", ")", 200)),
    "or": repeated("new.a{i} == {i}"),
    "and": repeated("x{i}", " && "),
    "sum": repeated("{i}", " + "),
    "sum of names": lambda size: "[" + repeated("new.a + new.b", ", ")(size - 2) + "]",
    "mixed || &&": repeated("a || b && c"),
    "list": lambda size: "[" + repeated("{i}", ", ")(size - 2) + "]",
    "list of texts": lambda size: "new.x in [" + repeated("'{i}'", ", ")(size - 20) + "]",
    "list of lists": lambda size: "[" + repeated("[{i}]", ", ")(size - 2) + "]",
    "map": lambda size: "{" + repeated("{i}: {i}", ", ")(size - 2) + "}",
    "map with one key": lambda size: "{" + repeated("1: 1", ", ")(size - 2) + "}",
    "text": padded("'", "a", "'"),
    "text of escapes": padded("'", "\\n", "'"),
    "text of \\u": padded("'", "\\u00e9", "'"),
    "text of octals": padded("b'", "\\377", "'"),
    "raw text": padded("r'", "\\", "'"),
    "text in '''": padded("'''", "a'", "b'''"),
    "text without end": padded("'", "a"),
    "bad escapes": repeated("'\\q'", " + "),
    "quotes": repeated("'", " "),
    "text of 4-byte characters": padded("'", "\U0001F431", "'"),
    "has": repeated("has(new.a{i})"),
    "has of nothing": repeated("has({i})"),
    "unguarded reads": repeated("new.a{i}.b.c.d == 1"),
    "guarded reads": repeated("has(new.a{i}) && new.a{i} == 1"),
    "all": repeated("[1].all(x, x > 0)", " && "),
    "map macro": repeated("[1].map(x, x)", " + "),
    "nested macros": repeated("new.a.all(x, new.b.exists(y, new.c.map(z, x + y + z).size() > 0))"),
    "macros 30 deep": repeated("[1].map(x, " * 30 + "x" + ")" * 30, " + "),
    "macros in ranges": lambda size: "[1]" + padded("", ".map(x, x)")(min(size, 2000)),
    "chained macros": repeated("[1]" + ".map(x, x)" * 60, " + "),
    "binds": repeated(nested("cel.bind(x, 1, ", "x", ")", 60), " + "),
    "bind of binds": repeated("cel.bind(x, " * 60 + "1" + ", x + x)" * 60, " + "),
    "optMap": repeated("optional.of(1).optMap(x, x).value()", " + "),
    "macro names": repeated("all(x, y)"),
    "identifier": padded("", "a"),
    "identifiers": repeated("abcdefgh{i}", " "),
    "path": padded("new", ".a"),
    "path in quotes": padded("new", ".`a-b`"),
    "index": padded("new", "[0]"),
    "unknown names": repeated("nwe{i}.a == 1"),
    "near names": repeated("siez(new.a) == 1"),
    "near functions": repeated("new.a.strtsWith('{i}')"),
    "near long names": repeated("s" * 900 + "(1)"),
    "wrong types": repeated("1 + 'a'", ", "),
    "wrong types in a list": lambda size: "[" + repeated("1 + 'a'", ", ")(size - 2) + "]",
    "wrong types, ored": repeated("(1 + 'a') == 2"),
    "never true": repeated("new.a == 1 && 'a' == 'b'"),
    "calls of many arguments": lambda size: (
        "coalesce(" + repeated("new.a{i}", ", ")(size - 20) + ")"),
    "call chain": repeated("'a'" + ".trim()" * 100, " + "),
    "numbers": padded("", "9"),
    "decimal places": padded("0.", "9"),
    "exponents": repeated("1e309", " + "),
    "hex": padded("0x", "f"),
    "signs": repeated("-9223372036854775808", " + "),
    "regexes": repeated("new.a.matches('(a|b{i})*c')"),
    "one regex": padded("new.a.matches('", "(a|b)*", "')"),
    "regexes of repeats": repeated("new.a.matches('(?:[a-z]{30}[0-9]{30}){9}')"),
    "zones": repeated("when.getHours('Europe/Berlin') == {i}"),
    "timestamps": repeated("timestamp('2024-01-01T00:00:00Z') < when"),
    "constants to fold": repeated("'a'.replace('a', 'b') + 'c'", " + "),
    "dear constants": repeated("lists.range(1000).size()", " + "),
    "dear loops": repeated("lists.range(100).map(x, x * x).size()", " + "),
    "equal parts": repeated("new.a * 2 + new.b * 3 > 4"),
    "comments": lambda size: "1 " + repeated("// comment {i}\n", "")(size - 4),
    "comment": padded("1 //", "x"),
    "spaces": padded("1", " "),
    "lines": padded("1", "\n"),
    "zero bytes": padded("", "\0"),
    "zero bytes in a text": padded("'", "\0", "'"),
    "reserved": repeated("for", " "),
    "foreign": repeated("a and b", " or "),
    "semicolons": repeated("1;", " "),
    "messages": repeated("Foo{a: 1}"),
    "commas": padded("[", ","),
}
BYTES = {
    "bad UTF-8": b"\xff", "cut UTF-8": b"\xf0\x9f", "surrogates": b"\xed\xa0\x80",
    "overlong": b"\xc0\xaf", "continuations": b"\x80", "any": bytes(range(256)),
}


def family_text(name, size):
    if name in FAMILIES:
        return FAMILIES[name](size).encode()
    return b"'" + BYTES[name] * (size // len(BYTES[name]))


def test_compiling__takes_time_linear_in_the_text(build, tmp_path):
    names = [*FAMILIES, *BYTES]
    given = [(name, size) for name in names for size in SIZES]
    texts = [family_text(name, size) for name, size in given]
    results = measure(build, tmp_path, "compile", texts)
    wrong = []
    table = []
    short = {}
    for (name, size), text, (answer, count) in zip(given, texts, results):
        per_byte = count / len(text)
        table.append((per_byte, name, size, answer))
        short.setdefault(name, per_byte)
        # what is not even read to its end is not measured by its length
        growth = per_byte / max(short[name], 50)
        if per_byte > PER_BYTE_MAX or growth > GROWTH_MAX:
            wrong.append(f"{name}, {size} bytes: {per_byte:.0f} a byte, {short[name]:.0f} at first")
    print(*(f"{row[0]:9.1f} {row[1]} {row[2]}: {row[3][:60]}" for row in sorted(table)[-25:]),
          sep="\n")
    assert not wrong, "\n".join(wrong)
