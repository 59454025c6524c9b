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
