import { useLayoutEffect, useReducer } from 'preact/hooks';

/** A value that changes, and whoever wants to know. */
export interface Store<Value> {
  readonly value: Value;
  set(next: Value): void;
  update(change: (value: Value) => Value): void;
  /** @returns what ends it */
  subscribe(listener: () => void): () => void;
}

/** Creates a store. */
export function createStore<Value>(first: Value): Store<Value> {
  const listeners = new Set<() => void>();
  let value = first;
  const set = (next: Value): void => {
    if (Object.is(next, value)) return;
    value = next;
    for (const listener of [...listeners]) listener();
  };
  return {
    get value() {
      return value;
    },
    set,
    update: (change) => set(change(value)),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** The value of a store, of now and after each change. */
export function useStore<Value>(store: Pick<Store<Value>, 'value' | 'subscribe'>): Value {
  const [, again] = useReducer((count: number) => count + 1, 0);
  useLayoutEffect(() => store.subscribe(() => again(undefined)), [store]);
  return store.value;
}
