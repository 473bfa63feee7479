import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as pictures from '../../../../sandbox/media/pictures.ts';
import { randomOf } from '../../../../sandbox/sites/seed.ts';
import { analyseImage, previewOf } from './image.ts';
import { readTextIn } from './ocr.ts';
import { hashDistance, perceptualHash } from './perceptual-hash.ts';

const RULES = { pixelsMax: 10_000_000, thumbnails: true };
const scene = (name: string) => pictures.scene(randomOf(1, name), 480, 320);

describe('pictures', () => {
  it('look alike when scaled, pressed or turned by their orientation, and not otherwise', async () => {
    const one = scene('one');
    const variants = await Promise.all([
      pictures.png(one),
      pictures.forwarded(one),
      pictures.webp(one),
      pictures.photographed(one),
    ]);
    const hashes = await Promise.all(
      variants.map(async (bytes) => (await analyseImage(bytes, RULES)).image.perceptualHash ?? ''),
    );
    for (const hash of hashes) assert.ok(hashDistance(hash, hashes[0] as string) <= 4, hash);
    for (let at = 0; at < 20; at += 1) {
      const { image } = await analyseImage(await pictures.png(scene(`other ${at}`)), RULES);
      assert.ok(hashDistance(image.perceptualHash ?? '', hashes[0] as string) > 7);
    }
  });

  it('tell what a camera wrote, upright', async () => {
    const { image, thumbnail } = await analyseImage(await pictures.photographed(scene('a')), RULES);
    assert.deepEqual([image.width, image.height], [480, 320]);
    assert.equal(image.exif?.make, 'Standin');
    assert.deepEqual([image.exif?.latitude, image.exif?.longitude], [52.52, -13.4]);
    assert.ok((thumbnail?.length ?? 0) > 500);
  });

  it('have no shape where they are plain', () => {
    assert.equal(perceptualHash(new Uint8Array(1_024).fill(90)), undefined);
  });

  it('that claim more pixels than allowed are not decoded', async () => {
    const small = await pictures.png(pictures.plainPicture(pictures.COLOURS[0] as never, 8, 8));
    const bomb = pictures.hugePng(60_000, 60_000, small);
    const { image, steps, decoded } = await analyseImage(bomb, RULES);
    assert.deepEqual([image.width, decoded], [60_000, false]);
    assert.ok(steps.some(({ step, state }) => step === 'pixels' && state === 'skipped'));
    await assert.rejects(previewOf(bomb, RULES.pixelsMax), /pixel limit/);
  });

  it('that are damaged anywhere are measured or refused, never a crash', async () => {
    const formats = [pictures.png, pictures.webp, (s: pictures.Scene) => pictures.jpeg(s)];
    for (const [at, write] of formats.entries()) {
      const whole = await write(scene('damaged'));
      for (let share = 0.05; share < 1; share += 0.15) {
        const cut = whole.subarray(0, Math.floor(whole.length * share));
        const { decoded, steps } = await analyseImage(cut, RULES);
        assert.equal(decoded, false, `format ${at}, ${share}`);
        assert.ok(steps.some(({ state }) => state === 'failed'));
        const turned = Buffer.from(whole);
        const place = Math.floor(whole.length * share);
        turned.fill(turned[place] === 0 ? 255 : 0, place, place + 3);
        await analyseImage(turned, RULES);
      }
    }
  });

  it('are read: words as words, shapes as none', async () => {
    const words = pictures.wordsPicture(['OPEN EVERY DAY']);
    const read = await readTextIn(await pictures.png(words), RULES.pixelsMax);
    assert.equal(read.step.state, 'done');
    assert.match(read.text, /OPEN EVERY DAY/);
    const none = await readTextIn(await pictures.jpeg(scene('wordless')), RULES.pixelsMax);
    assert.equal(none.text, '');
  });
});
