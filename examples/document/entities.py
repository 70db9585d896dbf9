#!/usr/bin/env python3
"""Writes entities_table.hpp, the named character references of the HTML standard.

    python3 examples/document/entities.py            # writes entities_table.hpp beside this file
    python3 examples/document/entities.py --check    # exit code 1 when that file is out of date
    python3 examples/document/entities.py --list     # prints {"name", "text"}, a reference a line

The facts come from Python's own copy of the standard's list (html.entities.html5).
"""

import pathlib
import sys
from html.entities import html5

# Every name that may stand without a semicolon also stands with one and means the same, so one
# entry serves both. Checked, because the table's format rests on it.
NAMES = {name[:-1]: text for name, text in html5.items() if name.endswith(";")}
LEGACY = {name: text for name, text in html5.items() if not name.endswith(";")}
assert all(NAMES[name] == text for name, text in LEGACY.items())
assert all(name.isascii() and name.isalnum() for name in NAMES)

# The letters of mathematical alphabets have names that follow from them, as "Afr" does from A and
# "fr". Those that Unicode has elsewhere are in the table.
ALPHABETS = {"scr": 0x1D49C, "fr": 0x1D504, "opf": 0x1D538}
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def follows(name: str) -> bool:
    letter, alphabet = LETTERS.find(name[0]), ALPHABETS.get(name[1:])
    return alphabet is not None and NAMES[name] == chr(alphabet + letter)


# What follows() leaves out must not be found where there is no such name.
assert all(letter + suffix in NAMES for letter in LETTERS for suffix in ALPHABETS)


def number(text: str) -> int:
    """The text as the table has it: two code points are in the higher and the lower 16 bits."""
    first, second = ord(text[0]), ord(text[1]) if len(text) == 2 else 0
    assert len(text) <= 2 and second not in (1, 2) and (second == 0 or first < 0x10000)
    return second << 16 | first


def step(distance: int) -> bytes:
    """A number in base 128, the highest digit first, each byte with bit 7 set."""
    digits = bytes([0x80 | distance & 0x7F])
    while distance := distance >> 7:
        digits = bytes([0x80 | distance & 0x7F]) + digits
    return digits


def literal(data: bytes) -> str:
    """A C++ string literal. Octal escapes have three digits, so none runs into what follows."""
    out = []
    for byte in data:
        char = chr(byte)
        out.append(char if char.isascii() and char.isalnum() else f"\\{byte:03o}")
    return '"' + "".join(out) + '"'


def table() -> str:
    # Of a character the longest name comes first: 80 bytes less when it is compressed.
    names = [name for name in NAMES if not follows(name)]
    names.sort(key=lambda name: (name not in LEGACY, number(NAMES[name]), -len(name), name))
    packed, last, characters, legacy_characters = [], 0, 0, 0
    for name in names:
        distance = (number(NAMES[name]) - last) % 2**32
        last = number(NAMES[name])
        characters += distance != 0
        if name in LEGACY:
            legacy_characters = characters
        packed.append(step(distance) + name.encode())
    assert sum(map(len, packed)) < 65536
    lines = [f"    {literal(b''.join(packed[i : i + 12]))}" for i in range(0, len(packed), 12)]
    return f"""// examples/document/entities_table.hpp - the data of entities.hpp.
//
// The named character references of the HTML standard, packed; entities.hpp says how to use them.
// Generated: change the generator instead and run
//
//     python3 examples/document/entities.py
//
// Names are in the order of their characters, since names of like characters are alike and compress
// well; those that are also valid without a semicolon come first. An entry is how far its character
// is from the one before, and its name. A distance is a number in base 128, modulo 2^32, each digit a
// byte with bit 7 set. A character is a code point, or two in the lower and the higher 16 bits. Names
// of mathematical letters that entities.hpp makes by rule are not stored, nor are semicolons.
#pragma once

#include <cstddef> // size_t

// clang-format off
namespace document::entities_table {{

inline constexpr std::size_t character_count = {characters};  // that differ from the one before
inline constexpr std::size_t legacy_characters = {legacy_characters}; // the first of these: with names valid without a semicolon
inline constexpr std::size_t longest_name = {max(map(len, NAMES))};       // bytes, without the semicolon
inline constexpr std::size_t longest_legacy_name = {max(map(len, LEGACY))}; // bytes

inline constexpr char packed[] =
{chr(10).join(lines)};
}} // namespace document::entities_table
// clang-format on
"""


def main() -> int:
    if "--list" in sys.argv[1:]:
        for name, text in sorted(html5.items()):
            print(f"{{{literal(name.encode())}, {literal(text.encode())}}},")
        return 0
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
