import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { readDropped } from '../state/dropped.ts';
import { receiveFiles } from '../state/receive-files.ts';
import { useTexts } from '../texts/texts.ts';

const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') === true;

/** Takes what is dropped or pasted, wherever on the page. */
export function DropAnywhere({ children }: { readonly children: ComponentChildren }) {
  const t = useTexts();
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    const end = new AbortController();
    const on = <Name extends keyof WindowEventMap>(name: Name, listener: (event: WindowEventMap[Name]) => void): void =>
      addEventListener(name, listener, { signal: end.signal });
    on('dragover', (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(true);
    });
    on('dragleave', (event) => {
      if (event.relatedTarget === null) setOver(false);
    });
    on('drop', (event) => {
      setOver(false);
      if (event.dataTransfer === null || !hasFiles(event)) return;
      event.preventDefault();
      void readDropped(event.dataTransfer.items).then(receiveFiles);
    });
    on('paste', (event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length === 0) return;
      event.preventDefault();
      void receiveFiles(files);
    });
    return () => end.abort();
  }, []);
  return (
    <>
      {children}
      {isOver && <div class="drop-anywhere">{t.upload.dropNow}</div>}
    </>
  );
}
