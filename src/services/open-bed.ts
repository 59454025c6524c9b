import type { Logger } from '../logger.ts';
import type { Bed } from './bed.ts';

/** A function looks with its first call: a cold start has no time for the witnesses. `undefined` when it cannot be told yet. */
export async function openBed(
  { inCloud }: { readonly inCloud: boolean },
  bed: Bed,
  logger: Logger,
): Promise<'new' | 'opened' | 'lost' | undefined> {
  if (inCloud) {
    void bed.require().catch(() => undefined);
    return undefined;
  }
  const state = await bed.open().catch(() => undefined);
  if (state === 'lost') await bed.require().catch((cause: unknown) => logger.error('lost-bed', { cause }));
  return state === 'unsure' ? undefined : state;
}
