// A few assertions that run in Node and in a browser.
const show = (x) => (typeof x === 'string' ? JSON.stringify(x.length > 200 ? `${x.slice(0, 200)}...` : x)
  : x instanceof Error ? `${x.name}: ${x.message}` : String(x));

export function equal(actual, expected, what = 'value') {
  if (!Object.is(actual, expected)) {
    throw new Error(`${what}: expected ${show(expected)}, got ${show(actual)}`);
  }
}

export function ok(condition, what) {
  if (!condition) throw new Error(`expected: ${what}`);
}

function checkError(e, code, numbers) {
  if (e?.name !== 'LinmemError') throw new Error(`expected LinmemError ${code}, got ${show(e)}`);
  equal(e.code, code, 'error code');
  if (numbers) {
    equal(e.limit, numbers.limit, 'error limit');
    equal(e.actual, numbers.actual, 'error actual');
  }
  return e;
}

/** `f` throws a LinmemError with `code`, and with the limit and number where they are given. */
export function refuses(f, code, numbers) {
  let result;
  try {
    result = f();
  } catch (e) {
    return checkError(e, code, numbers);
  }
  throw new Error(`expected LinmemError ${code}, got ${show(result)}`);
}

/** As refuses(), for a promise. */
export async function rejects(promise, code, numbers) {
  let result;
  try {
    result = await promise;
  } catch (e) {
    return checkError(e, code, numbers);
  }
  throw new Error(`expected LinmemError ${code}, got ${show(result)}`);
}
