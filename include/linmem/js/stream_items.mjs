// stream_items.mjs - what a stream has besides its text: metadata, tables, images; see stream_items.hpp.
import { LinmemError } from './error.mjs';
import { plainView } from './views.mjs';

/** What the module answers when an item is there: 1 + stream_state::item. */
export const item = 6;
const anyKind = 2 ** 32 - 1;

/** The names of the kinds, in the order of item_kind. */
const kinds = ['table', 'image', 'other'];

/** `view` as base64 (RFC 4648, section 4). */
function base64(view) {
  view = plainView(view);
  if (view.toBase64) return view.toBase64();
  let text = '';
  const piece = 3 * 8192; // whole groups, and few enough arguments for a call
  for (let at = 0; at < view.length; at += piece) {
    text += btoa(String.fromCharCode(...view.subarray(at, at + piece)));
  }
  return text;
}

/** Something that belongs at a place in the text of a stream. */
export class StreamItem {
  #view;

  constructor(linmem, block, isGone) {
    const { payload, payload_bytes, name, name_bytes, media_type, media_type_bytes } = block;
    /** 'table', 'image' or 'other'. */
    this.kind = kinds[block.kind];
    /** As the document calls it; may be empty. */
    this.name = linmem.decode(linmem.view(name, name_bytes));
    /** The media type of the bytes. */
    this.type = linmem.decode(linmem.view(media_type, media_type_bytes));
    /** Where it belongs: bytes of text before it. */
    this.position = block.position;
    /** Its number among all items of the stream. */
    this.index = block.index;
    this.#view = () => {
      if (isGone()) throw new LinmemError('invalid_handle', 'an item of a stream that was rewound or disposed');
      return linmem.guard(linmem.view(payload, payload_bytes), isGone);
    };
  }

  /** The raw bytes, as a view. Stale once the memory grows: ask again. */
  get bytes() { return this.#view(); }
  /** The bytes as base64. */
  base64() { return base64(this.bytes); }
}

const blockOf = (linmem, stream) => new linmem.blocks.item(stream.item);

/** The item that `stream`, a stream block, shows now. `isGone()` tells when it is there no more. */
export function presentItem(linmem, stream, isGone) {
  return new StreamItem(linmem, blockOf(linmem, stream), isGone);
}

/** The next item of `kind`, or of all kinds, that the stream behind `handle` has made; or undefined. */
export function nextItem(linmem, stream, handle, kind, isGone) {
  const number = kind === undefined ? anyKind : kinds.indexOf(kind);
  if (number < 0) throw new LinmemError('invalid_argument', `item kind, which is none: ${String(kind)}`);
  if (linmem.check(linmem.part('stream').item(handle, number)) !== item) return undefined;
  return presentItem(linmem, stream, isGone);
}

/** The metadata of the stream behind `handle`, parsed; undefined while there is none. */
export function readMetadata(linmem, stream, handle) {
  if (linmem.check(linmem.part('stream').metadata(handle)) !== item) return undefined;
  const { payload, payload_bytes } = blockOf(linmem, stream);
  return JSON.parse(linmem.decode(linmem.view(payload, payload_bytes)));
}
