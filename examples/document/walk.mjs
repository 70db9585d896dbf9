// The documents that paths name: files, and all that lies in folders.
import fs from 'node:fs';
import path from 'node:path';

import { headBytes } from './files.mjs';

/** The type of the file called `file`, as its name says; throws what is known. */
function typeByName(extractor, file) {
  return extractor.mimeTypeOf({ name: path.basename(file) });
}

/** The type of a file whose name has no extension, by its first bytes: text is what is UTF-8 without zeros. */
function typeByContent(extractor, file) {
  const fd = fs.openSync(file);
  try {
    const room = Buffer.alloc(headBytes);
    const head = room.subarray(0, fs.readSync(fd, room));
    try {
      return extractor.mimeTypeOf({ head });
    } catch (e) {
      if (e.code !== 'unsupported' || head.includes(0) || !isText(head)) throw e;
      return extractor.mimeTypeOf({ mime: 'text/plain' });
    }
  } finally {
    fs.closeSync(fd);
  }
}

/** Whether `head` begins UTF-8; it may end within a character. */
function isText(head) {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/** What is in `folder`, by name, and in the folders there; hidden ones are left out. */
function* walkFolder(extractor, folder, options, seen) {
  seen.add(fs.realpathSync(folder));
  for (const name of fs.readdirSync(folder).sort()) {
    if (name.startsWith('.')) continue;
    const file = path.join(folder, name);
    try {
      const stat = fs.statSync(file, { throwIfNoEntry: false });
      if (!stat && name.includes('\uFFFD')) {
        yield { file, error: new Error('its name is not UTF-8') };
      } else if (!stat) {
        yield { file, skipped: 'a link that leads nowhere' };
      } else if (stat.isDirectory()) {
        if (seen.has(fs.realpathSync(file))) yield { file, skipped: 'a link to a folder that is read already' };
        else yield* walkFolder(extractor, file, options, seen);
      } else if (!stat.isFile()) {
        yield { file, skipped: 'neither a file nor a folder' };
      } else {
        yield inFolder(extractor, file, stat.size, options);
      }
    } catch (e) {
      yield { file, error: e };
    }
  }
}

/** A file in a folder: what nobody asked for by name is skipped when it is no document. */
function inFolder(extractor, file, size, { mime }) {
  const extension = path.extname(file);
  try {
    return { file, size, mime: mime ?? (extension === '' ? typeByContent : typeByName)(extractor, file) };
  } catch (e) {
    if (e.code !== 'unsupported') throw e;
    return { file, skipped: extension === '' ? 'neither its name nor its first bytes show what it is'
      : `this build does not read ${extension}` };
  }
}

/**
 * The inputs that `paths` name, in order, each {file, size, mime} to extract, {file, skipped} with the reason,
 * or {file, error}. Size is unknown of what is no file, the type of standard input.
 *
 * @param mime the type of all, unless their names say
 */
export function* inputs(extractor, paths, { mime }) {
  const type = mime && extractor.mimeTypeOf({ mime });
  for (const file of paths) {
    try {
      const stat = file === '-' ? undefined : fs.statSync(file);
      if (stat?.isDirectory()) yield* walkFolder(extractor, file, { mime: type }, new Set());
      else if (file === '-') yield { file, mime: type };
      else yield { file, size: stat.isFile() ? stat.size : undefined, mime: type ?? typeByName(extractor, file) };
    } catch (e) {
      yield { file, error: e };
    }
  }
}
