import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readEnvFile } from '../../../src/config/env-file.ts';
import { makeTempFolder, type TempFolder } from '../../support/temp-folder.ts';

let folder: TempFolder;
beforeAll(async () => {
  folder = await makeTempFolder();
  await writeFile(join(folder.path, '.env'), 'A=file\nB="two words" # said\nC=\n');
});
afterAll(() => folder.remove());

describe('a file of variables', () => {
  it('fills in what the process was not given', () => {
    const path = join(folder.path, '.env');
    expect(readEnvFile({ A: 'shell', D: 'shell' }, path)).toEqual({
      env: { A: 'shell', B: 'two words', C: '', D: 'shell' },
      file: path,
    });
  });

  it('need not be there', () => {
    expect(readEnvFile({ A: 'shell' }, join(folder.path, 'none'))).toEqual({ env: { A: 'shell' }, file: undefined });
  });

  it('that cannot be read says which', () => {
    expect(() => readEnvFile({}, folder.path)).toThrow('EISDIR');
  });
});
