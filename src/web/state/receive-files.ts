import { textsNow } from '../texts/texts.ts';
import { compressFiles } from './compression.ts';
import { go, place } from './location.ts';
import { addFiles } from './queue.ts';
import { tell } from './toasts.ts';

/** Puts files into the queue: from the library into the folder that it shows, else into the one of the settings. */
export async function receiveFiles(files: readonly File[]): Promise<void> {
  if (files.length === 0) {
    void tell(textsNow().upload.none, { kind: 'failed' });
    return;
  }
  const [screen, bucketName, ...folder] = place.value;
  const inLibrary = screen === 'library' && bucketName !== undefined;
  if (!inLibrary && screen !== 'upload') go('upload');
  addFiles(await compressFiles(files), inLibrary ? { bucketName, folder: folder.join('/') } : {});
  if (!inLibrary) return;
  const { upload } = textsNow();
  if (await tell(upload.added(files.length), { undo: upload.show })) go('upload');
}
