import { pictures } from './plural.ts';

/** What is read where something is said of an image, in Chinese. */
export const wordsZh = {
  label: '标题与标签',
  none: '还没有标题、标签和说明',
  edit: '编辑标题与标签',
  title: '标题',
  description: '说明',
  tags: '标签',
  tagHint: '回车或逗号加一个',
  takeAway: (tag: string) => `去掉标签 ${tag}`,
  find: (tag: string) => `搜索带“${tag}”标签的图片`,
  saved: '已保存',
  clash: '在你编辑时，有人改了同一处：',
  clashHint: '再按“保存”就用你写的。',
  takeTheirs: '改用对方的',
  empty: '（空）',
  tag: '标签',
  tagTitle: (count: number) => `给 ${count} 张图片改标签`,
  add: '加上',
  takeFrom: '去掉',
  tagged: (count: number) => `${count} 张图片的标签已改`,
  taggedOf: (count: number, all: number, reason: string) => `${all} 张中改了 ${count} 张：${reason}`,
};

/** The same in English. */
export const wordsEn: typeof wordsZh = {
  label: 'Title and tags',
  none: 'No title, tags or description yet',
  edit: 'Edit title and tags',
  title: 'Title',
  description: 'Description',
  tags: 'Tags',
  tagHint: 'Enter or a comma adds one',
  takeAway: (tag) => `Without the tag ${tag}`,
  find: (tag) => `Find images with the tag “${tag}”`,
  saved: 'Saved',
  clash: 'Somebody changed the same while you wrote:',
  clashHint: 'Save again to keep yours.',
  takeTheirs: 'Take theirs',
  empty: '(empty)',
  tag: 'Tags',
  tagTitle: (count) => `Tags of ${pictures(count)}`,
  add: 'Add',
  takeFrom: 'Take away',
  tagged: (count) => `Tags of ${pictures(count)} changed`,
  taggedOf: (count, all, reason) => `${count} of ${all} were changed: ${reason}`,
};
