/** What goes wrong with requests; what is not said goes right. */
export interface Fault {
  /** Which requests, such as `database.insertDocument`; all when absent. */
  readonly action?: string;
  /** How many of them; all until healed when absent. */
  readonly times?: number;
  /** Only each so-manieth of them. */
  readonly every?: number;
  /** Waits before anything happens. */
  readonly delayMs?: number;
  /** Waits for that before anything happens. */
  readonly until?: Promise<unknown>;
  /** Whether the request takes effect; `true` when absent. */
  readonly effect?: boolean;
  readonly answer?: FaultyAnswer;
}

/** How a faulty answer looks. `drip` sends a byte at a time for ever, `cut` half of the answer, `no-data` an answer without `data`, `data` one with other data. */
export type FaultyAnswer =
  | 'reset'
  | 'hang'
  | 'html'
  | 'empty'
  | 'no-data'
  | 'cut'
  | 'drip'
  | { readonly status: number }
  | { readonly data: object }
  | { readonly code: string; readonly message: string };

/** Faults that wait for requests. */
export interface Faults {
  add(fault: Fault): void;
  clear(): void;
  /** The first fault for a request, counted down. */
  take(action: string): Fault | undefined;
}

/** Creates a list of faults. */
export function createFaults(): Faults {
  let faults: { readonly fault: Fault; left: number; seen: number }[] = [];
  return {
    add: (fault) => {
      faults.push({ fault, left: fault.times ?? Number.POSITIVE_INFINITY, seen: 0 });
    },
    clear: () => {
      faults = [];
    },
    take: (action) => {
      const waiting = faults.filter(
        ({ fault, left }) => left > 0 && (fault.action === undefined || fault.action === action),
      );
      for (const one of waiting) one.seen += 1;
      const hit = waiting.find(({ fault: { every = 1 }, seen }) => seen % every === 0);
      if (hit !== undefined) hit.left -= 1;
      return hit?.fault;
    },
  };
}

/** All that is known to go wrong. */
export const FAULTS: readonly (readonly [string, Fault])[] = [
  ['a reset before the effect', { effect: false, answer: 'reset' }],
  ['a reset after the effect', { answer: 'reset' }],
  ['silence before the effect', { effect: false, answer: 'hang' }],
  ['silence after the effect', { answer: 'hang' }],
  ['an effect and an answer after 10 s', { delayMs: 10_000 }],
  ['503 without an effect', { effect: false, answer: { status: 503 } }],
  ['504 after the effect', { answer: { status: 504 } }],
  ['a page of HTML', { answer: 'html' }],
  ['an empty body', { answer: 'empty' }],
  ['an answer without data', { answer: 'no-data' }],
  ['half an answer', { answer: 'cut' }],
  ['a byte now and then', { answer: 'drip' }],
  ['SYS_ERR', { answer: { code: 'SYS_ERR', message: 'system internal exception' } }],
  ['too many requests', { effect: false, answer: { code: 'EXCEED_REQUEST_LIMIT', message: 'request limit' } }],
  [
    'a conflict',
    {
      effect: false,
      answer: { code: 'ResourceUnavailable.TransactionConflict', message: '[ResourceUnavailable.TransactionConflict]' },
    },
  ],
];
