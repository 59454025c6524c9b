import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Route } from '../routes.ts';
import { createStore, useStore } from '../state/store.ts';

interface PaletteProps {
  readonly routes: readonly Route[];
  readonly onClose: () => void;
}

const isOpen = createStore(false);

/** Shows the palette. */
export const openPalette = (): void => isOpen.set(true);

/** The palette, wherever on the page ⌘K or Ctrl+K is pressed; its code comes with the first time. */
export function PaletteAnywhere({ routes }: { readonly routes: readonly Route[] }) {
  const shown = useStore(isOpen);
  const [Loaded, setLoaded] = useState<ComponentType<PaletteProps>>();
  useEffect(() => {
    const end = new AbortController();
    const press = (event: KeyboardEvent): void => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey)
        return;
      event.preventDefault();
      // Over a dialog that wants an answer nobody goes anywhere.
      if (document.querySelector('dialog[open]') === null) openPalette();
    };
    addEventListener('keydown', press, { signal: end.signal });
    return () => {
      end.abort();
      isOpen.set(false);
    };
  }, []);
  useEffect(() => {
    if (shown && Loaded === undefined) {
      import('./palette.tsx').then(
        ({ Palette }) => setLoaded(() => Palette),
        () => isOpen.set(false),
      );
    }
  }, [shown]);
  return shown && Loaded !== undefined ? <Loaded routes={routes} onClose={() => isOpen.set(false)} /> : null;
}
