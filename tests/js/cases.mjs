// The test cases of the JavaScript half. They run in Node and in Chromium: each gets a fresh module
// of fixture.cpp and the Linmem attached to it. One file of tests/js/cases/ for each part.
import { cases as core, tortured } from './cases/core.mjs';
import { cases as publish } from './cases/publish.mjs';

/** @type {Array<{name: string, hostGrows?: boolean, run(context: {module: object, memory: import('../../include/linmem/js/linmem.mjs').Linmem}): void | Promise<void>}>} */
export const cases = [...core, ...publish];
export { tortured };
