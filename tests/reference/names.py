#!/usr/bin/env python3
"""Compares the public names of linmem with those that names.txt lists.

usage: names.py XML JS      XML: the folder that doxygen wrote, JS: what names.mjs printed
       names.py --update XML JS
                            writes names.txt anew; `./dev reference --update` does all of it
       names.py --self-test checks that this check catches what it is for
"""

import difflib
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

LIST = Path(__file__).with_name("names.txt")
HEAD = """\
# The public names of linmem, by header. A name that goes from this list breaks programs; one that comes
# is a promise. Made by `./dev reference --update`, checked by `./dev test reference`.
"""
KINDS = {"define": "macro", "typedef": "type", "friend": "function"}


def described(element):
    """True when a name has a comment of its own."""
    return any("".join(element.find(part).itertext()).strip() for part in ("briefdescription", "detaileddescription"))


def public_names(compound):
    """Yields (header, kind, name, element) for what a class, a namespace or a file names publicly."""
    kind, scope = compound.get("kind"), compound.findtext("compoundname")
    if kind in ("class", "struct", "union", "concept"):
        yield compound.find("location").get("file"), kind, scope, compound
    for member in compound.iter("memberdef"):
        name, inner = member.findtext("name"), member.get("kind")
        if member.get("prot") != "public" or member.findtext("argsstring", "").endswith("=delete"):
            continue
        if inner == "friend" and "(" not in member.findtext("argsstring", ""):
            continue  # a class that may look inside: no name
        full = name if kind == "file" else f"{scope}::{name}"
        is_export = kind == "file" and inner == "function"
        header = member.find("location").get("file")
        yield header, "export" if is_export else KINDS.get(inner, inner), full, member
        for value in member.findall("enumvalue"):
            yield header, "value", f"{full}::{value.findtext('name')}", value


def cpp_names(folder):
    """The lines `header: kind name` of doxygen's XML, and those of them without a description."""
    names, silent = set(), set()
    for path in sorted(folder.glob("*.xml")):
        for compound in ElementTree.parse(path).getroot().findall("compounddef"):
            if compound.get("prot", "public") != "public":
                continue
            if compound.get("kind") == "file":  # repeats what its namespaces have
                for section in compound.findall("sectiondef"):
                    for member in section.findall("memberdef"):
                        if "::" in (member.findtext("qualifiedname") or ""):
                            section.remove(member)
            for header, kind, name, element in public_names(compound):
                line = f"{Path(header).name}: {kind} {name}"
                names.add(line)
                if not described(element):
                    silent.add(line)
    return names, silent
