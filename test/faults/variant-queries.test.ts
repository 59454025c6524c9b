import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mapLimited } from '../../src/concurrency/limit.ts';
import { VARIANT_PARAMETERS } from '../../src/naming/variant.ts';
import { makePng } from '../support/png.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';

const PERSON = { phone: '13800138000', upwd: 'correct horse 7' };
/** A fifth of what was once asked; `QUERIES=100000` asks all. */
const QUERIES = Number(process.env['QUERIES'] ?? 20_000);
const VARIANTS = 5000;
const AT_ONCE = 16;

let server: ServerProcess;
let token: string;
let url: string;

beforeAll(async () => {
  server = await startServerProcess({ IMAGEPIC_RECORDS: 'none' });
  await server.post('auth/register', { ...PERSON, name: 'A', tfs: '', email: 'a@example.com' });
  token = (await server.post('auth/login', PERSON)).data['token'] ?? '';
  const base64 = makePng(80, 60, { noise: true }).toString('base64');
  const put = await server.post('object/putObject', { bucketName: 'images', objectName: 'p.png', base64 }, token);
  url = put.data['url'] ?? '';
});
afterAll(() => server?.close());

/** A status, and the error where there is one. A member may ask for all that can be asked for. */
async function ask(query: string): Promise<string> {
  const response = await fetch(`${url}?${query}`, { headers: { authorization: `Bearer ${token}` } });
  if (response.status === 200) {
    await response.arrayBuffer();
    return '200';
  }
  const { error } = (await response.json()) as { readonly error: string };
  return `${response.status} ${error}`;
}

describe('variants', () => {
  it('answer queries of every kind with a picture or with what is wrong', async () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('', '0', '-1', '1e9', '99999999', 'NaN', '1,1', '0.5,0.5,0.5', '__proto__', '%00', '../../x'),
      fc.constantFrom('1', '320', '0.5', 'cover', 'contain', 'inside', 'smart', '0.5,0.5', 'webp', '90', 'ffffff'),
    );
    const name = fc.constantFrom(...VARIANT_PARAMETERS, 'x', 'token', 'sig', 'exp', '__proto__', 'p[]');
    const pairs = fc.array(fc.tuple(name, value), { maxLength: 5 });
    const seed = Date.now();
    const queries = fc.sample(pairs, { numRuns: QUERIES, seed }).map((query) => new URLSearchParams(query).toString());
    const answers = new Map<string, { count: number; query: string }>();
    await mapLimited(queries, AT_ONCE, async (query) => {
      const answer = await ask(query);
      answers.set(answer, { count: (answers.get(answer)?.count ?? 0) + 1, query });
    });
    console.info(`seed ${seed}:`, Object.fromEntries([...answers].map(([answer, { count }]) => [answer, count])));
    const wrong = [...answers].filter(([answer]) => !/^(200|400 InvalidArgument|403 AccessDenied)$/.test(answer));
    expect(wrong).toEqual([]);
    expect(answers.get('200')?.count).toBeGreaterThan(100);
  });

  it('take no more memory for 5,000 different ones than for the first thousand', async () => {
    const queries = Array.from(
      { length: VARIANTS },
      (_, index) => `w=${(index % 50) + 10}&q=${(index / 50 + 1) | 0}&f=webp`,
    );
    const make = async (some: readonly string[]): Promise<number> => {
      const answers = await mapLimited(some, AT_ONCE, ask);
      expect(new Set(answers)).toEqual(new Set(['200']));
      return (await server.memory()).now;
    };
    const before = await make(queries.slice(0, 1000));
    const after = await make(queries.slice(1000));
    console.info(`${Math.round(before / 1024 ** 2)} MiB after 1,000 and ${Math.round(after / 1024 ** 2)} after 5,000`);
    expect(after).toBeLessThan(before * 1.15);
  });
});
