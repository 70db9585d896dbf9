#!/usr/bin/env python3
"""Checks what the pages say of themselves and of the headers, without compiling anything.

usage: docs.py             check README.md and docs/
       docs.py --self-test check that this check catches what it is for

- every link leads somewhere, to a heading too, and every page is two clicks away from the README;
- docs/c_abi.md names the functions that the headers export, and no others;
- docs/errors.md has a row for each code, with its number; JavaScript declares and throws these codes;
- every header has a page, and the page of a header has an example, its cost and its pitfalls.

The code on the pages is run by snippets.py.
"""

import re
import sys
from pathlib import Path, PurePosixPath
from posixpath import normpath

ROOT = Path(__file__).resolve().parent.parent
START = "README.md"
NO_PAGE = {"config", "linmem"}  # macros, and the umbrella
PART_OF = {"ring_end": "ring"}  # headers that another one's page describes

FENCE = re.compile(r"^```.*?^```$", re.S | re.M)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#{1,6} (.*)$", re.M)
PAGE_LINE = re.compile(r"^`(?:linmem|js)/(\w+)\.(?:hpp|mjs)`", re.M)


def prose(text):
    """`text` without its code."""
    return re.sub(r"`[^`\n]*`", "", FENCE.sub("", text))


def anchors(text):
    """The names that headings get where the pages are shown: lower case, without punctuation."""
    return {re.sub(r"[^\w\- ]", "", h.strip().lower()).replace(" ", "-") for h in HEADING.findall(FENCE.sub("", text))}


def link_problems(pages, exists):
    """Of `pages`, texts by path: broken links, and pages that are too far away."""
    leads_to = {path: set() for path in pages}
    for path, text in pages.items():
        for target in LINK.findall(prose(text)):
            if re.match(r"\w+:", target):
                continue
            name, _, anchor = target.partition("#")
            to = normpath(PurePosixPath(path).parent / name) if name else path
            if not exists(to):
                yield f"{path}: link to {target}: no such file"
            elif anchor and anchor not in anchors(pages.get(to, "")):
                yield f"{path}: link to {target}: no such heading"
            leads_to[path].add(to)
    near = {START} | leads_to[START]
    near |= {to for path in near & set(pages) for to in leads_to[path]}
    for path in sorted(set(pages) - near):
        yield f"{path}: more than two clicks away from {START}"


def export_problems(page, headers):
    """What docs/c_abi.md says of the functions that `headers`, texts by name, export."""
    exported = {n for text in headers.values() for n in re.findall(r"^LINMEM_EXPORT\((linmem_\w+)\)", text, re.M)}
    named = set(re.findall(r"\blinmem_\w+(?=\()", FENCE.sub("", page)))
    for name in sorted(exported - named):
        yield f"docs/c_abi.md: does not describe {name}, which a header exports"
    for name in sorted(named - exported):
        yield f"docs/c_abi.md: describes {name}, which no header exports"


def error_problems(page, header, types, modules):
    """What docs/errors.md says of the codes of error.hpp, and which codes JavaScript knows."""
    codes = dict(re.findall(r"^  (\w+) = (\d+),", header, re.M))
    rows = dict(re.findall(r"^\| `(\w+)` \| (\d+) \|", page, re.M))
    for name, number in codes.items():
        if name != "none" and rows.get(name) != number:
            yield f"docs/errors.md: no row for {name}, {number}"
    for name in sorted(set(rows) - set(codes)):
        yield f"docs/errors.md: a row for {name}, which is no code"
    declared = re.search(r"type ErrorCode =([^;]*);", types)
    for name in sorted({*codes, "unknown"} ^ set(re.findall(r"'(\w+)'", declared[1] if declared else ""))):
        yield f"linmem.d.ts: ErrorCode and errc differ in {name}"
    for path, text in modules.items():
        for name in sorted(set(re.findall(r"new LinmemError\(\s*'(\w+)'", text)) - set(codes)):
            yield f"{path}: throws {name}, which is no code"


def page_problems(pages, headers):
    """Headers without a page, and pages of a header that lack a part."""
    for name in sorted(set(headers) - NO_PAGE):
        path = f"docs/{PART_OF.get(name, name)}.md"
        if path not in pages:
            yield f"{path}: missing: the page of {name}.hpp"
    for path, text in pages.items():
        if not PAGE_LINE.search(text):
            continue
        parts = {
            "an example": r"<!-- snippet: (?:run|sh) -->",
            "**Cost** or **Memory**": r"\*\*(?:Cost|Memory)\*\*",
            "a **Pitfall**": r"\*\*Pitfalls?\*\*",
        }
        for part, pattern in parts.items():
            if not re.search(pattern, text):
                yield f"{path}: lacks {part}"


