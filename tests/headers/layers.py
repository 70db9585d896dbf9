#!/usr/bin/env python3
"""Checks that a header includes only headers of its own layer or of a lower one.

usage: layers.py FOLDER      check the *.hpp of FOLDER (include/linmem)
       layers.py --self-test check that this check catches what it is for
"""

import re
import sys
import tempfile
from pathlib import Path

# The architecture, lowest layer first. A header that is not named here is an error.
LAYERS = [
    ("ground", "config error result layout bytes pages utf8 poison no_mutex size_class counters histogram"
               " memory_limits leak_slope environment"),
    ("ledger", "handle_table resource_tracker linear_memory operation metrics alerts"),
    ("memory", "storage buffer_block lock_words shared_buffer_view shared_buffer image_view"
               " arena arena_pool buffer_pool allocator"),
    ("flow", "transform pipeline base64 stream_items chunk_source transform_source piece_source push_source"
             " chunk_stream generator ring_block ring_end ring params_block shared_params"),
    ("services", "format_registry lru_cache circuit_breaker batch"),
    ("boundary", "growth host host_stream exports stream_exports pool_exports params_exports ring_exports tracker_exports embind"),
]
UMBRELLA = "linmem"  # includes all but the boundary; nothing includes it

LAYER_OF = {name: i for i, (_, names) in enumerate(LAYERS) for name in names.split()}
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"](?:linmem/)?([a-z0-9_]+)\.hpp[>"]')


def problems(folder):
    """Yields one line for each violation in `folder`."""
    umbrella = folder / f"{UMBRELLA}.hpp"
    if umbrella.exists():
        included = {m[1] for m in map(INCLUDE.match, umbrella.read_text().splitlines()) if m}
        expected = {p.stem for p in folder.glob("*.hpp")} - {UMBRELLA, *LAYERS[-1][1].split()}
        for name in sorted(included ^ expected):
            verb = "includes" if name in included else "lacks"
            yield f"{umbrella.name}: {verb} {name}.hpp"
    for path in sorted(folder.glob("*.hpp")):
        name = path.stem
        if name == UMBRELLA:
            continue
        if name not in LAYER_OF:
            yield f"{path.name}: in no layer; add it to the table in {Path(__file__).name}"
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            match = INCLUDE.match(line)
            if not match:
                continue
            other, where = match[1], f"{path.name}:{number}"
            if not (folder / f"{other}.hpp").exists():
                yield f"{where}: includes {other}.hpp, which does not exist"
            elif other == UMBRELLA:
                yield f"{where}: includes the umbrella header"
            elif LAYER_OF.get(other, 0) > LAYER_OF[name]:
                lower, upper = LAYERS[LAYER_OF[name]][0], LAYERS[LAYER_OF[other]][0]
                yield f"{where}: {lower} includes upward: {other}.hpp is of layer {upper}"


def self_test():
    """Feeds the check small folders and compares what it says."""
    cases = [
        ({"utf8": "", "chunk_stream": "#include <linmem/utf8.hpp>"}, None),
        ({"ring": "", "chunk_stream": '#include "ring.hpp"'}, None),
        ({"utf8": "#include <linmem/chunk_stream.hpp>", "chunk_stream": ""}, "includes upward"),
        ({"utf8": '  #  include "chunk_stream.hpp"', "chunk_stream": ""}, "includes upward"),
        ({"utf8": "#include <linmem/linmem.hpp>", "linmem": "#include <linmem/utf8.hpp>"}, "umbrella"),
        ({"utf8": "", "linmem": ""}, "lacks utf8.hpp"),
        ({"exports": "", "linmem": "#include <linmem/exports.hpp>"}, "includes exports.hpp"),
        ({"utf8": "#include <linmem/absent.hpp>"}, "does not exist"),
        ({"no_such_layer": ""}, "in no layer"),
    ]
    for headers, expected in cases:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            for stem, text in headers.items():
                (folder / f"{stem}.hpp").write_text(text + "\n", encoding="utf-8")
            found = list(problems(folder))
        right = not found if expected is None else len(found) == 1 and expected in found[0]
        if not right:
            sys.exit(f"self-test: {headers}\n  expected: {expected}\n  found: {found}")
    print(f"self-test: {len(cases)} cases")


def main(arguments):
    if arguments == ["--self-test"]:
        self_test()
        return
    if len(arguments) != 1 or not list(Path(arguments[0]).glob("*.hpp")):
        sys.exit(__doc__)
    found = list(problems(Path(arguments[0])))
    print("\n".join(found) or "layers: every include points downward")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
