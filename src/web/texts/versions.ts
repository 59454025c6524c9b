import { plural } from './plural.ts';

/** What is read where an image becomes another picture, in Chinese. */
export const versionsZh = {
  replace: '替换',
  title: (name: string) => `替换 ${name}`,
  drop: '把新图片拖到这里，或粘贴',
  dropNow: '松手替换这张图片',
  pick: '选择图片',
  pickOther: '另选一张',
  before: '现在',
  after: '换成',
  stays: '地址、标题、标签和相册都不变；看过它的浏览器可能过一阵才显示新图。',
  kept: (days: number) => `现在这张作为旧版本保留 ${days} 天，可以换回。`,
  notKept: '现在这张不会保留。',
  onlyOne: '一次只能换成一张图片',
  sending: (percent: string) => `正在上传 ${percent}`,
  finishing: '正在处理',
  replaced: '图片已替换',
  list: '旧版本',
  at: (time: string) => `${time} 之前`,
  rollBack: '换回',
  rollBackTo: (time: string) => `换回 ${time} 之前的版本`,
  rolledBack: '已换回旧版本',
};

/** The same in English. */
export const versionsEn: typeof versionsZh = {
  replace: 'Replace',
  title: (name) => `Replace ${name}`,
  drop: 'Drop the new picture here, or paste it',
  dropNow: 'Let go to replace this picture',
  pick: 'Choose a picture',
  pickOther: 'Choose another',
  before: 'Now',
  after: 'Then',
  stays: 'Address, title, tags and albums stay; browsers that have seen it may show the old picture for a while.',
  kept: (days) => `What it is now stays a version for ${plural(days, 'day', 'days')}, and can be had back.`,
  notKept: 'What it is now will be gone.',
  onlyOne: 'One picture takes the place of one',
  sending: (percent) => `Uploading ${percent}`,
  finishing: 'Working on it',
  replaced: 'The picture is replaced',
  list: 'Earlier versions',
  at: (time) => `Until ${time}`,
  rollBack: 'Roll back',
  rollBackTo: (time) => `Roll back to what it was until ${time}`,
  rolledBack: 'Rolled back',
};
