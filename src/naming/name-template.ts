import { fileNameOf, isImageKey } from './key.ts';

/** What a name template may draw on. */
export const PLACEHOLDERS = ['yyyy', 'MM', 'dd', 'hash', 'uuid', 'name', 'ext', 'userId'] as const;

/** One of them. */
export type Placeholder = (typeof PLACEHOLDERS)[number];

/** Of these a template needs one, so that two images do not get one name. */
const DISTINGUISHING: ReadonlySet<string> = new Set<Placeholder>(['hash', 'uuid', 'name']);

/** The bed's own. */
export const DEFAULT_NAME_TEMPLATE = '{yyyy}/{MM}/{dd}/{hash}.{ext}';

const PART = /\{(\w+)\}/g;

/** Tells whether a template is made of known placeholders, tells images apart and makes keys that images may have. */
export function isNameTemplate(template: string, known: readonly string[] = PLACEHOLDERS): boolean {
  const used = [...template.matchAll(PART)].map(([, part = '']) => part);
  const isKnown = used.every((part) => known.includes(part)) && !/[{}]/.test(template.replace(PART, ''));
  return isKnown && used.some((part) => DISTINGUISHING.has(part)) && isImageKey(template.replace(/[{}]/g, ''));
}

/** Fills a template; a placeholder without a value stays as it is. */
export const fillNameTemplate = (template: string, values: Readonly<Partial<Record<Placeholder, string>>>): string => {
  const named = new Map<string, string>(Object.entries(values));
  return template.replace(PART, (whole, part: string) => named.get(part) ?? whole);
};

/** The hash of an image as its name shows it: half of its SHA-256, in hex. */
export const shortHash = (sha256: string): string => sha256.slice(0, 32);

/** Tells whether a key could have been made by `{hash}`; of which bytes, only its image says. */
export const mayShowHash = (key: string): boolean => /[0-9a-f]{32}[^/]*$/.test(key);

/** Tells whether a key shows the hash of these very bytes, so that it never stands for others. */
export const showsHash = (key: string, sha256: string | undefined): boolean =>
  /^[0-9a-f]{64}$/.test(sha256 ?? '') && fileNameOf(key).includes(shortHash(sha256 ?? ''));
