import type * as v from 'valibot';
import type { Scope } from '../naming/scope.ts';
import type { Field, Fields } from './field.ts';
import type * as accountFields from './fields/account.ts';
import type * as bucketFields from './fields/bucket.ts';
import type * as objectFields from './fields/object.ts';
import type * as tokenFields from './fields/token.ts';
import type * as tokenIdFields from './fields/token-id.ts';

/** Who may call a route: anyone, any signed-in member, or an admin. */
export type AccessLevel = 'public' | 'member' | 'admin';

/** What of a call says what was changed: names of its input, and names of its output. */
export interface Audits {
  readonly input?: readonly string[];
  readonly output?: readonly string[];
}

/** One `$url`: who may call it, over which HTTP methods (POST unless said), what goes in and what comes out. */
export interface RouteContract {
  /** What it does, in one English sentence, for the documentation. */
  readonly summary?: string;
  readonly access: AccessLevel;
  readonly methods?: readonly string[];
  /** The scope that lets an API token call it, or `any` where it is about that token alone; without one, API tokens never may. */
  readonly scope?: Scope | 'any';
  /** Whether it changes anything: it is then audited, and repeatable under an idempotency key. */
  readonly changes?: boolean;
  readonly audits?: Audits;
  /** The field that a form's one file stands in for, over HTTP; exactly one of the two must come. */
  readonly file?: string;
  /** Each field with its texts, as `input` makes it. */
  readonly input: v.GenericSchema & {
    readonly entries: Readonly<Record<string, v.GenericSchema>>;
    readonly fields: Fields;
  };
  readonly output: v.GenericSchema;
}

/** Routes by `$url`. */
export type Contract = Readonly<Record<string, RouteContract>>;

/** What a client can call: nothing of it is left unsaid, and what changes something says what. */
export type RouteDefinition = RouteContract & { readonly summary: string } & (
    | { readonly changes: true; readonly audits: Audits }
    | { readonly changes?: false; readonly audits?: never }
  );

/** Names of those that a log may show. */
type PublicNames<Known> = {
  [Name in keyof Known]: Known[Name] extends Field<infer Public, v.GenericSchema, false> ? Public : never;
}[keyof Known];

/** Of an output a log may show what has a field's name, and the id of what was made; so no address, and no token. */
type OutputTarget =
  | 'id'
  | 'albumId'
  | PublicNames<typeof accountFields>
  | PublicNames<typeof bucketFields>
  | PublicNames<typeof objectFields>
  | PublicNames<typeof tokenFields>
  | PublicNames<typeof tokenIdFields>;

/** What may be written down of a change with these fields and this output. */
export interface CheckedAudits<Known, Output> {
  readonly input?: readonly PublicNames<Known>[];
  readonly output?: readonly Extract<OutputTarget, keyof Output>[];
}

interface Checked<Route extends RouteDefinition> {
  readonly audits?: CheckedAudits<Route['input']['fields'], v.InferOutput<Route['output']>>;
  readonly file?: keyof Route['input']['fields'];
}

/** Writes down a route; the target of a change is made of its own fields, none of them secret. */
export const route = <const Route extends RouteDefinition>(definition: Route & Checked<Route>): Route => definition;
