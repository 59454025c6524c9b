import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { toRouteTable, withRouteTable } from '../../../src/build/route-table.ts';
import { contract } from '../../../src/contract/contract.ts';
import { input, optional } from '../../../src/contract/field.ts';
import { bucketName } from '../../../src/contract/fields/bucket.ts';
import { base64, size } from '../../../src/contract/fields/object.ts';
import { route } from '../../../src/contract/route-contract.ts';

const REFERENCE = readFileSync('.github/REFERENCE.md', 'utf8');

describe('the table of routes', () => {
  it('is in the reference as the contract has it; else run: npm run docs', () => {
    expect(REFERENCE).toBe(withRouteTable(REFERENCE));
    for (const url of Object.keys(contract)) expect(REFERENCE).toContain(`\n| \`${url}\``);
  });

  it('says who may call, what goes in and what comes out', () => {
    const open = { summary: 'Tries | it.', access: 'public', methods: ['GET', 'POST'] } as const;
    const table = toRouteTable({
      'try/open': route({ ...open, input: input({}), output: v.string() }),
      'try/scoped': route({
        summary: 'Stores.',
        access: 'member',
        scope: 'upload',
        file: 'base64',
        input: input({ bucketName, size: optional(size), base64: optional(base64) }),
        output: v.array(v.object({ name: v.string(), more: v.optional(v.string()) })),
      }),
      'try/admin': route({ summary: 'Ends.', access: 'admin', input: input({ bucketName }), output: v.object({}) }),
    });
    expect(table.split('\n').slice(2)).toEqual([
      '| `try/open` (also GET), *open* | – | a string | Tries \\| it. |',
      '| `try/scoped`, scope `upload` | `bucketName size? base64`, or a form with one file | `[{ name, more? }]` | Stores. |',
      '| `try/admin`, *admin* | `bucketName` | `{}` | Ends. |',
    ]);
  });

  it.each(['', '# Routes', '<!-- End of the table. -->'])('has no place in %j', (text) => {
    expect(() => withRouteTable(text)).toThrow('there is no place');
  });

  it('is put there once, however often', () => {
    expect(withRouteTable(withRouteTable(REFERENCE))).toBe(withRouteTable(REFERENCE));
  });
});
