// Benchmarks whose cases are written in C++: bench/NAME.cpp is one program natively, in which
// google-benchmark does the timing, and one module for each malloc in WebAssembly, where frame.mjs
// does. Both give the same rows.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';

import { measure, rowsOf } from './frame.mjs';

// Natively a round is one repetition in one process. Each process shuffles its repetitions, and
// has another layout of memory.
const processes = 5;
const repetitions = 9;

/** The lines of bench::describe(). */
function parse(description) {
  const lines = description.split('\n').filter(Boolean).map((line) => line.split('\t'));
  const of = (kind) => lines.filter(([first]) => first === kind).map(([, ...columns]) => columns);
  return {
    variants: of('variant').map(([name, way, unit, operations], id) => ({
      id, name, way, unit, operations: Number(operations),
    })),
    counts: of('count').map(([name, way, unit, value]) => ({ name, way, unit, value: Number(value) })),
    missing: of('missing').map(([way, reason]) => ({ way, reason })),
  };
}

/** The items in groups of equal name, in the order of the first of each. */
function byName(items) {
  const groups = new Map();
  for (const item of items) groups.set(item.name, [...groups.get(item.name) ?? [], item]);
  return [...groups];
}

function countRows(bench, kind, counts) {
  return counts.map(({ name, way, unit, value }) => ({
    bench, case: `${name}, ${kind}`, variant: way, unit, median: value, q1: value, q3: value, rounds: 1, ratio: null,
  }));
}

/**
 * Rows of the native program, a case at a time. Not there: says so through `note`. Time is the
 * processor's, or with `real_time` the clock's, where several threads work.
 */
export function* native(bench, program, note, clock = 'cpu_time') {
  if (!fs.existsSync(program)) {
    note(`${bench}: no native figures: ${program} was not built (see its build's log)`);
    return;
  }
  const run = (...args) => execFileSync(program, args, {
    encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 2 ** 28,
  });
  const { variants, counts, missing } = parse(run('--describe'));
  for (const { way, reason } of missing) note(`${bench}: natively without ${way}: ${reason}`);
  for (const [name, group] of byName(variants)) {
    const all = new Map(group.map(({ way }) => [way, []]));
    for (let p = 0; p < processes; ++p) {
      const out = JSON.parse(run(
        `--benchmark_filter=^(${group.map(({ id }) => id).join('|')})(/|$)`,
        `--benchmark_repetitions=${repetitions}`,
        '--benchmark_enable_random_interleaving=true',
        '--benchmark_format=json',
      ));
      for (const b of out.benchmarks.filter(({ run_type }) => run_type === 'iteration')) {
        const { way, unit, operations } = variants[parseInt(b.name, 10)];
        const ns = b[clock] * { ns: 1, us: 1e3, ms: 1e6 }[b.time_unit];
        all.get(way)[p * repetitions + b.repetition_index] = ns / operations / { ns: 1, us: 1e3, ms: 1e6 }[unit];
      }
    }
    yield rowsOf(bench, `${name}, native`, group[0].unit, all);
  }
  for (const [, group] of byName(counts)) yield countRows(bench, 'native', group);
}

async function instantiate(load, name) {
  const module = await (await load(`${name}_module`))();
  return { module, ...parse(module.UTF8ToString(module._bench_describe())) };
}

/** Rows of the modules, a case at a time. Of the modules with other mallocs only `malloc` is taken. */
async function* wasm(bench, program, load, mallocs, note) {
  const main = await instantiate(load, program);
  for (const { way, reason } of main.missing) note(`${bench}: in WebAssembly without ${way}: ${reason}`);
  const others = [];
  for (const malloc of mallocs) others.push({ malloc, ...await instantiate(load, `${program}_${malloc}`) });
  for (const [name, group] of byName(main.variants)) {
    const variants = {};
    const add = ({ module }, { id, operations }, way) => {
      variants[way] = { run: () => module._bench_pass(id), operations };
    };
    for (const v of group) add(main, v, v.way === 'malloc' ? 'dlmalloc' : v.way);
    for (const other of others) {
      add(other, other.variants.find((v) => v.name === name && v.way === 'malloc'), other.malloc);
    }
    yield measure(bench, { name: `${name}, wasm`, unit: group[0].unit, variants });
  }
  for (const [, group] of byName(main.counts)) yield countRows(bench, 'wasm', group);
}

/**
 * What a bench/NAME.mjs exports when its cases are in bench/NAME.cpp.
 *
 * @param {string} name of the benchmark
 * @param {{mallocs?: string[], counts?: string}} [options] other mallocs to measure in WebAssembly,
 *   and a program that counts
 */
export function compiled(name, { mallocs = [], counts } = {}) {
  return async function* rows({ load, program, note }) {
    yield* native(name, program(name), note);
    if (counts) yield* native(name, program(counts), note);
    yield* wasm(name, name, load, mallocs, note);
    if (counts) yield* wasm(name, counts, load, [], note);
  };
}
