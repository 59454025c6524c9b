import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { takerAt } from '../state/drop-takers.ts';
import { readDropped } from '../state/dropped.ts';
import { receiveFiles } from '../state/receive-files.ts';
import { textsNow } from '../texts/texts.ts';

const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') === true;

/** Takes what is dropped or pasted, wherever on the page, for whoever is there to take it, or else for the queue. */
export function DropAnywhere({ children }: { readonly children: ComponentChildren }) {
  const [over, setOver] = useState<string>();
  useEffect(() => {
    const end = new AbortController();
    const on = <Name extends keyof WindowEventMap>(name: Name, listener: (event: WindowEventMap[Name]) => void): void =>
      addEventListener(name, listener, { signal: end.signal });
    on('dragover', (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(takerAt(event.target)?.text ?? textsNow().upload.dropNow);
    });
    on('dragleave', (event) => {
      if (event.relatedTarget === null) setOver(undefined);
    });
    on('drop', (event) => {
      setOver(undefined);
      if (event.dataTransfer === null || !hasFiles(event)) return;
      event.preventDefault();
      const taker = takerAt(event.target);
      void readDropped(event.dataTransfer.items).then(taker?.take ?? receiveFiles);
    });
    on('paste', (event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length === 0) return;
      event.preventDefault();
      void (takerAt(event.target)?.take ?? receiveFiles)(files);
    });
    return () => end.abort();
  }, []);
  return (
    <>
      {children}
      {over !== undefined && <div class="drop-anywhere">{over}</div>}
    </>
  );
}
