import { Link, X } from 'lucide';
import type { ComponentChildren } from 'preact';
import type { Selection } from '../state/selection.ts';
import { useTexts } from '../texts/texts.ts';
import { Button } from './button.tsx';
import { copyLinks } from './copy-links.ts';
import type { GridImage } from './grid-image.ts';

interface BatchBarProps {
  readonly images: readonly GridImage[];
  readonly selection: Selection;
  /** What can be done with them besides copying their links. */
  readonly children: ComponentChildren;
}

/** What can be done with what is selected. */
export function BatchBar({ images, selection, children }: BatchBarProps) {
  const t = useTexts();
  const { names } = selection;
  return (
    <div class="row grow batch-bar" role="toolbar" aria-label={t.library.selected(names.size)}>
      <Button isBare kind="quiet" icon={X} label={t.library.clear} onClick={selection.clear} />
      <strong class="grow" role="status">
        {t.library.selected(names.size)}
      </strong>
      <Button kind="quiet" label={t.library.selectAll} onClick={() => selection.set(images.map(({ name }) => name))} />
      <div class="row">
        <Button icon={Link} label={t.library.copyLinks} onClick={() => copyLinks(images, names)} />
        {children}
      </div>
    </div>
  );
}
