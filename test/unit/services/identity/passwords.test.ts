import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Argon2, createPasswords, type Passwords } from '../../../../src/services/identity/passwords.ts';
import { errorOf } from '../../../support/refusal.ts';

const digestOf = (password: string): string => createHash('sha256').update(password).digest('base64').replace('=', '');
const phc = (password: string, cost = 'm=19456,t=2,p=1'): string =>
  `$argon2id$v=19$${cost}$c2FsdHNhbHRzYWx0$${digestOf(password)}`;

let asked: string[];
/** What waits to be let go on. */
let held: (() => void)[] | undefined;
let passwords: Passwords;
beforeEach(() => {
  asked = [];
  held = undefined;
  passwords = createPasswords(async () => ARGON2);
});

const pause = (): Promise<void> =>
  new Promise((resolve) => {
    if (held === undefined) resolve();
    else held.push(resolve);
  });
const ARGON2: Argon2 = {
  hash: async (password) => {
    asked.push('hash');
    await pause();
    return phc(password);
  },
  verify: async (stored, password) => {
    asked.push('verify');
    await pause();
    return stored.endsWith(digestOf(password));
  },
};

describe('a password', () => {
  it('is right against its own hash, and wrong against another', async () => {
    const stored = await passwords.hash('correct horse');
    expect(await passwords.verify(stored, 'correct horse')).toBe('right');
    expect(await passwords.verify(stored, 'correct horse ')).toBe('wrong');
  });

  it('of nobody is wrong, also the one of the decoy, and takes as long as any', async () => {
    await passwords.verify(phc('a'), 'b');
    asked = [];
    expect(await passwords.verify(undefined, 'the password of nobody')).toBe('wrong');
    expect(asked).toEqual(['verify']);
    asked = [];
    await passwords.verify(phc('a'), 'a');
    expect(asked).toEqual(['verify']);
  });

  it.each([
    ['m=19456,t=2,p=1', 'right'],
    ['m=19457,t=3,p=1', 'right'],
    ['m=65536,t=5,p=4', 'right'],
    ['m=19455,t=2,p=1', 'outdated'],
    ['m=19456,t=1,p=1', 'outdated'],
    ['m=65537,t=2,p=1', 'wrong'],
    ['m=19456,t=6,p=1', 'wrong'],
    ['m=19456,t=2,p=5', 'wrong'],
    ['m=9999999,t=2,p=1', 'wrong'],
  ])('under a hash of the cost %s is %s', async (cost, expected) => {
    expect(await passwords.verify(phc('a', cost), 'a')).toBe(expected);
  });

  it.each([
    '',
    'a',
    phc('a').replace('argon2id', 'argon2i'),
    phc('a').replace('v=19', 'v=16'),
    `${phc('a')}\n`,
    ` ${phc('a')}`,
    phc('a').replace('p=1', 'p=1,x=1'),
    '$2b$10$abcdefghijklmnopqrstuv',
  ])('under %j, which this service never wrote, is wrong without any work', async (stored) => {
    await passwords.verify(undefined, 'a');
    asked = [];
    expect(await passwords.verify(stored, 'a')).toBe('wrong');
    expect(asked).toEqual([]);
  });
});

describe('passwords at once', () => {
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  };

  it('R12 are two at a time, up to forty that wait, and then refused with a time to come back', async () => {
    held = [];
    const running = Array.from({ length: 42 }, () => passwords.hash('a'));
    await settle();
    expect(asked).toHaveLength(2);
    const refused = await errorOf(passwords.hash('a'));
    expect([refused?.code, refused?.details]).toEqual(['ServiceUnavailable', { retryAfterSeconds: 2 }]);
    const waiting = held;
    held = undefined;
    for (const resume of waiting) resume();
    expect(await Promise.all(running)).toEqual(running.map(() => phc('a')));
    expect(asked).toHaveLength(42);
  });

  it('load what computes them once', async () => {
    let loads = 0;
    const loading = createPasswords(async () => {
      loads += 1;
      return ARGON2;
    });
    await Promise.all([loading.hash('a'), loading.hash('b'), loading.verify(phc('a'), 'a')]);
    expect(loads).toBe(1);
  });

  it('make a decoy again after one that failed', async () => {
    let failures = 1;
    const failing = createPasswords(async () => ({
      ...ARGON2,
      hash: async (password) => {
        if (failures === 0) return ARGON2.hash(password);
        failures -= 1;
        throw new Error('no memory');
      },
    }));
    await expect(failing.verify(undefined, 'a')).rejects.toThrow('no memory');
    expect(await failing.verify(undefined, 'a')).toBe('wrong');
  });
});
