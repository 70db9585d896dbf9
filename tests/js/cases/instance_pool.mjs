// The cases of InstancePool and WorkerInstance.
import { LinmemError } from '../../../include/linmem/js/linmem.mjs';
import { InstancePool, ModuleCache, WorkerInstance } from '../../../include/linmem/js/services.mjs';
import { equal, ok, refuses, rejects } from '../expect.mjs';
import { returns, smallModule } from '../small_modules.mjs';

const workerUrl = new URL('../pool_worker.mjs', import.meta.url);
const never = () => new Promise(() => {});
const turn = () => new Promise((resolve) => { setTimeout(resolve, 0); });
const quiet = { initial: 0 }; // makes nothing that no call asks for

/** A pool of numbered instances on this thread, which are told when they end. */
function numbered(options) {
  const made = [];
  const ended = [];
  const pool = new InstancePool(() => {
    const instance = { number: made.length, pages: 1, dispose: () => ended.push(instance.number) };
    made.push(instance);
    return instance;
  }, options);
  return { pool, made, ended };
}

/** A job that ends when the test says so. */
function held() {
  let finish;
  const until = new Promise((resolve) => { finish = resolve; });
  return { job: async (instance) => { await until; return instance.number; }, finish };
}

export const cases = [
  {
    name: 'a pool makes instances as they are needed, and uses the last one first',
    async run() {
      const { pool, made } = numbered({ ...quiet, max: 3 });
      const [a, b, c] = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()]);
      equal(made.length, 3);
      for (const lease of [b, c, a]) lease.release();
      a.release(); // a second time does nothing
      equal(pool.statistics.succeeded, 3);
      for (let i = 0; i < 5; ++i) equal(await pool.run(({ number }) => number), a.instance.number);
      equal(pool.statistics.idle, 3);
      equal(pool.statistics.pages, 3);
      equal([pool.statistics.misses, pool.statistics.hits].join(), '3,5');
      await pool.dispose();
    },
  },
  {
    name: 'calls that wait are served in their order, and none is lost when one fails',
    async run() {
      const { pool } = numbered({ ...quiet, max: 1 });
      const order = [];
      const done = await Promise.allSettled(Array.from({ length: 20 }, (_, i) => pool.run(async () => {
        order.push(i);
        await turn();
        if (i % 3 === 1) throw new LinmemError('limit_exceeded', 'document', 1, i);
        return i;
      })));
      equal(order.join(' '), Array.from({ length: 20 }, (_, i) => i).join(' '));
      for (const [i, { status, value, reason }] of done.entries()) {
        if (i % 3 === 1) equal(reason.actual, i);
        else equal(`${status} ${value}`, `fulfilled ${i}`);
      }
      const { created, failed, succeeded } = pool.statistics;
      equal(`${created} ${succeeded} ${failed}`, '1 13 7', 'made, succeeded, failed');
      await pool.dispose();
    },
  },
  {
    name: 'a LinmemError leaves an instance in use; a trap or another throw ends it',
    async run() {
      const { pool, ended } = numbered({ ...quiet, max: 1 });
      await rejects(pool.run(() => { throw new LinmemError('out_of_memory', 'bytes', 1, 2); }), 'out_of_memory');
      equal(ended.length, 0);
      const trapping = new WebAssembly.Instance(new WebAssembly.Module(smallModule([0x00]))).exports.f;
      const e = await pool.run(trapping).catch((reason) => reason);
      ok(e instanceof WebAssembly.RuntimeError, 'the trap');
      equal(ended.join(), '0');
      await pool.run(() => { throw new RangeError('stack'); }).catch(() => {});
      equal(ended.join(), '0,1');
      equal(await pool.run(({ number }) => number), 2);
      equal(pool.statistics.retired.broken, 2);
      await pool.dispose();
    },
  },
  {
    name: 'instances end by pages, by age and by uses, and others take their place',
    async run() {
      const grown = numbered({ initial: 1, retirePages: 10 });
      await grown.pool.run((instance) => { instance.pages = 10; });
      equal(grown.ended.length, 0);
      await grown.pool.run((instance) => { instance.pages = 11; });
      equal(grown.ended.join(), '0');
      await turn();
      equal(grown.pool.statistics.idle, 1, 'made anew without a call');
      equal(await grown.pool.run(({ number }) => number), 1);

      const used = numbered({ ...quiet, retireUses: 3 });
      const numbers = [];
      for (let i = 0; i < 7; ++i) numbers.push(await used.pool.run(({ number }) => number));
      equal(numbers.join(' '), '0 0 0 1 1 1 2');

      const old = numbered({ ...quiet, retireMs: 0 });
      const { now } = performance;
      let clock = 0;
      performance.now = () => clock;
      try {
        equal(await old.pool.run(({ number }) => number), 0);
        clock = 1;
        equal(await old.pool.run(({ number }) => number), 1, 'too old when it is to be used');
        equal(await old.pool.run(() => { clock = 2; return 'late'; }), 'late');
      } finally {
        performance.now = now;
      }
      equal(old.ended.join(), '0,1', 'and when it comes back');
      const idle = numbered({ ...quiet, retireMs: 5 });
      const [bottom, top] = await Promise.all([idle.pool.acquire(), idle.pool.acquire()]);
      for (const lease of [bottom, top]) lease.release();
      await new Promise((resolve) => { setTimeout(resolve, 20); });
      await idle.pool.run(() => {});
      equal(idle.ended.join(), '0,1', 'those that nobody used too');
      for (const { pool } of [grown, used, old, idle]) await pool.dispose();
    },
  },
  {
    name: 'a call that waits too long is timed out, one whose signal aborts is dropped; the others are served',
    async run() {
      const { pool } = numbered({ ...quiet, max: 1 });
      const first = held();
      const controller = new AbortController();
      const running = pool.run(first.job);
      const late = pool.run(({ number }) => number, { timeoutMs: 5 });
      const aborted = pool.run(({ number }) => number, { signal: controller.signal });
      const patient = pool.run(({ number }) => number);
      controller.abort(new Error('not wanted'));
      equal((await aborted.catch((e) => e)).message, 'not wanted');
      const e = await rejects(late, 'timed_out');
      equal(e.limit, 5);
      ok(e.actual >= 5, 'the time it took');
      equal(pool.statistics.waiting, 1);
      first.finish();
      equal(`${await running} ${await patient}`, '0 0');
      equal((await pool.run(() => 1, { signal: controller.signal }).catch((reason) => reason)).message, 'not wanted');
      equal(pool.statistics.waiting + pool.statistics.busy, 0);
      await pool.dispose();
    },
  },
  {
    name: 'a call on this thread that overruns its deadline keeps its instance to itself, which ends after it',
    async run() {
      const { pool, ended } = numbered({ ...quiet, max: 1 });
      const stuck = held();
      await rejects(pool.run(stuck.job, { timeoutMs: 5 }), 'timed_out');
      equal(await pool.run(({ number }) => number), 1, 'another instance');
      equal(ended.length, 0);
      stuck.finish();
      await turn();
      equal(ended.join(), '0');
      const controller = new AbortController();
      const aborted = pool.run(never, { signal: controller.signal });
      await turn();
      controller.abort(new Error('not wanted'));
      equal((await aborted.catch((e) => e)).message, 'not wanted');
      const { deadline, aborted: drops } = pool.statistics.retired;
      equal(`${deadline} ${drops}`, '1 1');
      await pool.dispose();
    },
  },
  {
    name: 'an instance that cannot be made is the error of the call that needs it, and the pool goes on',
    async run() {
      let broken = true;
      const pool = new InstancePool(() => {
        if (broken) throw new WebAssembly.LinkError('no import');
        return { number: 1 };
      }, { ...quiet, max: 2 });
      const failed = await Promise.allSettled([pool.run(() => 1), pool.run(() => 2), pool.run(() => 3)]);
      ok(failed.every(({ reason }) => reason instanceof WebAssembly.LinkError), 'each is told');
      const none = new InstancePool(async () => { throw new LinmemError('unsupported', 'this host'); }, { initial: 1 });
      await rejects(none.warmUp(), 'unsupported');
      broken = false;
      equal(await pool.run(({ number }) => number), 1);
      // While one is in use, who waits has hope, though no second one can be made.
      broken = true;
      const first = held();
      const running = pool.run(first.job);
      const waiting = pool.run(({ number }) => number + 1);
      await turn();
      first.finish();
      equal(`${await running} ${await waiting}`, '1 2');
      const slow = new InstancePool(never, { ...quiet, createMs: 5 });
      await rejects(slow.run(() => 1), 'timed_out');
      await pool.dispose();
    },
  },
  {
    name: 'no more calls wait than may',
    async run() {
      const { pool } = numbered({ ...quiet, max: 1, maxWaiting: 2 });
      const first = held();
      const all = [pool.run(first.job), pool.run(() => 1), pool.run(() => 2)];
      await rejects(pool.run(() => 3), 'limit_exceeded', { limit: 2, actual: 3 });
      first.finish();
      equal((await Promise.all(all)).join(), '0,1,2');
      await pool.dispose();
    },
  },
  {
    name: 'a module that breaks its instances opens the breaker: calls are refused at once, then tried again',
    async run() {
      const clock = { ms: 0 };
      const { pool, made } = numbered({ ...quiet, max: 1, breaker: { minimumCalls: 3, openMs: 100, now: () => clock.ms } });
      const breaks = () => { throw new Error('broken'); };
      const all = await Promise.allSettled(Array.from({ length: 10 }, () => pool.run(breaks)));
      equal(all.map(({ reason }) => reason.code ?? reason.message).join(' '), `${'broken '.repeat(3)}${'unavailable '.repeat(7)}`.trim());
      const before = made.length;
      await rejects(pool.run(() => 1), 'unavailable', { limit: 0, actual: 100 });
      equal(made.length, before, 'nothing is made meanwhile');
      clock.ms = 100;
      equal(await pool.run(() => 'well'), 'well');
      equal(pool.breaker.state, 'closed');
      const invalid = () => { throw new LinmemError('invalid_data', 'document'); };
      for (let i = 0; i < 10; ++i) await rejects(pool.run(invalid), 'invalid_data');
      equal(pool.breaker.state, 'closed', 'after documents that are refused');
      await pool.dispose();
    },
  },
  {
    name: 'dispose serves all who wait, then ends every instance, and takes no more',
    async run() {
      const { pool, ended } = numbered({ initial: 2, max: 2 });
      await pool.warmUp();
      const all = Array.from({ length: 10 }, (_, i) => pool.run(async () => { await turn(); return i; }));
      const disposed = pool.dispose();
      await rejects(pool.run(() => 1), 'closed');
      equal(ended.length, 0);
      await disposed;
      equal((await Promise.all(all)).join(), '0,1,2,3,4,5,6,7,8,9');
      equal(ended.toSorted().join(), '0,1');
      equal(pool.dispose(), disposed, 'a second call');
    },
  },
  {
    name: 'random calls: each is answered once, none shares its instance, and there are never more than may be',
    async run() {
      let state = 2026;
      const below = (n) => { // xorshift32
        state ^= state << 13;
        state ^= state >>> 17;
        state ^= state << 5;
        return (state >>> 0) % n;
      };
      let alive = 0;
      let most = 0;
      const pool = new InstancePool(async () => {
        if (below(2)) await turn();
        if (below(10) === 0) throw new LinmemError('out_of_memory', 'instance');
        most = Math.max(most, ++alive);
        return { pages: 1, inUse: false, terminate() { --alive; } };
      }, { initial: 1, max: 4, retireUses: 20, retirePages: 8, breaker: { minimumCalls: 1000, windowCalls: 1000 } });
      let shared = 0;
      const job = async (instance) => {
        shared += instance.inUse ? 1 : 0;
        instance.inUse = true;
        instance.pages += below(2);
        for (let i = below(4); i > 0; --i) await turn();
        const kind = below(12);
        if (kind === 0) return new Promise(() => {}); // until its deadline
        instance.inUse = false;
        if (kind === 1) throw new LinmemError('invalid_data', 'document');
        if (kind === 2) throw new WebAssembly.RuntimeError('unreachable');
        return 'done';
      };
      const answers = { done: 0, refused: 0 };
      const expected = ['invalid_data', 'out_of_memory', 'timed_out', 'unreachable', 'unwanted'];
      const calls = [];
      for (let i = 0; i < 400; ++i) {
        const controller = new AbortController();
        if (below(10) === 0) setTimeout(() => controller.abort(new Error('unwanted')), below(10));
        calls.push(pool.run(job, { signal: controller.signal, timeoutMs: below(4) === 0 ? 20 : 400 }).then((value) => {
          equal(value, 'done');
          ++answers.done;
        }, (e) => {
          ok(expected.includes(e.code ?? e.message), `an error that was made here, not ${e}`);
          ++answers.refused;
        }));
        if (below(8) === 0) await turn();
      }
      await Promise.all(calls);
      equal(answers.done + answers.refused, 400);
      ok(answers.done > 40 && answers.refused > 40, `both kinds: ${answers.done} and ${answers.refused}`);
      equal(shared, 0, 'instances used twice at a time');
      ok(most <= 4, `at most 4 instances, not ${most}`);
      await pool.dispose();
      equal(alive, 0, 'instances left');
      equal(pool.statistics.busy + pool.statistics.waiting + pool.statistics.creating, 0);
    },
  },
  {
    name: 'a pool refuses options that are none',
    async run() {
      for (const options of [{ max: 0, initial: 0 }, { max: NaN }, { timeoutMs: '5' }, { retireUses: -1 }]) {
        refuses(() => new InstancePool(never, options), 'invalid_argument');
      }
      refuses(() => new InstancePool(never, { initial: 9, max: 8 }), 'out_of_range');
      refuses(() => new InstancePool(never, { timeoutMs: 2 ** 31 }), 'out_of_range'); // a timer would fire at once
      await rejects(new InstancePool(never, quiet).run(never, { timeoutMs: NaN }), 'invalid_argument');
    },
  },
  {
    name: 'a worker is called as it offers; values, bytes, errors and pages come back',
    async run() {
      const worker = await WorkerInstance.create(workerUrl);
      equal(await worker.call('add', [2, 3]), 5);
      equal(worker.pages, 1);
      await worker.call('grow', [2]);
      equal(worker.pages, 3);
      const bytes = new Uint8Array(100);
      equal(await worker.call('length', [bytes.buffer], [bytes.buffer]), 100);
      equal(bytes.length, 0, 'what was transferred');
      equal((await worker.call('give', [50])).bytes.byteLength, 50);
      equal(await worker.call('left'), 0, 'what was transferred back');
      const e = await rejects(worker.call('refuse'), 'limit_exceeded', { limit: 10, actual: 11 });
      equal(e.message, 'limit exceeded: test bytes: limit 10, got 11');
      ok(await worker.call('trap').catch((reason) => reason) instanceof WebAssembly.RuntimeError, 'the trap');
      await rejects(worker.call('absent'), 'invalid_argument');
      equal((await worker.call('unclonable').catch((reason) => reason)).name, 'DataCloneError', 'what cannot be posted');
      equal((await worker.call('add', [() => {}]).catch((reason) => reason)).name, 'DataCloneError');
      equal(await worker.call('add', [2, 3]), 5, 'after all of that');
      const pending = worker.call('spin');
      worker.terminate();
      await rejects(pending, 'abandoned');
      await rejects(worker.call('add', [2, 3]), 'abandoned');
      await rejects(WorkerInstance.create(workerUrl, { data: { refuse: 'this host' } }), 'unsupported');
    },
  },
  {
    name: 'a compiled module is posted to workers, which do not compile it',
    async run() {
      const module = await new ModuleCache().compile(smallModule(returns(33)));
      const pool = new InstancePool(() => WorkerInstance.create(workerUrl, { data: { module } }), { initial: 1, max: 1 });
      equal(await pool.run((worker) => worker.call('answer')), 33);
      await pool.dispose();
    },
  },
  {
    name: 'a runaway call in a worker is ended at its deadline; no other call is lost, and the pool refills',
    async run() {
      const pool = new InstancePool(() => WorkerInstance.create(workerUrl), { initial: 2, max: 2 });
      await pool.warmUp();
      const spinning = pool.run((worker) => worker.call('spin'), { timeoutMs: 100 });
      const others = Array.from({ length: 20 }, (_, i) => pool.run((worker) => worker.call('add', [i, i])));
      const e = await rejects(spinning, 'timed_out');
      equal(e.limit, 100);
      equal((await Promise.all(others)).join(), Array.from({ length: 20 }, (_, i) => 2 * i).join());
      await pool.warmUp();
      const { idle, creating, retired, timed_out } = pool.statistics;
      equal(idle + creating, 2, 'instances after the refill');
      equal(`${retired.deadline} ${timed_out}`, '1 1');
      equal(await pool.run((worker) => worker.call('add', [1, 2])), 3);
      await pool.dispose();
    },
  },
];
