#!/usr/bin/env python3
"""Compares what is loaded of three object files.

usage: compare.py OFF ON REFERENCE    OFF is as large as REFERENCE, names no tracker, and ON is larger
"""

import subprocess
import sys


def loaded(file):
    """Bytes of code and data; unwinding tables and comments aside."""
    lines = subprocess.run(["size", "-A", file], check=True, capture_output=True, text=True).stdout
    sections = (line.split() for line in lines.splitlines() if line.startswith("."))
    wanted = (".text", ".data", ".rodata", ".bss", ".init_array")
    return sum(int(size) for name, size, *_ in sections if name.startswith(wanted))


def main(off, on, reference):
    sizes = [loaded(file) for file in (off, on, reference)]
    print("off {} bytes, on {}, reference {}".format(*sizes))
    assert sizes[0] == sizes[2], "code is left with metrics off"
    assert sizes[1] > sizes[0], "metrics cost nothing: is this what was to be compared?"
    names = subprocess.run(["nm", "-C", off], check=True, capture_output=True, text=True).stdout
    defined = [n for n in names.splitlines() if " U " not in n and "tracker()" in n]
    assert not defined, defined


main(*sys.argv[1:])
