import type * as v from 'valibot';
import type { Contract } from '../contract/route-contract.ts';
import type { Language } from '../errors.ts';
import type { Caller } from '../services/access/access.ts';
import type { PlatformIdentity } from '../services/identity/wechat.ts';
import type { ReceivedImage } from '../services/uploads/received-image.ts';

/** What a handler may know of the call beside its input. */
export interface CallContext {
  readonly caller: Caller;
  /** Address of this service's HTTP mount as the client sees it, without a slash at the end. */
  readonly mountUrl: string;
  readonly language: Language;
  readonly clientIp: string | undefined;
  /** What the client says of itself, where it says anything. */
  readonly userAgent?: string | undefined;
  readonly identity: PlatformIdentity | undefined;
  /** The form's image, where the contract has one stand in for a field. */
  readonly image: ReceivedImage | undefined;
}

/** The same shape, never changed by whoever gets it. */
type Immutable<Shape> = Shape extends (...args: never[]) => unknown
  ? Shape
  : Shape extends readonly (infer Item)[]
    ? readonly Immutable<Item>[]
    : Shape extends object
      ? { readonly [Name in keyof Shape]: Immutable<Shape[Name]> }
      : Shape;

/** One function per `$url` of a contract: input in, output out. */
export type Handlers<Routes extends Contract> = {
  readonly [Url in keyof Routes]: (
    input: v.InferOutput<Routes[Url]['input']>,
    context: CallContext,
  ) => Promise<Immutable<v.InferInput<Routes[Url]['output']>>>;
};
