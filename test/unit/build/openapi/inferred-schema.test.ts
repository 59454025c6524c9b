import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inferSchema } from '../../../../src/build/openapi/inferred-schema.ts';

describe('a schema of samples', () => {
  it('has what all have as required, what some have as optional, and each kind of value that was seen', () => {
    expect(
      inferSchema([
        { ok: true, size: 1, note: null },
        { ok: true, size: 1.5, note: 'x', tags: ['a', 1] },
      ]),
    ).toEqual({
      type: 'object',
      required: ['ok', 'size', 'note'],
      properties: {
        ok: { const: true },
        size: { type: 'number' },
        note: { anyOf: [{ type: 'string' }, { type: 'null' }] },
        tags: { type: 'array', items: { anyOf: [{ type: 'string' }, { type: 'integer' }] } },
      },
    });
    expect(inferSchema([true, false])).toEqual({ type: 'boolean' });
    expect(inferSchema([{ details: { one: 1 } }])).toMatchObject({ properties: { details: { type: 'object' } } });
    expect(inferSchema([[]])).toEqual({ type: 'array' });
    expect(() => inferSchema([undefined])).toThrow(TypeError);
  });

  it('holds for every sample that it was made of', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue(), { minLength: 1, maxLength: 6 }), (written) => {
        const samples: readonly unknown[] = JSON.parse(JSON.stringify(written));
        const valid = new Ajv2020({ strict: false, ownProperties: true }).compile(inferSchema(samples));
        for (const sample of samples) expect(valid(sample), JSON.stringify(valid.errors)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});
