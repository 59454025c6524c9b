import type { App } from '../app.ts';
import { isRecord } from '../naming/record.ts';

/** Name of the timer trigger that `cloudbaserc.json` sets up. */
export const TIMER_NAME = 'sweep';

/** Part of a function's time that a sweep may take, so that its answer still gets out. */
const SHARE = 0.8;

/** Tells whether an event is our timer's; whoever calls must also see to it that no client sent it. */
export const isTimerEvent = (event: unknown): boolean =>
  isRecord(event) && event['Type'] === 'Timer' && event['TriggerName'] === TIMER_NAME;

/** Runs the sweep within the time that the function has, in milliseconds. */
export const serveTimer = (app: App, timeLimitMs: number) => app.sweep({ budgetMs: timeLimitMs * SHARE });
