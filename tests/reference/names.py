#!/usr/bin/env python3
"""Compares the public names of linmem with those that names.txt lists.

usage: names.py FOLDER           FOLDER (build/reference) has the xml/ of doxygen, and as js.txt what
                                 names.mjs prints
       names.py --update FOLDER  write names.txt anew; `./dev reference --names` does all of it
       names.py --self-test      check that this check catches what it is for
"""

import re
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
                header = header if place is None else Path(place.get("file")).name  # a value has none
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


# A header, a module and its types, each with something wrong, and their public names.
HEADER = """\
// linmem/a.hpp - a header.
#pragma once
namespace linmem::inline LINMEM_ABI {
namespace detail { struct hidden {}; }
/// A class.
class a {
public:
  void silent() {}
  int f() { return private_; } ///< described
protected:
  int own() { return 0; }
private:
  int private_ = 0;
};
/// Described, unlike what it has.
enum class e { v };
} // namespace linmem::inline LINMEM_ABI
/// An export.
LINMEM_EXPORT(linmem_a) int linmem_a() { return 0; }
"""
HEADER_NAMES = {
    "a.hpp: class linmem::a",
    "a.hpp: function linmem::a::silent",
    "a.hpp: function linmem::a::f",
    "a.hpp: enum linmem::e",
    "a.hpp: value linmem::e::v",
    "a.hpp: export linmem_a",
}
HEADER_SILENT = {"a.hpp: function linmem::a::silent", "a.hpp: value linmem::e::v"}
MODULE = """\
export class A {
  silent() {}
  untyped() {}
  /** @internal */
  own() {}
  #hidden;
}
"""
TYPES = """\
/** A class. */
export class A {
  silent(): void;
  /** Not there. */
  absent(): void;
}
"""
TYPES_PROBLEMS = """\
no comment in the types: linmem.mjs: method A.silent
no type says: linmem.mjs: method A.untyped
only the types say: linmem.mjs: method A.absent
"""


def self_test():
    """Feeds each part of the check something small that is wrong, and compares what it says."""

    def expect(what, expected, said):
        if said != expected:
            sys.exit(f"self-test: {what}\n  expected: {expected}\n  said: {said}")

    def run(*command, **options):
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, **options)

    expect("the same names", [], list(problems(HEADER_NAMES, HEADER_NAMES, set())))
    expect(
        "other names",
        ["gone:        a.hpp: class b", "not listed:  a.hpp: class c", "no comment:  a.hpp: class a"],
        list(problems({"a.hpp: class b"}, {"a.hpp: class c"}, {"a.hpp: class a"})),
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "a.hpp").write_text(HEADER, encoding="utf-8")
        settings = (ROOT / "docs/reference/Doxyfile").read_text(encoding="utf-8")
        done = run("doxygen", "-", input=f"{settings}\nINPUT = {folder}\nOUTPUT_DIRECTORY = {folder}\n")
        expect("doxygen fails", 1, done.returncode)
        expect("doxygen says why", ["silent() (function)"], re.findall(r"Member (.*) of class", done.stderr))
        names, silent = cpp_names(folder / "xml")
        expect("names of a header", sorted(HEADER_NAMES), sorted(names))
        expect("names without a comment", sorted(HEADER_SILENT), sorted(silent))

        (folder / "linmem.mjs").write_text(MODULE, encoding="utf-8")
        (folder / "linmem.d.mts").write_text(TYPES, encoding="utf-8")
        done = run("node", HERE / "names.mjs", folder)
        expect("names.mjs fails", 1, done.returncode)
        expect("names.mjs says why", TYPES_PROBLEMS, done.stderr)
    print("self-test: passed")


def main(arguments):
    if arguments == ["--self-test"]:
        self_test()
        return
    update = arguments[:1] == ["--update"]
    if len(arguments) != 1 + update or not Path(arguments[-1], "js.txt").is_file():
        sys.exit(__doc__)
    found, silent = cpp_names(Path(arguments[-1], "xml"))
    found.update(Path(arguments[-1], "js.txt").read_text(encoding="utf-8").splitlines())
    if update:
        text = "".join(f"{line}\n" for line in sorted(found, key=by_header))
        LIST.write_text(HEAD + text, encoding="utf-8")
    listed = {line for line in LIST.read_text(encoding="utf-8").splitlines() if not line.startswith("#")}
    wrong = list(problems(listed, found, silent))
    print("\n".join(wrong) or f"names: {len(found)}, as listed")
    if wrong:
        sys.exit("error: names go, come or lack a comment; where a change is meant:  ./dev reference --names")


if __name__ == "__main__":
    main(sys.argv[1:])
