#!/usr/bin/env python3
"""Compares the public names of linmem with those that names.txt lists.

usage: names.py FOLDER           FOLDER (build/reference) has the xml/ of doxygen, and as js.txt what
                                 names.mjs prints
       names.py --update FOLDER  write names.txt anew; `./dev reference --names` does all of it
       names.py --self-test      check that this check catches what it is for
"""

import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
LIST = HERE / "names.txt"
HEAD = """\
# The public names of linmem, by header. One that goes from here breaks programs, one that comes is a
# promise. Made anew by `./dev reference --names`, checked by `./dev test reference`.
"""
KINDS = {"define": "macro", "typedef": "type", "friend": "function"}


def is_name(member):
    """False for what programs cannot name, or what every class has."""
    name, arguments = member.findtext("name"), member.findtext("argsstring", "")
    return not (
        member.get("prot") != "public"
        or arguments.endswith(("=delete", "=default"))
        or name.startswith("~")
        or (member.get("kind") == "friend" and not arguments)  # a class that may look inside
    )


def elements(compound):
    """Yields (kind, name, element) for a class, a namespace or a file, and for what it has."""
    outer = compound.get("kind")
    scope = compound.findtext("compoundname").partition("<")[0]  # a specialisation is no other name
    if outer in ("class", "struct", "union", "concept"):
        yield outer, scope, compound
    for member in filter(is_name, compound.iter("memberdef")):
        kind, name = member.get("kind"), member.findtext("name")
        if outer == "file":
            yield ("export" if kind == "function" else KINDS.get(kind, kind)), name, member
        else:
            yield KINDS.get(kind, kind), f"{scope}::{name}", member
            for value in member.findall("enumvalue"):
                yield "value", f"{scope}::{name}::{value.findtext('name')}", value


def cpp_names(folder):
    """The lines of doxygen's XML, `header: kind name`, and those that no comment is about."""
    names, described = set(), set()
    for path in sorted(folder.glob("*.xml")):
        for compound in ElementTree.parse(path).getroot().findall("compounddef"):
            if compound.get("prot", "public") != "public":
                continue
            header = None
            for kind, name, element in elements(compound):
                place = element.find("location")
                header = Path(place.get("file")).name if place is not None else header  # a value has none
                line = f"{header}: {kind} {name}"
                names.add(line)
                comment = (element.find("briefdescription"), element.find("detaileddescription"))
                if any("".join(part.itertext()).strip() for part in comment):
                    described.add(line)
    return names, names - described


def by_header(line):
    """Headers in order; in each, a class before what it has."""
    header, kind, name = line.split(" ", 2)
    return header, name, kind


def problems(listed, found, silent):
    """Yields one line for each name that is not as listed, or that no comment is about."""
    for line in sorted(listed - found, key=by_header):
        yield f"gone:        {line}"
    for line in sorted(found - listed, key=by_header):
        yield f"not listed:  {line}"
    for line in sorted(silent, key=by_header):
        yield f"no comment:  {line}"


def self_test():
    """Feeds each part of the check something small that is wrong, and compares what it says."""
    failures = []

    def expect(what, said, *parts):
        failures.extend(f"{what}\n  expected: {part}\n  said: {said}" for part in parts if part not in said)

    listed = {"a.hpp: class linmem::a", "a.hpp: function linmem::a::f"}
    found = {"a.hpp: class linmem::a", "a.hpp: function linmem::a::g"}
    expect("the same names", str(list(problems(listed, listed, set()))), "[]")
    expect(
        "another list",
        "\n".join(problems(listed, found, {"a.hpp: class linmem::a"})),
        "gone:        a.hpp: function linmem::a::f",
        "not listed:  a.hpp: function linmem::a::g",
        "no comment:  a.hpp: class linmem::a",
    )

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "a.hpp").write_text(
            """// linmem/a.hpp - a header.
#pragma once
namespace linmem::inline LINMEM_ABI {
namespace detail { struct hidden {}; }
/// A class.
class a {
public:
  void silent() {}
  int f() { return private_; } ///< described
private:
  int private_ = 0;
};
/// Described, unlike what it has.
enum class e { v };
} // namespace linmem::inline LINMEM_ABI
/// An export.
LINMEM_EXPORT(linmem_a) int linmem_a() { return 0; }
"""
        )
        settings = (ROOT / "docs/reference/Doxyfile").read_text() + f"INPUT = {folder}\nOUTPUT_DIRECTORY = {folder}\n"
        done = subprocess.run(["doxygen", "-"], input=settings, cwd=ROOT, capture_output=True, text=True, check=False)
        expect("doxygen of a function without a comment", f"{done.stderr} {done.returncode}", "silent() (function)", " 1")
        names, silent = cpp_names(folder / "xml")
        expected = ["class linmem::a", "function linmem::a::f", "function linmem::a::silent", "enum linmem::e"]
        expected += ["value linmem::e::v", "export linmem_a"]
        expect("names of a header", str(names ^ {f"a.hpp: {line}" for line in expected}), "set()")
        expect("names without a comment", str(sorted(silent)), "['a.hpp: function linmem::a::silent', 'a.hpp: value")

        (folder / "linmem.mjs").write_text(
            "export class A {\n  f() {}\n  untyped() {}\n  /** @internal */\n  own() {}\n  #hidden;\n}\n"
        )
        (folder / "linmem.d.mts").write_text("/** A class. */\nexport class A {\n  f(): void;\n  /** Not there. */\n  g(): void;\n}\n")
        done = subprocess.run(["node", HERE / "names.mjs", folder], capture_output=True, text=True, check=False)
        expected = ["no comment in the types: method A.f", "no type says: method A.untyped", "only the types say: method A.g"]
        expect("types that differ", f"{done.stderr} {done.returncode}", "\n".join(expected) + "\n 1")

    print("\n".join(failures) or "self-test: passed")
    sys.exit(1 if failures else 0)


def main(arguments):
    if arguments == ["--self-test"]:
        self_test()
    update = arguments[:1] == ["--update"]
    if len(arguments) != 1 + update or not Path(arguments[-1], "js.txt").is_file():
        sys.exit(__doc__)
    found, silent = cpp_names(Path(arguments[-1], "xml"))
    found.update(Path(arguments[-1], "js.txt").read_text(encoding="utf-8").splitlines())
    if update:
        LIST.write_text(HEAD + "".join(f"{line}\n" for line in sorted(found, key=by_header)), encoding="utf-8")
    listed = {line for line in LIST.read_text(encoding="utf-8").splitlines() if not line.startswith("#")}
    wrong = list(problems(listed, found, silent))
    print("\n".join(wrong) or f"names: {len(found)}, as listed")
    if wrong:
        sys.exit(f"error: the public names differ from {LIST.name}; where that is meant:  ./dev reference --names")


if __name__ == "__main__":
    main(sys.argv[1:])
