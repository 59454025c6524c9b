import * as v from 'valibot';
import { input } from './field.ts';
import { type Contract, route } from './route-contract.ts';

const dependency = v.object({ kind: v.string(), state: v.picklist(['up', 'down']) });

/** The health check; `state` is `down` as soon as one dependency is. */
export const healthContract = {
  health: route({
    summary: 'Tells whether the service and what it stands on are up.',
    access: 'public',
    methods: ['GET', 'POST'],
    input: input({}),
    output: v.object({
      state: v.picklist(['up', 'down']),
      versions: v.object({ imagepic: v.string(), node: v.string() }),
      stores: v.object({ documents: dependency, objects: dependency }),
    }),
  }),
} as const satisfies Contract;
