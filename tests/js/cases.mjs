// The test cases of the JavaScript half. They run in Node and in Chromium: each gets a fresh module
// of fixture.cpp and the Linmem attached to it. One file of tests/js/cases/ for each part.
import { cases as circuitBreaker } from './cases/circuit_breaker.mjs';
import { cases as core, tortured } from './cases/core.mjs';
import { cases as instancePool } from './cases/instance_pool.mjs';
import { cases as moduleCache } from './cases/module_cache.mjs';
import { cases as features } from './cases/probe.mjs';

/** @type {Array<{name: string, hostGrows?: boolean, run(context: {module: object, memory: import('../../include/linmem/js/linmem.mjs').Linmem}): void | Promise<void>}>} */
export const cases = [...core, ...circuitBreaker, ...features, ...moduleCache, ...instancePool];
export { tortured };
