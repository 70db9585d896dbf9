// The image example's scheduler on a clock of the test's own: nothing here waits.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Scheduler } from '../../examples/image_batch/scheduler.mjs';
import { randomNumbers } from './images.mjs';

/** A clock that stands until it is advanced. */
class TestClock {
  #now = 0;
  #timers = new Map();
  #next = 0;
  now() { return this.#now; }
  setTimeout(f, ms) {
    this.#timers.set(++this.#next, { at: this.#now + ms, f });
    return this.#next;
  }
  clearTimeout(timer) { this.#timers.delete(timer); }
  get timers() { return this.#timers.size; }
  /** Lets `ms` go by, timers in their order; and what they set off come to its end. */
  async advance(ms) {
    const end = this.#now + ms;
    for (;;) {
      const due = [...this.#timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)[0];
      if (!due) break;
      this.#timers.delete(due[0]);
      this.#now = due[1].at;
      due[1].f();
      await settled();
    }
    this.#now = end;
    await settled();
  }
}

const settled = () => new Promise((resolve) => { setImmediate(resolve); });

/** A scheduler whose batches end when the test says so. */
function make(options) {
  const clock = new TestClock();
  const batches = [];
  const scheduler = new Scheduler((items) => new Promise((resolve, reject) => {
    batches.push({ items, end: (results = items.map((item) => `${item} done`)) => { resolve(results); return settled(); },
      fail: (e) => { reject(e); return settled(); } });
  }), { clock, ...options });
  const started = () => batches.map(({ items }) => items.join(''));
  return { clock, scheduler, batches, started };
}

describe('batches', () => {
  it('are of one key, leave when they are full, and results find back to what was submitted', async () => {
    const { scheduler, batches, started } = make({ slots: 2, maxBatch: 3 });
    const done = ['a', 'B', 'c', 'd', 'E'].map((item) => scheduler.submit(item, { key: item === item.toUpperCase() }));
    assert.deepEqual(started(), ['acd']);
    assert.equal(scheduler.waiting, 2);
    scheduler.flush();
    assert.deepEqual(started(), ['acd', 'BE']);
    await batches[1].end();
    await batches[0].end();
    assert.deepEqual(await Promise.all(done), ['a done', 'B done', 'c done', 'd done', 'E done']);
    assert.deepEqual(scheduler.figures, { batches: 2, full: 1, timed: 0, flushed: 1, items: 5, largest: 3 });
  });

  it('are delivered incomplete when the first in them has waited long enough, not dropped', async () => {
    const { clock, scheduler, batches, started } = make({ slots: 1, maxBatch: 8, maxWaitMs: 20 });
    const a = scheduler.submit('a', { key: 1 });
    await clock.advance(15);
    const b = scheduler.submit('b', { key: 1 });
    await clock.advance(4);
    assert.deepEqual(started(), []);
    await clock.advance(1);
    assert.deepEqual(started(), ['ab']);
    await batches[0].end();
    assert.deepEqual(await Promise.all([a, b]), ['a done', 'b done']);
    assert.equal(scheduler.figures.timed, 1);
    assert.equal(clock.timers, 0, 'no timer is left behind');
  });

  it('wait for a slot, and fill meanwhile', async () => {
    const { clock, scheduler, batches, started } = make({ slots: 1, maxBatch: 3, maxWaitMs: 20 });
    scheduler.submit('a', { key: 1 });
    await clock.advance(20);
    scheduler.submit('b', { key: 1 });
    await clock.advance(1000);
    scheduler.submit('c', { key: 1 });
    assert.deepEqual(started(), ['a']);
    assert.equal(clock.timers, 0, 'the end of a batch wakes it, no timer');
    await batches[0].end();
    assert.deepEqual(started(), ['a', 'bc']);
  });

  it('are smaller at the end, so that every slot has a part', async () => {
    const { scheduler, started } = make({ slots: 3, maxBatch: 8 });
    [...'abcdefg'].forEach((item) => scheduler.submit(item, { key: 1 }));
    assert.deepEqual(started(), []);
    scheduler.flush();
    assert.deepEqual(started(), ['abc', 'de', 'fg']);
    assert.equal(scheduler.figures.flushed, 3);
  });

  it('are bounded in bytes; what alone has more is a batch of its own', async () => {
    const { scheduler, started } = make({ slots: 9, maxBatch: 9, maxBytes: 100 });
    const sizes = [60, 40, 1, 500, 20];
    sizes.forEach((bytes, i) => scheduler.submit('abcde'[i], { key: 1, bytes }));
    scheduler.flush();
    assert.deepEqual(started(), ['ab', 'c', 'd', 'e']);
  });

  it('that fail as a whole fail each of their images, and no other', async () => {
    const { scheduler, batches } = make({ slots: 2, maxBatch: 2 });
    const done = ['a', 'b', 'c', 'd'].map((item) => scheduler.submit(item, { key: 1 }));
    const all = Promise.allSettled(done);
    await batches[0].fail(new Error('its worker ended'));
    await batches[1].end();
    assert.deepEqual((await all).map(({ value, reason }) => value ?? reason.message),
      ['its worker ended', 'its worker ended', 'c done', 'd done']);
  });
});

describe('priorities', () => {
  it('decide who is next, in a batch and between batches; among equals who came first', async () => {
    const { scheduler, batches, started } = make({ slots: 1, maxBatch: 2, agingMs: 1000 });
    scheduler.submit('x', { key: 0 });
    scheduler.flush(); // the slot is taken
    for (const [item, key, priority] of [['a', 1, 0], ['b', 1, 1], ['c', 1, 0], ['d', 2, 5], ['e', 2, 0]]) scheduler.submit(item, { key, priority });
    scheduler.flush();
    for (let i = 0; i < 3; ++i) await batches[i].end();
    assert.deepEqual(started(), ['x', 'de', 'ba', 'c']);
  });

  it('age: an image of low priority is not starved by those of a high one that keep coming', async () => {
    const agingMs = 100;
    const { clock, scheduler, batches, started } = make({ slots: 1, maxBatch: 1, agingMs });
    scheduler.submit('x', { key: 0 });
    scheduler.submit('low', { key: 'low', priority: 0 });
    let later = 0;
    for (let at = 0; !started().includes('low'); ++at) {
      assert.ok(at < 1000, 'starved');
      scheduler.submit('h', { key: 'high', priority: 3 });
      scheduler.submit('h', { key: 'high', priority: 3 }); // more than can be done
      await clock.advance(10);
      later += 10;
      await batches.at(-1).end();
    }
    // It stands behind what came up to 3 * agingMs later, which takes as long again to be done.
    assert.ok(later >= 3 * agingMs && later <= 2 * 3 * agingMs + 30, `after ${later} ms`);
  });
});

it('nothing is lost, whatever comes when: 200 random runs', async () => {
  for (let seed = 1; seed <= 200; ++seed) {
    const below = randomNumbers(seed);
    const maxBatch = 1 + below(5);
    const slots = 1 + below(3);
    const { clock, scheduler, batches } = make({ slots, maxBatch, maxBytes: 50 + below(200), maxWaitMs: below(30) });
    const done = [];
    let ended = 0;
    const count = 1 + below(40);
    for (let i = 0; i < count; ++i) {
      done.push(scheduler.submit(i, { key: below(3), priority: below(4) - 1, bytes: below(100) }));
      if (below(3) === 0) await clock.advance(below(20));
      if (below(2) === 0 && ended < batches.length) await batches[ended++].end();
      assert.ok(batches.length - ended <= slots);
    }
    scheduler.flush();
    while (ended < batches.length) await batches[ended++].end();
    assert.deepEqual(await Promise.all(done), Array.from({ length: count }, (_, i) => `${i} done`), `seed ${seed}`);
    assert.ok(batches.every(({ items }) => items.length <= maxBatch && items.length > 0));
    assert.equal(scheduler.waiting, 0);
    const { full, timed, flushed, items } = scheduler.figures;
    assert.equal(full + timed + flushed, batches.length);
    assert.equal(items, count);
  }
});