def self_test():
    """Feeds each check what it is for, and compares what it says."""
    far = {START: "[a](docs/a.md)", "docs/a.md": "[b](b.md)", "docs/b.md": "[c](c.md)", "docs/c.md": ""}
    one = "enum {\n  closed = 7,\n};"
    types = "type ErrorCode = 'closed' | 'unknown';"
    whole = "`linmem/x.hpp` · x\n<!-- snippet: run -->\n**Cost**: none. **Pitfall**: none.\n"
    cases = [
        (link_problems({START: "[x](#a-b) [y](https://x.y/z) `[z](q)`\n# A `b`!"}, {START}.__contains__), None),
        (link_problems({START: "[x](y.md)"}, {START}.__contains__), "no such file"),
        (link_problems({START: "[x](#c)\n# A b"}, {START}.__contains__), "no such heading"),
        (link_problems({START: "```\n[x](y.md)\n```"}, {START}.__contains__), None),
        (link_problems(far, far.__contains__), "docs/c.md: more than two clicks"),
        (export_problems("| `linmem_a(h)` |", {"x": "LINMEM_EXPORT(linmem_a)\n"}), None),
        (export_problems("", {"x": "LINMEM_EXPORT(linmem_a) int linmem_a();"}), "does not describe linmem_a"),
        (export_problems("| `linmem_a(h)` |", {"x": "//   LINMEM_EXPORT(linmem_a)"}), "describes linmem_a"),
        (error_problems("| `closed` | 7 |", one, types, {}), None),
        (error_problems("| `closed` | 8 |", one, types, {}), "no row for closed, 7"),
        (error_problems("| `closed` | 7 |\n| `open` | 8 |", one, types, {}), "a row for open"),
        (error_problems("| `closed` | 7 |", one, "type ErrorCode = 'unknown';", {}), "differ in closed"),
        (error_problems("| `closed` | 7 |", one, types, {"x.mjs": "new LinmemError('shut'"}), "throws shut"),
        (page_problems({"docs/x.md": whole}, {"x": "", "config": ""}), None),
        (page_problems({}, {"x": ""}), "docs/x.md: missing"),
        (page_problems({"docs/x.md": whole.replace("Pitfall", "")}, {}), "lacks a **Pitfall**"),
        (page_problems({"docs/x.md": whole.replace("Cost", "")}, {}), "lacks **Cost**"),
        (page_problems({"docs/x.md": whole.replace("run", "none")}, {}), "lacks an example"),
    ]
    for number, (problems, expected) in enumerate(cases):
        found = list(problems)
        right = not found if expected is None else len(found) == 1 and expected in found[0]
        if not right:
            sys.exit(f"self-test: case {number}\n  expected: {expected}\n  found: {found}")
    print(f"self-test: {len(cases)} cases")


def texts(folder, pattern):
    return {p.relative_to(ROOT).as_posix(): p.read_text(encoding="utf-8") for p in sorted((ROOT / folder).glob(pattern))}


def main(arguments):
    if arguments == ["--self-test"]:
        self_test()
        return
    if arguments:
        sys.exit(__doc__)
    pages = {START: (ROOT / START).read_text(encoding="utf-8"), **texts("docs", "**/*.md")}
    headers = {Path(path).stem: text for path, text in texts("include/linmem", "*.hpp").items()}
    modules = texts("include/linmem/js", "*.mjs")
    types = (ROOT / "include/linmem/js/linmem.d.ts").read_text(encoding="utf-8")
    checks = {
        "every link leads somewhere, and every page is near": link_problems(pages, lambda p: (ROOT / p).exists()),
        "the C ABI is described": export_problems(pages.get("docs/c_abi.md", ""), headers),
        "every error is described": error_problems(pages.get("docs/errors.md", ""), headers["error"], types, modules),
        "every header has its page": page_problems(pages, headers),
    }
    failed = 0
    for name, problems in checks.items():
        found = list(problems)
        failed += bool(found)
        print(f"{'not ok' if found else 'ok'} - {name}", *found, sep="\n    ")
    print(f"# pass {len(checks) - failed}\n# fail {failed}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
