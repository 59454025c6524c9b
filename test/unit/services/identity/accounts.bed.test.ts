import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dictionary } from '@zxcvbn-ts/language-common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPasswords, loadArgon2, loadPortableArgon2 } from '../../../../src/services/identity/passwords.ts';
import { type Bed, openBed } from '../../../support/bed.ts';

let bed: Bed;
beforeAll(async () => {
  bed = await openBed();
});
afterAll(() => bed.close());

let phones = 0;
const newPhone = (): string => `1370000${String(phones++).padStart(4, '0')}`;
const register = (upwd: string, phone = newPhone()) =>
  bed.call('auth/register', { name: '王小明', tfs: '', email: 'xiaoming@example.com', phone, upwd });

const userFiles = async (): Promise<readonly string[]> => {
  const users = join(bed.folder, 'documents', 'users');
  const names = await readdir(users, { recursive: true });
  return names.filter((name) => name.endsWith('.json')).map((name) => join(users, name));
};

describe('passwords', () => {
  it('R6 are stored as argon2id with a salt of their own', async () => {
    for (let index = 0; index < 20; index += 1) expect((await register('the very same 9')).success).toBe(true);
    const hashes = await Promise.all(
      (await userFiles()).map(async (file) => JSON.parse(await readFile(file, 'utf8')).doc.passwordHash),
    );
    expect(new Set(hashes).size).toBe(hashes.length);
    for (const hash of hashes) expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
  });

  it('R6 verify alike in native code and in WebAssembly', async () => {
    const [native, portable] = [await loadArgon2(), await loadPortableArgon2()];
    const [one, other] = [await native.hash('pässwörd 密码'), await portable.hash('pässwörd 密码')];
    expect([await portable.verify(one, 'pässwörd 密码'), await native.verify(other, 'pässwörd 密码')]).toEqual([
      true,
      true,
    ]);
    expect([await portable.verify(one, 'other'), await native.verify(other, 'other')]).toEqual([false, false]);
  });

  it.each([
    '$argon2id$v=19$m=4194304,t=100,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    '$argon2id$v=19$m=19456,t=99,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    '$argon2i$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    'plain',
    '',
  ])('R6 compute nothing for the hostile hash %.40s', async (stored) => {
    const started = performance.now();
    expect(await createPasswords().verify(stored, 'x')).toBe('wrong');
    expect(performance.now() - started).toBeLessThan(50);
  });

  it('R6 are hashed anew at the next sign-in when the stored hash is weaker', async () => {
    const phone = newPhone();
    const { data } = await register('correct horse 7', phone);
    const file = (await userFiles()).find((name) => name.includes(data.userId)) ?? '';
    const stored = JSON.parse(await readFile(file, 'utf8'));
    const { argon2id } = await import('hash-wasm');
    const weak = await argon2id({
      password: 'correct horse 7',
      salt: Buffer.alloc(16, 1),
      memorySize: 8192,
      iterations: 1,
      parallelism: 1,
      hashLength: 32,
      outputType: 'encoded',
    });
    await writeFile(file, JSON.stringify({ revision: stored.revision, doc: { ...stored.doc, passwordHash: weak } }));
    expect(await bed.call('auth/login', { phone, upwd: 'correct horse 7' })).toMatchObject({ success: true });
    expect(JSON.parse(await readFile(file, 'utf8')).doc.passwordHash).toContain('$m=19456,t=2,p=1$');
    expect((await bed.call('auth/login', { phone, upwd: 'correct horse 7' })).success).toBe(true);
  });

  it.each([
    ['128 characters', `${'ab cd ef '.repeat(14)}xy`],
    ['emoji and spaces', '  🐱🐶 pass 🐱🐶  '],
    ['a NUL inside', 'pass\u0000word with nul'],
    ['Chinese', '正确的马电池订书钉啊'],
  ])('R7 may have %s, and are compared whole', async (_name, upwd) => {
    const phone = newPhone();
    expect((await register(upwd, phone)).success).toBe(true);
    expect((await bed.call('auth/login', { phone, upwd })).success).toBe(true);
    expect((await bed.call('auth/login', { phone, upwd: upwd.slice(0, -1) })).success).toBe(false);
  });

  it('R7 differ also beyond their 72nd byte', async () => {
    const phone = newPhone();
    const upwd = `${'correct horse '.repeat(6)}A`;
    await register(upwd, phone);
    expect((await bed.call('auth/login', { phone, upwd: `${upwd.slice(0, -1)}B` })).error).toBe('InvalidCredentials');
  });

  it('R8 are none of the 3,000 commonest that are long enough', async () => {
    const common = dictionary['passwords-common'].filter((word) => word.length >= 8).slice(0, 3000);
    expect(common).toHaveLength(3000);
    const { isCommon } = await import('../../../../src/services/identity/common-passwords.ts');
    expect(common.every((word) => isCommon(word))).toBe(true);
    for (const upwd of common.filter((_, index) => index % 100 === 0)) {
      expect(await register(upwd), upwd).toMatchObject({ error: 'WeakPassword' });
    }
  });

  it.each(['imagepic2024!', 'ImagePic-123456', 'bucketbucket1', '13700009999', 'xiaoming1234', '王小明王小明王小明'])(
    'R8 are not %j, made of this product’s or the person’s own words',
    async (upwd) => {
      expect(await register(upwd, '13700009999')).toMatchObject({
        error: 'WeakPassword',
        data: { err: expect.any(String) },
      });
    },
  );

  it('R7 are as long as the bed wants them', async () => {
    const strict = await openBed({ IMAGEPIC_PASSWORD_MIN_LENGTH: '15' });
    const person = { name: 'A', tfs: '', email: 'a@example.com', phone: '13800138000' };
    expect(await strict.call('auth/register', { ...person, upwd: 'fourteen chars' })).toMatchObject({
      error: 'WeakPassword',
    });
    expect((await strict.call('auth/register', { ...person, upwd: 'fifteen chars!!' })).success).toBe(true);
    await strict.close();
  });
});

