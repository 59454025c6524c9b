import { afterEach, expect, it, vi } from 'vitest';
import { doInTurn } from '../../../../src/web/parts/in-turn.ts';

afterEach(() => vi.restoreAllMocks());

it('does so much at once that nobody waits, and the rest later, what came last first, but for what was let be', async () => {
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  const turns: number[][] = [];
  let turn: number[] = [];
  const done = new Promise<void>((settle) => {
    /** Takes 4 ms by the clock that it is measured by. */
    const work = (index: number) => () => {
      // What is done in one go finds the same list; a new one begins with the next turn.
      if (turn.length === 0) {
        turns.push(turn);
        queueMicrotask(() => {
          turn = [];
        });
      }
      turn.push(index);
      now += 4;
      if (turns.flat().length === 7) settle();
    };
    const stops = Array.from({ length: 8 }, (_, index) => doInTurn(work(index)));
    stops[6]?.();
  });
  await done;
  expect(turns).toEqual([[0, 1], [7, 5], [4, 3], [2]]);
});
