// The image example on the build that is tested: in memory that its threads share, or with images moved between
// workers. Both give the same.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';

import { Engine } from '../../examples/image_batch/engine.mjs';
import { ImageBatch } from '../../examples/image_batch/image_batch.mjs';
import { encodePng } from '../../examples/image_batch/png.mjs';
import { LinmemError } from '../../include/linmem/js/linmem.mjs';
import { grayJpeg, pngThatSays, randomPng } from './images.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const build = path.resolve(root, process.env.LINMEM_BUILD ?? 'build/wasm', 'examples/image_batch');
const command = path.join(root, 'examples/image_batch/run.mjs');
const corpus = process.env.LINMEM_CORPUS && path.join(process.env.LINMEM_CORPUS, 'images');
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'linmem-images-'));
after(() => fs.rmSync(scratch, { recursive: true }));

/** Calls `f` with a pipeline, which is ended afterwards whatever happens. */
async function withImages(options, f) {
  const images = await ImageBatch.create(build, options);
  try {
    return await f(images);
  } finally {
    await images.dispose();
  }
}

/** What became of `files`, in their order, with a copy of the pixels. */
async function results(images, files) {
  const all = [];
  const items = files.map((bytes, i) => (typeof bytes === 'string' ? { name: bytes, path: bytes } : { name: `${i}`, bytes }));
  for await (const { name, error, width, height, isCached, ...rest } of images.process(items)) {
    assert.deepEqual(Object.keys(rest).filter((key) => key === 'pixels'), [], 'pixels are looked at where they lie');
    all.push({ name, error, width, height, isCached });
  }
  return all;
}

/** The same with a copy of the pixels of each. */
async function pictures(images, files) {
  const all = [];
  for await (const result of images.process(files.map((bytes, i) => ({ name: `${i}`, bytes })))) {
    const { name, error, width, height, isCached } = result;
    all.push({ name, error, width, height, isCached, pixels: error ? undefined : Buffer.from(result.pixels) });
  }
  return all;
}

/** Nothing is lent but what the cache keeps: a file and a picture for each entry. */
function nothingHeld(images) {
  const { pool_lent, cache_entries } = images.figures;
  assert.equal(pool_lent, 2 * cache_entries, 'buffers that are lent');
}

const small = randomPng(5, 4, 1);
const bomb = pngThatSays(60000, 60000);

