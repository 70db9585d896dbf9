#!/usr/bin/env python3
"""Writes entities_table.hpp, the named character references of the HTML standard.

    python3 examples/document/entities.py            # writes entities_table.hpp beside this file
    python3 examples/document/entities.py --check    # exit code 1 when that file is out of date

The facts come from Python's own copy of the standard's list (html.entities.html5).
"""

import pathlib
import sys
from html.entities import html5

BLOCK = 16  # names per block: the first is stored whole, the others share its beginning

# Every name that may stand without a semicolon also stands with one and means the same, so one
# entry with a flag serves both. Checked, because the table's format rests on it.
NAMES = {name[:-1]: text for name, text in html5.items() if name.endswith(";")}
LEGACY = {name: text for name, text in html5.items() if not name.endswith(";")}
assert all(NAMES[name] == text for name, text in LEGACY.items())
assert all(name.isascii() and name.isalnum() for name in NAMES)
assert all(1 <= len(text) <= 2 for text in NAMES.values())


def literal(data: bytes) -> str:
    """A C++ string literal. Octal escapes have three digits, so none runs into what follows."""
    out = []
    for byte in data:
        char = chr(byte)
        out.append(char if char.isascii() and char.isalnum() else f"\\{byte:03o}")
    return '"' + "".join(out) + '"'


def entry(name: str, shared: int) -> bytes:
    """Header, the rest of the name (its last byte marked), the text as UTF-8."""
    text = NAMES[name]
    head = shared | (0x20 if name in LEGACY else 0) | (0x40 if len(text) == 2 else 0)
    rest = name[shared:].encode()
    return bytes([head]) + rest[:-1] + bytes([rest[-1] | 0x80]) + text.encode()


def common(a: str, b: str) -> int:
    n = 0
    while n < min(len(a), len(b)) and a[n] == b[n]:
        n += 1
    return n


def table() -> str:
    names = sorted(NAMES)
    offsets, lines, size = [], [], 0
    for first in range(0, len(names), BLOCK):
        block, previous = b"", ""
        for name in names[first : first + BLOCK]:
            shared = common(previous, name)
            assert shared < 32 and shared < len(name)
            block += entry(name, shared)
            previous = name
        offsets.append(size)
        size += len(block)
        lines.append("    " + literal(block))
    assert size < 65536
    rows = [
        "    " + ", ".join(str(o) for o in offsets[i : i + 16]) + ","
        for i in range(0, len(offsets), 16)
    ]
    longest_legacy = max(map(len, LEGACY))
    longest = max(map(len, NAMES))
    longest_text = max(len(text.encode()) for text in NAMES.values())
    return f"""// examples/document/entities_table.hpp - the data of entities.hpp.
//
// The named character references of the HTML standard, packed; entities.hpp says how to use them.
// Generated: change the generator instead and run
//
//     python3 examples/document/entities.py
//
// Names are sorted, cut into blocks of {BLOCK}, and each but the first of a block leaves out what it
// shares with the one before it. An entry is: one byte (bits 0-4: how many bytes it shares; bit 5:
// also valid without its semicolon; bit 6: means two code points), the rest of the name (its last
// byte has bit 7 set), the text in UTF-8. No semicolons are stored.
#pragma once

#include <cstddef> // size_t
#include <cstdint> // uint16_t

// clang-format off
namespace document::entities_table {{

inline constexpr std::size_t name_count = {len(NAMES)};       // names, each valid with a semicolon
inline constexpr std::size_t legacy_count = {len(LEGACY)};      // of these, valid without one
inline constexpr std::size_t longest_name = {longest};       // bytes, without the semicolon
inline constexpr std::size_t longest_legacy_name = {longest_legacy}; // bytes
inline constexpr std::size_t longest_text = {longest_text};        // bytes of UTF-8
inline constexpr std::size_t block_names = {BLOCK};
inline constexpr std::size_t block_count = {len(offsets)};

inline constexpr std::uint16_t block_offset[block_count] = {{
{chr(10).join(rows)}
}};

inline constexpr char packed[] =
{chr(10).join(lines)};
}} // namespace document::entities_table
// clang-format on
"""


def main() -> int:
    target = pathlib.Path(__file__).resolve().parent / "entities_table.hpp"
    made = table()
    if "--check" in sys.argv[1:]:
        same = target.exists() and target.read_text(encoding="ascii") == made
        print(f"{target.name}: {'up to date' if same else 'out of date, run entities.py'}")
        return 0 if same else 1
    target.write_text(made, encoding="ascii")
    print(f"{target.name}: {len(NAMES)} names, {len(html5)} references")
    return 0


if __name__ == "__main__":
    sys.exit(main())
