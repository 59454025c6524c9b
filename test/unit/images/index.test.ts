import { createRequire } from 'node:module';
import { createContext, runInContext } from 'node:vm';
import { type BuildOptions, build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import * as images from '../../../src/images/index.ts';
import { readFixture } from '../../support/images/fixtures.ts';
import { LIMITS, scrub } from '../../support/images/scrub.ts';

const BUNDLE = {
  entryPoints: ['src/images/index.ts'],
  bundle: true,
  write: false,
  metafile: true,
  format: 'cjs',
  external: ['node:*'],
} satisfies BuildOptions;

describe('the images package', () => {
  it('exports what it says and nothing else', () => {
    expect(Object.keys(images).toSorted()).toEqual(['ImageError', 'scrubImage']);
  });

  it('stands alone: no file outside its folder, no package but the reader of XML, and of the platform only the checksum', async () => {
    const { metafile } = await build(BUNDLE);
    const inputs = Object.keys(metafile.inputs);
    expect(inputs).toContain('src/images/scrub-image.ts');
    expect(
      inputs.filter((file) => !/^src\/images\/[a-z0-9-]+\.ts$|^node_modules\/(saxes|xmlchars)\//.test(file)),
    ).toEqual([]);
    const imported = inputs.flatMap((file) => metafile.inputs[file]?.imports ?? []);
    expect(new Set(imported.filter(({ external }) => external).map(({ path }) => path))).toEqual(
      new Set(['node:zlib']),
    );
  });

  it('needs of globals nothing but Buffer', async () => {
    const { outputFiles } = await build(BUNDLE);
    const { bytes, facts } = readFixture('text-xmp-exif.png');
    const written: Uint8Array[] = [];
    const write = (chunk: Uint8Array): void => void written.push(chunk);
    const bare = createContext({ Buffer, require: createRequire(import.meta.url), module: {}, bytes, write, LIMITS });
    runInContext(outputFiles[0]?.text ?? '', bare);
    const found: unknown = await runInContext(
      'module.exports.scrubImage((async function* () { yield bytes; })(), write, LIMITS).then(JSON.stringify)',
      bare,
    );
    expect(found).toBe(JSON.stringify(facts));
    expect(Buffer.concat(written)).toEqual((await scrub(bytes)).output);
  });
});
