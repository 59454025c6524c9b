import { useEffect } from 'preact/hooks';
import { toAskedHref } from '../state/location.ts';

/** Wherever `/` is pressed, one can write what is looked for: in the box of the screen, or on the screen that has one. */
export function useSearchAnywhere(): void {
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
      if (isElsewhere(event.target)) return;
      event.preventDefault();
      const box = document.querySelector<HTMLInputElement>('main input[type=search]');
      if (box === null) location.hash = toAskedHref('', 'library');
      else box.focus();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, []);
}

/** Whether somebody writes, or is asked something that wants an answer. */
const isElsewhere = (target: EventTarget | null): boolean =>
  document.querySelector('dialog[open]') !== null ||
  (target instanceof Element && target.closest('input, textarea, select') !== null);
