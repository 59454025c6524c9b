import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/run.ts';
import type { Terminal } from '../../src/cli/terminal.ts';
import { createClient } from '../../src/client/node/index.ts';
import { streamLargePng } from '../support/large-png.ts';
import { type RunningServer, startServer } from '../support/running-server.ts';
import { makeTempFolder, type TempFolder } from '../support/temp-folder.ts';

const PERSON = { phone: '13800138000', upwd: 'correct horse 7' };
const MIB = 1024 ** 2;

let server: RunningServer;
let folder: TempFolder;
let token: string;

beforeAll(async () => {
  server = await startServer();
  folder = await makeTempFolder();
  const bed = createClient({ url: server.mountUrl });
  await bed.auth.register({ name: 'Ada', email: 'ada@example.com', ...PERSON });
  ({ token } = await bed.signIn(PERSON));
  await pipeline(streamLargePng(20 * MIB), createWriteStream(join(folder.path, 'large.png')));
});
afterAll(async () => {
  await server?.close();
  await folder?.remove();
});

/** Uploads with somebody looking on, for whom each look at the clock is a second later. */
async function upload(...files: readonly string[]) {
  const drawn: string[] = [];
  const printed: string[] = [];
  let seconds = 0;
  const terminal: Terminal = {
    env: {},
    home: folder.path,
    stdin: process.stdin,
    canAsk: false,
    isWatched: true,
    now: () => {
      seconds += 1;
      return seconds * 1000;
    },
    print: (text) => void printed.push(text),
    printError: (text) => void drawn.push(text),
  };
  const paths = files.map((name) => join(folder.path, name));
  const args = ['upload', '--url', server.mountUrl, '--token', token, ...paths];
  expect(await run(args, terminal, () => Promise.reject(new Error('no admin is needed')))).toBe(0);
  const bytes = drawn.flatMap((text) => /(\d+)\/\d+ {2}([\d.]+) MB/.exec(text)?.[2] ?? []).map(Number);
  return { drawn, bytes, printed };
}

describe('what whoever watches an upload sees', () => {
  it('grows by each part that is out, to the size of the file and no further', async () => {
    const { bytes, drawn } = await upload('large.png');
    expect(bytes).toEqual(bytes.toSorted((one, other) => one - other));
    expect(new Set(bytes).size).toBe(3);
    expect(bytes.at(-1)).toBeCloseTo(21, 0);
    expect(drawn.find((text) => text.includes('1/1'))).toMatch(/ MB\/s$/);
    expect(drawn.at(-1)).toBe('\r\x1b[K');
  });

  it('counts what was there, and the same image under two names, in full', async () => {
    const { bytes, printed } = await upload('large.png', 'large.png');
    expect(bytes.at(-1)).toBeCloseTo(42, 0);
    expect(printed[0]).toBe(printed[1]);
  });
});
