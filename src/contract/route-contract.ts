import type * as v from 'valibot';

/** Who may call a route: anyone, any signed-in member, or an admin. */
export type Access = 'public' | 'member' | 'admin';

/** What an API token may be good for. */
export type Scope = 'upload' | 'read' | 'delete' | 'list';

/** One `$url`: who may call it, over which HTTP methods (POST unless said), what goes in and what comes out. */
export interface RouteContract {
  readonly access: Access;
  readonly methods?: readonly string[];
  /** The scope that lets an API token call it; without one, API tokens never may. */
  readonly scope?: Scope;
  /** Whether it changes anything: it is then audited, and repeatable under an idempotency key. */
  readonly changes?: boolean;
  /** The field that a form's one file stands in for, over HTTP; exactly one of the two must come. */
  readonly file?: string;
  readonly input: v.GenericSchema;
  readonly output: v.GenericSchema;
}

/** Routes by `$url`. */
export type Contract = Readonly<Record<string, RouteContract>>;
