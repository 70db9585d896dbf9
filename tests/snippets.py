#!/usr/bin/env python3
"""Runs every piece of code in README.md and docs/.

Before a fenced block stands what it is:
  <!-- snippet: file NAME -->  is written to NAME
  <!-- snippet: run -->        a C++ program: compiled natively with warnings as errors, and run
  <!-- snippet: sh -->         commands, run where the files are
  <!-- snippet: output -->     what the last of them printed
  <!-- snippet: none WHY -->   not run, and why
Each page has a folder of its own, with `include` in it, and `linmem`, which is this checkout. Code
without such a line is a failure.
"""

import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
CODE = {"cpp", "c", "js", "mjs", "ts", "sh", "bash", "cmake", "python", "json", "html"}
WARNINGS = "-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Werror".split()
BLOCK = re.compile(r"(?:<!-- snippet: (\w+) ?([^\n]*?) -->\n)?^```(\w*)\n(.*?)^```$", re.S | re.M)


def run(command, folder):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        raise AssertionError(f"exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def run_program(text, folder):
    source = folder / "snippet.cpp"
    source.write_text(text)
    compiler = os.environ.get("CXX", "g++")
    run([compiler, "-std=c++20", *WARNINGS, "-Iinclude", source.name, "-o", "snippet"], folder)
    return run(["./snippet"], folder)


def check(page, folder):
    """Runs the blocks of one page; returns how many, what was not run and why, and what failed."""
    (folder / "include").symlink_to(ROOT / "include")
    (folder / "linmem").symlink_to(ROOT)
    output, count, skipped, failures = None, 0, [], []
    text = page.read_text()
    for match in BLOCK.finditer(text):
        kind, argument, language, body = match.groups()
        where = f"{page.relative_to(ROOT)}:{text.count(chr(10), 0, match.start(4)) + 1}"
        if kind is None:
            if language in CODE:
                failures.append(f"{where}: code that nothing runs: say what it is")
            continue
        count += 1
        try:
            if kind == "file":
                (folder / argument).write_text(body)
            elif kind == "run":
                output = run_program(body, folder)
            elif kind == "sh":
                output = run(["bash", "-euo", "pipefail", "-c", body], folder)
            elif kind == "output":
                if output != body:
                    raise AssertionError(f"printed:\n{output}instead of:\n{body}")
            elif kind == "none":
                count -= 1
                skipped.append(f"{where}: not run: {argument}")
            else:
                raise AssertionError(f"unknown kind of snippet: {kind}")
        except (AssertionError, subprocess.TimeoutExpired) as problem:
            failures.append(f"{where}: {problem}")
    return count, skipped, failures


def check_alone(page):
    """The same in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        return check(page, pathlib.Path(folder))


def main():
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]
    passed, failed = 0, 0
    workers = concurrent.futures.ThreadPoolExecutor(os.cpu_count())  # each page waits for compilers
    for page, (count, skipped, failures) in zip(pages, workers.map(check_alone, pages)):
        for line in [*skipped, *(f"not ok - {failure}" for failure in failures)]:
            print(line)
        if not failures:
            print(f"ok - {page.relative_to(ROOT)}: {count} snippets")
        passed += count - len(failures)
        failed += len(failures)
    print(f"# pass {passed}\n# fail {failed}")
    return 0 if failed == 0 and passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
