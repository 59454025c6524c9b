/** Languages of what is written for people. */
export type Language = 'zh' | 'en';

/** What the command line reads and writes. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly stdin: NodeJS.ReadStream;
  /** Whether somebody sits there and can be asked. */
  readonly canAsk: boolean;
  /** Whether somebody watches what is written as errors. */
  readonly isWatched: boolean;
  readonly now: () => number;
  print(text: string): void;
  printError(text: string): void;
}

/** The codes that a run ends with. */
export const EXIT = { done: 0, failed: 1, usage: 2, notLoggedIn: 3 } as const;

/** The language of the environment. @see https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap08.html */
export const languageOf = (env: Readonly<Record<string, string | undefined>>): Language =>
  (env['LC_ALL'] || env['LC_MESSAGES'] || env['LANG'] || '').toLowerCase().startsWith('zh') ? 'zh' : 'en';
