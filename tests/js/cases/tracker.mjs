// The cases of the tracker, of what it exports, and of the settings.
import { attach, json, prometheus, Tracker } from '../../../include/linmem/js/linmem.mjs';
import { readEnvironment } from '../../../include/linmem/js/services.mjs';
import { settings } from '../../../include/linmem/js/environment.mjs';
import { equal, ok, refuses } from '../expect.mjs';

const notCounts = [-1, 0.5, NaN, Infinity, '1', null, 1n, {}];
const same = (actual, expected, what) => equal(JSON.stringify(actual), JSON.stringify(expected), what);

/** What C++ writes of the figures. */
function fromModule(module, buffer, format, named) {
  ok(module._fixture_metrics(buffer.handle, { prometheus: 0, json: 1 }[format], named ? 1 : 0), 'C++ wrote');
  return buffer.text();
}

export const cases = [
  { name: 'figures follow growth without being asked for', hostGrows: true, run({ module, memory }) {
    const { tracker } = memory;
    equal(tracker.memory_pages, memory.pages);
    equal(tracker.memory_maximum_pages, 1024);
    const { grow_requests: before } = tracker;
    ok(module._fixture_grow(3), 'grown');
    equal(tracker.memory_pages, memory.pages, 'pages, read from a memory that grew');
    equal(tracker.memory_peak_pages, memory.pages);
    equal(tracker.grow_requests, before + 1);
    equal(tracker.grow_failed, 0);
    equal(memory.tracker, tracker, 'the tracker is one');
  } },

  { name: 'memory and table are enough to read the figures of another side', run({ module, memory }) {
    const { tracker } = memory;
    const bare = attach({ memory: memory.memory, table: memory.table });
    const theirs = Tracker.open(bare, tracker.descriptor);
    equal(theirs.memory_pages, memory.pages);
    ok(module._fixture_grow(1), 'grown');
    equal(theirs.memory_pages, memory.pages, 'pages, after growth');
    tracker.limit({ softPages: 1000 });
    equal(theirs.memory_soft_limit_pages, 1000);
    equal(theirs.json(), tracker.json());
    refuses(() => theirs.limit({ softPages: 1 }), 'unsupported');
    refuses(() => bare.tracker, 'unsupported');
    refuses(() => bare.open(tracker.descriptor), 'invalid_argument');
    refuses(() => Tracker.open(bare, { ...tracker.descriptor, kind: 'buffer' }), 'invalid_argument');
    refuses(() => Tracker.open(bare, { ...tracker.descriptor, address: 2 ** 32 - 1 }), 'out_of_range');
    refuses(() => Tracker.open(bare, { ...tracker.descriptor, table: -1 }), 'invalid_argument');
  } },

  { name: 'a limit refuses growth, names itself and the demand, and what fits still works', hostGrows: true, run({ module, memory }) {
    const { tracker } = memory;
    const limit = memory.pages + 4;
    const tooLarge = (limit + 4) << 16;
    tracker.limit({ hardPages: limit });
    const e = refuses(() => memory.alloc(tooLarge), 'limit_exceeded');
    equal(e.subject, 'linear memory in pages');
    equal(e.limit, limit);
    ok(e.actual > limit && e.actual < 3 * limit, `a demand of pages, not ${e.actual}`);
    ok(tracker.grow_denied > 0, 'denied, however often malloc asked');
    equal(tracker.grow_failed, tracker.grow_denied);
    equal(module._fixture_malloc(tooLarge), 0, 'malloc gives null');
    memory.alloc(1 << 16).dispose();
    tracker.limit();
    memory.alloc(tooLarge).dispose();
    equal(tracker.memory_limit_pages, 0);
    equal(tracker.usage, memory.pages / 1024, 'a part of the maximum');
    tracker.limit({ hardPages: 512 });
    equal(tracker.usage, memory.pages / 512, 'a part of the limit');
  } },

  { name: 'a thousand refusals leave pages and bytes as they were', run({ memory }) {
    const { tracker } = memory;
    tracker.limit({ hardPages: memory.pages + 700, hardBytes: tracker.heap_claimed_bytes + 1000 });
    const { heap_claimed_bytes: used } = tracker;
    const figures = () => tracker.figures().heap_used_bytes;
    const before = figures();
    for (let i = 0; i < 1000; ++i) refuses(() => memory.alloc(50000), 'limit_exceeded');
    equal(tracker.heap_claimed_bytes, used);
    same(figures(), before);
    equal(tracker.heap_failed, 1000);
    tracker.limit();
    memory.alloc(50000).dispose();
    equal(tracker.heap_claimed_bytes, used);
  } },

  { name: 'of pages and bytes the smaller limit is in force, and bytes round up', run({ memory }) {
    const { tracker } = memory;
    const pages = (limits) => {
      tracker.limit(limits);
      return tracker.memory_limit_pages;
    };
    equal(pages({ hardPages: 900, hardBytes: 800 << 16 }), 800);
    equal(pages({ hardPages: 900, hardBytes: 901 << 16 }), 900);
    equal(pages({ hardBytes: (800 << 16) - 1 }), 800);
    equal(pages({ hardBytes: 2 ** 40 }), 2 ** 24);
    tracker.limit({ softBytes: 65535 });
    equal(tracker.memory_soft_limit_pages, 1);
    equal(pages({}), 0);
    for (const wrong of notCounts) {
      for (const name of ['softPages', 'hardPages', 'softBytes', 'hardBytes']) {
        refuses(() => tracker.limit({ [name]: wrong }), 'invalid_argument');
      }
    }
    refuses(() => tracker.limit({ hardPages: 2 ** 53 }), 'out_of_range');
  } },

  { name: 'bytes are counted by what they are for', run({ memory }) {
    const { tracker } = memory;
    const used = () => tracker.figures().heap_used_bytes;
    const before = used();
    const buffer = memory.from('x'.repeat(5000));
    const now = used();
    ok(now.buffer - before.buffer >= 5000 && now.buffer - before.buffer < 5200, 'a buffer and its block');
    equal(now.stream, before.stream);
    const copied = tracker.figures();
    equal(copied.copied_bytes_total.in, 5000);
    equal(copied.copied_in_bytes_total.buffer, 5000);
    equal(copied.copied_in_bytes_total.stream, 0);
    buffer.dispose();
    same(used(), before);
  } },

  { name: 'C++ and JavaScript write the same bytes', run({ module, memory }) {
    const { tracker } = memory;
    const buffer = memory.alloc(16384);
    const check = (what) => {
      for (const format of ['prometheus', 'json']) {
        equal(tracker[format](), fromModule(module, buffer, format, false), `${format}, ${what}`);
        // First: reading what the module wrote may be staged, and is counted then.
        const named = tracker[format]({ prefix: 'app_', instance: 'a"\\\n\u0001 é' });
        equal(named, fromModule(module, buffer, format, true), `${format} with names, ${what}`);
      }
    };
    check('fresh');
    tracker.limit({ softPages: 900, hardPages: 1000 });
    memory.from('some text').dispose();
    tracker.operation(3);
    check('one operation');
    tracker.report({ module_cache_hits: 2 ** 40 + 1, breaker_state: 2 });
    tracker.coldStart(1234.567891);
    let seed = 1;
    for (let i = 0; i < 300; ++i) {
      seed = (seed * 48271) % 2147483647;
      tracker.operation(2 ** (seed % 30) / 1000, i % 7 !== 0);
      if (i % 30 === 0) check(`${i} operations`);
    }
    tracker.limit();
    buffer.dispose();
  } },

  { name: 'scripted work gives these figures', run({ memory }) {
    const { tracker } = memory;
    tracker.operation(3);
    tracker.operation(40, false);
    tracker.coldStart(1500);
    tracker.report({ module_cache_hits: 3, pool_idle: 2 });
    const { rows, values } = tracker.snapshot();
    const text = prometheus({ rows, values, instance: '' });
    for (const line of ['linmem_operation_seconds{quantile="0.5"} 0.003145728',
      'linmem_operation_seconds{quantile="0.99"} 0.04194304', 'linmem_operation_seconds_sum 0.043',
      'linmem_operation_seconds_count 2', 'linmem_operation_errors_total 1', 'linmem_cold_start_seconds 1.5',
      'linmem_cold_starts_total 1', 'linmem_module_cache_hits_total 3', 'linmem_pool_idle 2',
      'linmem_memory_limit_pages +Inf', `linmem_memory_pages ${tracker.memory_pages}`,
      '# TYPE linmem_memory_grow_failed_total counter']) {
      ok(`\n${text}`.includes(`\n${line}\n`), line);
    }
    const { operation_seconds: seconds, memory_limit_pages: limit } = tracker.figures();
    same(seconds, { 0.5: 0.003145728, 0.95: 0.04194304, 0.99: 0.04194304, sum: 0.043, count: 2 });
    equal(limit, null);
  } },

  { name: 'snapshots of several instances are one text, each metric named once', run({ memory }) {
    const { tracker } = memory;
    const first = tracker.snapshot({ instance: '0' });
    tracker.operation(1);
    const text = prometheus([first, tracker.snapshot({ instance: '1' })], { prefix: 'p_' });
    equal(text.split('# TYPE p_operation_seconds summary\n').length, 2);
    ok(text.includes('p_operation_seconds_count{instance="0"} 0\n'), 'the first is as it was');
    ok(text.includes('p_operation_seconds_count{instance="1"} 1\n'), 'the second');
    equal(prometheus([]), '');
    ok(json(first).startsWith('{"instance":"0",'), 'JSON says which');
  } },

  { name: 'names that are none are refused', run({ memory }) {
    const { tracker } = memory;
    for (const prefix of ['1_', 'a-', 'a b', 'é_']) refuses(() => tracker.prometheus({ prefix }), 'invalid_argument');
    tracker.prometheus({ prefix: 'p'.repeat(64) });
    refuses(() => tracker.prometheus({ prefix: 'p'.repeat(65) }), 'limit_exceeded', { limit: 64, actual: 65 });
    refuses(() => tracker.json({ instance: 'é'.repeat(33) }), 'limit_exceeded', { limit: 64, actual: 66 });
  } },

  { name: 'what the host reports and measures is checked', run({ memory }) {
    const { tracker } = memory;
    refuses(() => tracker.report({ memory_pages: 1 }), 'invalid_argument');
    refuses(() => tracker.report({ nonsense: 1 }), 'invalid_argument');
    for (const wrong of notCounts) refuses(() => tracker.report({ fallbacks: wrong }), 'invalid_argument');
    for (const wrong of [-1, NaN, Infinity, '1', 1e12]) {
      refuses(() => tracker.operation(wrong), 'invalid_argument');
      refuses(() => tracker.coldStart(wrong), 'invalid_argument');
    }
    equal(tracker.fallbacks, 0);
    equal(tracker.operations, 0);
    equal(tracker.cold_starts, 0);
    tracker.report({ fallbacks: 2 ** 53 - 1 });
    equal(tracker.fallbacks, 2 ** 53 - 1);
  } },

  { name: 'a change is told with what was before, and no more after the end', async run({ memory }) {
    const { tracker } = memory;
    const told = [];
    const end = tracker.onChange((figures, before) => {
      told.push([before.cold_starts_total, figures.cold_starts_total]);
    }, { interval: 1 });
    const pause = () => new Promise((resolve) => { setTimeout(resolve, 20); });
    await pause();
    same(told, [], 'nothing changed');
    tracker.coldStart(1);
    for (let i = 0; i < 100 && told.length === 0; ++i) await pause();
    same(told, [[0, 1]]);
    end();
    tracker.coldStart(1);
    await pause();
    equal(told.length, 1, 'calls');
  } },

  { name: 'an alert is told once when it is raised, and once when it is over', async run({ memory }) {
    const { tracker } = memory;
    const told = [];
    const end = tracker.watch((alert, isRaised) => told.push(`${isRaised ? '+' : '-'}${alert}`),
      { interval: 1, coldStartMs: 10, coldStartsOver: 1, coldStartWindow: 1 });
    const until = async (length) => {
      for (let i = 0; i < 200 && told.length < length; ++i) await new Promise((resolve) => { setTimeout(resolve, 10); });
    };
    tracker.coldStart(11);
    await until(1);
    tracker.report({ module_cache_misses: 15, module_cache_hits: 5 });
    await until(2);
    tracker.coldStart(10);
    await until(3);
    same(told, ['+cold_start', '+cache_misses', '-cold_start']);
    end();
    for (const wrong of [{ growthFailureRate: 2 }, { cacheMissRate: NaN }, { coldStartMs: -1 }, { coldStartWindow: 0 },
      { coldStartWindow: 65 }, { leakWindow: 0 }, { coldStartsOver: 0.5 }]) {
      refuses(() => tracker.watch(() => {}, wrong), 'invalid_argument');
    }
  } },

  { name: 'a module without the exports for it says which header it lacks', run({ module, memory }) {
    const exports = new Proxy({}, {
      get: (_, name) => (name.startsWith('linmem_tracker') ? undefined : module[`_${name}`]),
    });
    const plain = attach({ exports, memory: memory.memory });
    equal(refuses(() => plain.tracker, 'unsupported').subject,
      'a module without linmem_tracker_table: does a source file include linmem/tracker_exports.hpp?');
  } },

  { name: 'settings: C++ and JavaScript have the same table', run({ module, memory }) {
    const buffer = memory.alloc(2048);
    ok(module._fixture_settings(buffer.handle), 'C++ wrote');
    const ours = Object.entries(settings).map(([name, { fallback, least, most }]) => `${name} ${fallback} ${least} ${most}\n`);
    equal(buffer.text(), ours.join(''));
    buffer.dispose();
  } },

  { name: 'settings: what is set is taken, junk is reported and the default stays', run() {
    const nothing = readEnvironment({});
    equal(nothing.maxPoolSize, 8);
    equal(nothing.enableSimd, true);
    equal(nothing.timeoutSecs, 30);
    same(nothing.limits, { hardBytes: 256 * 2 ** 20 });
    same(nothing.problems, []);
    const set = readEnvironment({ LINMEM_MEMORY_LIMIT_PAGES: '64', LINMEM_ENABLE_SIMD: '0', LINMEM_TIMEOUT_SECS: '0030' });
    same(set.limits, { hardPages: 64 });
    equal(set.enableSimd, false);
    equal(set.timeoutSecs, 30);
    same(readEnvironment({ LINMEM_MEMORY_LIMIT_PAGES: '64', LINMEM_MEMORY_LIMIT_MB: '1' }).limits,
      { hardPages: 64, hardBytes: 2 ** 20 });
    for (const wrong of ['8x', 'x8', ' 8', '8 ', '-1', '+8', '0', '1025', '4294967304', '9'.repeat(400), '1e1', '0x8', '8.0', 'acht']) {
      const { maxPoolSize, problems } = readEnvironment({ LINMEM_MAX_POOL_SIZE: wrong });
      equal(maxPoolSize, 8, wrong);
      same(problems, [`MAX_POOL_SIZE: expected 1 to 1024, got "${wrong}"`]);
    }
    equal(readEnvironment({ LINMEM_ENABLE_REUSE: 'yes' }).enableReuse, true);
    same(readEnvironment({ LINMEM_MAX_POOL_SIZE: '' }).problems, []);
    const pool = readEnvironment({ LINMEM_MAX_POOL_SIZE: '4', LINMEM_INITIAL_POOL_SIZE: '5' });
    equal(pool.initialPoolSize, 4);
    equal(pool.problems.length, 1);
    equal(readEnvironment({ LINMEM_MAX_POOL_SIZE: '1' }).initialPoolSize, 1);
    equal(readEnvironment({ APP_MAX_POOL_SIZE: '3' }, { prefix: 'APP_' }).maxPoolSize, 3);
    refuses(() => readEnvironment({}, { prefix: 'P'.repeat(65) }), 'limit_exceeded', { limit: 64, actual: 65 });
    equal(typeof readEnvironment().maxPoolSize, 'number', 'without an environment too');
  } },
];
