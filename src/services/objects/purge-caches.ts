import { createBatches } from '../../concurrency/batches.ts';
import { beforeDeadline } from '../../concurrency/deadline.ts';
import type { Logger } from '../../logger.ts';
import { OPEN_WIDTHS } from '../../naming/variant.ts';
import type { CachePurge } from '../../ports/cache-purge.ts';
import type { Buckets } from '../buckets/buckets.ts';
import { type ObjectListener, placesLeft } from './events.ts';
import type { Links } from './links.ts';
import type { Place } from './object-reader.ts';

/** How long changes wait in a minute until caches have been told, in milliseconds; then they are told meanwhile. */
const PATIENCE_MS = 2000;
const MINUTE_MS = 60_000;
/** What is removed together is told together. */
const GATHER_MS = 20;
/** As pages ask for them, see `embeds.ts`. */
const FORMATS = ['', '&f=avif', '&f=webp'];

interface PurgeOptions {
  readonly caches: CachePurge;
  readonly buckets: Pick<Buckets, 'isPublic'>;
  /** Where images are, as caches know them. */
  readonly links: Links;
  /** The same where variants are; absent where no cache knows them. */
  readonly variantLinks: Links | undefined;
  /** Names that an address may give as `p`. */
  readonly presetNames: () => Promise<readonly string[]>;
  readonly logger: Logger;
}

/** Tells caches of images that were replaced, moved or removed, as far as everybody could see them. Never fails. */
export function purgeCaches(options: PurgeOptions): ObjectListener {
  const { caches, buckets, links, variantLinks, presetNames, logger } = options;

  const urlsOf = async ({ bucketName, objectName }: Place): Promise<readonly string[]> => {
    const url = links('', bucketName, objectName);
    if (variantLinks === undefined) return [url];
    const variant = variantLinks('', bucketName, objectName);
    const presets = (await presetNames()).map((name) => `${variant}?p=${name}`);
    return [
      url,
      ...presets,
      ...OPEN_WIDTHS.flatMap((width) => FORMATS.map((format) => `${variant}?w=${width}${format}`)),
    ];
  };
  const purge = createBatches(async (_, places: readonly Place[]) => {
    await caches.purge((await Promise.all(places.map(urlsOf))).flat());
    return places;
  }, GATHER_MS);

  let minuteEnds = 0;
  let patienceEnds = 0;
  /** Whoever removes a thousand images does not wait for a thousand answers. */
  const patienceLeft = (): number => {
    const at = performance.now();
    if (at >= minuteEnds) [minuteEnds, patienceEnds] = [at + MINUTE_MS, at + PATIENCE_MS];
    return Math.max(0, patienceEnds - at);
  };

  return async (event) => {
    for (const { bucketName, objectName } of placesLeft(event)) {
      try {
        if (!(await buckets.isPublic(bucketName))) continue;
        const told = purge('', { bucketName, objectName });
        told.catch((cause: unknown) => logger.error('purge', { bucketName, objectName, cause }));
        await beforeDeadline(told, patienceLeft(), () => undefined);
      } catch {
        // It is told meanwhile, or was logged.
      }
    }
  };
}
