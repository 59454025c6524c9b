import { AppError } from '../../errors.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import { EXPIRES } from '../access/access.ts';
import { NO_OPEN_CHANGES, type OpenChanges } from '../objects/open-changes.ts';

interface NoteExpiryOptions {
  readonly documents: DocumentStore;
  readonly changes: Pick<OpenChanges, 'during'>;
  readonly now: () => Date;
}

/**
 * Notes when an image is to go, before it is stored: whoever dies after it leaves no image that stays, and a note without an
 * image is forgotten. Answers what the image says of it.
 *
 * @throws {AppError} NotImplemented where no records are kept, by which alone images go; InvalidArgument for a time that is over
 */
export async function noteExpiry(
  { documents, changes, now }: NoteExpiryOptions,
  imageId: string,
  at: Date,
): Promise<Readonly<Record<string, string>>> {
  if (changes === NO_OPEN_CHANGES) throw neverExpires();
  if (at <= now()) throw isPast();
  const { createExpiries } = await import('../library/expiries.ts');
  await createExpiries(documents).note(imageId, at);
  return { [EXPIRES]: String(at.getTime()) };
}

const isPast = (): AppError =>
  new AppError(
    'InvalidArgument',
    { zh: '图片的到期时间必须是将来的时间', en: 'An image goes at a time to come' },
    { details: { fields: ['expiresAt'] } },
  );

const neverExpires = (): AppError =>
  new AppError('NotImplemented', {
    zh: '图床没有保存图片记录，到期不会删除图片；请去掉有效期再传，或请管理员设置 IMAGEPIC_RECORDS',
    en: 'The bed keeps no records of images, and removes none when its time has come; upload without one, or ask the admin to set IMAGEPIC_RECORDS',
  });
