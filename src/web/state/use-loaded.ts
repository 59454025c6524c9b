import { useEffect, useState } from 'preact/hooks';

/** What is loaded for a screen. */
export type Loadable<Value> =
  | { readonly state: 'loading' }
  | { readonly state: 'failed'; readonly error: unknown }
  | { readonly state: 'ready'; readonly value: Value };

/** Loads something, again whenever `keys` change or it is asked to; what comes too late is let go. */
export function useLoaded<Value>(
  load: (signal: AbortSignal) => Promise<Value>,
  keys: readonly unknown[] = [],
): readonly [Loadable<Value>, () => void] {
  const [loaded, setLoaded] = useState<Loadable<Value>>({ state: 'loading' });
  const [times, setTimes] = useState(0);
  useEffect(() => {
    const end = new AbortController();
    const show = (next: Loadable<Value>): void => {
      if (!end.signal.aborted) setLoaded(next);
    };
    load(end.signal).then(
      (value) => show({ state: 'ready', value }),
      (error: unknown) => show({ state: 'failed', error }),
    );
    return () => end.abort();
  }, [...keys, times]);
  return [loaded, () => setTimes((count) => count + 1)];
}
