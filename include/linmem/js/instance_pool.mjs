// instance_pool.mjs - instances that are used again, by calls that wait in line and have a deadline.
import { CircuitBreaker } from './circuit_breaker.mjs';
import { checkCount, LinmemError } from './error.mjs';

const longestTimer = 2 ** 31 - 1;

function checkTime(value, subject) {
  return value === Infinity ? value : checkCount(value, subject, longestTimer);
}

/** `f` after `ms` milliseconds, unless the function returned is called before. */
function after(ms, f) {
  if (ms === Infinity) return () => {};
  const timer = setTimeout(f, Math.max(0, ms));
  return () => clearTimeout(timer);
}

/**
 * Instances of one module. A call takes the one that was used last, or a new one, or waits its turn. An
 * instance ends when its memory has grown too far, for a memory never shrinks; when it is old or used
 * up; when a call broke it; and when a call did not end in time. An instance in a worker is ended in the
 * middle of a call; one on this thread cannot be, and is left to itself until its call ends.
 */
export class InstancePool {
  #create;
  #options;
  #breaker;
  #idle = []; // {instance, since, uses}, most recently used last
  #busy = new Set();
  #creating = 0;
  #mayGrow = true; // not after an instance could not be made, until one comes back or none is left
  #waiting = new Set(); // first come first
  #counts = { created: 0, hits: 0, misses: 0, succeeded: 0, failed: 0, timed_out: 0, refused: 0 };
  #retired = { pages: 0, age: 0, uses: 0, broken: 0, deadline: 0, aborted: 0 };
  #closing;
  #closed;

