// A call through a circuit breaker.
//
// limit     the call without one; for a refusal, the call and a reading of the clock
// linmem    call(), which records the outcome; "window in time" reads the clock for it
import { compiled } from './compiled.mjs';

export const rows = compiled('circuit_breaker');
