// environment.mjs - settings of a deployment, from environment variables; see linmem/environment.hpp.
import { LinmemError } from './error.mjs';

const counts = (fallback, least, most) => ({ fallback, least, most });
const onOff = { fallback: 1, least: 0, most: 1 };

/** What can be set, by the name behind the prefix: the table of linmem/environment.hpp. */
export const settings = Object.freeze({
  MEMORY_LIMIT_MB: counts(256, 1, 2 ** 20),
  MEMORY_LIMIT_PAGES: counts(4096, 1, 2 ** 24),
  MAX_POOL_SIZE: counts(8, 1, 1024),
  INITIAL_POOL_SIZE: counts(2, 0, 1024),
  ENABLE_SIMD: onOff,
  ENABLE_MODULE_CACHE: onOff,
  COLD_START_TARGET_MS: counts(15, 1, 60000),
  TIMEOUT_SECS: counts(30, 1, 86400),
  ENABLE_REUSE: onOff,
  ENABLE_METRICS: onOff,
});

const camelCase = (name) => name.toLowerCase().replace(/_(.)/g, (_, letter) => letter.toUpperCase());

/**
 * Reads every setting from `environment`, by default that of the process where there is one. The result
 * has each setting under its name in camelCase (switches as booleans), `limits` for Tracker.limit(), and
 * `problems`: a sentence for each value that was not taken. A default limits nothing that was set.
 */
export function readEnvironment(environment = globalThis.process?.env ?? {}, { prefix = 'LINMEM_' } = {}) {
  if (prefix.length > 64) {
    throw new LinmemError('limit_exceeded', 'prefix of settings in bytes', 64, prefix.length);
  }
  const values = {};
  const given = new Set();
  const problems = [];
  const report = (name, text) => {
    const { least, most } = settings[name];
    problems.push(`${name}: expected ${least} to ${most}, got "${text}"`);
  };
  for (const [name, { fallback, least, most }] of Object.entries(settings)) {
    values[name] = fallback;
    const text = environment[prefix + name];
    if (text === undefined || text === '') continue;
    const value = /^[0-9]+$/.test(text) ? Number(text) : -1;
    if (value < least || value > most) {
      report(name, text);
      continue;
    }
    values[name] = value;
    given.add(name);
    if (name === 'INITIAL_POOL_SIZE' && value > values.MAX_POOL_SIZE) report(name, text);
  }
  values.INITIAL_POOL_SIZE = Math.min(values.INITIAL_POOL_SIZE, values.MAX_POOL_SIZE);

  const limits = {};
  if (given.has('MEMORY_LIMIT_PAGES')) limits.hardPages = values.MEMORY_LIMIT_PAGES;
  if (given.has('MEMORY_LIMIT_MB') || !given.has('MEMORY_LIMIT_PAGES')) {
    limits.hardBytes = values.MEMORY_LIMIT_MB * 2 ** 20;
  }
  const named = Object.entries(values).map(([name, value]) =>
    [camelCase(name), settings[name] === onOff ? value === 1 : value]);
  return { ...Object.fromEntries(named), limits, problems };
}
