// error.mjs - the error that everything here throws, and the check of what goes into the module.

/** The only error this module throws for what it or the module refuses. */
export class LinmemError extends Error {
  /** @param {string} code one of the codes in the module's table, for example 'limit_exceeded' */
  constructor(code, subject, limit = 0, actual = 0) {
    const hasLimit = limit || code === 'limit_exceeded' || code === 'out_of_range';
    const numbers = hasLimit ? `: limit ${limit}, got ${actual}` : actual ? `: ${actual}` : '';
    super(`${code.replaceAll('_', ' ')}: ${subject}${numbers}`);
    this.name = 'LinmemError';
    this.code = code;
    this.subject = subject;
    this.limit = limit;
    this.actual = actual;
  }
}

/** The largest count that the module's functions take. */
export const maxCount = 2 ** 32 - 1;

/** Numbers that C++ will see as unsigned are checked before they wrap. */
export function checkCount(value, subject, most = maxCount) {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) {
    throw new LinmemError('invalid_argument', `${subject}, which is no count: ${String(value)}`);
  }
  if (value > most) throw new LinmemError('out_of_range', subject, most, value);
  return value;
}
