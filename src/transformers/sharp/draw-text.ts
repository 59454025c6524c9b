// https://sharp.pixelplumbing.com/api-constructor (text) https://docs.gtk.org/Pango/pango_markup.html
import { escapeHtml } from '../../naming/link-format.ts';

type OpenSharp = typeof import('sharp')['default'];

const FONT = 'sans bold';
const DPI = 300;
/** Where two glyphs are as large as each other by chance, they are not at another resolution too. */
const RESOLUTIONS = [DPI, 173] as const;
/** Of these no font has a glyph: the second is drawn where a box holds six digits. */
const NEVER_THERE = ['\u0378', '\u{10fffe}'] as const;
/** How far the shadow reaches, in pixels. */
const SHADOW = 3;

/** Draws a line of text, white before its own shadow, in PNG; `undefined` where the fonts of this machine lack a character. */
export async function drawText(open: OpenSharp, text: string): Promise<Uint8Array | undefined> {
  const characters = new Set(text.replaceAll(/\s/gu, ''));
  const boxes = await Promise.all(NEVER_THERE.map((character) => measure(open, character)));
  for (const character of characters) if (boxes.includes(await measure(open, character))) return undefined;
  const white = await draw(open, text, 'white', DPI).png().toBuffer();
  const shadow = await draw(open, text, 'black', DPI)
    .extend({ top: SHADOW, bottom: SHADOW, left: SHADOW, right: SHADOW, background: '#00000000' })
    .png()
    .toBuffer();
  return open(await open(shadow).blur(2).png().toBuffer())
    .composite([{ input: white }])
    .png()
    .toBuffer();
}

/** The size of a character's ink; what has none has none in any font. */
async function measure(open: OpenSharp, character: string): Promise<string | undefined> {
  const sizes = RESOLUTIONS.map(async (dpi) => {
    const { info } = await draw(open, character, 'black', dpi).png().toBuffer({ resolveWithObject: true });
    return `${info.width}x${info.height}`;
  });
  return (await Promise.all(sizes).catch(() => undefined))?.join();
}

const draw = (open: OpenSharp, text: string, color: 'white' | 'black', dpi: number) =>
  open({ text: { text: `<span foreground="${color}">${escapeHtml(text)}</span>`, font: FONT, rgba: true, dpi } });
