import { dragged } from '../state/dragged.ts';
import { textsNow } from '../texts/texts.ts';

/** Takes up images that are called so, under a word of how many they are. */
export function startDrag(
  event: DragEvent,
  names: ReadonlySet<string>,
  find: (names: ReadonlySet<string>) => Promise<readonly string[]>,
): void {
  const count = names.size;
  if (event.dataTransfer === null) return;
  event.dataTransfer.effectAllowed = 'copy';
  // Some browsers drag nothing that has no data.
  event.dataTransfer.setData('application/x-imagepic', String(count));
  const word = Object.assign(document.createElement('div'), {
    className: 'drag-word',
    textContent: textsNow().library.selected(count),
  });
  document.body.append(word);
  event.dataTransfer.setDragImage(word, -12, -8);
  const isFromStart = event.clientX < innerWidth / 2;
  // A browser ends a drag when what is under it changes as it begins.
  setTimeout(() => {
    word.remove();
    dragged.set({ count, loadIds: () => find(names), isFromStart });
    // What was taken up may have left the document, and then tells nobody that the drag is over; no pointer moves during one.
    addEventListener('pointermove', endDrag, { once: true });
  });
}

/** Lets them go where nothing takes them. */
export const endDrag = (): void => dragged.set(undefined);
