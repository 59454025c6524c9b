import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseQuestion, toSearch, writeQuestion } from '../../../../src/web/state/question.ts';

it('reads words and what is looked for beside them', () => {
  const question = parseQuestion(
    'harbour tag:sea tag:"north sea" type:jpeg in:images by:ann from:2026-01-31 dusk to:2026-02-01 tag:sea',
  );
  expect(question).toEqual({
    ...{ text: 'harbour dusk', tags: ['sea', 'north sea'], type: 'jpeg', bucketName: 'images', ownerId: 'ann' },
    ...{ from: '2026-01-31', to: '2026-02-01' },
  });
  expect(toSearch(question)).toMatchObject({ type: 'image/jpeg', tags: ['sea', 'north sea'] });
});

it.each(['', '  ', 'from:yesterday', 'to:2026-13-01', 'type:pdf', 'type:svg', 'tag:', 'tag:""'])(
  'looks for everything where nothing can be made of %j',
  (written) => expect(toSearch(parseQuestion(written))).toEqual({}),
);

it('takes days as they are where somebody is, both included', () => {
  const { from = '', to = '' } = toSearch(parseQuestion('from:2026-01-31 to:2026-01-31'));
  expect([new Date(from), new Date(to)]).toEqual([new Date(2026, 0, 31), new Date(2026, 1, 1)]);
});

it('reads what it wrote as the same question', () => {
  const word = fc.stringMatching(/^[a-z一-龥0-9.,#-]{1,12}$/);
  const phrase = fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join(' '));
  // Whatever an image may be tagged with.
  const tag = fc.oneof(phrase, fc.stringMatching(/^[ -~。“”]{0,20}$/)).filter((text) => text.trim() !== '');
  const question = fc.record({ text: phrase, tags: fc.uniqueArray(tag, { maxLength: 4 }), bucketName: word });
  fc.assert(
    fc.property(question, (asked) => {
      expect(parseQuestion(writeQuestion(asked))).toEqual(asked);
    }),
  );
});
