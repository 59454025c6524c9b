import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../support/bed.ts';
import { buildFunction, collect } from '../support/built-function.ts';
import { makePng } from '../support/png.ts';
import { makeTempFolder, type TempFolder } from '../support/temp-folder.ts';

const UPWD = 'correct horse 7';
const EACH = 6;
const ROUNDS = 5;

interface ServerProcess {
  readonly child: ChildProcess;
  readonly url: string;
}

async function startBuiltServer(folder: string, env: Readonly<Record<string, string>>): Promise<ServerProcess> {
  const child = spawn(process.execPath, ['server.js'], {
    cwd: folder,
    env: { PATH: process.env['PATH'], PORT: '0', ...env },
  });
  const output = collect(child);
  await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
  const line = /^\{.*"event":"listening".*\}$/m.exec(output.stdout)?.[0];
  if (line !== undefined) return { child, url: JSON.parse(line).url };
  child.kill('SIGKILL');
  throw new Error(output.stderr || output.stdout);
}

/**
 * Proves that two processes of the built server, on one folder and one object store, race without harm. The bucket is of
 * their own: a store may be shared with other beds, which each know their default bucket.
 */
export function describeTwoServers(
  name: string,
  storeEnv: () => Readonly<Record<string, string>>,
  bucket = 'two-servers',
): void {
  describe(`two servers on one folder, images in ${name}`, { timeout: 120_000 }, () => {
    let built: TempFolder;
    let data: TempFolder;
    let servers: readonly ServerProcess[];
    let token: string;
    let people = 0;

    const post = async (server: ServerProcess, url: string, body: object, headers: Record<string, string> = {}) => {
      const response = await fetch(`${server.url}/${url}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      });
      // Every answer is an envelope; the tests look into it.
      return (await response.json()) as Answer;
    };
    const [first, second] = [() => servers[0] as ServerProcess, () => servers[1] as ServerProcess];
    /** Sends the same number of requests to both at once. */
    const race = (send: (server: ServerProcess, turn: number) => Promise<Answer>): Promise<readonly Answer[]> =>
      Promise.all(Array.from({ length: 2 * EACH }, (_, turn) => send(turn % 2 === 0 ? first() : second(), turn)));
    const winners = (answers: readonly Answer[]): readonly Answer[] => answers.filter(({ success }) => success);
    const register = (server: ServerProcess, phone: string) =>
      post(server, 'auth/register', { name: '王', tfs: '', email: 'w@example.com', phone, upwd: UPWD });
    const newPhone = (): string => {
      people += 1;
      return `138${String(people).padStart(8, '0')}`;
    };
    const put = (server: ServerProcess, input: object, headers: Record<string, string> = {}) =>
      post(
        server,
        'object/putObject',
        { bucketName: bucket, ...input },
        { authorization: `Bearer ${token}`, ...headers },
      );
    const pictures = Array.from({ length: 2 * EACH }, (_, turn) => makePng(30 + turn, 40, { grey: turn + 1 }));
    const base64Of = (turn: number): string => pictures[turn]?.toString('base64') ?? '';
    const stored = async (objectName: string): Promise<Buffer> =>
      Buffer.from(await (await fetch(`${second().url}/i/${bucket}/${objectName}`)).arrayBuffer());

    beforeAll(async () => {
      [built, data] = await Promise.all([buildFunction(), makeTempFolder()]);
      await symlink(resolve('node_modules'), join(built.path, 'node_modules'));
      const env = { IMAGEPIC_DATA_DIR: data.path, IMAGEPIC_DEFAULT_BUCKET: bucket, ...storeEnv() };
      servers = [await startBuiltServer(built.path, env)];
      servers = [...servers, await startBuiltServer(built.path, env)];
      const phone = newPhone();
      await register(first(), phone);
      token = (await post(second(), 'auth/login', { phone, upwd: UPWD })).data.token;
    }, 120_000);
    afterAll(async () => {
      for (const { child } of servers ?? []) {
        const ended = once(child, 'exit');
        child.kill('SIGTERM');
        expect(await ended).toEqual([0, null]);
      }
      await Promise.all([built.remove(), data.remove()]);
    });

    it('register a phone once, whoever of many was first', async () => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const phone = newPhone();
        const answers = await race((server) => register(server, phone));
        expect(winners(answers)).toHaveLength(1);
        expect(new Set(answers.map(({ error }) => error))).toEqual(new Set([undefined, 'AccountExists']));
        expect(await post(first(), 'auth/login', { phone, upwd: UPWD })).toMatchObject({ success: true });
      }
    });

    it('trade a refresh token for one new pair', async () => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const phone = newPhone();
        await register(first(), phone);
        const { data: session } = await post(first(), 'auth/login', { phone, upwd: UPWD });
        const answers = await race((server) => post(server, 'auth/refresh', { refreshToken: session.refreshToken }));
        expect(winners(answers)).toHaveLength(1);
        const next = winners(answers)[0]?.data;
        expect(await post(second(), 'auth/me', {}, { authorization: `Bearer ${next.token}` })).toMatchObject({
          success: true,
        });
      }
    });

    it('store one of many pictures that want a free name, and it is whole', async () => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const objectName = `free-${round}.png`;
        const answers = await race((server, turn) =>
          put(server, { objectName, base64: base64Of(turn), onConflict: 'error' }),
        );
        expect(winners(answers)).toHaveLength(1);
        expect(new Set(answers.map(({ error }) => error))).toEqual(new Set([undefined, 'ObjectExists']));
        const winner = answers.findIndex(({ success }) => success);
        expect(await stored(objectName)).toEqual(pictures[winner]);
      }
    });

    it('store the last of many pictures that replace each other, and never a mixture', async () => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const answers = await race((server, turn) =>
          put(server, { objectName: 'replaced.png', base64: base64Of(turn), onConflict: 'overwrite' }),
        );
        expect(winners(answers)).toHaveLength(answers.length);
        const found = await stored('replaced.png');
        expect(pictures.some((picture) => picture.equals(found))).toBe(true);
      }
    });

    it('do once what comes twice with the same key', async () => {
      const key = { 'idempotency-key': 'once-only' };
      const answers = await race((server) => put(server, { folder: 'once', base64: base64Of(0) }, key));
      const names = new Set(winners(answers).map(({ data: { objectName } }) => objectName));
      expect(names.size).toBe(1);
      expect(new Set(answers.map(({ error }) => error))).toEqual(
        answers.length === winners(answers).length ? new Set([undefined]) : new Set([undefined, 'IdempotencyInFlight']),
      );
      const { data: listing } = await post(
        first(),
        'object/listObjects',
        { bucketName: bucket, prefix: 'once/', recursive: true, pageNum: -1 },
        { authorization: `Bearer ${token}` },
      );
      expect(listing.total).toBe(1);
    });
  });
}
