import { Columns2 } from 'lucide';
import { useEffect, useState } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Wrong } from '../../parts/failure.tsx';
import { Loading } from '../../parts/loading.tsx';
import { toWebp } from '../../state/compression.ts';
import { useLoaded } from '../../state/use-loaded.ts';
import { showBytes, showPercent, useTexts } from '../../texts/texts.ts';

/** A look at an image before and after compression, side by side under one slider. */
export function Comparison({ quality }: { readonly quality: number }) {
  const t = useTexts();
  const [file, setFile] = useState<File>();
  const pick = (): void => {
    const input = document.createElement('input');
    input.type = 'file';
    input.accept = 'image/jpeg,image/png';
    input.onchange = () => setFile(input.files?.[0]);
    input.click();
  };
  return (
    <>
      <Button icon={Columns2} label={t.upload.compare} onClick={pick} />
      {file !== undefined && (
        <Dialog title={t.upload.compareTitle} isWide onClose={() => setFile(undefined)}>
          <BeforeAfter file={file} quality={quality} />
          <div class="row">
            <Button label={t.do.close} onClick={() => setFile(undefined)} />
          </div>
        </Dialog>
      )}
    </>
  );
}

function BeforeAfter({ file, quality }: { readonly file: File; readonly quality: number }) {
  const t = useTexts();
  const [made] = useLoaded(() => toWebp(file, quality / 100), [file, quality]);
  const [share, setShare] = useState(50);
  const before = useObjectUrl(file);
  const after = useObjectUrl(made.state === 'ready' ? made.value : undefined);
  if (made.state === 'loading') return <Loading />;
  if (made.state === 'failed') return <Wrong error={made.error} />;
  const saved = 1 - made.value.size / file.size;
  return (
    <div class="stack">
      <div class="before-after" style={{ '--share': `${share}%` }}>
        <img src={before} alt={t.upload.before} />
        <img src={after} alt={t.upload.after} class="after" />
      </div>
      <input
        type="range"
        min={0}
        max={100}
        value={share}
        aria-label={`${t.upload.before} / ${t.upload.after}`}
        onInput={({ currentTarget }) => setShare(Number(currentTarget.value))}
      />
      <div class="row apart small soft">
        <span>{t.upload.before}</span>
        <span>
          {saved > 0
            ? t.upload.saved(showBytes(file.size), showBytes(made.value.size), showPercent(saved))
            : t.upload.larger}
        </span>
        <span>{t.upload.after}</span>
      </div>
    </div>
  );
}

function useObjectUrl(blob: Blob | undefined): string | undefined {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    if (blob === undefined) return undefined;
    const made = URL.createObjectURL(blob);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  return url;
}
