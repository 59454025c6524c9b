import { sleep } from '../../concurrency/retry.ts';

/** Each try needs somebody else who changed the image between our look and our act. */
export const MAX_TRIES = 5;
const PAUSE_MS = 20;

/** Lets whoever was in the way come to an end. */
export const pauseAfter = (tries: number): Promise<void> => sleep(Math.random() * PAUSE_MS * tries);
