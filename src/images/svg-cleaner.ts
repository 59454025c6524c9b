// https://www.w3.org/TR/SVG2/struct.html
// A strict reader tells what browsers would; of that only what draws is written anew, so that nobody reads it differently.
import { SaxesParser } from 'saxes';
import { ImageError } from './image-error.ts';
import type { ImageSize } from './image-size.ts';
import type { RemovedPart } from './removed.ts';
import { type Attribute, cleanAttributes, isHarmlessAnimation } from './svg-attributes.ts';
import { ELEMENTS, RUNNING_ELEMENTS, TEXT_ELEMENTS } from './svg-lists.ts';
import { createReferences } from './svg-references.ts';
import { measureSvg } from './svg-size.ts';
import { cleanStyle } from './svg-styles.ts';

const SVG = 'http://www.w3.org/2000/svg';
const NAMESPACES = `xmlns="${SVG}" xmlns:xlink="http://www.w3.org/1999/xlink"`;
/** How deep elements may be nested: those who draw them go down with them. */
const MAX_DEPTH = 256;

/** Something to write: text, or the base64 of an image that stands in an attribute of its own. */
export type Piece = string | { readonly embedded: string };

/** Cleans an SVG while its text comes in. */
export interface SvgCleaner {
  /** @throws {ImageError} svg-malformed, svg-entities, svg-too-complex, svg-no-root */
  write(text: string): void;
  end(): void;
  /** Gives what there is to write, once. */
  take(): readonly Piece[];
  /** The size of the root; nothing before it has come. */
  size(): ImageSize | undefined;
}

const toReference = (char: string): string => `&#${char.charCodeAt(0)};`;
const escapeText = (text: string): string => text.replace(/[&<>]/g, toReference);
// Line ends and tabs would be read as spaces.
const escapeValue = (value: string): string => escapeText(value).replace(/["\n\r\t]/g, toReference);

interface Tag {
  readonly local: string;
  readonly uri: string;
  readonly attributes: Readonly<Record<string, Attribute>>;
}

const isSvg = ({ local, uri }: Tag): boolean => uri === SVG && ELEMENTS.has(local);

/** Says what an element is that does not stay; nothing of one that does. */
function partOf(tag: Tag): RemovedPart | undefined {
  const { local, uri, attributes } = tag;
  if (RUNNING_ELEMENTS.has(local)) return 'script';
  if (isSvg(tag)) return isHarmlessAnimation(local, Object.values(attributes)) ? undefined : 'script';
  if (uri === SVG && local === 'metadata') return 'xmp';
  return uri === SVG && (local === 'title' || local === 'desc') ? 'comment' : 'other';
}

/** Creates the cleaning of one SVG. */
export function createSvgCleaner(note: (part: RemovedPart) => void): SvgCleaner {
  const parser = new SaxesParser({ xmlns: true, position: false });
  const references = createReferences();
  const open: string[] = [];
  let pieces: Piece[] = [];
  /** Whether the last begun tag still lacks its end. */
  let unclosed = false;
  /** How many elements are open of a subtree that does not stay. */
  let skipped = 0;
  let style = '';
  let size: ImageSize | undefined;

  const closeStart = (): void => {
    if (unclosed) pieces.push('>');
    unclosed = false;
  };

  const keep = ({ local, attributes }: Tag): void => {
    const { kept, embedded, references: ids } = cleanAttributes(local, Object.values(attributes), note);
    references.open(kept.get('id'), ids);
    closeStart();
    const written = [...kept].map(([name, value]) => ` ${name}="${escapeValue(value)}"`).join('');
    pieces.push(`<${local}${open.length === 0 ? ` ${NAMESPACES}` : ''}${written}`);
    if (embedded !== undefined) pieces.push({ embedded });
    unclosed = true;
    open.push(local);
    size ??= measureSvg(kept);
  };

  const begin = (tag: Tag): void => {
    if (open.length === 0 && !(tag.local === 'svg' && isSvg(tag))) throw new ImageError('svg-no-root');
    if (open.length + skipped >= MAX_DEPTH) throw new ImageError('svg-too-complex');
    const part = skipped === 0 ? partOf(tag) : 'other';
    if (part === undefined) {
      keep(tag);
      return;
    }
    if (skipped === 0) note(part);
    skipped += 1;
  };

  const writeStyle = (): void => {
    const clean = cleanStyle(style);
    if (clean.changed) note('link');
    if (clean.style !== '') {
      closeStart();
      pieces.push(escapeText(clean.style));
    }
    style = '';
  };

  const end = (): void => {
    if (skipped > 0) {
      skipped -= 1;
      return;
    }
    if (open.at(-1) === 'style') writeStyle();
    const name = open.pop();
    references.close();
    pieces.push(unclosed ? '/>' : `</${name}>`);
    unclosed = false;
  };

  const text = (said: string): void => {
    const within = open.at(-1) ?? '';
    if (skipped > 0) return;
    if (within === 'style') style += said;
    else if (TEXT_ELEMENTS.has(within)) {
      closeStart();
      pieces.push(escapeText(said));
    } else if (said.trim() !== '') note('comment');
  };

  parser.on('error', () => {
    throw new ImageError('svg-malformed');
  });
  parser.on('doctype', (doctype) => {
    if (/<!ENTITY/i.test(doctype)) throw new ImageError('svg-entities');
  });
  parser.on('comment', () => note('comment'));
  parser.on('processinginstruction', ({ target }) => note(target === 'xml-stylesheet' ? 'link' : 'other'));
  parser.on('opentag', begin);
  parser.on('closetag', end);
  parser.on('text', text);
  parser.on('cdata', text);

  return {
    write: (said) => void parser.write(said),
    end() {
      parser.close();
      if (references.isTooMuch()) throw new ImageError('svg-too-complex');
    },
    take() {
      const taken = pieces;
      pieces = [];
      return taken;
    },
    size: () => size,
  };
}
