import { NotInstalled } from './failure.ts';

/** Loads SQLite, which has no build for some platforms. @throws {NotInstalled} */
export async function loadLibsql(): Promise<typeof import('libsql')> {
  const { default: Libsql } = await import('libsql').catch((cause: unknown) => {
    throw new NotInstalled('libsql cannot be loaded', { cause });
  });
  return Libsql;
}
