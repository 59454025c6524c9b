import { useState } from 'preact/hooks';
import { type Dragged, dragged } from '../state/dragged.ts';

/** Makes something take images that are dragged onto it. */
export function useDropTarget(onDrop: (images: Dragged) => void) {
  const [isOver, setOver] = useState(false);
  const offer = (event: DragEvent): void => {
    if (dragged.value === undefined) return;
    event.preventDefault();
    if (event.dataTransfer !== null) event.dataTransfer.dropEffect = 'copy';
    setOver(true);
  };
  return {
    isOver,
    handlers: {
      onDragEnter: offer,
      onDragOver: offer,
      onDragLeave: ({ currentTarget, relatedTarget }: DragEvent) => {
        const isWithin = currentTarget instanceof Node && relatedTarget instanceof Node;
        if (!isWithin || !currentTarget.contains(relatedTarget)) setOver(false);
      },
      onDrop: (event: DragEvent) => {
        const images = dragged.value;
        setOver(false);
        if (images === undefined) return;
        event.preventDefault();
        dragged.set(undefined);
        onDrop(images);
      },
    },
  };
}
