#!/usr/bin/env python3
"""Writes headers of linmem, with all that they include of it, as one header.

usage: single_header.py [HEADER...] >FILE      for example: arena.hpp exports.hpp

Without a name it is linmem.hpp: all but the boundary. The JavaScript half stays a folder.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "include" / "linmem"
OWN = re.compile(r"#include <linmem/(\w+\.hpp)>")
OTHER = re.compile(r"#include (<[^>]+>)")
OPENS, CLOSES = re.compile(r"#if"), re.compile(r"#endif")


def expand(name, seen):
    """Yields the lines of a header, those of the headers it includes in their places."""
    if name in seen:
        return
    seen.add(name)
    depth = 0  # of #if: an include within one stays where it is
    for line in (FOLDER / name).read_text(encoding="utf-8").splitlines():
        depth += bool(OPENS.match(line)) - bool(CLOSES.match(line))
        if own := OWN.match(line):
            yield from expand(own[1], seen)
        elif (other := OTHER.match(line)) and depth == 0:
            if other[1] not in seen:
                seen.add(other[1])
                yield f"#include {other[1]}"
        elif line != "#pragma once":
            yield line


def main(names):
    unknown = [name for name in names if not (FOLDER / name).is_file()]
    if unknown:
        sys.exit(f"{__doc__}\nno such header: {', '.join(unknown)}")
    seen = set()
    lines = [line for name in names or ["linmem.hpp"] for line in expand(name, seen)]
    print("// linmem in one header, made by `./dev single-header`; edit the sources instead.\n//")
    for line in (ROOT / "LICENSE").read_text(encoding="utf-8").splitlines():
        print(f"// {line}".rstrip())
    print("#pragma once\n")
    print(re.sub(r"\n{3,}", "\n\n", "\n".join(lines)))


if __name__ == "__main__":
    main(sys.argv[1:])
