// load.mjs - the best of several builds that this host runs.
import { LinmemError } from './error.mjs';
import { probe } from './probe.mjs';

const warned = new Set();

/** How often a build was passed over on this thread, by its name: {unsupported, failed, wrong}. */
export const fallbacks = {};

/**
 * Loads the first of `builds` that the host can run: {'simd-threads', simd, threads, baseline}, best first,
 * each a function that gives the module or a promise of it. The name of a build is the features of
 * probe() that it needs, with dashes between them; `baseline` needs none. A build is passed over when
 * a feature is missing, when it throws, or when `check(module)` is false: a build that computes
 * something else is no fallback. Each of that is counted in `fallbacks` and told to `onFallback`; without
 * one there is a warning, once for each build.
 *
 * Gives {module, build, reason, steps}. Throws unsupported when no build is left.
 */
export async function load(builds, { check = () => true, onFallback, features = probe() } = {}) {
  const steps = [];
  for (const [build, create] of Object.entries(builds)) {
    const needs = build === 'baseline' ? [] : build.split('-');
    const unknown = needs.find((feature) => !Object.hasOwn(features, feature));
    if (unknown !== undefined || typeof create !== 'function') {
      throw new LinmemError('invalid_argument', unknown === undefined
        ? `build ${build}, which is no function`
        : `build ${build}, which needs ${unknown}; known: ${Object.keys(features).join(', ')}`);
    }
    const missing = needs.filter((feature) => !features[feature]);
    if (missing.length > 0) {
      passOver(steps, { build, outcome: 'unsupported', reason: `no ${missing.join(', ')} on this host` }, onFallback);
      continue;
    }
    try {
      const module = await create(features);
      if (await check(module, build)) {
        const reason = needs.length > 0 ? `the host has ${needs.join(', ')}` : 'it needs nothing';
        steps.push({ build, outcome: 'loaded', reason });
        return { module, build, reason, steps };
      }
      passOver(steps, { build, outcome: 'wrong', reason: 'its check failed' }, onFallback);
    } catch (error) {
      passOver(steps, { build, outcome: 'failed', reason: error?.message ?? String(error), error }, onFallback);
    }
  }
  const said = steps.map(({ build, reason }) => `${build}: ${reason}`).join('; ');
  throw new LinmemError('unsupported', `none of the builds on this host (${said})`);
}

function passOver(steps, step, onFallback) {
  const { build, outcome, reason } = step;
  steps.push(step);
  const counts = (fallbacks[build] ??= { unsupported: 0, failed: 0, wrong: 0 });
  ++counts[outcome];
  if (onFallback) {
    onFallback(step);
  } else if (!warned.has(build)) {
    warned.add(build);
    console.warn(`linmem: build ${build} is passed over: ${reason}`);
  }
}
