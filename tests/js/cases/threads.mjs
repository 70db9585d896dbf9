// The cases that need a memory which several threads share. The workers have no instance: peer.mjs.
import { SharedParams } from '../../../include/linmem/js/shared_params.mjs';
import { equal, ok, refuses } from '../expect.mjs';

const isNode = Boolean(globalThis.process?.versions?.node);
const { Worker } = isNode ? await import('node:worker_threads') : globalThis;

/** A worker on the memory of `linmem`; it is terminated by stop(). */
class Peer {
  #worker;
  #linmem;
  #next = [];

  constructor(linmem) {
    this.#linmem = linmem;
    this.#worker = new Worker(new URL('../peer.mjs', import.meta.url), { type: 'module' });
    const settle = (message) => this.#next.shift()?.(message);
    if (isNode) {
      this.#worker.on('message', settle);
      this.#worker.on('error', (e) => settle({ error: e.message }));
    } else {
      this.#worker.onmessage = ({ data }) => settle(data);
      this.#worker.onerror = (e) => settle({ error: e.message });
    }
  }

  /** The next message of the worker. */
  async message() {
    const message = await new Promise((resolve) => { this.#next.push(resolve); });
    if (message.error) throw new Error(`in a worker: ${message.error}`);
    return message;
  }

  post(task, rest) {
    const { memory, table } = this.#linmem;
    this.#worker.postMessage({ memory, table, task, ...rest });
  }

  async run(task, rest) {
    this.post(task, rest);
    return (await this.message()).result;
  }

  stop() { return this.#worker.terminate(); }
}

/** Calls `f` with `count` workers, which end with it. */
async function withPeers(memory, count, f) {
  const peers = Array.from({ length: count }, () => new Peer(memory));
  try {
    return await f(peers);
  } finally {
    await Promise.all(peers.map((peer) => peer.stop()));
  }
}

const later = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

/** @type {Array<{name: string, run(context: {module: object, memory: object}): Promise<void>}>} */
export const cases = [
  {
    name: '4 workers add to a buffer under a lock word, and no addition is lost',
    async run({ memory }) {
      const buffer = memory.alloc(64, { locks: true });
      buffer.write(new Uint32Array(1));
      await withPeers(memory, 4, (peers) => Promise.all(peers.map((peer, i) =>
        peer.run('count', { buffer: buffer.descriptor, number: i + 1, rounds: 2000 }))));
      equal(buffer.as('u32')[0], 8000);
      buffer.dispose();
    },
  },
  {
    name: '4 workers publish on the newest version each, and no publication is lost',
    async run({ module, memory }) {
      const params = new SharedParams(memory, module._fixture_params());
      await withPeers(memory, 4, (peers) => Promise.all(peers.map((peer) =>
        peer.run('add', { params: params.descriptor, rounds: 500 }))));
      params.read();
      equal(params.values.u64, 2000n);
      equal(params.version, 2001);
      equal(module._fixture_params_add(), 2002);
    },
  },
  {
    name: '4 workers and this thread read what a C++ thread publishes: none is torn',
    async run({ module, memory }) {
      const params = new SharedParams(memory, module._fixture_params());
      params.values.f64 = 0; // all equal to begin with
      params.publish();
      module._fixture_thread(0);
      try {
        await withPeers(memory, 4, async (peers) => {
          const torn = await Promise.all(peers.map((peer) =>
            peer.run('watch', { params: params.descriptor, rounds: 3000 })));
          equal(torn.join(' '), '0 0 0 0', 'torn reads');
        });
        ok(params.presentVersion > 2, 'versions of the C++ thread');
      } finally {
        module._fixture_thread_end();
      }
      params.read();
      equal(params.values.i32, params.values.u32);
    },
  },
  {
    name: 'a worker terminated in the middle of a publication hangs nobody, and is recovered from',
    async run({ module, memory }) {
      const params = new SharedParams(memory, module._fixture_params());
      let recovered = 0;
      for (let round = 0; round < 60 && recovered < 2; ++round) {
        await withPeers(memory, 1, async ([peer]) => {
          const before = params.presentVersion;
          peer.post('publish', { params: params.descriptor });
          for (let i = 0; params.presentVersion === before; ++i) {
            ok(i < 10000, 'a publication within 10 s');
            await later(1);
          }
        });
        // A browser ends a worker some time after terminate(): until then it goes on.
        let last;
        do {
          last = [params.presentVersion, params.publication].join();
          await later(200);
        } while (last !== [params.presentVersion, params.publication].join());
        const dead = params.publication;
        if (dead === 0) continue;
        refuses(() => params.read(), 'timed_out');
        params.recover(dead);
        recovered += 1;
        params.read();
        equal(params.values.i32, params.values.u32);
      }
      ok(recovered > 0, 'a worker that was terminated in a publication');
      module._fixture_params_add();
      equal(params.read().length > 0, true);
    },
  },
  {
    name: 'changed() in a worker is woken by C++ and by JavaScript',
    async run({ module, memory }) {
      const params = new SharedParams(memory, module._fixture_params());
      await withPeers(memory, 1, async ([peer]) => {
        for (const publish of [
          () => { module._fixture_params_add(); },
          () => {
            params.values.u32 = 7;
            params.publish();
          },
        ]) {
          peer.post('wait', { params: params.descriptor });
          equal((await peer.message()).isWaiting, true);
          const answer = peer.message();
          await later(20);
          publish();
          equal((await answer).result, params.values.u32);
        }
      });
    },
  },
  {
    name: 'a worker sees what was allocated in memory that grew after it attached',
    async run({ memory }) {
      await withPeers(memory, 1, async ([peer]) => {
        const small = memory.from('before');
        equal(await peer.run('text', { buffer: small.descriptor }), 'before');
        const pages = memory.pages;
        const large = memory.alloc(10 * 2 ** 20);
        large.write('after');
        ok(memory.pages > pages, 'growth');
        equal(await peer.run('text', { buffer: large.descriptor }), 'after');
        large.dispose();
        small.dispose();
      });
    },
  },
  {
    name: 'a C++ thread grows the memory while views are held: they stay good, new ones reach all',
    async run({ module, memory }) {
      const kept = memory.from('kept');
      const view = kept.view();
      const before = memory.pages;
      const params = new SharedParams(memory, module._fixture_params());
      module._fixture_thread(100);
      try {
        for (let i = 0; params.presentVersion < 200; ++i) {
          ok(i < 10000, 'growth within 10 s');
          const buffer = memory.alloc(100000);
          buffer.write(`round ${i}`);
          equal(buffer.text(), `round ${i}`);
          equal(memory.decode(view), 'kept');
          buffer.dispose();
          await later(1);
        }
      } finally {
        module._fixture_thread_end();
      }
      const large = memory.alloc(4 * 2 ** 20);
      equal(large.reserve(4 * 2 ** 20).length, 4 * 2 ** 20);
      ok(memory.pages >= before + 100, 'pages');
      large.dispose();
      kept.dispose();
    },
  },
];
