import { describe, expect, it } from 'vitest';
import { pickRequestId } from '../../../src/naming/request-id.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

describe('the id of a request', () => {
  it.each([
    [['abc'], 'abc'],
    [['a.b_c-1', 'other'], 'a.b_c-1'],
    [[undefined, 'second'], 'second'],
    [['a\nb', 'second'], 'second'],
    [[7, {}, 'x'.repeat(65), 'x'.repeat(64)], 'x'.repeat(64)],
  ])('from %j is %j', (candidates, id) => {
    expect(pickRequestId(...candidates)).toBe(id);
  });

  it.each([[[]], [['']], [['a b']], [['图']], [['"']], [[undefined, null, ['a']]]])(
    'is a new one for %j',
    (candidates) => {
      const made = pickRequestId(...candidates);
      expect(made).toMatch(UUID);
      expect(pickRequestId(...candidates)).not.toBe(made);
    },
  );
});
