import { expect } from 'vitest';
import { AppError, type ErrorCode } from '../../src/errors.ts';

/** What a call is refused with, once its texts have been looked at; `undefined` when it is not refused. */
export async function refusalOf(call: Promise<unknown>): Promise<ErrorCode | undefined> {
  return (await errorOf(call))?.code;
}

/** The same with everything that the refusal says. */
export async function errorOf(call: Promise<unknown>): Promise<AppError | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    expect(error.text.zh).toMatch(/\p{Script=Han}{2}/u);
    expect(error.text.en).toMatch(/[a-z]+ [a-z]+/);
    expect(error.text.en).not.toMatch(/\p{Script=Han}|undefined|NaN/u);
    return error;
  }
}
