import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { contract } from '../../../src/contract/contract.ts';
import { input } from '../../../src/contract/field.ts';
import { bucketName, imageBucket } from '../../../src/contract/fields/bucket.ts';
import { type RouteContract, route } from '../../../src/contract/route-contract.ts';
import { AppError } from '../../../src/errors.ts';
import { withoutFile } from '../../../src/middleware/context.ts';
import { validate } from '../../../src/middleware/validate.ts';
import { createContext } from '../../support/context.ts';

const ROUTE = route({
  summary: 'Tries.',
  access: 'public',
  input: input({ bucketName }),
  output: v.object({ size: v.number() }),
});

async function run(definition: RouteContract, raw: unknown, output: unknown) {
  const context = createContext({ body: withoutFile(async () => raw) });
  await validate(definition, () => ({ bucketName: 'pictures' }))(context, async () => {
    context.output = output;
  });
  return context;
}

describe('validate', () => {
  it('hands on what the schemas make of input and output, and nothing beside', async () => {
    const context = await run(ROUTE, { bucketName: 'images' }, { size: 1, secret: 'x' });
    expect(context.input).toEqual({ bucketName: 'images' });
    expect(context.output).toEqual({ size: 1 });
  });

  it('goes no further with a wrong input', async () => {
    let calls = 0;
    const context = createContext();
    const going = validate(ROUTE, () => ({ bucketName: 'pictures' }))(context, async () => {
      calls += 1;
    });
    await expect(going).rejects.toMatchObject({ code: 'InvalidArgument', details: { fields: ['bucketName'] } });
    expect(calls).toBe(0);
  });

  it('puts in what is left out and known, where the field lets it, and overrules nobody', async () => {
    const definition = { ...ROUTE, input: input({ bucketName: imageBucket }) };
    const inputOf = async (raw: object) => (await run(definition, raw, { size: 1 })).input;
    expect(await inputOf({})).toEqual({ bucketName: 'pictures' });
    expect(await inputOf({ bucketName: undefined })).toEqual({ bucketName: 'pictures' });
    expect(await inputOf({ bucketName: 'images' })).toEqual({ bucketName: 'images' });
    for (const bucketName of ['', null, 0, 'A']) {
      await expect(inputOf({ bucketName })).rejects.toMatchObject({ details: { fields: ['bucketName'] } });
    }
    await expect(inputOf([])).rejects.toMatchObject({ code: 'InvalidArgument' });
  });

  it('takes an output that breaks the contract for a fault of the service', async () => {
    await expect(run(ROUTE, { bucketName: 'images' }, { size: 'x' })).rejects.not.toBeInstanceOf(AppError);
  });
});

/** Names that mean something to a route or to JavaScript, and others. */
const names = fc.oneof(
  fc.constantFrom(...new Set(Object.values(contract).flatMap((each) => Object.keys(each.input.entries)))),
  fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', '$ne', '', 'bucket', '桶', '\ud800', '\0'),
  fc.string({ maxLength: 70 }),
);
const values = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom('images', 'a.png', 1, true, ['a.png'], { bytes: 1 }, [{ bucketName: 'images' }], undefined),
  fc.dictionary(names, fc.jsonValue({ maxDepth: 1 }), { maxKeys: 4, noNullPrototype: true }),
);
const anything = fc.oneof(
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 4 }) },
  { weight: 4, arbitrary: fc.array(fc.tuple(names, values), { maxLength: 12 }).map((pairs) => toOwn(pairs)) },
);

/** Also `__proto__` as a name of its own, as `JSON.parse` makes it. */
function toOwn(pairs: readonly (readonly [string, unknown])[]): object {
  const made = {};
  for (const [name, value] of pairs) {
    Object.defineProperty(made, name, { value, enumerable: true, configurable: true, writable: true });
  }
  return made;
}

describe('any JSON, given to', () => {
  it.each(Object.entries<RouteContract>(contract))(
    '%s, is taken or refused by the names it has',
    async (_url, each) => {
      const known = Object.keys(each.input.entries);
      const open: RouteContract = { ...each, output: v.any() };
      await fc.assert(
        fc.asyncProperty(anything, async (raw) => {
          const outcome = await run(open, raw, {}).catch((error: unknown) => error);
          if (!(outcome instanceof AppError)) {
            expect(outcome).not.toBeInstanceOf(Error);
            const { input: parsed } = outcome as Awaited<ReturnType<typeof run>>;
            expect(known).toEqual(expect.arrayContaining(Object.keys(parsed as object)));
            return;
          }
          expect(outcome.code).toBe('InvalidArgument');
          const sent = typeof raw === 'object' && raw !== null ? Object.keys(raw).map((name) => name.slice(0, 64)) : [];
          const { fields = [] } = outcome.details;
          expect([...known, ...sent]).toEqual(expect.arrayContaining(fields as string[]));
          for (const text of Object.values(outcome.text)) expect(text).not.toMatch(/undefined|\[object/);
        }),
        { numRuns: 100 },
      );
    },
  );
});