describe('images', () => {
  for (const jobs of [1, 2]) {
    it(`come out in the order of the input with the pixels they had, ${jobs} at work`, () => withImages({ jobs }, async (images) => {
      const sources = Array.from({ length: 60 }, (_, i) => randomPng(1 + (i * 37) % 300, 1 + (i * 61) % 90, i));
      const all = await pictures(images, sources.map(({ file }) => file));
      assert.deepEqual(all.map(({ name }) => name), sources.map((_, i) => `${i}`));
      for (const [i, { width, height, pixels, error }] of all.entries()) {
        assert.equal(error, undefined);
        assert.equal(`${width}x${height}`, `${sources[i].width}x${sources[i].height}`);
        assert.ok(pixels.equals(sources[i].pixels), `pixels of image ${i}`);
      }
      const { batches, full, timed, flushed, images: count, failed } = images.figures;
      assert.equal(full + timed + flushed, batches);
      assert.equal(count, 60);
      assert.equal(failed, 0);
      nothingHeld(images);
    }));
  }

  it('are PNG of any number of channels, and JPEG', () => withImages({}, async (images) => {
    const values = Uint8Array.from({ length: 4 * 12 }, (_, i) => i * 5);
    const files = [1, 2, 3, 4].map((channels) => encodePng({ width: 4, height: 3, channels, pixels: values.subarray(0, 12 * channels) }));
    const all = await pictures(images, [...files, grayJpeg(30, 20, 213)]);
    for (const [i, file] of files.entries()) assert.ok(all[i].pixels.equals(PNG.sync.read(file).data), `${i + 1} channels`);
    assert.equal(all[4].width * all[4].height, 600);
    assert.ok(all[4].pixels.every((byte, i) => byte === (i % 4 === 3 ? 255 : 213)));
  }));

  it('are JPEG as another decoder reads it', () => withImages({}, async (images) => {
    const slopes = (width, height) => ({ width, height, data: Uint8Array.from({ length: 4 * width * height }, (_, i) => {
      const [x, y] = [(i >> 2) % width, Math.floor((i >> 2) / width)];
      return [5 * x, 3 * y, 255 - 2 * (x + y), 255][i & 3] & 255;
    }) });
    const made = [[1, 1], [8, 8], [33, 17], [51, 64]].map(([width, height]) => jpeg.encode(slopes(width, height), 95).data);
    const names = corpus ? ['jpeg/testimgint.jpg', 'example.jpg', 'chi_sim_image.jpeg'] : [];
    if (!corpus) console.log('# files of cameras and scanners are left out: LINMEM_CORPUS is not set');
    const files = [...made, ...names.map((name) => fs.readFileSync(path.join(corpus, name)))];
    const all = await pictures(images, files);
    for (const [i, { width, height, pixels }] of all.entries()) {
      const expected = jpeg.decode(files[i], { useTArray: true });
      assert.deepEqual([width, height], [expected.width, expected.height], `size of image ${i}`);
      const off = Array.from(pixels, (byte, k) => Math.abs(byte - expected.data[k]));
      // Decoders may round the transform and the colours each by a step. Where a file has one colour for four
      // pixels, one decoder repeats it and the other interpolates: much at an edge, little over all.
      if (i < made.length) assert.ok(off.every((n) => n <= 4), `image ${i}: a pixel is off by more than 4 steps`);
      else assert.ok(off.reduce((a, b) => a + b) / off.length < 2, `${names[i - made.length]}: off by 2 steps on average`);
    }
  }));

  it('one bad one of ten: nine results, one explained error, each in its place', () => withImages({}, async (images) => {
    const files = Array.from({ length: 10 }, (_, i) => randomPng(20, 20, i).file);
    files[6] = files[6].subarray(0, -30);
    const all = await results(images, files);
    assert.deepEqual(all.map(({ error }) => error !== undefined), files.map((_, i) => i === 6));
    const { error } = all[6];
    assert.ok(error instanceof LinmemError);
    assert.equal(error.code, 'invalid_data');
    assert.match(error.message, /image file that is cut off, in bytes: limit \d+, got \d+/);
    assert.equal(images.figures.failed, 1);
    nothingHeld(images);
  }));

  it('that are none are refused with the limit and the number, and the next one is done', () => withImages({}, async (images) => {
    const corrupt = Buffer.from(small.file);
    corrupt[corrupt.length - 20] ^= 1;
    const badData = pngThatSays(10, 10, Buffer.alloc(10)); // sums are right, rows are missing
    const jpeg = grayJpeg(64, 64, 200);
    const folder = path.join(scratch, 'folder.png');
    fs.mkdirSync(folder);
    const cases = [
      [small.file.subarray(0, 40), /^invalid data: image file that is cut off/],
      [jpeg.subarray(0, -2), /^invalid data: image file that is cut off/],
      [corrupt, /^invalid data: checksum of a PNG chunk/],
      [badData, /^invalid data: not enough pixels/],
      [Buffer.alloc(0), /^invalid data: image file in bytes: limit 1, got 0/],
      [pngThatSays(0, 5), /^invalid data: image width in pixels: limit 1, got 0/],
      [bomb, /^limit exceeded: image width in pixels: limit 16384, got 60000/],
      [pngThatSays(16384, 16384), /^limit exceeded: image size in pixels: limit 33554432, got 268435456/],
      [pngThatSays(1, 1, Buffer.alloc(2e8)), /^limit exceeded: decoder's block in bytes: limit \d+, got \d+/],
      [Buffer.from('GIF89a and more'), /^unsupported: image format, which is neither PNG nor JPEG/],
      [path.join(scratch, 'absent.png'), /no such file/],
      [folder, /is not a file/],
    ];
    const { pages } = images.figures;
    for (const [file, message] of cases) {
      const [bad, good] = await results(images, [file, small.file]);
      assert.match(bad.error.message, message);
      assert.equal(good.error, undefined);
      nothingHeld(images);
    }
    assert.ok(images.figures.pages <= pages + 3 * 200, 'no more memory than a few limits of a block');
    const all = await pictures(images, [small.file]);
    assert.ok(all[0].pixels.equals(small.pixels));
  }));

  it('beyond the memory limit are an error, and the next one is done', () => withImages({ memoryLimits: { hardPages: 100 } }, async (images) => {
    const large = encodePng({ width: 1500, height: 1500, pixels: new Uint8Array(4 * 1500 * 1500) });
    const [bad, good] = await results(images, [large, small.file]);
    assert.match(bad.error.message, /^limit exceeded: linear memory in pages: limit 100, got \d+$/);
    assert.equal(good.error, undefined);
    nothingHeld(images);
  }));

  it('are read ahead only as far as the pool has room', () => withImages({ limits: { poolBytes: 2 ** 21, cacheBytes: 0 } }, async (images) => {
    const files = Array.from({ length: 80 }, (_, i) => randomPng(100, 100, i).file);
    assert.ok((await results(images, files)).every(({ error }) => error === undefined));
    const large = randomPng(800, 800, 1).file;
    const [refused] = await results(images, [large]);
    assert.match(refused.error.message, /^limit exceeded: buffer pool in bytes: limit 2097152, got \d+$/);
    nothingHeld(images);
  }));

  it('have the memory that the cache had, where there is no other', () => withImages({ memoryLimits: { hardPages: 150 } }, async (images) => {
    const files = Array.from({ length: 60 }, (_, i) => randomPng(200, 200, i).file);
    const all = await results(images, files); // 320 kB for each in the cache: twice what there is
    assert.deepEqual(all.filter(({ error }) => error).map(({ error }) => error.message), []);
    assert.ok(images.memory.pages <= 150);
    assert.ok(images.figures.cache_entries > 0);
    nothingHeld(images);
  }));

  it('that are left in the middle give everything back', () => withImages({}, async (images) => {
    const items = Array.from({ length: 50 }, (_, i) => ({ name: `${i}`, bytes: randomPng(30, 30, i).file }));
    for await (const { name } of images.process(items)) if (name === '3') break;
    nothingHeld(images);
    assert.equal((await results(images, [small.file]))[0].error, undefined);
  }));
});

describe('filters', () => {
  it('are those that were set when an image came; only what changed travels', () => withImages({ jobs: 1 }, async (images) => {
    const travelled = () => {
      const { params_bytes, params_fields, params_set } = images.figures;
      return [params_bytes, params_fields, params_set];
    };
    // A memory of its own learns of what has changed as well.
    const sides = images.transport === 'shared' ? 1 : 2;
    const [before] = await pictures(images, [small.file]);
    assert.ok(before.pixels.equals(small.pixels));
    assert.deepEqual(travelled(), [0, 0, 0]);
    images.set({ grayscale: 1 });
    const [gray] = await pictures(images, [small.file]);
    assert.deepEqual(travelled(), [4 * sides, 1, 1]);
    for (let i = 0; i < gray.pixels.length; i += 4) {
      const [r, g, b, a] = small.pixels.subarray(i, i + 4);
      const luma = (77 * r + 150 * g + 29 * b + 128) >> 8;
      assert.deepEqual([...gray.pixels.subarray(i, i + 4)], [luma, luma, luma, a]);
    }
    images.set({ grayscale: 1, thumbnail: 0 }); // as they are
    assert.deepEqual(travelled(), [4 * sides, 1, 1]);
    images.set({ grayscale: 0, thumbnail: 2, blur: 1 });
    const [tiny] = await pictures(images, [small.file]);
    assert.equal(`${tiny.width}x${tiny.height}`, '2x2');
    assert.deepEqual(travelled(), [16 * sides, 4, 2]);
  }));

  it('beyond their limits are refused, and those before stay', () => withImages({}, async (images) => {
    images.set({ blur: 3 });
    for (const [wrong, code] of [[{ blur: 257 }, 'out_of_range'], [{ brightness: NaN }, 'invalid_argument'],
      [{ contrast: 9 }, 'invalid_argument'], [{ sharpen: 1 }, 'invalid_argument'], [{ grayscale: 1, blur: -1 }, 'out_of_range']]) {
      assert.throws(() => images.set(wrong), (e) => e.code === code);
      assert.deepEqual({ ...images.look }, { thumbnail: 0, grayscale: 0, brightness: 0, contrast: 1, blur: 3 });
    }
    assert.equal((await results(images, [small.file]))[0].error, undefined);
  }));

  it('that change while images are under way: each image has those of its time', () => withImages({ jobs: 2, maxBatch: 3 }, async (images) => {
    const pending = [];
    for (let i = 0; i < 24; ++i) {
      images.set({ thumbnail: 1 + (i % 4) });
      pending.push(images.submit({ name: `${i}`, bytes: randomPng(40, 40, i).file }));
    }
    images.flush();
    for (const [i, result] of (await Promise.all(pending)).entries()) {
      assert.equal(result.error, undefined);
      assert.equal(result.width, 1 + (i % 4));
      assert.equal(result.pixels.length, 4 * result.width * result.height);
      result.dispose();
      assert.throws(() => result.pixels, { code: 'invalid_handle' });
      result.dispose();
    }
    nothingHeld(images);
  }));
});

describe('the cache', () => {
  it('has results by the bytes of the file until a parameter changes', () => withImages({}, async (images) => {
    const files = Array.from({ length: 12 }, (_, i) => randomPng(16, 16, i).file);
    const first = await pictures(images, files);
    assert.ok(first.every(({ isCached }) => !isCached));
    const { batches } = images.figures;
    const second = await pictures(images, files);
    assert.ok(second.every(({ isCached }) => isCached));
    assert.ok(second.every(({ pixels }, i) => pixels.equals(first[i].pixels)));
    assert.equal(images.figures.batches, batches, 'nothing was run');
    assert.equal(images.figures.cache_hits, 12);
    images.set({ contrast: 2 });
    assert.equal(images.figures.cache_entries, 0);
    assert.ok((await results(images, files)).every(({ isCached }) => !isCached));
    nothingHeld(images);
  }));

  it('is bounded in bytes, and may hold nothing', async () => {
    const files = Array.from({ length: 12 }, (_, i) => randomPng(32, 32, i).file);
    await withImages({ limits: { cacheBytes: 40000 } }, async (images) => {
      await results(images, files);
      const { cache_bytes, cache_entries, cache_evicted } = images.figures;
      assert.ok(cache_bytes <= 40000 && cache_entries > 0);
      assert.equal(cache_entries + cache_evicted, 12);
    });
    await withImages({ limits: { cacheBytes: 0 } }, async (images) => {
      await results(images, [...files, ...files]);
      assert.equal(images.figures.cache_hits, 0);
      assert.equal(images.figures.pool_lent, 0);
    });
  });
});

it('copies: none in shared memory, each byte once out of a memory and once into one where images are moved', () => withImages({ jobs: 2 }, async (images) => {
  const files = Array.from({ length: 8 }, (_, i) => path.join(scratch, `copies${i}.png`));
  files.forEach((file, i) => fs.writeFileSync(file, randomPng(50, 40, i).file));
  await results(images, files);
  const { copied_in, copied_out, transport } = images.figures;
  const crossed = files.reduce((sum, file) => sum + fs.statSync(file).size, 0) + 8 * 4 * 50 * 40;
  assert.deepEqual([copied_in, copied_out], transport === 'shared' ? [0, 0] : [crossed, crossed]);
}));

it('an engine refuses what is not its turn, and goes on', async () => {
  const { default: createModule } = await import(path.join(build, 'image_batch.mjs'));
  const engine = await Engine.create(createModule); // no threads: it runs at once
  const refuses = (f, code) => assert.throws(f, (e) => e instanceof LinmemError && e.code === code);
  const [a, b] = [engine.load({ bytes: small.file }), engine.load({ bytes: grayJpeg(9, 9, 250) })];
  refuses(() => engine.run([a, b, a]), 'invalid_argument'); // none of them is run
  refuses(() => engine.run([]), 'invalid_argument');
  refuses(() => engine.run([a, { number: 12345 }]), 'invalid_handle');
  assert.equal(a.state, 'waiting');
  engine.run([a, b]);
  refuses(() => a.free(), 'leased'); // until it is taken
  assert.deepEqual([engine.take(), engine.take(), engine.take()], [a.number, b.number, 0]);
  refuses(() => engine.run([a]), 'invalid_argument');
  assert.ok(Buffer.from(a.pixels).equals(small.pixels));
  a.free();
  refuses(() => a.free(), 'invalid_handle');
  b.free();
  await assert.rejects(Engine.create(createModule, { limits: { pixels: 2 ** 28 + 1 } }), { code: 'out_of_range', limit: 2 ** 28 });
  await assert.rejects(Engine.create(createModule, { limits: { fileBytes: 2 ** 31 } }), { code: 'out_of_range' });
  engine.dispose();
});

describe('run.mjs', () => {
  const run = (...args) => {
    const done = spawnSync(process.execPath, [command, ...args],
      { env: { ...process.env, LINMEM_BUILD: process.env.LINMEM_BUILD ?? 'build/wasm' }, encoding: 'utf8', timeout: 60000 });
    return { status: done.status, out: done.stdout, err: done.stderr };
  };
  const folder = path.join(scratch, 'photos');
  const sources = Array.from({ length: 5 }, (_, i) => randomPng(30, 20, 100 + i));
  fs.mkdirSync(folder);
  sources.forEach(({ file }, i) => fs.writeFileSync(path.join(folder, `p${i}.png`), file));
  fs.writeFileSync(path.join(folder, 'notes.txt'), 'no image');

  it('writes what it has made of a folder, and prints a line for each and a summary', () => {
    const out = path.join(scratch, 'out');
    const { status, out: text, err } = run('--out', out, folder);
    assert.equal(status, 0, err);
    for (const [i, { pixels }] of sources.entries()) {
      assert.ok(PNG.sync.read(fs.readFileSync(path.join(out, `p${i}.png`))).data.equals(pixels));
      assert.match(text, new RegExp(`p${i}\\.png: 30x20, .* ms, in .*p${i}\\.png`));
    }
    for (const part of [/5 images of 5 in .* s: .* images\/s, .* MB\/s of pixels/, /^batches/m, /^cache/m, /^copies/m, /^pages/m, /^pool/m, /^parameters/m]) {
      assert.match(text, part);
    }
  });

  it('gives two files of the same name two names', () => {
    const twin = path.join(scratch, 'twin');
    fs.mkdirSync(twin);
    fs.writeFileSync(path.join(twin, 'p0.png'), sources[1].file);
    const out = path.join(scratch, 'twins');
    assert.equal(run('--out', out, path.join(folder, 'p0.png'), path.join(twin, 'p0.png')).status, 0);
    assert.deepEqual(fs.readdirSync(out).sort(), ['p0-2.png', 'p0.png']);
  });

  it('explains each file that it cannot do, does the others, and exits with 1', () => {
    const bad = path.join(scratch, 'bomb.png');
    fs.writeFileSync(bad, bomb);
    const { status, out } = run('--thumbnail', '10', '--json', bad, path.join(scratch, 'gone.png'), folder);
    assert.equal(status, 1);
    const lines = out.trim().split('\n').map((line) => JSON.parse(line));
    assert.equal(lines.length, 2 + 5 + 1);
    assert.equal(lines[0].error, 'limit exceeded: image width in pixels: limit 16384, got 60000');
    assert.equal(lines[1].error, 'no such file');
    for (const { status: each, width, height } of lines.slice(2, 7)) assert.equal(`${each} ${width}x${height}`, 'ok 10x7');
    const summary = lines.at(-1);
    assert.equal(`${summary.images} ${summary.failed}`, '7 2');
    assert.equal(summary.params_fields, 1);
  });

  it('finds in the cache what it has done before', () => {
    const { status, out } = run('--repeat', '3', '--grayscale', folder);
    assert.equal(status, 0);
    assert.equal(out.match(/from the cache/g).length, 10);
    assert.match(out, /10 hits/);
  });

  it('refuses a wrong call with exit code 2, and says how it is called', () => {
    for (const args of [[], ['--jobs', '0', folder], ['--jobs', 'many', folder], ['--nonsense', folder], ['--contrast', 'x', folder], ['--batch', '', folder]]) {
      const { status, err } = run(...args);
      assert.equal(status, 2, args.join(' '));
      assert.match(err, /Usage: run\.mjs/);
    }
    const beyond = run('--blur', '1000', folder);
    assert.equal(beyond.status, 2);
    assert.match(beyond.err, /out of range: blur radius in pixels: limit 256, got 1000/);
    assert.equal(run('--help').status, 0);
  });
});

describe('images of a corpus', () => {
  const options = { skip: corpus && fs.existsSync(corpus) ? false : 'LINMEM_CORPUS names no folder with images' };
  const files = !options.skip
    ? fs.readdirSync(corpus, { recursive: true }).filter((file) => /\.(png|jpe?g)$/i.test(file)).map((file) => path.join(corpus, file)) : [];

  it('PNG: the pixels that another reader finds; 16 bits are cut here and rounded there', options, () => withImages({}, async (images) => {
    const pngs = files.filter((file) => /\.png$/i.test(file));
    assert.ok(pngs.length > 0);
    for await (const { name, error, pixels } of images.process(pngs.map((file) => ({ name: file, path: file })))) {
      assert.equal(error, undefined, name);
      const { data, depth } = PNG.sync.read(fs.readFileSync(name));
      const most = depth === 16 ? 1 : 0;
      assert.equal(pixels.length, data.length);
      // A colour that cannot be seen is kept here, and black there.
      const differs = pixels.findIndex((byte, i) => Math.abs(byte - data[i]) > most && data[i | 3] + pixels[i | 3] > 0);
      assert.equal(differs, -1, `${name}: byte ${differs}`);
    }
  }));

  it('cut off anywhere: an error each, and the instance goes on', options, () => withImages({}, async (images) => {
    for (const file of files) {
      const bytes = fs.readFileSync(file);
      const cuts = Array.from({ length: 20 }, (_, i) => bytes.subarray(0, Math.floor(bytes.length * i / 20)));
      const all = await results(images, [...cuts, bytes]);
      assert.ok(all.slice(0, 20).every(({ error }) => error instanceof LinmemError), file);
      assert.equal(all[20].error, undefined, file);
    }
    nothingHeld(images);
  }));
});
