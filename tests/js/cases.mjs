// The test cases of the JavaScript half. They run in Node and in Chromium: each gets a fresh module
// of fixture.cpp and the Linmem attached to it. One file of tests/js/cases/ for each part. A case
// for which the host has not what it takes returns the reason.
import { cases as circuitBreaker } from './cases/circuit_breaker.mjs';
import { cases as core, tortured } from './cases/core.mjs';
import { cases as instancePool } from './cases/instance_pool.mjs';
import { cases as moduleCache } from './cases/module_cache.mjs';
import { cases as params } from './cases/params.mjs';
import { cases as features } from './cases/probe.mjs';
import { cases as publish } from './cases/publish.mjs';
import { cases as ring } from './cases/ring.mjs';
import { cases as streamItems } from './cases/stream_items.mjs';
import { cases as streams } from './cases/streams.mjs';
import { cases as text } from './cases/text.mjs';
import { cases as tracker } from './cases/tracker.mjs';

/** @type {Array<{name: string, hostGrows?: boolean, run(context: {module: object, memory: import('../../include/linmem/js/linmem.mjs').Linmem}): void | string | Promise<void | string>}>} */
export const cases = [
  ...core, ...params, ...publish, ...ring, ...streamItems, ...streams, ...text,
  ...circuitBreaker, ...features, ...moduleCache, ...instancePool, ...tracker,
];
export { tortured };
