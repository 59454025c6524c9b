import { plural } from './plural.ts';

/** What is read where an image goes by itself, in Chinese. */
export const expiryZh = {
  label: '自动删除',
  never: '永不',
  neverHint: '留空则一直保留',
  hint: (time: string) => `${time} 后彻底删除，不进回收站，链接随之失效`,
  goes: (time: string, days: number) => `${time} 自动删除（${days === 0 ? '不到一天' : `还有 ${days} 天`}）`,
};

/** The same in English. */
export const expiryEn: typeof expiryZh = {
  label: 'Delete by itself',
  never: 'Never',
  neverHint: 'Without a time the picture stays',
  hint: (time) => `After ${time} it is gone for good, past the trash, and its links are dead`,
  goes: (time, days) => `Goes by itself ${time} (${days === 0 ? 'within a day' : `in ${plural(days, 'day', 'days')}`})`,
};
