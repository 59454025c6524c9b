import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Bed, openBed, type Person } from '../../support/bed.ts';
import { makePng } from '../../support/png.ts';

let bed: Bed;
let ann: Person;
beforeEach(async () => {
  bed = await openBed();
  ann = await bed.person('Ann');
});
afterEach(() => bed.close());

const picture = (grey = 0): string => makePng(4, 4, { grey }).toString('base64');
const put = (key: unknown, base64 = picture(), token = ann.token) =>
  bed.call('object/putObject', { bucketName: 'images', objectName: 'i.png', base64 }, token, { $idempotencyKey: key });

describe('an idempotency key', () => {
  it('R43 makes a call that comes three times happen once, with one answer', async () => {
    const answers = [await put('k-1'), await put('k-1'), await put('k-1')];
    expect(answers[0]).toMatchObject({ success: true });
    expect(new Set(answers.map(({ data }) => JSON.stringify(data))).size).toBe(1);
    await bed.call('object/removeObject', { bucketName: 'images', objectName: 'i.png' }, ann.token);
    expect((await put('k-1')).data).toEqual(answers[0]?.data);
    expect((await bed.call('object/statObject', { bucketName: 'images', objectName: 'i.png' }, ann.token)).error).toBe(
      'NoSuchKey',
    );
  });

  it('R43 refuses other content under the same key', async () => {
    await put('k-2');
    expect((await put('k-2', picture(9))).error).toBe('IdempotencyMismatch');
  });

  it('R43 lets one of 20 parallel calls run; the others wait their turn or get its answer', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => put('k-3')));
    const others = answers.filter(({ success }) => !success);
    expect(answers.length - others.length).toBeGreaterThan(0);
    expect(new Set(others.map(({ error }) => error)).size).toBeLessThan(2);
    for (const { error } of others) expect(error).toBe('IdempotencyInFlight');
    expect((await put('k-3')).success).toBe(true);
    const log = bed.log.filter((line) => line.includes('"audit"') && line.includes('object/putObject'));
    expect(log).toHaveLength(1);
  });

  it('gives no answer to a token that may not do what another of its owner did', async () => {
    expect((await put('k-6')).success).toBe(true);
    const narrowed = { name: 't', scopes: ['upload'], prefix: 'blog/' };
    const { data } = await bed.call('auth/createToken', narrowed, ann.token);
    expect((await put('k-6', picture(), data.token)).error).toBe('AccessDenied');
  });

  it('is forgotten with a failure and after a day', async () => {
    expect((await put('k-4', picture(), 'no token')).error).toBe('InvalidToken');
    const phone = '13912345678';
    const login = () =>
      bed.call('auth/login', { phone, upwd: 'correct horse 7' }, undefined, { $idempotencyKey: 'k-5' });
    expect((await login()).error).toBe('InvalidCredentials');
    await bed.call('auth/register', { name: 'N', tfs: '', email: 'n@example.com', phone, upwd: 'correct horse 7' });
    const first = await login();
    expect(first.success).toBe(true);
    expect((await login()).data).toEqual(first.data);
    bed.clock.now += 24 * 3600 * 1000 + 1000;
    expect((await login()).data.token).not.toBe(first.data.token);
  });

  it('of one person means nothing to another', async () => {
    const bob = await bed.person('Bob');
    await bed.call('auth/createToken', { name: 'a', scopes: ['list'] }, ann.token, { $idempotencyKey: 'same' });
    const other = await bed.call('auth/createToken', { name: 'b', scopes: ['list'] }, bob.token, {
      $idempotencyKey: 'same',
    });
    expect(other).toMatchObject({ success: true, data: { name: 'b' } });
  });

  it('keeps no token readable in the store', async () => {
    const created = await bed.call('auth/createToken', { name: 'a', scopes: ['list'] }, ann.token, {
      $idempotencyKey: 'k-6',
    });
    const names = await readdir(bed.folder, { recursive: true, withFileTypes: true });
    const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    const contents = await Promise.all(files.map((file) => readFile(file, 'utf8')));
    expect(contents.some((content) => content.includes('fingerprint'))).toBe(true);
    expect(contents.filter((content) => content.includes(created.data.token))).toEqual([]);
  });

  it.each([5, '', 'x'.repeat(256), 'a b', '键', ['k']])('is not %j', async (key) => {
    expect((await put(key)).error).toBe('InvalidArgument');
  });
});
