// The cases of CircuitBreaker: those of tests/circuit_breaker.cpp that hold for both halves.
import { CircuitBreaker } from '../../../include/linmem/js/services.mjs';
import { equal, refuses, rejects } from '../expect.mjs';

/** A breaker on a clock that a test sets, and a call that succeeds or fails. */
function scripted(options) {
  const clock = { ms: 0 };
  const breaker = new CircuitBreaker({ now: () => clock.ms, ...options });
  const call = (succeeds) => breaker.acquire()[succeeds ? 'success' : 'failure']();
  return { clock, breaker, call };
}

export const cases = [
  {
    name: 'a circuit opens at its failure rate, and not before its minimum of calls',
    run() {
      const { breaker, call } = scripted({ failurePercent: 50, minimumCalls: 4 });
      for (const succeeds of [false, false, true]) call(succeeds);
      equal(breaker.state, 'closed'); // 2 of 3, but only 3
      call(true); // 2 of 4
      equal(breaker.state, 'open');
      equal(breaker.statistics.opened, 1);
    },
  },
  {
    name: 'a circuit remembers the last calls only, in number and in time',
    run() {
      const few = scripted({ failurePercent: 26, minimumCalls: 8, windowCalls: 8 });
      for (let i = 0; i < 100; ++i) few.call(i % 5 !== 0);
      equal(few.breaker.state, 'closed');
      equal(few.breaker.statistics.calls, 8);
      equal(few.breaker.statistics.failures, 1); // i = 95
      const recent = scripted({ minimumCalls: 3, windowMs: 100 });
      recent.call(false);
      recent.call(false);
      recent.clock.ms = 100;
      equal(recent.breaker.statistics.failures, 2);
      recent.clock.ms = 101;
      equal(recent.breaker.statistics.calls, 0);
    },
  },
  {
    name: 'an open circuit refuses with the milliseconds left',
    run() {
      const { clock, breaker, call } = scripted({ minimumCalls: 1, openMs: 500 });
      call(false);
      refuses(() => breaker.acquire(), 'unavailable', { limit: 0, actual: 500 });
      clock.ms = 499.5;
      refuses(() => breaker.acquire(), 'unavailable', { limit: 0, actual: 1 });
      clock.ms = 500;
      equal(breaker.state, 'half_open');
      breaker.acquire().success();
      equal(breaker.state, 'closed');
    },
  },
  {
    name: 'half open, a circuit never permits more trials than it has; cancelled ones come back',
    run() {
      const { clock, breaker, call } = scripted({ minimumCalls: 1, openMs: 10, trials: 2 });
      call(false);
      clock.ms = 10;
      const [first, second] = [breaker.acquire(), breaker.acquire()];
      for (let i = 0; i < 1000; ++i) refuses(() => breaker.acquire(), 'unavailable', { limit: 2, actual: 3 });
      second.cancel();
      second.cancel(); // the first outcome is the only one
      const third = breaker.acquire();
      refuses(() => breaker.acquire(), 'unavailable');
      first.success();
      refuses(() => breaker.acquire(), 'unavailable');
      third.success();
      equal(breaker.state, 'closed');
    },
  },
  {
    name: 'an outcome that comes after a change of state counts as nothing',
    run() {
      const { clock, breaker, call } = scripted({ minimumCalls: 1, openMs: 10 });
      const slow = breaker.acquire();
      call(false);
      clock.ms = 10;
      const trial = breaker.acquire();
      slow.failure();
      equal(breaker.state, 'half_open');
      trial.failure();
      equal(breaker.state, 'open');
      breaker.reset();
      equal(breaker.state, 'closed');
      equal(breaker.statistics.calls, 0);
    },
  },
  {
    name: 'call() tells the outcome, and does not call while the circuit is open',
    async run() {
      const { breaker } = scripted({ minimumCalls: 2, openMs: 10 });
      equal(await breaker.call(() => 7), 7);
      const wrong = new Error('wrong');
      equal(await breaker.call(async () => { throw wrong; }).catch((e) => e), wrong);
      await rejects(breaker.call(() => { throw new Error('called'); }), 'unavailable');
    },
  },
  {
    name: 'a circuit refuses options that are none',
    run() {
      refuses(() => new CircuitBreaker({ failurePercent: 101 }), 'out_of_range');
      refuses(() => new CircuitBreaker({ failurePercent: 0 }), 'invalid_argument');
      refuses(() => new CircuitBreaker({ trials: 0 }), 'invalid_argument');
      refuses(() => new CircuitBreaker({ windowCalls: NaN }), 'invalid_argument');
      refuses(() => new CircuitBreaker({ openMs: -1 }), 'invalid_argument');
    },
  },
];
