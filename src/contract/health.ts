import * as v from 'valibot';
import { CONVERTIBLE_FORMATS } from '../naming/media-type.ts';
import { input } from './field.ts';
import { type Contract, route } from './route-contract.ts';

const dependency = v.object({
  kind: v.string(),
  state: v.picklist(['up', 'down']),
  /** What is wrong with one that is down, for people, where it can be said. */
  problem: v.optional(v.string()),
});

/** The health check; `state` is `down` as soon as one dependency is. */
export const healthContract = {
  health: route({
    summary: 'Tells whether the service and what it stands on are up, who may come in, and what an image may be.',
    access: 'public',
    methods: ['GET', 'POST'],
    input: input({}),
    output: v.object({
      state: v.picklist(['up', 'down']),
      versions: v.object({ imagepic: v.string(), node: v.string() }),
      /** What is to be known before anybody has signed in; `first`: whoever registers now is the admin. */
      bed: v.object({
        registration: v.picklist(['first', 'open', 'invite', 'closed']),
        access: v.picklist(['shared', 'private']),
        defaultBucket: v.string(),
        passwordMinLength: v.number(),
        /** Whether it keeps records of images, which search, tags and albums stand on. */
        library: v.boolean(),
        /** So many days what is removed can come back; 0: it is gone at once. */
        trashDays: v.number(),
        images: v.object({
          maxBytes: v.number(),
          maxPixels: v.number(),
          maxSide: v.number(),
          maxFrames: v.number(),
          contentTypes: v.pipe(v.array(v.string()), v.readonly()),
          /** What is taken beside those and made into one of them. */
          converts: v.pipe(v.array(v.picklist(CONVERTIBLE_FORMATS)), v.readonly()),
          /** What makes other sizes and forms of images, as `?p=thumb`: the service, or the store; `none`: each is shown as it was stored. */
          variants: v.picklist(['sharp', 'cos', 'none']),
        }),
      }),
      stores: v.object({ documents: dependency, objects: dependency }),
    }),
  }),
} as const satisfies Contract;
