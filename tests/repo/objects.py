"""Rules on what was built: the symbols of the layers' static libraries."""
import collections
import dataclasses
import re
import subprocess

import sources

# Data that the loader relocates once and then protects is constant.
MUTABLE_SECTION = re.compile(r"^(\.data(?!\.rel\.ro)|\.bss|\.tdata|\.tbss|\*COM\*)")
INSTRUMENTATION = re.compile(r"^(__asan|__odr_asan|\.LASAN|__ubsan|\.Lubsan|__tsan|__sanitizer|"
                             r"\*\.L)")
SYMBOL = re.compile(r"^[0-9a-f]+ (.{7}) (\S+)\t[0-9a-f]+\s+(?:\.hidden )?(\S+)$")


@dataclasses.dataclass(frozen=True)
class Symbol:
    layer: str
    member: str   # the object file
    name: str
    section: str  # "*UND*": needed from elsewhere
    is_global: bool
    is_object: bool


def parse_symbols(layer, text):
    """The symbol table that `objdump -t` prints."""
    member, found = "", []
    for line in text.splitlines():
        if ":     file format" in line:
            member = line.split(":")[0]
        match = SYMBOL.match(line)
        if match:
            flags, section, name = match.groups()
            found.append(Symbol(layer, member, name, section,
                                flags[0] in "gu" or section in ("*UND*", "*COM*"),
                                flags[6] == "O" or section == "*COM*"))
    return found


def libraries(build):
    """(layer, path) of every static library of the product, and of the program's own objects."""
    found = [(path.stem.removeprefix("lib"), path)
             for folder in sources.PRODUCT_FOLDERS for path in (build / folder).rglob("*.a")]
    found += [("app", path) for path in (build / "detector" / "app").rglob("*.o")]
    return sorted(found)


def symbols_of(build):
    found = []
    for layer, path in libraries(build):
        done = subprocess.run(["objdump", "-t", path], text=True, capture_output=True, check=True)
        found += parse_symbols(layer, done.stdout)
    return found


def mutable(symbols, is_global):
    return sorted(f"{one.layer}: {one.name} ({one.member}, {one.section})" for one in symbols
                  if one.is_object and one.is_global == is_global
                  and MUTABLE_SECTION.match(one.section) and not INSTRUMENTATION.match(one.name))


def upward_needs(symbols):
    """Symbols that a library takes from one that it may not know: the links that make cycles."""
    homes = {one.name: one.layer for one in symbols
             if one.is_global and one.section not in ("*UND*", "*COM*")}
    found = collections.defaultdict(set)
    for one in symbols:
        home = homes.get(one.name)
        if one.section == "*UND*" and home and not sources.may_include(one.layer, home):
            found[f"{one.layer} needs {home}"].add(f"{one.name} ({one.member})")
    return [f"{pair}: {', '.join(sorted(names))}" for pair, names in sorted(found.items())]
