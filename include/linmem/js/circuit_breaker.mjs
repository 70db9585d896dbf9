// circuit_breaker.mjs - stops calling what fails, and tries it again later; see circuit_breaker.hpp.
import { checkCount, LinmemError } from './error.mjs';

/**
 * Closed, every call is permitted, and the last ones are remembered. When too many of those failed it
 * opens, and calls are refused at once. After a while it is half open: a few trials are permitted,
 * and close it again when all of them succeed.
 */
export class CircuitBreaker {
  #options;
  #now;
  #state = 'closed';
  #period = 0; // changes of state so far: what was permitted in an earlier one counts as nothing
  #trialsOut = 0;
  #trialsPassed = 0;
  #openedAt = 0;
  #calls = []; // {at, failed}, oldest first
  #failures = 0; // of those
  #permitted = 0;
  #refused = 0;
  #opened = 0;

  /**
   * Opens when `failurePercent` of the last `windowCalls` calls failed, at least `minimumCalls` of them
   * and none older than `windowMs`; refuses all for `openMs`; then permits `trials`. `now` gives
   * milliseconds.
   */
  constructor({
    failurePercent = 50, minimumCalls = 10, windowCalls = 128, windowMs = Infinity, openMs = 5000, trials = 1,
    now = () => performance.now(),
  } = {}) {
    checkCount(failurePercent, 'failure rate in percent', 100);
    checkCount(minimumCalls, 'calls before a circuit opens');
    checkCount(windowCalls, 'calls that a circuit remembers', 2 ** 20);
    if (windowMs !== Infinity) checkCount(windowMs, 'window in milliseconds');
    checkCount(openMs, 'milliseconds that a circuit stays open');
    checkCount(trials, 'trials of a circuit that is half open');
    if (failurePercent === 0 || windowCalls === 0 || trials === 0) {
      throw new LinmemError('invalid_argument', 'a failure rate, window or number of trials of 0');
    }
    this.#options = {
      failurePercent, minimumCalls: Math.min(minimumCalls, windowCalls), windowCalls, windowMs, openMs, trials,
    };
    this.#now = now;
  }

  /** 'closed', 'open' or 'half_open': as soon as an open one would permit a trial. */
  get state() { return this.#state === 'open' && this.#left() === 0 ? 'half_open' : this.#state; }

  /** What it did so far, and what it remembers. */
  get statistics() {
    this.#forgetOld();
    return {
      permitted: this.#permitted, refused: this.#refused, opened: this.#opened, calls: this.#calls.length,
      failures: this.#failures, state: this.state,
    };
  }

  /**
   * Leave for one call: {success, failure, cancel}, of which the first that is called counts. Throws
   * unavailable, with the milliseconds left or the limit of trials.
   */
  acquire() {
    if (this.#state !== 'closed') {
      const left = this.#left();
      if (left > 0) {
        ++this.#refused;
        throw new LinmemError('unavailable', 'milliseconds until the circuit is tried', 0, left);
      }
      if (this.#state === 'open') this.#enter('half_open');
      const { trials } = this.#options;
      if (this.#trialsOut + this.#trialsPassed >= trials) {
        ++this.#refused;
        throw new LinmemError('unavailable', 'trials of a circuit that is half open', trials, trials + 1);
      }
      ++this.#trialsOut;
    }
    ++this.#permitted;
    let period = this.#period;
    const end = (outcome) => () => {
      if (period === this.#period) this.#end(outcome);
      period = -1;
    };
    return { success: end('success'), failure: end('failure'), cancel: end('cancel') };
  }

  /** What `f` gives, or a promise of it; what it throws is a failure. */
  async call(f) {
    const permit = this.acquire();
    try {
      const value = await f();
      permit.success();
      return value;
    } catch (e) {
      permit.failure();
      throw e;
    }
  }

  /** Closes it and forgets every call; permits that are out count as nothing. */
  reset() { this.#enter('closed'); }

  #left() {
    if (this.#state !== 'open') return 0;
    return Math.max(0, Math.ceil(this.#openedAt + this.#options.openMs - this.#now()));
  }

  #enter(state) {
    this.#state = state;
    ++this.#period;
    this.#trialsOut = this.#trialsPassed = 0;
    this.#calls = [];
    this.#failures = 0;
    if (state === 'open') {
      this.#openedAt = this.#now();
      ++this.#opened;
    }
  }

  #end(outcome) {
    if (this.#state === 'closed') {
      if (outcome !== 'cancel') this.#remember(outcome === 'failure');
      return;
    }
    --this.#trialsOut;
    if (outcome === 'failure') this.#enter('open');
    else if (outcome === 'success' && ++this.#trialsPassed === this.#options.trials) this.#enter('closed');
  }

  #remember(failed) {
    const { failurePercent, minimumCalls, windowCalls } = this.#options;
    this.#forgetOld();
    if (this.#calls.length === windowCalls) this.#forgetOldest();
    this.#calls.push({ at: this.#now(), failed });
    this.#failures += failed ? 1 : 0;
    const calls = this.#calls.length;
    if (calls >= minimumCalls && this.#failures > 0 && this.#failures * 100 >= failurePercent * calls) {
      this.#enter('open');
    }
  }

  #forgetOld() {
    const now = this.#now();
    while (this.#calls.length > 0 && now - this.#calls[0].at > this.#options.windowMs) this.#forgetOldest();
  }

  #forgetOldest() {
    this.#failures -= this.#calls.shift().failed ? 1 : 0;
  }
}
