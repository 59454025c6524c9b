/** What people say of an image. */
export interface Words {
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
}

const TEXTS = ['title', 'description'] as const;
/** What two people cannot both have said; tags of both go together. */
export type Clash = (typeof TEXTS)[number];

interface Changes {
  /** What was said when somebody began to write. */
  readonly before: Words;
  readonly mine: Words;
  /** What is said now, by whomever. */
  readonly now: Words;
}

/** Puts what somebody wrote together with what others have said meanwhile. A text that both changed is told of, and stays as it was written here. */
export function mergeWords({ before, mine, now }: Changes) {
  const isMine = (text: Clash): boolean => mine[text] !== before[text];
  const clashes = TEXTS.filter((text) => isMine(text) && ![before[text], mine[text]].includes(now[text]));
  const { added, removed } = tagChange(before.tags, mine.tags);
  const words: Words = {
    title: (isMine('title') ? mine : now).title,
    description: (isMine('description') ? mine : now).description,
    tags: [...new Set([...now.tags, ...added])].filter((tag) => !removed.includes(tag)),
  };
  return { words, clashes };
}

/** Which tags came, and which went. */
export const tagChange = (before: readonly string[], after: readonly string[]) => ({
  added: after.filter((tag) => !before.includes(tag)),
  removed: before.filter((tag) => !after.includes(tag)),
});
