import { createStore } from './store.ts';

/** A word about what has happened, with what can be done about it for as long as it is there. */
export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly kind: 'done' | 'failed';
  readonly action?: { readonly label: string; readonly run: () => void } | undefined;
}

const SHOWN_MS = 6000;
let lastId = 0;

/** Those that are shown. */
export const toasts = createStore<readonly Toast[]>([]);

/** Takes one away. */
export const dismiss = (id: number): void => toasts.update((all) => all.filter((toast) => toast.id !== id));

/** Shows one for six seconds. @returns what settles when it is gone, with whether its action was chosen */
export function tell(
  text: string,
  options: { readonly kind?: Toast['kind']; readonly undo?: string } = {},
): Promise<boolean> {
  lastId += 1;
  const id = lastId;
  return new Promise((resolve) => {
    const end = (isUndone: boolean) => (): void => {
      clearTimeout(timer);
      dismiss(id);
      resolve(isUndone);
    };
    const timer = setTimeout(end(false), SHOWN_MS);
    const action = options.undo === undefined ? undefined : { label: options.undo, run: end(true) };
    toasts.update((all) => [...all.slice(-2), { id, text, kind: options.kind ?? 'done', action }]);
  });
}
