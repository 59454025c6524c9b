import type * as v from 'valibot';
import { authContract } from './auth.ts';
import { bucketContract } from './bucket.ts';
import { clientContract } from './client.ts';
import { healthContract } from './health.ts';
import { imageContract } from './image.ts';
import { notificationContract } from './notification.ts';
import { objectContract } from './object.ts';
import { policyContract } from './policy.ts';
import type { RouteDefinition } from './route-contract.ts';

/** Every `$url` of the API. */
export const contract = {
  ...healthContract,
  ...authContract,
  ...bucketContract,
  ...objectContract,
  ...imageContract,
  ...policyContract,
  ...notificationContract,
  ...clientContract,
} as const satisfies Readonly<Record<string, RouteDefinition>>;

/** A `$url` of the API. */
export type RouteUrl = keyof typeof contract;

/** What a client sends to a route. */
export type RouteInput<Url extends RouteUrl> = v.InferInput<(typeof contract)[Url]['input']>;

/** What a client gets from a route. */
export type RouteOutput<Url extends RouteUrl> = v.InferOutput<(typeof contract)[Url]['output']>;
