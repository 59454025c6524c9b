import { Download } from 'lucide';
import { BedError } from '../../client/index.ts';
import { tell } from '../state/toasts.ts';
import { useAction } from '../state/use-action.ts';
import { downloadZip, type Wanted } from '../state/zip.ts';
import { showBytes, textsNow, useTexts } from '../texts/texts.ts';
import { Button } from './button.tsx';

interface DownloadZipProps {
  readonly label?: string;
  /** How many they are, where that is known. */
  readonly count?: number;
  /** Finds out which images they are. */
  readonly loadWanted: () => Promise<Wanted>;
}

/** Downloads images as a zip, and says how many they are and how much that is. */
export function DownloadZip({ label, count, loadWanted }: DownloadZipProps) {
  const t = useTexts();
  const { run, isBusy } = useAction(async () => {
    try {
      void tell(await download(await loadWanted(), count));
    } catch (error) {
      void tell(toReason(error), { kind: 'failed' });
    }
  });
  return <Button icon={Download} label={isBusy ? t.zip.preparing : (label ?? t.do.download)} onClick={run} />;
}

/** What the bed says names ids and routes, which nobody sees here. */
function toReason(error: unknown): string {
  const { zip: words, failed } = textsNow();
  if (!(error instanceof BedError)) return failed.sorry;
  if (error.code === 'NoSuchKey') return words.gone;
  return error.code === 'EntityTooLarge' ? words.tooLarge : error.message;
}

async function download(wanted: Wanted, count: number | undefined): Promise<string> {
  const { zip: words, albums } = textsNow();
  if ('imageIds' in wanted && wanted.imageIds.length === 0) throw new BedError('InvalidArgument', albums.unknown);
  const { images, bytes, zips } = await downloadZip(wanted);
  const said = [words.coming(images, showBytes(bytes))];
  if (zips > 1) said.push(words.several(zips));
  if (count !== undefined && images < count) said.push(words.missing(count - images));
  return said.join(words.and);
}
