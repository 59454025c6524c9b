import type { IconNode } from 'lucide';
import { h } from 'preact';

/** An icon of Lucide; decoration, so that what it stands for is said beside it. @see https://lucide.dev */
export const Icon = ({ of }: { readonly of: IconNode }) => (
  <svg
    class="icon"
    viewBox="0 0 24 24"
    fill="none"
    stroke="currentColor"
    stroke-width="1.75"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
  >
    {of.map(([tag, attributes], index) => h(tag, { ...attributes, key: index }))}
  </svg>
);
