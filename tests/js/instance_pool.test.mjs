// What the instance pool does in Node alone: workers that vanish, and how long a runaway call lasts.
import { describe, it } from 'node:test';

import { InstancePool, WorkerInstance } from '../../include/linmem/js/services.mjs';
import { equal, rejects } from './expect.mjs';

const create = () => WorkerInstance.create(new URL('pool_worker.mjs', import.meta.url));
const call = (method, ...args) => (worker) => worker.call(method, args);

describe('instance pool in Node', () => {
  it('a worker that ends by itself is an error of its call, and is replaced', async () => {
    const pool = new InstancePool(create, { initial: 1, max: 1 });
    await pool.warmUp();
    const all = [pool.run(call('vanish')), pool.run(call('add', 1, 2))];
    await rejects(all[0], 'abandoned');
    equal(await all[1], 3);
    equal(pool.statistics.retired.broken, 1);
    await pool.dispose();
  });

  it('a worker that ended while it was idle is not handed out', async () => {
    const pool = new InstancePool(create, { initial: 0, max: 1 });
    const lease = await pool.acquire();
    lease.release();
    lease.instance.terminate();
    equal(await pool.run(call('add', 1, 2)), 3);
    equal(pool.statistics.created, 2);
    await pool.dispose();
  });

  it('runaway calls last as long as their deadline', async (t) => {
    const pool = new InstancePool(create, { initial: 2, max: 2, breaker: { minimumCalls: 100 } });
    await pool.warmUp();
    const ratios = [];
    for (let i = 0; i < 5; ++i) {
      const began = performance.now();
      await rejects(pool.run(call('spin'), { timeoutMs: 500 }), 'timed_out');
      ratios.push((performance.now() - began) / 500);
      await pool.warmUp();
    }
    equal(pool.statistics.retired.deadline, 5);
    equal(pool.statistics.timed_out, 5);
    equal(await pool.run(call('add', 1, 2)), 3);
    t.diagnostic(`lasted ${ratios.sort((a, b) => a - b).map((r) => r.toFixed(3)).join(' ')} of the deadline`);
    await pool.dispose();
  });
});
