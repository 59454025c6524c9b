import { textsNow } from '../texts/texts.ts';
import { tell } from './toasts.ts';

/** Copies a text, and says so. */
export async function copyText(text: string, said: string = textsNow().do.copied): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    void tell(said);
  } catch {
    void tell(textsNow().failed.clipboard, { kind: 'failed' });
  }
}
