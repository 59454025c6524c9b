/** Whoever takes files in place of the queue of uploads, for as long as it is there. */
interface DropTaker {
  /** What is said while files hang over it. */
  readonly text: string;
  /** Whether what is let go or pasted there is its. */
  readonly isOver: (target: EventTarget | null) => boolean;
  readonly take: (files: readonly File[]) => void;
}

let takers: readonly DropTaker[] = [];

/** Lets somebody take files. @returns what ends it */
export function takeDrops(taker: DropTaker): () => void {
  takers = [...takers, taker];
  return () => {
    takers = takers.filter((other) => other !== taker);
  };
}

/** Who takes what is let go there: whoever came last. */
export const takerAt = (target: EventTarget | null): DropTaker | undefined =>
  takers.findLast(({ isOver }) => isOver(target));
