import { useEffect, useState } from 'preact/hooks';

/** What is selected of a folder. */
export interface Selection {
  readonly names: ReadonlySet<string>;
  set(names: Iterable<string>): void;
  toggle(name: string): void;
  clear(): void;
}

const keyOf = (folder: string): string => `imagepic.selection.${folder}`;

/** The selection of a folder; it survives a reload. */
export function useSelection(folder: string): Selection {
  const [names, setNames] = useState<ReadonlySet<string>>(() => read(folder));
  useEffect(() => setNames(read(folder)), [folder]);
  const set = (chosen: Iterable<string>): void => {
    const next = new Set(chosen);
    setNames(next);
    try {
      sessionStorage.setItem(keyOf(folder), JSON.stringify([...next]));
    } catch {
      // Too many to keep, or nowhere to keep them: the selection holds until the reload.
    }
  };
  return {
    names,
    set,
    clear: () => set([]),
    toggle: (name) => set(names.has(name) ? [...names].filter((other) => other !== name) : [...names, name]),
  };
}

function read(folder: string): ReadonlySet<string> {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(keyOf(folder)) ?? '[]');
    return new Set(Array.isArray(kept) ? kept.filter((name) => typeof name === 'string') : []);
  } catch {
    return new Set();
  }
}
