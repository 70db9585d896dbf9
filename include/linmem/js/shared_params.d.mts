// Types of shared_params.mjs.
import type { Linmem } from './linmem.mjs';

/** Fields of parameters when nothing more is known of them. */
export type ParamsValues = Record<string, number | bigint>;
/** Parameters for SharedParams.open() in another thread, by postMessage. */
export interface ParamsDescriptor {
  readonly kind: 'params';
  readonly handle: number;
  readonly address: number;
  readonly layout: number;
}

/** One side's copy of parameters that C++ and JavaScript share; see shared_params.hpp. */
export class SharedParams<T extends object = ParamsValues> {
  /**
   * The parameters that the module answered with `handle`; `T` as declaration() says. Throws
   * unsupported without linmem/params_exports.hpp in the module.
   */
  constructor(memory: Linmem, handle: number);
  /** What another thread on the same memory has; it is freed there. Throws invalid_handle. */
  static open<T extends object = ParamsValues>(memory: Linmem, descriptor: ParamsDescriptor): SharedParams<T>;
  /** What the module's functions take. */
  readonly handle: number;
  /** For SharedParams.open() in another thread. */
  readonly descriptor: ParamsDescriptor;
  /**
   * A property for each field; 64-bit integers are bigint. Assigning throws invalid_argument or
   * out_of_range, and stays here until publish().
   */
  readonly values: T;
  /** How often read() and publish() try; 10,000. Once where memory is not shared. */
  attempts: number;
  /** The version that `values` is based on; 0 when nothing was read yet. */
  readonly version: number;
  /** The newest version. */
  readonly presentVersion: number;
  /** The number of the publication under way, 0 for none. */
  readonly publication: number;
  /** Bytes of fields that this side moved. */
  readonly bytesMoved: number;
  /** Bytes of fields that the publications of all sides moved. */
  readonly published: number;
  /** Brings the newest version; returns the names of what changed. Throws timed_out. */
  read(): Array<keyof T & string>;
  /** Publishes what was changed here; returns the version. Throws conflict, timed_out, abandoned. */
  publish(options?: { expected?: number }): number;
  /** Takes own changes back that are not published. */
  discard(): void;
  /** Ends the publication of a writer known to be dead. Throws conflict. */
  recover(publication: number): number;
  /** Waits, at most `timeout` milliseconds, for a version that was not read: whether there is one. */
  changed(timeout?: number): Promise<boolean>;
  /** The text of a TypeScript interface for `values`. */
  declaration(name: string): string;
}
