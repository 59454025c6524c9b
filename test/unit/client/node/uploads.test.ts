import { execFileSync } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type Bed,
  createClient,
  createFileStore,
  type NodeSource,
  openFile,
} from '../../../../src/client/node/index.ts';
import { makePng } from '../../../support/png.ts';
import { type RunningServer, startServer } from '../../../support/running-server.ts';
import { makeTempFolder, type TempFolder } from '../../../support/temp-folder.ts';

const PERSON = { phone: '13800138000', upwd: 'correct horse 7' };
let server: RunningServer;
let folder: TempFolder;
let bed: Bed<NodeSource>;

const makeFile = async (name: string): Promise<string> => {
  const path = join(folder.path, name);
  await writeFile(path, makePng(20, 20, { noise: true }));
  return path;
};

beforeAll(async () => {
  server = await startServer();
  folder = await makeTempFolder();
  bed = createClient({ url: server.mountUrl, language: 'en' });
  await bed.auth.register({ name: 'Ada', email: 'ada@example.com', ...PERSON });
  await bed.signIn(PERSON);
});
afterAll(async () => {
  await server?.close();
  await folder?.remove();
});

describe('uploads in Node', () => {
  it('take a path, a stream and a blob of the same bytes, of which one is sent', async () => {
    const path = await makeFile('a.png');
    const stored = await bed.upload(path);
    expect(stored.existed).toBe(false);
    const spool = join(folder.path, 'spool');
    await mkdir(spool);
    vi.stubEnv('TMPDIR', spool);
    expect(await bed.upload(createReadStream(path))).toMatchObject({ url: stored.url, existed: true });
    expect(await readdir(spool)).toEqual([]);
    vi.unstubAllEnvs();
    expect(await bed.upload(new Blob([await readFile(path)]))).toMatchObject({ url: stored.url, existed: true });
  });

  it('take a pipe, which is read but once', async () => {
    const bytes = await readFile(await makeFile('piped.png'));
    const pipe = join(folder.path, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const written = writeFile(pipe, bytes);
    const { objectName, size } = await bed.upload(pipe, { nameTemplate: '{hash}/{name}.{ext}' });
    await written;
    expect([objectName.split('/')[1], size]).toEqual(['pipe.png', bytes.length]);
  });

  it('call an image what they are told', async () => {
    const blob = new Blob([await readFile(await makeFile('e.png'))]);
    const how = { nameTemplate: '{hash}/{name}.{ext}', fileName: '海报.png' };
    expect((await bed.upload(blob, how)).objectName).toMatch(/\/海报\.png$/);
  });

  it('say what is wrong with a file', async () => {
    await expect(bed.upload(join(folder.path, 'none.png'))).rejects.toThrow(/ENOENT/);
    await expect(bed.upload(folder.path)).rejects.toThrow(/EISDIR/);
  });

  it('are kept in a state file until they are done, whatever is wrong with it', async () => {
    const state = join(folder.path, 'state', 'queue.json');
    const store = createFileStore(state);
    const first = bed.uploads({ store });
    const paths = await Promise.all(['b.png', 'c.png', 'd.png'].map(makeFile));
    for (const path of paths) first.add(await openFile(path));
    first.pause();
    await expect.poll(async () => (await createFileStore(state).load()).length).toBe(3);
    await rm(paths[1] ?? '');
    const next = bed.uploads({ store: createFileStore(state) });
    await next.ready;
    await expect.poll(() => next.items.map((item) => item.state)).toEqual(['done', 'failed', 'done']);
    expect(next.items[1]?.error?.message).toMatch(/ENOENT/);
    // What is done is forgotten, in a write of its own.
    await expect.poll(async () => (await createFileStore(state).load()).length).toBe(1);
    await writeFile(state, '{"half');
    expect(await createFileStore(state).load()).toEqual([]);
    await expect(store.save({ id: 'x', source: new Blob(['x']), placement: {} })).rejects.toThrow('path');
  });
});
