import { expect, it } from 'vitest';
import { mergeWords } from '../../../../src/web/state/merge-words.ts';

const before = { title: 'A', description: 'of old', tags: ['sea', 'dusk'] };

it('takes what somebody wrote, and what others said where nobody wrote here', () => {
  const mine = { ...before, title: 'B' };
  const now = { ...before, description: 'of new' };
  expect(mergeWords({ before, mine, now })).toEqual({ words: { ...mine, description: 'of new' }, clashes: [] });
});

it('tells of a text that two have changed, unless to the same, and keeps what was written here', () => {
  const mine = { ...before, title: 'B', description: 'same' };
  const now = { ...before, title: 'C', description: 'same' };
  expect(mergeWords({ before, mine, now })).toEqual({ words: mine, clashes: ['title'] });
});

it('puts the tags of both together, and takes out what either has', () => {
  const mine = { ...before, tags: ['sea', 'harbour'] };
  const now = { ...before, tags: ['dusk', 'sky', 'harbour'] };
  expect(mergeWords({ before, mine, now }).words.tags).toEqual(['sky', 'harbour']);
});
