import * as v from 'valibot';
import { input, optional } from './field.ts';
import { bucketName } from './fields/bucket.ts';
import { client } from './fields/client.ts';
import { prefix } from './fields/object.ts';
import { expiresIn } from './fields/token.ts';
import { type Contract, route } from './route-contract.ts';

/** Routes under `client/*`. */
export const clientContract = {
  'client/config': route({
    summary: 'Makes settings for one upload client, with a token of its own that can upload and nothing else.',
    access: 'member',
    changes: true,
    input: input({
      client,
      bucketName: optional(bucketName),
      prefix: optional(prefix),
      expiresIn: optional(expiresIn),
    }),
    output: v.object({
      client: v.string(),
      title: v.object({ zh: v.string(), en: v.string() }),
      /** Where to put it. */
      where: v.object({ zh: v.string(), en: v.string() }),
      /** What to put there: settings as an object, a script or command as text. */
      config: v.union([v.record(v.string(), v.unknown()), v.string()]),
      /** The name of the file, where the client reads it from one. */
      fileName: v.optional(v.string()),
      token: v.string(),
      tokenId: v.string(),
      expiresAt: v.optional(v.string()),
    }),
    audits: { input: ['client', 'bucketName', 'prefix', 'expiresIn'], output: ['tokenId'] },
  }),
} as const satisfies Contract;
