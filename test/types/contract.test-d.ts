import { expectTypeOf } from 'vitest';
import type { authContract } from '../../src/contract/auth.ts';
import type { RouteInput, RouteOutput } from '../../src/contract/contract.ts';
import type { Local } from '../../src/events/local.ts';
import type { Handlers } from '../../src/routes/handlers.ts';

declare const local: Local;

// A route's input and output follow from its contract entry alone.
expectTypeOf<RouteInput<'auth/login'>>().toEqualTypeOf<{ phone: string; upwd: string }>();
expectTypeOf<RouteOutput<'object/presignedGetObject'>>().toEqualTypeOf<string>();
expectTypeOf<RouteOutput<'bucket/listBuckets'>>().toEqualTypeOf<{ name: string; creationDate: string }[]>();

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
