import type { Place } from './object-reader.ts';

/** Says, before an object is written or removed, where that is. */
export type Mark = (...places: readonly Place[]) => Promise<void>;

/** Keeps note of where objects and records may differ, in case that a change does not come to its end. */
export interface OpenChanges {
  /** Runs a change that marks its places before it touches them; the mark goes when records tell all of it. */
  during<Result>(change: (mark: Mark) => Promise<Result>): Promise<Result>;
  /** Lets the marks of a place stay, whose records could not be brought up to date now. */
  doubt(place: Place): void;
}

/** A bed without records has nothing to keep up to date. */
export const NO_OPEN_CHANGES: OpenChanges = {
  during: (change) => change(async () => undefined),
  doubt: () => undefined,
};
