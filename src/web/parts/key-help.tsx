import { useTexts } from '../texts/texts.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';

/** What each key does, and whether it goes with others. */
const KEYS = [
  ['palette', '⌘ / Ctrl + K'],
  ['arrows', '← ↑ → ↓'],
  ['enter', 'Enter'],
  ['space', 'Space'],
  ['shift', 'Shift'],
  ['all', '⌘ / Ctrl + A'],
  ['copy', '⌘ / Ctrl + C'],
  ['remove', 'Delete'],
  ['filter', '/'],
  ['escape', 'Esc'],
  ['help', '?'],
] as const;

/** What can be done by keys. */
export function KeyHelp({ onClose }: { readonly onClose: () => void }) {
  const t = useTexts();
  return (
    <Dialog title={t.library.help} onClose={onClose}>
      <dl class="keys">
        {KEYS.map(([key, shown]) => (
          <div key={key}>
            <dt>
              <kbd>{shown}</kbd>
            </dt>
            <dd>{t.library.keys[key]}</dd>
          </div>
        ))}
      </dl>
      <Button label={t.do.close} onClick={onClose} />
    </Dialog>
  );
}
