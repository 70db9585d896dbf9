// services.mjs - around modules and instances: probing, loading, caching, pools, workers, settings.
//
//   import { InstancePool, ModuleCache } from './services.mjs';
//
// Each of them has a module of its own, of which a bundler keeps those that are used.
export { CircuitBreaker } from './circuit_breaker.mjs';
export { readEnvironment } from './environment.mjs';
export { InstancePool } from './instance_pool.mjs';
export { fallbacks, load } from './load.mjs';
export { instantiate, ModuleCache } from './module_cache.mjs';
export { probe } from './probe.mjs';
export { serve, transfer, WorkerInstance } from './worker.mjs';
