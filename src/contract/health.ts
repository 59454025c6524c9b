import * as v from 'valibot';
import type { Contract } from './route-contract.ts';

const dependency = v.object({ kind: v.string(), state: v.picklist(['up', 'down']) });

/** The health check; `state` is `down` as soon as one dependency is. */
export const healthContract = {
  health: {
    access: 'public',
    methods: ['GET', 'POST'],
    input: v.strictObject({}),
    output: v.object({
      state: v.picklist(['up', 'down']),
      versions: v.object({ imagepic: v.string(), node: v.string() }),
      stores: v.object({ documents: dependency, objects: dependency }),
    }),
  },
} as const satisfies Contract;
