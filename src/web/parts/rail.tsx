import { Search } from 'lucide';
import type { ComponentChildren } from 'preact';
import type { Route } from '../routes.ts';
import { undecided } from '../state/dragged.ts';
import { toHref } from '../state/location.ts';
import { queue } from '../state/queue.ts';
import { useStore } from '../state/store.ts';
import { useTexts } from '../texts/texts.ts';
import { useDropTarget } from './drop-target.ts';
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
      {routes.map((route) => (
        <To key={route.path} route={route} isCurrent={route.path === current}>
          {route.path === 'upload' && left > 0 && <span class="badge accent">{left}</span>}
        </To>
      ))}
    </nav>
  );
}

interface ToProps {
  readonly route: Route;
  readonly isCurrent: boolean;
  readonly children: ComponentChildren;
}

/** The way to a screen; what is dragged onto that of the albums goes into one of them. */
function To({ route: { path, icon, name, isOnlyWide }, isCurrent, children }: ToProps) {
  const t = useTexts();
  const { isOver, handlers } = useDropTarget(undecided.set);
  if (icon === undefined) return null;
  const kinds = ['to', path === 'profile' && 'end', isOnlyWide === true && 'only-wide', isOver && 'over'];
  return (
    <a
      class={kinds.filter(Boolean).join(' ')}
      href={toHref(path)}
      aria-current={isCurrent ? 'page' : undefined}
      {...(path === 'albums' && handlers)}
    >
      <Icon of={icon} />
      <span>{name(t)}</span>
      {children}
    </a>
  );
}
