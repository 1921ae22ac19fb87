"""The rules of docs/STYLE.md that a machine can hold, on the tree and on what was built.
Each rule is first shown a fault, so that one which finds nothing is known to work."""
import pytest

import functions
import mirror
import objects
import repeats
import rules
import sources


def file(path, text):
    return sources.File(path, text)


def none_found(found):
    assert not found, f"{len(found)}:\n" + "\n".join(found[:40])


# -- the rules find what they are for

@pytest.mark.parametrize("path, name, allowed", [
    ("lib/base/a.c", "base/span.h", True),
    ("lib/base/a.c", "model/value.h", False),
    ("lib/model/a.c", "cel/ast.h", False),
    ("lib/cel/a.h", "port/sink.h", False),
    ("lib/cel/a.h", "policy/plan.h", False),
    ("lib/cel/a.h", "a.h", False),
    ("detector/policy/a.c", "cel/program.h", True),
    ("detector/policy/a.c", "engine/batch.h", False),
    ("detector/engine/decide/a.c", "policy/plan.h", True),
    ("detector/engine/decide/a.c", "file/file_sink.h", False),
    ("detector/engine/decide/a.c", "app/stop.h", False),
    ("detector/app/main.c", "sqlite/sqlite_store.h", True),
    ("connectors/sns/a.c", "aws/client.h", True),
    ("connectors/sns/a.c", "file/file_sink.h", False),
    ("connectors/sns/a.c", "cel/program.h", False),
    ("connectors/sns/a.c", "engine/batch.h", False),
])
def test_layer_breaks__finds(path, name, allowed):
    found = rules.layer_breaks([file(path, f'/* x */\n#include "{name}"\n')])
    assert len(found) == (0 if allowed else 1)
    assert allowed or found[0].startswith(f"{path}:2:")


def test_include_cycles__finds():
    chain = [file("lib/base/a.h", '#include "base/b.h"\n'),
             file("lib/base/b.h", '#include "base/c.h"\n')]
    assert rules.include_cycles(chain + [file("lib/base/c.h", "")]) == []
    assert rules.include_cycles(chain + [file("lib/base/c.h", '#include "base/a.h"\n')]) == [
        "base/a.h -> base/b.h -> base/c.h -> base/a.h"]


@pytest.mark.parametrize("code, count", [
    ("    strcpy(a, b);", 1), ("    x = sprintf (a, b);", 1), ("    gmtime(&t);", 1),
    ("    gmtime_r(&t, &p);", 0), ("    /* strcpy(a, b) */", 0), ('    f("strcpy(a)");', 0),
    ("    clock->system(x);", 0), ("    clock_system(x);", 0), ("    setjmp(x);", 1),
    ("    // gets(x)", 0), ("    c = '\"'; gets(x);", 1),
])
def test_banned_calls__finds(code, count):
    assert len(rules.banned_calls([file("lib/base/a.c", code + "\n")])) == count


@pytest.mark.parametrize("line, count", [
    ("see /ro" + "ot/x", 1), ("cd /wo" + "rk/main", 1), ("/ho" + "me/somebody/x", 1),
    ("a/wo" + "rk/b", 0), ("the ro" + "ot/x", 0), ("a network", 0),
    ("host r-se" + "ed-f4580a.example", 1), ("pip --inde" + "x-url x", 1),
    ("regis" + "try=https://x", 1),
])
def test_private_names__finds(line, count):
    assert len(rules.private_names([file("docs/a.md", line + "\n")])) == count


def test_long_lines__finds():
    assert rules.long_lines([file("a.c", "x" * 100 + "\n")]) == []
    assert rules.long_lines([file("a.c", "\n" + "x" * 101 + "\n")]) == ["a.c:2: 101 columns"]
    assert rules.long_lines([file("a.c", "\u00e9" * 100 + "\n")]) == []


def test_loose_ends__finds():
    assert rules.loose_ends([file("a.c", "x\n"), file("empty", "")]) == []
    for text in ("x \n", "x\t\n", "x", "x\n\n"):
        assert len(rules.loose_ends([file("a.c", text)])) == 1


def test_rate__counts_what_it_should():
    text = ("#ifndef BASE_A_H\n#define BASE_A_H\n#define A 1\n#define F(x) (x)\n"
            "#ifdef B\n#if C\n#endif")
    assert rules.rate([file("a.h", text)], rules.MACRO)[0] == 1
    assert rules.rate([file("a.h", text)], rules.CONDITIONAL)[0] == 2


