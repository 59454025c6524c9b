import { expectTypeOf } from 'vitest';
import type { BedClient, BedError } from '../../src/client/index.ts';
import type { RouteInput, RouteOutput, RouteUrl } from '../../src/contract/contract.ts';

declare const bed: BedClient;

expectTypeOf(await bed.object.presignedGetObject({ bucketName: 'b', objectName: 'k' })).toEqualTypeOf<string>();
expectTypeOf(await bed.health()).toEqualTypeOf<RouteOutput<'health'>>();
expectTypeOf(await bed.call('auth/me', {})).toEqualTypeOf<RouteOutput<'auth/me'>>();

// @ts-expect-error there is no such route
await bed.object.nothing({});
// @ts-expect-error a required field is missing
await bed.object.statObject({ bucketName: 'b' });
// @ts-expect-error what needs an input is not called without one
await bed.object.statObject();

const outcome = await bed.object.statObject.safe({ bucketName: 'b', objectName: 'k' });
if (outcome.ok) expectTypeOf(outcome.data).toEqualTypeOf<RouteOutput<'object/statObject'>>();
else expectTypeOf(outcome.error).toEqualTypeOf<BedError>();

declare const failure: BedError;
// @ts-expect-error no failure has this name
if (failure.code === 'NoSuchName') throw failure;

// Every route is a function of the client, and nothing else is.
type Called<Url extends RouteUrl> = Url extends `${infer Before}/${infer Name}`
  ? Before extends keyof BedClient
    ? Name extends keyof BedClient[Before]
      ? Url
      : never
    : never
  : Url extends keyof BedClient
    ? Url
    : never;
expectTypeOf<{ [Url in RouteUrl]: Called<Url> }[RouteUrl]>().toEqualTypeOf<RouteUrl>();
expectTypeOf<Parameters<BedClient['auth']['login']>[0]>().toEqualTypeOf<RouteInput<'auth/login'>>();
