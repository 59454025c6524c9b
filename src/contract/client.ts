import * as v from 'valibot';
import { field } from './fields.ts';
import type { Contract } from './route-contract.ts';

/** Routes under `client/*`. */
export const clientContract = {
  /** Everything that one upload client wants to be told, with a token that is made for it. */
  'client/config': {
    access: 'member',
    changes: true,
    input: v.strictObject({
      client: field.client,
      bucketName: v.optional(field.bucketName),
      prefix: v.optional(field.prefix),
      expiresIn: v.optional(field.expiresIn),
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
  },
} as const satisfies Contract;
