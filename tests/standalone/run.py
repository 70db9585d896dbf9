#!/usr/bin/env python3
"""Runs the standalone program under wasmtime, whose store limits memory.

usage: run.py BUILD    BUILD/tests/standalone/standalone.wasm
"""

import importlib.metadata
import json
import pathlib
import sys
import tempfile

import wasmtime

PAGE = 65536


def run(module, engine, limit=None, environment=()):
    """The words of the program's first line, and its figures."""
    store = wasmtime.Store(engine)
    if limit is not None:
        store.set_limits(memory_size=limit)
    wasi = wasmtime.WasiConfig()
    wasi.env = environment
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "out"
        wasi.stdout_file = str(out)
        store.set_wasi(wasi)
        linker = wasmtime.Linker(engine)
        linker.define_wasi()
        start = linker.instantiate(store, module).exports(store)["_start"]
        try:
            start(store)
        except wasmtime.ExitTrap as end:
            assert end.code == 0, f"exit code {end.code}"
        first, figures = out.read_text().splitlines()
    return [int(word) for word in first.split()], json.loads(figures)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    engine = wasmtime.Engine()
    file = pathlib.Path(sys.argv[1]) / "tests/standalone/standalone.wasm"
    module = wasmtime.Module.from_file(engine, str(file))
    imports = {f"{i.module}.{i.name}" for i in module.imports if i.module != "wasi_snapshot_preview1"}
    assert not imports, f"imports beside WASI: {imports}"
    cases = 0

    def same(actual, expected, what):
        nonlocal cases
        cases += 1
        assert actual == expected, f"{what}: expected {expected}, got {actual}"

    # The store refuses, after the tracker has allowed: a failure, and not a denial.
    (first, again, chunks, limit), figures = run(module, engine, limit=128 * PAGE)
    assert 5 <= first <= 7, f"{first} blocks of 1 MiB in 8 MiB"
    same(again, first, "blocks, once more: nothing was lost")
    same(chunks, 3, "chunks, afterwards")
    same(limit, 0, "limit of the tracker")
    assert figures["memory_grow_failed_total"] > 0
    same(figures["memory_grow_denied_total"], 0, "denials")
    assert first * 16 < figures["memory_peak_pages"] <= 128, figures["memory_peak_pages"]
    same(figures["memory_pages"], figures["memory_peak_pages"], "pages")

    # The tracker's own limit, from the environment that the host gives.
    (first, again, chunks, limit), figures = run(
        module, engine, limit=128 * PAGE, environment=[("LINMEM_MEMORY_LIMIT_PAGES", "64")])
    assert 2 <= first <= 3, f"{first} blocks of 1 MiB in 4 MiB"
    same(again, first, "blocks, once more")
    same(chunks, 3, "chunks, afterwards")
    same(limit, 64, "the limit that refused")
    same(figures["memory_grow_denied_total"], figures["memory_grow_failed_total"], "denials")
    assert figures["memory_peak_pages"] <= 64, figures["memory_peak_pages"]

    # Nobody's limit but the module's own maximum of 1,024 pages.
    (first, again, chunks, limit), figures = run(module, engine)
    assert 60 <= first <= 63, f"{first} blocks of 1 MiB in 64 MiB"
    same((again, chunks, limit), (first, 3, 0), "with the module's maximum")
    assert figures["memory_grow_failed_total"] > 0
    print(f"wasmtime {importlib.metadata.version('wasmtime')}: pass {cases}")


main()
