import { X } from 'lucide';
import { useStore } from '../state/store.ts';
import { dismiss, toasts } from '../state/toasts.ts';
import { useTexts } from '../texts/texts.ts';
import { Icon } from './icon.tsx';

/** The words about what has happened. */
export function ToastList() {
  const t = useTexts();
  const all = useStore(toasts);
  return (
    <div class="toasts" role="status" aria-live="polite">
      {all.map(({ id, text, action }) => (
        <div key={id} class="toast">
          <span class="grow">{text}</span>
          {action === undefined ? (
            <button type="button" aria-label={t.do.close} onClick={() => dismiss(id)}>
              <Icon of={X} />
            </button>
          ) : (
            <button type="button" onClick={action.run}>
              {action.label}
            </button>
          )}
        </div>
      ))}
    </div>
  );
}
