import * as v from 'valibot';
import { input } from './field.ts';
import { tokenId } from './fields/token-id.ts';
import { type RouteDefinition, route } from './route-contract.ts';

const text = v.object({ zh: v.string(), en: v.string() });

/** What who tries an upload client asks. */
export const trialContract = {
  'client/lastRequest': route({
    summary:
      'Tells the last request that an upload client made with a token, how it was understood and what is wrong with it; notes those of the next ten minutes.',
    access: 'member',
    input: input({ tokenId }),
    output: v.object({
      /** Absent while none has come. */
      request: v.optional(
        v.object({
          at: v.string(),
          ok: v.boolean(),
          status: v.number(),
          agent: v.optional(v.string()),
          seen: v.object({
            method: v.string(),
            path: v.string(),
            dialect: v.string(),
            contentType: v.string(),
            bytes: v.optional(v.number()),
            fields: v.array(v.string()),
            files: v.array(
              v.object({
                field: v.optional(v.string()),
                size: v.optional(v.number()),
                contentType: v.optional(v.string()),
                width: v.optional(v.number()),
                height: v.optional(v.number()),
              }),
            ),
            token: v.picklist(['header', 'query', 'form']),
          }),
          stored: v.array(v.object({ bucketName: v.string(), objectName: v.string() })),
          advice: v.array(text),
        }),
      ),
    }),
  }),
} as const satisfies Readonly<Record<string, RouteDefinition>>;
