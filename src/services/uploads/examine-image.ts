import { AppError } from '../../errors.ts';
import type { Caller } from '../access/access.ts';
import type { SentImage } from './client-uploads.ts';
import type { ReceivedImage } from './received-image.ts';
import { decodeBase64, type Receiver } from './receiver.ts';
import { requireSize } from './size-limits.ts';

/** What is known of an image, as far as it could be received, and why it would not be stored. */
export interface ExaminedImage {
  readonly facts?: Pick<ReceivedImage, 'receivedSize' | 'contentType' | 'width' | 'height'>;
  readonly refusal?: AppError;
}

/** Finds out whether an image would be stored, and stores nothing. */
export type ExamineImage = (caller: Caller, sent: SentImage) => Promise<ExaminedImage>;

/** Creates the examination of images. */
export function createExamineImage(receive: Receiver, maxBytes: number): ExamineImage {
  const measure = async (sent: SentImage): Promise<ReceivedImage> => {
    if ('error' in sent) throw sent.error;
    if (!('base64' in sent)) return sent;
    const image = await receive(decodeBase64(sent.base64, maxBytes), {});
    await image.discard();
    return image;
  };

  return async (caller, sent) => {
    let image: ReceivedImage | undefined;
    try {
      image = await measure(sent);
      requireSize(image.size, caller.kind === 'member' ? caller.narrowing?.maxBytes : undefined, 'token');
      return { facts: image };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return { ...(image && { facts: image }), refusal: error };
    }
  };
}