describe('guessing', () => {
  it('R11 stops after 20 wrong passwords in a quarter of an hour, whoever guesses, and never for good', async () => {
    const phone = newPhone();
    await register('correct horse 7', phone);
    const session = (await bed.call('auth/login', { phone, upwd: 'correct horse 7' })).data;
    const guesses = [];
    for (let index = 0; index < 30; index += 1)
      guesses.push(await bed.call('auth/login', { phone, upwd: `wrong guess ${index}` }));
    expect(guesses.filter(({ error }) => error === 'InvalidCredentials')).toHaveLength(20);
    expect(guesses.at(-1)).toMatchObject({ error: 'TooManyRequests', data: { retryAfterSeconds: expect.any(Number) } });
    expect((await bed.call('auth/change', { phone, opwd: 'wrong guess', npwd: 'brand new horse' })).error).toBe(
      'TooManyRequests',
    );
    expect((await bed.call('auth/refresh', { refreshToken: session.refreshToken })).success).toBe(true);
    bed.clock.now += 15 * 60 * 1000;
    expect((await bed.call('auth/login', { phone, upwd: 'correct horse 7' })).success).toBe(true);
  });

  it('R11 does not count what was right', async () => {
    const phone = newPhone();
    await register('correct horse 7', phone);
    for (let index = 0; index < 40; index += 1) {
      expect((await bed.call('auth/login', { phone, upwd: 'correct horse 7' })).success).toBe(true);
    }
  });

  it('R10 computes exactly one hash, of the same cost, for a wrong password and for an unknown phone', async () => {
    const computed: string[] = [];
    const argon2 = await loadArgon2();
    const passwords = createPasswords(async () => ({
      hash: argon2.hash,
      verify: (stored, password) => {
        computed.push(stored.slice(0, 32));
        return argon2.verify(stored, password);
      },
    }));
    const stored = await passwords.hash('correct horse 7');
    await passwords.verify(undefined, 'warm up');
    computed.length = 0;
    expect([
      await passwords.verify(stored, 'wrong horse 8'),
      await passwords.verify(undefined, 'wrong horse 8'),
    ]).toEqual(['wrong', 'wrong']);
    const cost = expect.stringContaining('$argon2id$v=19$m=19456,t=2,p=1$');
    expect(computed).toEqual([cost, cost]);
  });
});
