/** What a call of the platform fails with, in its own words: `errMsg` is `<api>:fail <reason>`. */
export class PlatformFault extends Error {
  override readonly name = 'PlatformFault';
  readonly reason: string;
  readonly errno: number | undefined;
  readonly errCode: number | undefined;

  constructor(reason: string, { errno, errCode }: { readonly errno?: number; readonly errCode?: number } = {}) {
    super(reason);
    this.reason = reason;
    this.errno = errno;
    this.errCode = errCode;
  }
}

/** What callbacks and promises are given after a failure. */
export interface PlatformError {
  readonly errMsg: string;
  /** @see https://developers.weixin.qq.com/miniprogram/dev/framework/usability/PublicErrno.html */
  readonly errno?: number;
  readonly errCode?: number;
}

/** What every success says beside its result. */
export interface Told {
  readonly errMsg: string;
}

/** The three callbacks that every call may be given. */
export interface Callbacks<Result> {
  readonly success?: (result: Result & Told) => void;
  readonly fail?: (error: PlatformError) => void;
  readonly complete?: (result: (Result & Told) | PlatformError) => void;
}

/** A promise where no callback was given, else nothing. Sure: `PromisifySuccessResult` of miniprogram-api-typings 5.2.3. */
export type Answer<Given, Result> = Given extends { success: unknown }
  ? undefined
  : Given extends { fail: unknown }
    ? undefined
    : Given extends { complete: unknown }
      ? undefined
      : Promise<Result & Told>;

/** A call that answers by callbacks, or by a promise where it was given none. */
export type PlatformApi<Option, Result> = <Given extends Option & Callbacks<Result>>(
  ...option: object extends Option ? [option?: Given] : [option: Given]
) => Answer<Given, Result>;

const hasCallback = (option: Callbacks<never>): boolean =>
  [option.success, option.fail, option.complete].some((callback) => callback !== undefined);

/** Says a failure as the platform does; what is no failure of the platform stays what it is. */
export function toPlatformError(name: string, error: unknown): PlatformError {
  if (!(error instanceof PlatformFault)) throw error;
  const { reason, errno, errCode } = error;
  return {
    errMsg: `${name}:fail ${reason}`,
    ...(errno !== undefined && { errno }),
    ...(errCode !== undefined && { errCode }),
  };
}

/** Hands an outcome to whoever gave callbacks, first `success` or `fail`, then `complete`; never before the call has returned. */
export async function tell<Result extends object>(
  name: string,
  { success, fail, complete }: Callbacks<Result>,
  work: Promise<Result>,
): Promise<void> {
  const outcome = await work.then(
    (result) => ({ result: { ...result, errMsg: `${name}:ok` } }),
    (error: unknown) => ({ error: toPlatformError(name, error) }),
  );
  if ('result' in outcome) success?.(outcome.result);
  else fail?.(outcome.error);
  complete?.('result' in outcome ? outcome.result : outcome.error);
}

/** Makes a call of the platform of what it does. */
export function platformApi<Option extends object, Result extends object>(
  name: string,
  run: (option: Option) => Result | Promise<Result>,
): PlatformApi<Option, Result> {
  const answer = (given?: Option & Callbacks<Result>): Promise<Result & Told> | undefined => {
    // Only where nothing is required may nothing be given.
    const option = given ?? ({} as Option & Callbacks<Result>);
    const work = (async () => run(option))();
    if (hasCallback(option)) {
      void tell(name, option, work);
      return undefined;
    }
    return work.then(
      (result) => ({ ...result, errMsg: `${name}:ok` }),
      (error: unknown) => Promise.reject(toPlatformError(name, error)),
    );
  };
  // What it answers depends on what it was given, which the compiler cannot follow.
  return answer as PlatformApi<Option, Result>;
}

/** Refuses a parameter that is not a string, in the platform's words. Likely: seen in many bug reports. @throws {PlatformFault} */
export function requireText(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  const kind = value === null ? 'Null' : typeof value;
  const said = `${kind[0]?.toUpperCase()}${kind.slice(1)}`;
  throw new PlatformFault(`parameter error: parameter.${name} should be String instead of ${said};`, { errno: 1001 });
}
