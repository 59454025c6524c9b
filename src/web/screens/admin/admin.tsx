import './admin.css';
import type { ComponentType } from 'preact';
import { place, toHref } from '../../state/location.ts';
import { useStore } from '../../state/store.ts';
import { useTexts } from '../../texts/texts.ts';
import type { Texts } from '../../texts/zh.ts';
import { Buckets } from './buckets.tsx';
import { HealthState } from './health-state.tsx';
import { People } from './people.tsx';
import { Presets } from './presets.tsx';

/** Its parts, each an address of its own. */
const PARTS: readonly { readonly path: string; readonly name: (t: Texts) => string; readonly Part: ComponentType }[] = [
  { path: 'people', name: (t) => t.admin.people, Part: People },
  { path: 'buckets', name: (t) => t.admin.buckets, Part: Buckets },
  { path: 'presets', name: (t) => t.admin.presets, Part: Presets },
];

/** What an admin looks after. */
export function Admin() {
  const t = useTexts();
  const [, path] = useStore(place);
  const current = PARTS.find((part) => part.path === path) ?? PARTS[0];
  if (current === undefined) return null;
  const { Part } = current;
  return (
    <div class="page stack">
      <h1>{t.admin.title}</h1>
      <HealthState />
      <nav class="segments" aria-label={t.admin.title}>
        {PARTS.map((part) => (
          <a
            key={part.path}
            class="admin-part"
            href={toHref('admin', part.path)}
            aria-current={part === current ? 'page' : undefined}
          >
            {part.name(t)}
          </a>
        ))}
      </nav>
      <Part key={current.path} />
    </div>
  );
}
