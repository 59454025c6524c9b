const ZONE = /(Z|GMT|UTC|[+-]\d\d:?\d\d)$/;

/** Reads a date in whichever form a store writes it; without a zone it is in GMT. */
function readDate(text: string): Date | undefined {
  const trimmed = text.trim();
  if (!/\b\d{4}\b|^\d{4}/.test(trimmed)) return undefined;
  const date = new Date(ZONE.test(trimmed) ? trimmed : `${trimmed} GMT`);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** Puts the date of an object into the form that the SDK reads, and leaves out what is none: one odd member fails no answer. */
export function mendDateHeader(headers: Record<string, string>): void {
  const { 'last-modified': text } = headers;
  if (text === undefined) return;
  const date = readDate(text);
  if (date === undefined) delete headers['last-modified'];
  else headers['last-modified'] = date.toUTCString();
}

/** Also an empty one, which may be said in one tag. */
const MEMBER = /<(LastModified|CreationDate|Initiated|Size)(?:\s[^<>]*)?(?:\/>|>([^<]*)<\/\1\s*>)/g;

/** Does the same with the dates and sizes of what a call that lists is answered with. */
export function mendListed(bytes: Buffer, commandName: string): Buffer {
  if (!commandName.startsWith('List')) return bytes;
  const text = bytes.toString('latin1');
  const mended = text.replace(MEMBER, (whole, name: string, value = '') => {
    if (name === 'Size') return /^\s*\d{1,15}\s*$/.test(value) ? whole : '';
    const date = readDate(value);
    return date === undefined ? '' : `<${name}>${date.toISOString()}</${name}>`;
  });
  return mended === text ? bytes : Buffer.from(mended, 'latin1');
}
