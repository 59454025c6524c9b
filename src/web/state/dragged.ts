import { createStore } from './store.ts';

/** Images on their way over the page. */
export interface Dragged {
  readonly count: number;
  /** Finds out which they are. */
  readonly loadIds: () => Promise<readonly string[]>;
  /** Whether they were taken up in that half of the window where lines begin. */
  readonly isFromStart: boolean;
}

/** What is being dragged. */
export const dragged = createStore<Dragged | undefined>(undefined);

/** What was let go where it is yet to be said into which album, or where a new one is wanted. */
export const undecided = createStore<(Dragged & { readonly isForNew?: boolean }) | undefined>(undefined);
