import * as v from 'valibot';
import { expectTypeOf } from 'vitest';
import { defineEndpoint } from '../../src/app.ts';
import type { authContract } from '../../src/contract/auth.ts';
import type { RouteInput, RouteOutput } from '../../src/contract/contract.ts';
import { defineField, input, optional } from '../../src/contract/field.ts';
import { email, invitation, npwd, opwd, phone, upwd } from '../../src/contract/fields/account.ts';
import { bucketName, configuration } from '../../src/contract/fields/bucket.ts';
import { base64, size } from '../../src/contract/fields/object.ts';
import { refreshToken } from '../../src/contract/fields/token.ts';
import { route } from '../../src/contract/route-contract.ts';
import type { Local } from '../../src/events/local.ts';
import type { Handlers } from '../../src/routes/handlers.ts';

declare const local: Local;

// A route's input and output follow from its contract entry alone.
expectTypeOf<RouteInput<'auth/login'>>().toEqualTypeOf<{ phone: string; upwd: string }>();
expectTypeOf<RouteOutput<'object/presignedGetObject'>>().toEqualTypeOf<string>();
expectTypeOf<RouteOutput<'bucket/listBuckets'>>().toEqualTypeOf<
  { name: string; creationDate?: string | undefined }[]
>();

const login = await local.call('auth/login', { phone: '13800138000', upwd: 'correct horse 7' });
if (login.success) expectTypeOf(login.data.expiresIn).toEqualTypeOf<number>();
else expectTypeOf(login.data.err).toEqualTypeOf<string>();

// @ts-expect-error there is no such route
await local.call('auth/nothing', {});
// @ts-expect-error a required field is missing
await local.call('auth/login', { phone: '13800138000' });
// @ts-expect-error a field is of the wrong type
await local.call('auth/login', { phone: 13_800_138_000, upwd: 'correct horse 7' });

// A new `$url` in the contract is a compile error until it has a handler.
// @ts-expect-error handlers are missing
export const incomplete: Handlers<typeof authContract> = {};

// A field has its texts in the same entry as its schema.
// @ts-expect-error a field without a rule
defineField('colour', { schema: v.string(), label: { zh: '颜色', en: 'The colour' } });
// @ts-expect-error a rule in one language
defineField('colour', { schema: v.string(), label: { zh: '颜色', en: 'The colour' }, rule: { en: 'a colour' } });

// Every name that a route takes is a field's own.
const ofTwo = input({ bucketName, size: optional(size) });
expectTypeOf<v.InferInput<typeof ofTwo>>().toEqualTypeOf<{ bucketName: string; size?: number | string | undefined }>();
expectTypeOf<v.InferOutput<typeof ofTwo>>().toEqualTypeOf<{ bucketName: string; size?: number | undefined }>();
// @ts-expect-error a schema without texts
input({ colour: v.string() });
// @ts-expect-error a name that has no text: this field is called bucketName
input({ fromBucketName: bucketName });

const upload = {
  summary: 'Tries.',
  access: 'member',
  output: v.object({ bucketName: v.string(), url: v.string() }),
} as const;
// A change says what it changes, if only that it changes nothing that has a name.
route({ ...upload, changes: true, input: input({ bucketName }), audits: { input: ['bucketName'] } });
route({ ...upload, changes: true, input: input({ bucketName }), audits: {} });
// @ts-expect-error a change without a target
route({ ...upload, changes: true, input: input({ bucketName }) });
// @ts-expect-error a target without a change
route({ ...upload, input: input({ bucketName }), audits: {} });
// @ts-expect-error a target that the route does not take
route({ ...upload, changes: true, input: input({ bucketName }), audits: { input: ['objectName'] } });
// @ts-expect-error a target that the route does not give
route({ ...upload, changes: true, input: input({ bucketName }), audits: { output: ['objectName'] } });
// @ts-expect-error a target that no log may show: an address opens what it names
route({ ...upload, changes: true, input: input({ bucketName }), audits: { output: ['url'] } });
// @ts-expect-error a target that no log may show: a password
route({ ...upload, changes: true, input: input({ upwd }), audits: { input: ['upwd'] } });
// @ts-expect-error a target that no log may show, and may be left out
route({ ...upload, changes: true, input: input({ base64: optional(base64) }), audits: { input: ['base64'] } });
// @ts-expect-error a form's file stands in for a field of the route
route({ ...upload, input: input({ bucketName }), file: 'base64' });
// @ts-expect-error a route that does not say what it does
route({ access: 'member', input: input({ bucketName }), output: v.object({}) });

// What an entry or a dialect alone can ask for is held to the same.
const change = { name: 'test/try', access: 'member', changes: true, handle: () => async () => ({ url: '' }) } as const;
defineEndpoint({ ...change, input: input({ bucketName }), audits: { input: ['bucketName'] as const } });
// @ts-expect-error a schema without texts
defineEndpoint({ ...change, input: v.strictObject({ colour: v.string() }), audits: {} });
// @ts-expect-error a target that the endpoint does not take
defineEndpoint({ ...change, input: input({ bucketName }), audits: { input: ['objectName'] as const } });
// @ts-expect-error a target that the endpoint does not give
defineEndpoint({ ...change, input: input({ bucketName }), audits: { output: ['objectName'] as const } });
// @ts-expect-error a target that no log may show
defineEndpoint({ ...change, input: input({ upwd }), audits: { input: ['upwd'] as const } });

for (const secret of [base64, configuration, email, invitation, npwd, opwd, phone, refreshToken, upwd]) {
  expectTypeOf(secret.secret).toEqualTypeOf<true>();
}
