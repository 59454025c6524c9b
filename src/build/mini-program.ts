import { mkdir, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';

/** What 构建 npm copies into a mini-program: the folder that package.json names as `miniprogram`. */
const FOLDER = 'miniprogram_dist';

const { outputFiles } = await build({
  entryPoints: ['src/client/wx/index.ts'],
  bundle: true,
  minify: true,
  charset: 'utf8',
  format: 'esm',
  // What iOS 13.4 and later run as it is; the developer tools make ES5 of it where a project wants that.
  target: 'es2020',
  // Fields that are only declared need no code.
  tsconfigRaw: { compilerOptions: { useDefineForClassFields: false, verbatimModuleSyntax: true } },
  // Names that never leave the bundle: some 60 bytes of the six thousand.
  mangleProps: /^(on(Bytes|Sent)|maxFormBytes|send(Whole|Form)|read(Bytes|Base64))$/,
  write: false,
});
const code = toCommonJs(outputFiles[0]?.text ?? '');
await mkdir(FOLDER, { recursive: true });
await writeFile(`${FOLDER}/wx.js`, code);
// `require('imagepic')` looks for this file, `require('imagepic/wx')` for the other, which can also be copied alone.
await writeFile(`${FOLDER}/index.js`, "module.exports = require('./wx.js');\n");

/** The one list of exports at the end as assignments, in place of the 400 bytes that esbuild's CommonJS brings along. */
function toCommonJs(esm: string): string {
  const [list, names] = /export\{([^}]*)\};?\s*$/.exec(esm) ?? [];
  if (list === undefined || names === undefined) throw new TypeError('The bundle does not end with its exports');
  const assignments = names.split(',').map((pair) => {
    const [inner, outer = inner] = pair.split(' as ');
    return `exports.${outer}=${inner}`;
  });
  return `"use strict";${esm.slice(0, -list.length)}${assignments.join(';')};\n`;
}
