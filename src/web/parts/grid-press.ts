import type { Selection } from '../state/selection.ts';
import { copyLinks } from './copy-links.ts';
import type { GridImage } from './grid-image.ts';
import { type TileLayout, tileBeyond } from './grid-layout.ts';

interface PressOptions {
  readonly at: number;
  readonly rowsSeen: number;
  readonly layout: TileLayout;
  readonly images: readonly GridImage[];
  readonly selection: Selection;
  readonly moveTo: (index: number, isRange: boolean) => void;
  readonly open: (index: number) => void;
  readonly onHelp: () => void;
  readonly onRemove: (names: readonly string[]) => void;
}

/** The keys of the grid. */
export function createPress(options: PressOptions): (event: KeyboardEvent) => void {
  const { layout, at, rowsSeen, images, selection, moveTo, open, onHelp, onRemove } = options;
  const page = Math.max(1, rowsSeen - 4);
  const goals: Readonly<Record<string, () => number>> = {
    ArrowLeft: () => at - 1,
    ArrowRight: () => at + 1,
    ArrowUp: () => tileBeyond(layout, at, -1),
    ArrowDown: () => tileBeyond(layout, at, 1),
    PageUp: () => tileBeyond(layout, at, -page),
    PageDown: () => tileBeyond(layout, at, page),
    Home: () => 0,
    End: () => images.length - 1,
  };
  const plain: Readonly<Record<string, () => void>> = {
    Enter: () => open(at),
    ' ': () => images[at] && selection.toggle(images[at].name),
    Escape: selection.clear,
    '?': onHelp,
    Delete: () => remove(),
    Backspace: () => remove(),
  };
  const withControl: Readonly<Record<string, () => void>> = {
    a: () => selection.set(images.map(({ name }) => name)),
    c: () => copyLinks(images, selected()),
  };
  const selected = (): ReadonlySet<string> =>
    selection.names.size > 0 ? selection.names : new Set(images[at] === undefined ? [] : [images[at].name]);
  const remove = (): void => {
    const names = [...selected()];
    if (names.length === 0) return;
    selection.clear();
    onRemove(names);
  };
  return (event) => {
    const goal = goals[event.key];
    const act = event.ctrlKey || event.metaKey ? withControl[event.key] : plain[event.key];
    if (goal === undefined && act === undefined) return;
    event.preventDefault();
    if (goal === undefined) act?.();
    else moveTo(goal(), event.shiftKey);
  };
}