def test_undocumented__finds():
    text = "/* says */\nint a(void);\nint b(void);\n\nint c(void);\nMUST_USE enum status d(int x,\n"
    found = rules.undocumented([file("lib/base/a.h", text)])
    assert found == ["lib/base/a.h:5: c", "lib/base/a.h:6: d"]


def test_functions_of__measures():
    text = ("#include <x.h>\n\nstruct a {\n    int b;\n};\n\n"
            "static int first(int a, struct b *c,\n                 int (*d)(int, int))\n{\n"
            "    if (a) {\n        while (a) {\n        }\n    }\n    return '{';\n}\n\n"
            "/* says */\nvoid second(void)\n{\n}\n")
    first, second = functions.functions_of(file("a.c", text))
    assert (first.name, first.line, first.length, first.parameters, first.nesting) == (
        "first", 7, 9, 3, 2)
    assert (second.name, second.line, second.length, second.parameters, second.nesting) == (
        "second", 18, 3, 0, 0)


def test_repeated__finds():
    run = "\n".join(f"    call({chr(97 + i)}{i});" for i in range(8)) + "\n"
    first = file("a.c", "int x;\n" + run)
    second = file("b.c", run.replace("    ", "  ") + "int y;\n")
    share, worst = repeats.repeated([first, second])
    assert round(share) == 89 and worst == ["   8 a.c:2 and b.c:1"]
    assert repeats.repeated([first, file("c.c", "int z;\n")])[0] == 0


OBJDUMP = """one.o:     file format elf64-x86-64
SYMBOL TABLE:
0000000000000000 g     O .data\t0000000000000004 shared
0000000000000000 l     O .bss\t0000000000000008 counter
0000000000000000 g     O .data.rel.ro.local\t0000000000000020 table
0000000000000000 g     O .rodata\t0000000000000020 numbers
0000000000000004       O *COM*\t0000000000000004 tentative
0000000000000000 g     F .text\t0000000000000010 base_call
0000000000000000         *UND*\t0000000000000000 engine_call
"""


def test_objects__finds():
    symbols = objects.parse_symbols("base", OBJDUMP)
    assert [one.split(" (")[0] for one in objects.mutable(symbols, True)] == [
        "base: shared", "base: tentative"]
    assert [one.split(" (")[0] for one in objects.mutable(symbols, False)] == ["base: counter"]
    assert objects.upward_needs(symbols) == []
    engine = objects.parse_symbols("engine", OBJDUMP.replace("engine_call", "@")
                                   .replace("base_call", "engine_call").replace("@", "base_call"))
    assert objects.upward_needs(symbols + engine) == ["base needs engine: engine_call (one.o)"]


# -- the tree keeps the rules

def test_tree__layers():
    none_found(rules.layer_breaks(sources.c_files()))


def test_tree__no_include_cycles():
    none_found(rules.include_cycles(sources.c_files()))


def test_tree__no_banned_calls():
    none_found(rules.banned_calls(sources.c_files()))
    none_found(rules.banned_calls(sources.c_files(("tests", "bench")), {"setjmp", "longjmp"}))


def test_tree__no_private_names():
    none_found(rules.private_names(sources.tracked()))


def test_tree__lines():
    none_found(rules.long_lines([one for one in sources.tracked() if sources.is_code(one)]))
    none_found(rules.loose_ends([one for one in sources.tracked() if sources.is_written(one)]))


@pytest.mark.parametrize("pattern, limit", [
    (rules.MACRO, rules.MACROS_PER_1000_LINES),
    (rules.CONDITIONAL, rules.CONDITIONALS_PER_1000_LINES),
])
def test_tree__preprocessor(pattern, limit):
    count, rate, where = rules.rate(sources.c_files(), pattern)
    assert rate <= limit, f"{count}, {rate:.2f} per 1,000 lines:\n" + "\n".join(where)


@pytest.fixture(scope="module")
def symbols(build):
    found = objects.symbols_of(build)
    built = {one.layer for one in found}
    missing = {sources.layer_of(one.path) for one in sources.c_files()
               if one.path.endswith(".c")} - built
    assert not missing, f"no library of {', '.join(sorted(missing))} in {build}"
    return found


def test_built__no_exported_mutable_globals(symbols, capsys):
    none_found(objects.mutable(symbols, is_global=True))
    with capsys.disabled():
        found = objects.mutable(symbols, is_global=False)
        print("\nstatic mutable data:", "; ".join(found) or "none")


def test_built__no_link_cycles(symbols):
    none_found(objects.upward_needs(symbols))


def test_mirror(capsys):
    report = mirror.whole_report()
    with capsys.disabled():
        print("\n" + report)
