import type { S3Client } from '@aws-sdk/client-s3';
import { type CallLimits, createGuard } from '../../../concurrency/resilience.ts';
import { judge, toAppError } from './errors.ts';
import type { S3Options } from './options.ts';

/** The SDK's commands, and a client for them. */
export type Sdk = typeof import('@aws-sdk/client-s3') & { readonly client: S3Client };

/** Calls one store. */
export interface S3Connection {
  readonly options: S3Options;
  /**
   * Sends a command within limits; the SDK is loaded with the first.
   *
   * @throws {AppError} whatever goes wrong, but for the failures of the caller's own source
   */
  send<T>(
    call: (sdk: Sdk, options: { readonly abortSignal: AbortSignal }) => Promise<T>,
    limits: CallLimits,
  ): Promise<T>;
}

const BUDGET_MS = 4500;
const ATTEMPT_MS = 3000;
/** So that a store is in use again within 10 s of its recovery. */
const OPEN_MS = 9000;

/** Limits of a call that moves no object, so that its answer or its failure is there within 5 s. */
export const QUICK: CallLimits = { idempotent: true, budgetMs: BUDGET_MS, attemptMs: ATTEMPT_MS };

/** Limits of a quick call that must not be made twice, with `extraMs` for what the store has to do meanwhile. */
export const once = (extraMs = 0): CallLimits => ({ idempotent: false, budgetMs: BUDGET_MS + extraMs });

/** Creates the guarded access to a store; nothing is sent yet. */
export function connectS3(options: S3Options): S3Connection {
  const { now, random } = options;
  const guard = createGuard({ now, random, judge, openMs: OPEN_MS });
  let loading: Promise<Sdk> | undefined;
  const load = async (): Promise<Sdk> => {
    const [sdk, { createClient }] = await Promise.all([import('@aws-sdk/client-s3'), import('./client.ts')]);
    return { ...sdk, client: createClient(options) };
  };
  return {
    options,
    send: async (call, limits) => {
      loading ??= load();
      const sdk = await loading;
      try {
        return await guard.run((abortSignal) => call(sdk, { abortSignal }), limits);
      } catch (error) {
        throw limits.signal?.aborted ? limits.signal.reason : toAppError(error);
      }
    },
  };
}
