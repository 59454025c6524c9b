import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SEARCH, STYLE } from './assets.ts';
import { createDocument } from './document.ts';
import { renderReference } from './reference-page.ts';

/** Writes the OpenAPI document and the page that shows it, as `http/reference.ts` serves them, into an empty folder. */
export async function writeReference(folder: string): Promise<void> {
  const document = await createDocument();
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const keep = async (name: string, ending: string, contents: string): Promise<string> => {
    const hashed = `${name}-${createHash('sha256').update(contents).digest('hex').slice(0, 8)}.${ending}`;
    await writeFile(join(folder, hashed), contents);
    return hashed;
  };
  const assets = { style: await keep('style', 'css', STYLE), script: await keep('search', 'js', SEARCH) };
  await writeFile(join(folder, 'openapi.json'), JSON.stringify(document));
  for (const language of ['zh', 'en'] as const) {
    await writeFile(join(folder, `${language}.html`), renderReference(document, language, assets));
  }
}
