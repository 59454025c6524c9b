import * as v from 'valibot';
import { field } from './fields.ts';
import type { Contract } from './route-contract.ts';

/** Routes under `bucket/*`. */
export const bucketContract = {
  'bucket/listBuckets': {
    access: 'member',
    scope: 'list',
    methods: ['GET', 'POST'],
    input: v.strictObject({ pageSize: v.optional(field.pageSize), pageNum: v.optional(field.pageNum) }),
    output: v.array(v.object({ name: v.string(), creationDate: v.string() })),
  },
} as const satisfies Contract;
