/** What stops uploads, as an `AbortController` does, which mini-programs have not. */
export interface Aborter {
  /** Goes where an `AbortSignal` goes. */
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}

/** Creates what stops uploads. */
export function createAborter(): Aborter {
  const listeners = new Set<() => void>();
  const signal = {
    aborted: false,
    reason: undefined as unknown,
    throwIfAborted: () => {
      if (signal.aborted) throw signal.reason;
    },
    addEventListener: (_type: 'abort', listener: () => void) => void listeners.add(listener),
    removeEventListener: (_type: 'abort', listener: () => void) => void listeners.delete(listener),
  };
  return {
    // It has what the client asks of a signal, and no more.
    signal: signal as unknown as AbortSignal,
    abort: (reason = new Error('AbortError')) => {
      if (signal.aborted) return;
      signal.aborted = true;
      signal.reason = reason;
      for (const listener of listeners) listener();
    },
  };
}
