// The scheduler: forms batches of images that fit together, and says which one is next.
//
//   const scheduler = new Scheduler((batch) => runSomewhere(batch), { slots: 2, maxBatch: 8 });
//   const result = await scheduler.submit(image, { key: 'small', priority: 1 });
//
// Compatible are images with the same key: here the size class of their pixels and the version of the
// filters. A batch leaves when it is full, in number or in bytes, when its oldest image has waited `maxWaitMs`,
// or when flush() says that no more will come; and it leaves only when a slot is free, so it may go on filling.
//
// Who is next: an image of priority p stands in line as if it had come p * agingMs earlier. That order never
// changes, so there is nothing to recompute, and nobody starves: whoever comes more than the difference in
// priority * agingMs later stands behind, whatever its priority.

/** Time as the host has it; a test brings its own. */
export const systemClock = {
  now: () => performance.now(),
  setTimeout: (f, ms) => setTimeout(f, ms),
  clearTimeout: (timer) => clearTimeout(timer),
};

/** Batches of what was submitted. Knows nothing of images but key, priority and bytes. */
export class Scheduler {
  #run;
  #options;
  #clock;
  #groups = new Map(); // by key: entries in line, first first
  #free; // slots
  #timer;
  #isFlushing = false;
  #figures = { batches: 0, full: 0, timed: 0, flushed: 0, items: 0, largest: 0 };

  /**
   * `run(items)` gives a promise of one result for each item, in their order; what it rejects with is the result
   * of all of them.
   *
   * @param options slots: batches that run at the same time; maxBatch: images of a batch, and maxBytes: their
   *   bytes, at most; maxWaitMs: how long an image waits for others; agingMs: the time that a step of priority
   *   is worth
   */
  constructor(run, {
    slots = 1, maxBatch = 8, maxBytes = 2 ** 26, maxWaitMs = 20, agingMs = 1000, clock = systemClock,
  } = {}) {
    this.#run = run;
    this.#options = { maxBatch, maxBytes, maxWaitMs, agingMs };
    this.#free = slots;
    this.#clock = clock;
  }

  /** Batches that left and why, the items in them, and the most in one. */
  get figures() { return { ...this.#figures }; }

  /** Images that wait. */
  get waiting() { return [...this.#groups.values()].reduce((sum, group) => sum + group.length, 0); }

  /** A promise of the result for `item`. */
  submit(item, { key, priority = 0, bytes = 0 }) {
    return new Promise((resolve, reject) => {
      const came = this.#clock.now();
      const place = came - priority * this.#options.agingMs;
      const group = this.#groups.get(key) ?? [];
      this.#groups.set(key, group);
      let at = group.length;
      while (at > 0 && group[at - 1].place > place) --at; // behind those of the same place
      group.splice(at, 0, { item, bytes, came, place, resolve, reject });
      this.#isFlushing = false;
      this.#dispatch();
    });
  }

  /** No more will come: what waits leaves as soon as there is a slot, full or not, in a part for each free one. */
  flush() {
    this.#isFlushing = true;
    this.#dispatch();
  }

  /** Starts batches while there are slots and batches to start. */
  #dispatch() {
    while (this.#free > 0) {
      const next = this.#next();
      if (!next) break;
      this.#start(next);
    }
    this.#wakeUp();
  }

  /** Of the groups that may leave, the one whose first entry stands first: {key, group, count, why}. */
  #next() {
    let next;
    for (const [key, group] of this.#groups) {
      const count = this.#fits(group);
      const why = this.#mayLeave(group, count);
      if (why && !(next?.group[0].place <= group[0].place)) next = { key, group, count, why };
    }
    if (!next || !this.#isFlushing) return next;
    const share = Math.ceil(next.group.length / this.#free); // rather than one slot at work for all
    return share < next.count ? { ...next, count: share, why: 'flushed' } : next;
  }

  /** Entries of `group` that make a batch: one at least. */
  #fits(group) {
    const { maxBatch, maxBytes } = this.#options;
    let count = 1;
    let { bytes } = group[0];
    while (count < group.length && count < maxBatch && bytes + group[count].bytes <= maxBytes) {
      bytes += group[count++].bytes;
    }
    return count;
  }

  #mayLeave(group, count) {
    if (count === this.#options.maxBatch || count < group.length) return 'full';
    if (this.#clock.now() >= this.#deadline(group)) return 'timed';
    return this.#isFlushing ? 'flushed' : undefined;
  }

  /** When the entry of `group` that came first has waited long enough. */
  #deadline(group) { return Math.min(...group.map(({ came }) => came)) + this.#options.maxWaitMs; }

  async #start({ key, group, count, why }) {
    const batch = group.splice(0, count);
    if (group.length === 0) this.#groups.delete(key);
    --this.#free;
    ++this.#figures.batches;
    ++this.#figures[why];
    this.#figures.items += count;
    this.#figures.largest = Math.max(this.#figures.largest, count);
    try {
      const results = await this.#run(batch.map(({ item }) => item));
      batch.forEach(({ resolve }, i) => resolve(results[i]));
    } catch (e) {
      for (const { reject } of batch) reject(e);
    }
    ++this.#free;
    this.#dispatch();
  }

  /** Comes back when the next group has waited long enough; with no slot free, the end of a batch does. */
  #wakeUp() {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#free === 0 || this.#groups.size === 0) return;
    const at = Math.min(...[...this.#groups.values()].map((group) => this.#deadline(group)));
    this.#timer = this.#clock.setTimeout(() => this.#dispatch(), Math.max(0, Math.ceil(at - this.#clock.now())));
  }
}
