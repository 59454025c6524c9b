import type * as v from 'valibot';
import { firstContract } from './first-contract.ts';
import { libraryContract } from './library-contract.ts';
import { trialContract } from './trial-contract.ts';

/** Its parts by their names: a declaration would have all of them written out once more. */
type Contract = typeof firstContract & typeof libraryContract & typeof trialContract;

/** Every `$url` of the API. */
export const contract: Contract = { ...firstContract, ...libraryContract, ...trialContract };

/** A `$url` of the API. */
export type RouteUrl = keyof typeof contract;

/** What a client sends to a route. */
export type RouteInput<Url extends RouteUrl> = v.InferInput<(typeof contract)[Url]['input']>;

/** What a client gets from a route. */
export type RouteOutput<Url extends RouteUrl> = v.InferOutput<(typeof contract)[Url]['output']>;
