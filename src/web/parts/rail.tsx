import { Search } from 'lucide';
import type { Route } from '../routes.ts';
import { toHref } from '../state/location.ts';
import { queue } from '../state/queue.ts';
import { useStore } from '../state/store.ts';
import { useTexts } from '../texts/texts.ts';
import { Icon } from './icon.tsx';
import { openPalette } from './palette-anywhere.tsx';

interface RailProps {
  readonly routes: readonly Route[];
  readonly current: string;
}

const SHORTCUT = /Mac|iP(?:hone|ad)/.test(navigator.userAgent) ? '⌘K' : 'Ctrl K';

/** The navigation: at the side, on phones below. */
export function Rail({ routes, current }: RailProps) {
  const t = useTexts();
  const uploads = useStore(queue);
  const left = uploads.filter(({ state }) => state !== 'done' && state !== 'failed').length;
  return (
    <nav class="rail" aria-label={t.nav.label}>
      <a class="brand" href={toHref('upload')}>
        <img src="icon.svg" alt="" width={28} height={28} />
        <span>imagepic</span>
      </a>
      <button type="button" class="to" aria-haspopup="dialog" aria-label={t.palette.title} onClick={openPalette}>
        <Icon of={Search} />
        <span>{t.palette.title}</span>
        <kbd>{SHORTCUT}</kbd>
      </button>
      {routes.map(({ path, icon, name, isOnlyWide }) =>
        icon === undefined ? null : (
          <a
            key={path}
            class={`to ${path === 'profile' ? 'end' : ''} ${isOnlyWide ? 'only-wide' : ''}`}
            href={toHref(path)}
            aria-current={path === current ? 'page' : undefined}
          >
            <Icon of={icon} />
            <span>{name(t)}</span>
            {path === 'upload' && left > 0 && <span class="badge accent">{left}</span>}
          </a>
        ),
      )}
    </nav>
  );
}