  /**
   * `create()` gives an instance or a promise of it: a WorkerInstance, or anything on this thread. Its
   * `pages`, or `memory.pages`, is what it holds; its terminate(), or its dispose(), ends it.
   *
   * Keeps `initial` instances and makes at most `max`; lets at most `maxWaiting` calls wait. A call ends
   * after `timeoutMs`, waiting included, an instance that is not made within `createMs` is given up.
   * An instance is replaced above `retirePages` pages, after `retireMs`, after `retireUses` calls, and when
   * `breaks(error)` is true for what a call threw: by default for all but a LinmemError, which leaves
   * its module usable. `breaker` is a CircuitBreaker or its options; what breaks an instance, or is not
   * done in time, is a failure to it.
   */
  constructor(create, {
    initial = 2, max = 8, maxWaiting = 1024, timeoutMs = 30000, createMs = 30000, retirePages = Infinity,
    retireMs = Infinity, retireUses = Infinity, breaker = {},
    breaks = (e) => !(e instanceof LinmemError) || e.code === 'abandoned' || e.code === 'corrupt',
  } = {}) {
    this.#create = create;
    if (max === 0) throw new LinmemError('invalid_argument', 'an instance pool for no instances');
    this.#options = {
      max: checkCount(max, 'instances of a pool'),
      initial: checkCount(initial, 'instances of a pool to begin with', max),
      maxWaiting: checkCount(maxWaiting, 'calls waiting for an instance'),
      timeoutMs: checkTime(timeoutMs, 'deadline in milliseconds'),
      createMs: checkTime(createMs, 'milliseconds to make an instance'),
      retirePages: retirePages === Infinity ? retirePages : checkCount(retirePages, 'pages of an instance'),
      retireMs: retireMs === Infinity ? retireMs : checkCount(retireMs, 'age of an instance in milliseconds'),
      retireUses: retireUses === Infinity ? retireUses : checkCount(retireUses, 'calls of an instance'),
      breaks,
    };
    this.#breaker = breaker instanceof CircuitBreaker ? breaker : new CircuitBreaker(breaker);
  }

  /** The breaker of the module. */
  get breaker() { return this.#breaker; }

  /** Figures as of now; `misses` are the calls that waited for an instance to be made for them. */
  get statistics() {
    return {
      ...this.#counts, retired: { ...this.#retired }, idle: this.#idle.length, busy: this.#busy.size,
      creating: this.#creating, waiting: this.#waiting.size,
      pages: [...this.#idle, ...this.#busy].reduce((sum, { instance }) => sum + pagesOf(instance), 0),
    };
  }

  /** Makes instances until there are as many as the pool begins with; throws what went wrong. */
  async warmUp() {
    const missing = Math.max(0, this.#options.initial - this.#size);
    await Promise.all(Array.from({ length: missing }, () => this.#add()));
  }

  /**
   * A promise of what `job(instance, {signal})` returns, or a promise of it. Rejects with what it throws;
   * timed_out after `timeoutMs`; with the reason of `signal`; unavailable while the breaker is open;
   * limit_exceeded when too many wait; closed. None of that touches another call.
   */
  async run(job, { signal, timeoutMs = this.#options.timeoutMs } = {}) {
    const began = performance.now();
    const lease = await this.acquire({ signal, timeoutMs });
    const { instance } = lease;
    const running = (async () => job(instance, { signal }))();
    let ended; // why, when it is not by itself
    const deadline = new Promise((_, reject) => {
      lease.stops.push(after(timeoutMs - (performance.now() - began), () => {
        ended = 'deadline';
        reject(timedOut(timeoutMs, began));
      }), onAbort(signal, () => {
        ended = 'aborted';
        reject(signal.reason);
      }));
    });
    try {
      const value = await Promise.race([running, deadline]);
      lease.release();
      return value;
    } catch (e) {
      if (ended) lease.abandon(ended, running);
      else lease.fail(e);
      throw e;
    }
  }

  /**
   * A promise of a lease: `instance`, and release() to give it back or fail(error) to say what it threw.
   * `using` releases it. Deadline and errors are those of run(), but for the wait only.
   */
  acquire({ signal, timeoutMs = this.#options.timeoutMs } = {}) {
    return new Promise((resolve, reject) => {
      checkTime(timeoutMs, 'deadline in milliseconds');
      if (this.#closing) throw new LinmemError('closed', 'an instance pool');
      signal?.throwIfAborted();
      const { maxWaiting } = this.#options;
      const began = performance.now();
      const waiter = {
        settle: (f, value) => {
          this.#waiting.delete(waiter);
          stops.forEach((stop) => stop());
          f(value);
        },
        resolve: (lease) => waiter.settle(resolve, lease),
        reject: (e) => waiter.settle(reject, e),
      };
      const stops = [after(timeoutMs, () => {
        ++this.#counts.timed_out;
        waiter.reject(timedOut(timeoutMs, began));
        this.#settle();
      }), onAbort(signal, () => {
        waiter.reject(signal.reason);
        this.#settle();
      })];
      this.#waiting.add(waiter);
      this.#dispatch();
      waiter.hasWaited = true;
      const inLine = this.#waiting.size - this.#creating; // beyond those whose instance is being made
      if (inLine > maxWaiting) {
        ++this.#counts.refused;
        waiter.reject(new LinmemError('limit_exceeded', 'calls waiting for an instance', maxWaiting, inLine));
      }
    });
  }

  /** Takes no more calls, waits for those there are, and ends every instance. */
  dispose() {
    this.#closing ??= new Promise((resolve) => { this.#closed = resolve; });
    this.#settle();
    return this.#closing;
  }

  get #size() { return this.#idle.length + this.#busy.size + this.#creating; }

  /** Serves those that wait, in their order, as far as there are instances. */
  #dispatch() {
    this.#sweep();
    for (const waiter of this.#waiting) {
      const free = this.#idle.length > 0;
      if (!free && this.#breaker.state !== 'open') break;
      let permit;
      try {
        permit = this.#breaker.acquire();
      } catch (e) {
        ++this.#counts.refused;
        waiter.reject(e);
        continue;
      }
      if (!free) {
        permit.cancel();
        break;
      }
      const slot = this.#idle.pop();
      ++this.#counts[waiter.hasWaited && slot.uses === 0 ? 'misses' : 'hits'];
      waiter.resolve(this.#lend(slot, permit));
    }
    if (this.#size === 0) this.#mayGrow = true;
    while (this.#mayGrow && this.#creating < this.#waiting.size && this.#size < this.#options.max) {
      this.#add().catch(() => {});
    }
    this.#settle();
  }

  /** Ends those that died or grew old while they were idle. */
  #sweep() {
    for (const slot of [...this.#idle]) {
      const reason = slot.instance.isAlive === false ? 'broken' : this.#isOld(slot) ? 'age' : undefined;
      if (!reason) continue;
      this.#idle.splice(this.#idle.indexOf(slot), 1);
      this.#retire(slot, reason);
    }
  }

  #isOld({ since }) { return performance.now() - since > this.#options.retireMs; }

  /** Makes one instance more. When that fails and there is none left to wait for, who waits longest is told. */
  async #add() {
    ++this.#creating;
    let stop;
    try {
      const { createMs } = this.#options;
      const making = (async () => this.#create())();
      const instance = await Promise.race([making, new Promise((_, reject) => {
        const began = performance.now();
        stop = after(createMs, () => {
          making.then(end, () => {}); // late, and not wanted any more
          reject(timedOut(createMs, began));
        });
      })]);
      ++this.#counts.created;
      this.#mayGrow = true;
      this.#idle.push({ instance, since: performance.now(), uses: 0 });
    } catch (e) {
      if (this.#breaker.state !== 'open') this.#breaker.call(() => { throw e; }).catch(() => {});
      this.#mayGrow = false;
      const [waiter] = this.#waiting;
      if (this.#size === 1) waiter?.reject(e); // only the one that was not made
      throw e;
    } finally {
      stop?.();
      --this.#creating;
      this.#dispatch();
    }
  }

  /** A lease, and for run(): `stops`, called at its end, and abandon() for a call that does not end. */
  #lend(slot, permit) {
    this.#busy.add(slot);
    const stops = [];
    const finish = (count, outcome, reason, running) => {
      if (!this.#busy.delete(slot)) return; // given back before
      ++this.#counts[count];
      stops.forEach((stop) => stop());
      permit[outcome]();
      this.#giveBack(slot, reason, running);
    };
    const lease = {
      instance: slot.instance,
      release: () => finish('succeeded', 'success'),
      fail: (e) => (this.#options.breaks(e) ? finish('failed', 'failure', 'broken') : finish('failed', 'success')),
      stops,
      abandon: (reason, running) => (reason === 'deadline'
        ? finish('timed_out', 'failure', reason, running) : finish('failed', 'cancel', reason, running)),
    };
    if (Symbol.dispose) lease[Symbol.dispose] = lease.release;
    return lease;
  }

  #giveBack(slot, reason, running) {
    const { retirePages, retireUses } = this.#options;
    ++slot.uses;
    this.#mayGrow = true;
    reason ??= pagesOf(slot.instance) > retirePages ? 'pages' : slot.uses >= retireUses ? 'uses'
      : this.#isOld(slot) ? 'age' : undefined;
    if (reason) this.#retire(slot, reason, running);
    else this.#idle.push(slot);
    this.#dispatch();
  }

  /** Ends an instance that is in no list any more, and makes another where too few are left. */
  #retire({ instance }, reason, running) {
    ++this.#retired[reason];
    // What cannot be ended in the middle of a call is ended after it.
    if (running && !instance.terminate) running.finally(() => end(instance)).catch(() => {});
    else end(instance);
    if (!this.#closing && this.#size < this.#options.initial) this.#add().catch(() => {});
  }

  /** The end of dispose(): nothing waits, runs or is being made. */
  #settle() {
    if (!this.#closing || this.#waiting.size + this.#busy.size + this.#creating > 0) return;
    for (const { instance } of this.#idle.splice(0)) end(instance);
    this.#closed();
  }
}
if (Symbol.asyncDispose) InstancePool.prototype[Symbol.asyncDispose] = InstancePool.prototype.dispose;

const pagesOf = (instance) => instance.pages ?? instance.memory?.pages ?? 0;

function end(instance) {
  (instance.terminate ?? instance.dispose)?.call(instance);
}

function timedOut(limit, began) {
  return new LinmemError('timed_out', 'call in milliseconds', limit, Math.max(limit, Math.round(performance.now() - began)));
}

/** `f` when `signal` aborts, unless the function returned is called before. */
function onAbort(signal, f) {
  if (signal?.aborted) f();
  signal?.addEventListener('abort', f, { once: true });
  return () => signal?.removeEventListener('abort', f);
}
