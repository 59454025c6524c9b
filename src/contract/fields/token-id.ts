import * as v from 'valibot';
import { defineField } from '../field.ts';

/** An API token, without its secret. */
export const tokenId = defineField('tokenId', {
  schema: v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/)),
  label: { zh: 'tokenId', en: 'The tokenId' },
  rule: { zh: 'auth/listTokens 返回的 id', en: 'an id that auth/listTokens shows' },
});
