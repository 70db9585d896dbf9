#!/usr/bin/env python3
"""What each header costs: time to compile, and bytes in the module. Prints a table.

usage: budget.py [--no-times]

Times are of the processor, the median of interleaved rounds, over an empty file and beside <vector>;
they are printed, and no test depends on them. Sizes are exact: more than the budget is a failure, and
so is a header but those of the boundary that adds a byte to a program which only includes it.

Reads CXX (c++) and EMSCRIPTEN_ROOT. The size of the JavaScript half is that of esbuild's bundle,
which comes with tests/packaging/vite.
"""

import gzip
import os
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
INCLUDE = ROOT / "include"
ROUNDS = 3
UMBRELLA_SECONDS, HEADER_SECONDS = 1.5, 0.5

# Bytes that a program of size/ may have more than size/nothing.cpp, at -Oz, with what it uses counted
# by the tracker. Little more than there is: whoever adds to it decides so. The same is printed at -O2.
PROGRAM_BYTES = {"arena": 1024, "shared_buffer": 1536, "exports": 4096, "publish": 4352, "stream_exports": 9728}

# Bytes of the JavaScript half, minified and gzipped, by what one imports: what attach() needs, all of
# its module, and what each of the others adds to that. Each costs only who imports it.
CORE_BYTES = 12 * 1024
JAVASCRIPT_BYTES = 24 * 1024
ENTRIES = {
    "ring.mjs": "*",
    "shared_params.mjs": "*",
    "services.mjs": "*",
    "services.mjs, readEnvironment": "readEnvironment",
    "services.mjs, CircuitBreaker": "CircuitBreaker",
    "services.mjs, InstancePool": "InstancePool",
    "services.mjs, ModuleCache": "ModuleCache, instantiate",
    "services.mjs, load": "load, probe, fallbacks",
    "services.mjs, WorkerInstance": "WorkerInstance, serve",
}

headers = sorted(path.name for path in (INCLUDE / "linmem").glob("*.hpp"))
umbrella = (INCLUDE / "linmem" / "linmem.hpp").read_text(encoding="utf-8")
boundary = set(headers) - set(re.findall(r"#include <linmem/(\w+\.hpp)>", umbrella)) - {"linmem.hpp"}


def run(*command):
    subprocess.run(command, check=True)


def processor_seconds(source, folder):
    """Compiles `source` and returns what the compiler used of the processor."""
    compiler = os.environ.get("CXX", "c++")
    before = os.times()
    run(compiler, "-std=c++20", "-O2", f"-I{INCLUDE}", "-c", source, "-o", folder / "timed.o")
    after = os.times()
    return (after.children_user - before.children_user) + (after.children_system - before.children_system)


def compile_times(folder):
    """Prints the table of times."""
    files = {"(empty)": "", "<vector>": "#include <vector>\n"}
    files |= {header: f"#include <linmem/{header}>\n" for header in headers}
    times = {name: [] for name in files}
    for _ in range(ROUNDS):
        for name, text in files.items():
            source = folder / "timed.cpp"
            source.write_text(text, encoding="utf-8")
            times[name].append(processor_seconds(source, folder))
    empty = statistics.median(times.pop("(empty)"))
    vector = statistics.median(times["<vector>"]) - empty
    print(f"{'compile time':<24}{'over empty':>12}{'spread':>10}{'x <vector>':>12}{'budget':>12}")
    for name, all_of_it in times.items():
        seconds = statistics.median(all_of_it) - empty
        spread = max(all_of_it) - min(all_of_it)
        budget = UMBRELLA_SECONDS if name == "linmem.hpp" else HEADER_SECONDS
        if name in boundary or name == "<vector>":
            limit = "-"
        else:
            limit = f"{budget} s" + (" over" if seconds > budget else "")
        print(f"{name:<24}{seconds:>10.2f} s{spread:>8.2f} s{seconds / vector:>12.1f}{limit:>12}")
    print()


def module_bytes(folder, name, text, level="-Oz"):
    """The size of a module made of `text`."""
    source = folder / f"{name}.cpp"
    source.write_text(text, encoding="utf-8")
    run(Path(os.environ["EMSCRIPTEN_ROOT"]) / "em++", "-std=c++20", level, "-DNDEBUG", f"-I{INCLUDE}",
        source, "-o", folder / f"{name}.mjs", "--no-entry", "-sALLOW_MEMORY_GROWTH", "-sMODULARIZE",
        "-sEXPORT_ES6")
    return (folder / f"{name}.wasm").stat().st_size


def bundle_bytes(folder, *exports):
    """The size of what esbuild bundles for a program that has `exports`, minified and gzipped."""
    source, bundle = folder / "bundled.mjs", folder / "bundled.js"
    source.write_text("\n".join(exports), encoding="utf-8")
    run(HERE / "vite" / "node_modules" / ".bin" / "esbuild", "--bundle", "--minify", "--format=esm",
        "--log-level=warning", f"--outfile={bundle}", source)
    return len(gzip.compress(bundle.read_bytes(), 9))


def exported(names, module):
    return f"export {'*' if names == '*' else '{ ' + names + ' }'} from '{INCLUDE}/linmem/js/{module}';"


def sizes(folder):
    """Prints the tables of sizes; returns what is over its budget."""
    over = []

    def row(name, size, budget):
        print(f"{name:<40}{size:>8}{'-' if budget is None else budget:>8}")
        if budget is not None and size > budget:
            over.append(f"{name}: {size} bytes, budget {budget}")

    print(f"{'bytes added to a module':<40}{'bytes':>8}{'budget':>8}")
    nothing = (HERE / "size" / "nothing.cpp").read_text(encoding="utf-8")
    base = module_bytes(folder, "nothing", nothing)
    included = "".join(f"#include <linmem/{h}>\n" for h in headers if h not in boundary)
    row("including linmem.hpp, unused", module_bytes(folder, "unused", included + nothing) - base, 0)
    for header in sorted(boundary):
        text = f"#include <linmem/{header}>\n" + nothing
        row(f"including {header}, unused", module_bytes(folder, "boundary", text) - base, None)
    for name, budget in PROGRAM_BYTES.items():
        text = (HERE / "size" / f"{name}.cpp").read_text(encoding="utf-8")
        row(f"size/{name}.cpp", module_bytes(folder, name, text) - base, budget)
    base = module_bytes(folder, "nothing", nothing, "-O2")
    for name in PROGRAM_BYTES:
        text = (HERE / "size" / f"{name}.cpp").read_text(encoding="utf-8")
        row(f"size/{name}.cpp, at -O2", module_bytes(folder, name, text, "-O2") - base, None)
    print()

    print(f"{'JavaScript, minified and gzipped':<40}{'bytes':>8}{'budget':>8}")
    core = exported("*", "linmem.mjs")
    row("linmem.mjs, attach", bundle_bytes(folder, exported("attach", "linmem.mjs")), CORE_BYTES)
    all_of_core = bundle_bytes(folder, core)
    row("linmem.mjs", all_of_core, CORE_BYTES)
    for entry, names in ENTRIES.items():
        more = bundle_bytes(folder, core, exported(names, entry.split(",")[0]))
        row(f"  and {entry}", more - all_of_core, None)
    everything = [exported("*", entry) for entry, names in ENTRIES.items() if names == "*"]
    row("all of it", bundle_bytes(folder, core, *everything), JAVASCRIPT_BYTES)
    return over


def main(arguments):
    if arguments not in ([], ["--no-times"]):
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if not arguments:
            compile_times(folder)
        over = sizes(folder)
    for line in over:
        print(f"over its budget: {line}")
    sys.exit(1 if over else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
