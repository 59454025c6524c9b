import type { Logger } from '../../logger.ts';
import type { ChangedImage, ObjectListener } from './events.ts';

/** Says every change in a line of the log, without what users keep beside their images. */
export function logChanges(logger: Logger): ObjectListener {
  return (event) => {
    const { kind, actorId, changeId, image } = event;
    const source = 'source' in event ? toLogged(event.source) : undefined;
    const replaced = 'replaced' in event ? toLogged(event.replaced) : undefined;
    logger.info('object', { change: kind, changeId, actorId, source, image: toLogged(image), replaced });
  };
}

const toLogged = (image: ChangedImage | undefined) => {
  if (image === undefined) return undefined;
  const { bucketName, objectName, ownerId, size } = image;
  return { bucketName, objectName, ownerId, size };
};
