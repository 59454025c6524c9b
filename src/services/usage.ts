import { AppError, type Text } from '../errors.ts';
import type { DocumentStore } from '../ports/document-store.ts';
import type { Quota } from './access.ts';

const USAGE = 'usage';
/** Totals never start again by themselves. */
const FOREVER_SECONDS = 100 * 365 * 24 * 60 * 60;
const DAY_SECONDS = 24 * 60 * 60;

/** What a member's images take up. */
export interface Usage {
  /** Counts an image before it is stored; answers with what takes it back. @throws {AppError} QuotaExceeded, counting nothing */
  reserve(userId: string, quota: Quota, bytes: number): Promise<() => Promise<void>>;
  /** Takes an image that is gone off the count. */
  release(userId: string, bytes: number): Promise<void>;
  /** Sets the count right by a difference. */
  adjust(userId: string, by: { readonly bytes: number; readonly objects: number }): Promise<void>;
  read(userId: string): Promise<{ readonly bytes: number; readonly objects: number }>;
}

interface Bound {
  readonly id: string;
  readonly by: number;
  readonly most: number | undefined;
  readonly lastsSeconds: number;
  readonly text: Text;
}

/** Creates the usage service; the counters are atomic, so that of many uploads at the limit exactly as many pass as fit. */
export function createUsage(documents: DocumentStore, now: () => Date): Usage {
  const count = ({ id, by, lastsSeconds }: Pick<Bound, 'id' | 'by' | 'lastsSeconds'>) =>
    documents.increment(USAGE, id, { by, expiresInSeconds: lastsSeconds });

  const boundsOf = (userId: string, quota: Quota, bytes: number): readonly Bound[] => [
    { id: `${userId}-bytes`, by: bytes, most: quota.bytes, lastsSeconds: FOREVER_SECONDS, text: tooMuch(quota.bytes) },
    {
      id: `${userId}-objects`,
      by: 1,
      most: quota.objects,
      lastsSeconds: FOREVER_SECONDS,
      text: tooMany(quota.objects),
    },
    ...(quota.uploadsPerDay === undefined ? [] : [dailyBound(userId, quota.uploadsPerDay)]),
  ];

  const dailyBound = (userId: string, most: number): Bound => ({
    id: `${userId}-day-${now().toISOString().slice(0, 10)}`,
    by: 1,
    most,
    lastsSeconds: DAY_SECONDS,
    text: {
      zh: `今日上传已达上限 ${most} 张，请明天再试`,
      en: `Today's limit of ${most} uploads is reached; try again tomorrow`,
    },
  });

  const adjust: Usage['adjust'] = async (userId, { bytes, objects }) => {
    await Promise.all([
      count({ id: `${userId}-bytes`, by: bytes, lastsSeconds: FOREVER_SECONDS }),
      count({ id: `${userId}-objects`, by: objects, lastsSeconds: FOREVER_SECONDS }),
    ]);
  };

  return {
    adjust,
    release: (userId, bytes) => adjust(userId, { bytes: -bytes, objects: -1 }),
    reserve: async (userId, quota, bytes) => {
      const bounds = boundsOf(userId, quota, bytes);
      const counters = await Promise.all(bounds.map(count));
      const giveBack = async (): Promise<void> => {
        await Promise.all(bounds.map((bound) => count({ ...bound, by: -bound.by })));
      };
      const exceeded = bounds.find(({ most }, index) => most !== undefined && (counters[index]?.value ?? 0) > most);
      if (exceeded === undefined) return giveBack;
      await giveBack();
      throw new AppError('QuotaExceeded', exceeded.text, { details: { limit: exceeded.most } });
    },
    read: async (userId) => {
      const [bytes, objects] = await Promise.all(
        ['bytes', 'objects'].map((name) => count({ id: `${userId}-${name}`, by: 0, lastsSeconds: FOREVER_SECONDS })),
      );
      return { bytes: bytes?.value ?? 0, objects: objects?.value ?? 0 };
    },
  };
}

const tooMuch = (most = 0): Text => ({
  zh: `超出空间配额 ${most} 字节；请删除旧图片或请管理员调整配额`,
  en: `The quota of ${most} bytes is used up; remove old images or ask an admin for more`,
});

const tooMany = (most = 0): Text => ({
  zh: `超出图片数配额 ${most} 张；请删除旧图片或请管理员调整配额`,
  en: `The quota of ${most} images is used up; remove old images or ask an admin for more`,
});
