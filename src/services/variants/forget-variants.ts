import type { Logger } from '../../logger.ts';
import { type ObjectListener, placesLeft } from '../objects/events.ts';
import type { VariantRecords } from './variant-records.ts';

/** Lets variants go with their image. What could not go now is out of reach all the same, and goes when room is wanted. */
export function forgetVariants(records: Pick<VariantRecords, 'forget'>, logger: Logger): ObjectListener {
  return async (event) => {
    for (const place of placesLeft(event)) {
      try {
        await records.forget(place);
      } catch (cause) {
        logger.error('variant', { bucketName: place.bucketName, objectName: place.objectName, cause });
      }
    }
  };
}
