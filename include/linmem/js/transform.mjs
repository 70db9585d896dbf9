// transform.mjs - a fed stream as the two ends of a pipe.

function deferred() {
  const d = {};
  d.promise = new Promise((resolve, reject) => Object.assign(d, { resolve, reject }));
  return d;
}

/** See Linmem.transform(). `handle` is that of a fed stream. */
export function transformPair(linmem, handle) {
  let controller;
  let asked; // the stream's wait for a piece
  let offered; // a write or the end, which waits to be asked for
  let inHand; // the write that the stream reads

  const meet = () => {
    if (!asked || !offered) return;
    const { done, value } = offered;
    asked.resolve({ done, value });
    if (done) offered.resolve(); else inHand = offered;
    asked = offered = undefined;
  };
  const offer = (piece) => {
    const { promise } = offered = { ...piece, ...deferred() };
    meet();
    return promise;
  };
  const pieces = {
    [Symbol.asyncIterator]: () => pieces,
    taken() { // its bytes are in the window
      inHand?.resolve();
      inHand = undefined;
    },
    next() {
      pieces.taken(); // an empty one is as soon as another is asked for
      const { promise } = asked = deferred();
      meet();
      return promise;
    },
    return(reason) {
      if (!controller.signal.aborted) controller.error(reason);
      (inHand ?? offered)?.reject(reason);
      asked?.reject(reason);
    },
  };

  const stream = linmem.stream(handle, { source: pieces });
  const writable = new WritableStream({
    start(c) {
      controller = c;
      // Not abort(): that is called only when no write waits any more.
      c.signal.addEventListener('abort', () => stream.dispose(c.signal.reason));
    },
    write: (value) => offer({ done: false, value }),
    close: () => offer({ done: true }),
  });
  return { readable: stream.readable(), writable };
}
