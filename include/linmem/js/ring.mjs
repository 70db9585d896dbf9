// ring.mjs - a ring of bytes or messages between two threads or two languages; see ring.hpp.
//
//   const ring = new Ring(memory, { capacity: 1 << 16 });     // needs linmem/ring_exports.hpp
//   const { endpoint, transfer } = ring.connect('consumer');  // the side that the worker shall have
//   worker.postMessage(endpoint, transfer);
//   const producer = ring.producer({ publishEvery: 16 });     // this side; or the module's, by ring.handle
//
//   onmessage = async ({ data }) => {                         // in the worker, which has no module
//     for await (const message of connectRing(data)) use(message);
//   };
//
// Where the memory is shared, both sides work on it in place. Where it is not, the worker's side is a
// port: the same methods, fed by copies.
import { checkCount, LinmemError } from './error.mjs';
import { RingConsumer, RingProducer } from './ring_end.mjs';
import { kinds, RingMemory } from './ring_memory.mjs';
import { PortConsumer, PortProducer } from './ring_port.mjs';
import { disposable } from './views.mjs';

export { PortConsumer, PortProducer, RingConsumer, RingProducer };

const roles = ['producer', 'consumer'];
let fallbacks = 0;

/** How many connections of this thread went through a port, as their memory was not shared. */
export const ringFallbacks = () => fallbacks;

/** Passes everything on from `consumer` to `producer`, errors and the end too; back, that no more is wanted. */
async function relay(consumer, producer) {
  try {
    for (;;) {
      const piece = consumer.peek();
      if (piece === null) break;
      if (piece === undefined) {
        producer.publish(); // the other side waits as well
        await consumer.ready();
      } else {
        await producer.write(piece);
        consumer.consume();
      }
    }
    producer.end();
  } catch (e) {
    // Of the two, the one that threw has ended already.
    consumer.cancel();
    producer.fail(e instanceof LinmemError ? e.code : 'corrupt');
  }
}

/** A ring in linear memory. */
export class Ring {
  #linmem;
  #abi;
  #ring;

  /**
   * A ring of `capacity` bytes (a power of two; 65,536) for `kind` 'messages' or 'bytes'. May grow the memory.
   */
  constructor(linmem, { capacity = 65536, kind = 'messages' } = {}) {
    checkCount(capacity, 'ring capacity in bytes');
    if (!kinds.includes(kind)) throw new LinmemError('invalid_argument', `kind of a ring, which is none: ${String(kind)}`);
    this.#linmem = linmem;
    this.#abi = linmem.part('ring', ['layout', 'new', 'block', 'free']);
    /** What the module's functions take; 0 once disposed. */
    this.handle = linmem.check(this.#abi.new(capacity, kinds.indexOf(kind)));
    /** What another thread needs to open an end: posted to it, where the memory is shared. */
    this.descriptor = {
      memory: linmem.memory,
      address: linmem.check(this.#abi.block(this.handle)),
      capacity,
      kind,
      offsets: linmem.blocks.ring.offsets,
      codes: linmem.codes,
    };
    this.#ring = new RingMemory(this.descriptor);
    linmem.watch(this, 'ring', this.handle, this.#abi.free);
  }

  #checked() {
    if (this.handle === 0) throw new LinmemError('invalid_handle', 'a ring that was disposed');
    return this.#ring;
  }

  get capacity() { return this.descriptor.capacity; }
  get kind() { return this.descriptor.kind; }
  /** Bytes of the largest message. */
  get largestMessage() { return this.#ring.largestMessage; }

  /** The writing end, for `number`, publishing at each `publishEvery`-th commit; 0: only when told to. */
  producer(options) { return new RingProducer(this.#checked(), options); }
  /** The reading end, for `number`. */
  consumer(options) { return new RingConsumer(this.#checked(), options); }

  /** Declares side `role` gone, for example once its worker was terminated. */
  abandon(role) {
    checkRole(role);
    this.#checked().abandon(role);
  }

  /**
   * What another thread gives to connectRing() to have side `role`: {endpoint, transfer} to be posted.
   * Where the memory is not shared, this thread passes on what goes through: counted, with one warning.
   */
  connect(role) {
    checkRole(role);
    this.#checked();
    if (this.#ring.isShared) return { endpoint: { role, descriptor: this.descriptor }, transfer: [] };
    if (++fallbacks === 1) console.warn('linmem: this memory is not shared: a ring goes through a MessagePort');
    const { port1, port2 } = new MessageChannel();
    const { capacity, kind } = this;
    const options = { publishEvery: 0 };
    if (role === 'consumer') relay(this.consumer(), new PortProducer(port1, { capacity, kind }, options));
    else relay(new PortConsumer(port1, { capacity, kind }), this.producer(options));
    return { endpoint: { role, capacity, kind, port: port2 }, transfer: [port2] };
  }

  /** Frees the ring. Refused with `leased` while a side is taken. A second call does nothing. */
  dispose() {
    if (this.handle === 0) return;
    this.#linmem.check(this.#abi.free(this.handle));
    this.#linmem.unwatch(this);
    this.handle = 0;
  }
}
disposable(Ring);

function checkRole(role) {
  if (!roles.includes(role)) throw new LinmemError('invalid_argument', `side of a ring, which is none: ${String(role)}`);
}

/** The end that Ring.connect() of another thread offers: of the memory, or of a port. */
export function connectRing({ role, descriptor, port, capacity, kind }, options) {
  checkRole(role);
  if (descriptor) return role === 'producer' ? RingProducer.from(descriptor, options) : RingConsumer.from(descriptor, options);
  return role === 'producer' ? new PortProducer(port, { capacity, kind }, options) : new PortConsumer(port, { capacity, kind });
}
