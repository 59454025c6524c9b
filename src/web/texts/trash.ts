import { pictures, plural } from './plural.ts';

/** What is read where the trash is, in Chinese. */
export const trashZh = {
  title: '回收站',
  intro: (days: number) => `删除的图片在这里留 ${days} 天，到期自动清除。它们的链接已失效，但仍计入用量。`,
  none: '回收站是空的',
  noneHint: '删除的图片会先到这里。',
  list: '回收站里的图片',
  all: '全选',
  selected: (count: number) => `已选 ${count} 张`,
  restore: '恢复',
  restoreOne: (name: string) => `恢复 ${name}`,
  restored: (count: number) => `已恢复 ${count} 张图片`,
  restoredOf: (count: number, all: number, reason: string) => `${all} 张中恢复了 ${count} 张：${reason}`,
  taken: '这个名称已被另一张图片占用',
  restoreAs: '恢复为',
  purge: '彻底删除',
  purgeOne: (name: string) => `彻底删除 ${name}`,
  purgeTitle: (count: number) => `彻底删除 ${count} 张图片`,
  purgeHint: '彻底删除后无法恢复。',
  purged: (count: number) => `已彻底删除 ${count} 张图片`,
  empty: '清空我的回收站',
  emptyHint: '你删除的图片会全部彻底删除，无法恢复。',
  removedAt: (time: string) => `删除于 ${time}`,
  daysLeft: (days: number) => (days === 0 ? '即将清除' : `还剩 ${days} 天`),
};

/** The same in English. */
export const trashEn: typeof trashZh = {
  title: 'Trash',
  intro: (days) =>
    `What is deleted stays here for ${plural(days, 'day', 'days')}, and then goes by itself. Its links are dead; it counts as used until then.`,
  none: 'The trash is empty',
  noneHint: 'Images that are deleted come here first.',
  list: 'Images in the trash',
  all: 'Select all',
  selected: (count) => `${count} selected`,
  restore: 'Restore',
  restoreOne: (name) => `Restore ${name}`,
  restored: (count) => `${pictures(count)} restored`,
  restoredOf: (count, all, reason) => `${count} of ${all} came back: ${reason}`,
  taken: 'Another image has this name now',
  restoreAs: 'Restore as',
  purge: 'Delete for good',
  purgeOne: (name) => `Delete ${name} for good`,
  purgeTitle: (count) => `Delete ${pictures(count)} for good`,
  purgeHint: 'Nothing brings it back.',
  purged: (count) => `${pictures(count)} deleted for good`,
  empty: 'Empty my trash',
  emptyHint: 'All images that you deleted go for good; nothing brings them back.',
  removedAt: (time) => `Deleted ${time}`,
  daysLeft: (days) => (days === 0 ? 'goes any moment' : `${plural(days, 'day', 'days')} left`),
};
