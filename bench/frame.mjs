// The frame of every benchmark. Variants of a case run in one process, in random order within each
// round, many rounds; figures are medians with quartiles, and a ratio is the median of the ratios
// within the rounds, so that a machine that slows down slows both sides.
import { performance } from 'node:perf_hooks';

const targetMs = 8; // a measurement long enough that the clock and the loop do not show
const minRounds = 31;
const budgetMs = 3000; // for one case, before the last round is begun
const mostRounds = 301;

function quantile(sorted, q) {
  const at = (sorted.length - 1) * q;
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (at - below);
}

/** The items in random order. */
export function shuffled(items) {
  const out = [...items];
  for (let i = out.length - 1; i > 0; --i) {
    const j = Math.floor(Math.random() * (i + 1));
    [out[i], out[j]] = [out[j], out[i]];
  }
  return out;
}

// The time on the clock, or that of the processor where this is less: then another program ran in
// between. Where it is more, threads of the engine worked alongside.
function timeOf(run, times) {
  const used = process.cpuUsage();
  const start = performance.now();
  for (let i = 0; i < times; ++i) run();
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(used);
  return Math.min(ms, (user + system) / 1000);
}

/** How often to call what took `ms` for `times` calls, so that it takes long enough. */
const more = (times, ms) => Math.min(times * 100, Math.max(times + 1, Math.ceil((times * targetMs * 1.2) / Math.max(ms, 0.001))));

/** How often `run` goes into one measurement; warms it up on the way. */
function calibrate(run) {
  let times = 1;
  for (;;) {
    const ms = timeOf(run, times);
    if (ms >= targetMs) return times;
    times = more(times, ms);
  }
}

const units = { ns: 1e6, us: 1e3, ms: 1 };

/**
 * Rows of one case.
 *
 * @param {Map<string, number[]>} all for each variant its figure in each round
 * @returns rows `{bench, case, variant, unit, median, q1, q3, rounds, ratio}`
 */
export function rowsOf(bench, name, unit, all) {
  const limit = all.get('limit');
  return [...all].map(([variant, figures]) => {
    const sorted = figures.toSorted((a, b) => a - b);
    const ratios = limit && figures.map((x, i) => x / limit[i]).sort((a, b) => a - b);
    return {
      bench, case: name, variant, unit,
      median: quantile(sorted, 0.5), q1: quantile(sorted, 0.25), q3: quantile(sorted, 0.75),
      rounds: figures.length, ratio: ratios ? quantile(ratios, 0.5) : null,
    };
  });
}

/**
 * Measures one case.
 *
 * @param {string} bench name of the benchmark
 * @param {{name: string, unit: 'ns'|'us'|'ms',
 *   variants: Record<string, (() => unknown) | {run: () => unknown, operations: number}>}} definition
 *   one function for each variant, all doing the same work once a call; where a call does it several
 *   times, `operations` says how often. `limit` is what no implementation can beat.
 */
export function measure(bench, { name, unit, variants }) {
  const entries = Object.entries(variants).map(([variant, v]) => {
    const { run, operations } = typeof v === 'function' ? { run: v, operations: 1 } : v;
    return { variant, run, operations, times: calibrate(run), figures: [] };
  });
  const begin = performance.now();
  let rounds = 0;
  while (rounds < minRounds || (rounds < mostRounds && performance.now() - begin < budgetMs)) {
    for (const { run, operations, times, figures } of shuffled(entries)) {
      figures.push((timeOf(run, times) / times / operations) * units[unit]);
    }
    ++rounds;
  }
  return rowsOf(bench, name, unit, new Map(entries.map(({ variant, figures }) => [variant, figures])));
}

/**
 * Rows of a case whose variants are waited for: a function each, called as often in a round as takes long enough for
 * the clock, which is that of the wall. Otherwise as measure().
 */
export async function measureWaiting(bench, { name, unit, variants }) {
  const timeOfAll = async (run, times) => {
    const start = performance.now();
    for (let i = 0; i < times; ++i) await run();
    return performance.now() - start;
  };
  const entries = [];
  for (const [variant, run] of Object.entries(variants)) {
    let times = 1;
    for (let ms; (ms = await timeOfAll(run, times)) < targetMs;) { // warms it up on the way
      times = more(times, ms);
    }
    entries.push({ variant, run, times, figures: [] });
  }
  const begin = performance.now();
  for (let round = 0; round < minRounds || (round < mostRounds && performance.now() - begin < budgetMs); ++round) {
    for (const { run, times, figures } of shuffled(entries)) {
      figures.push((await timeOfAll(run, times) / times) * units[unit]);
    }
  }
  return rowsOf(bench, name, unit, new Map(entries.map(({ variant, figures }) => [variant, figures])));
}

const short = (n) => (n >= 1000 ? n.toFixed(0) : n.toPrecision(3));

/** Prints the rows of one case for a person. */
export function print(rows) {
  const { bench, case: name, rounds } = rows[0];
  console.log(`\n${bench}: ${name}${rounds === 1 ? '' : ` (${rounds} rounds)`}`);
  const width = Math.max(...rows.map(({ variant }) => variant.length));
  for (const r of rows.toSorted((a, b) => a.median - b.median)) {
    const variant = `  ${r.variant.padEnd(width)}  `;
    if (rounds === 1) { // counted
      console.log(`${variant}${String(r.median).padStart(8)} ${r.unit}`);
      continue;
    }
    const ratio = r.ratio === null ? '' : `   ${r.ratio.toFixed(2).padStart(7)} x limit`;
    console.log(`${variant}${short(r.median).padStart(8)} ${r.unit}  [${short(r.q1)}, ${short(r.q3)}]${ratio}`);
  }
}
