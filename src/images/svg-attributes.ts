// https://www.w3.org/TR/SVG2/linking.html and https://www.w3.org/TR/SVG2/attindex.html
import type { RemovedPart } from './removed.ts';
import { ANIMATIONS, DRAWING_ATTRIBUTES, OTHER_ATTRIBUTES } from './svg-lists.ts';
import { cleanStyle, isHarmlessValue, localReferences } from './svg-styles.ts';

const XLINK = 'http://www.w3.org/1999/xlink';
const XML = 'http://www.w3.org/XML/1998/namespace';
const XMLNS = 'http://www.w3.org/2000/xmlns/';
const LOCAL = /^#\S+$/;
const EMBEDDED = /^data:image\/(?:png|jpe?g|gif|webp|avif);base64,([A-Za-z0-9+/=\s]+)$/i;

/** An attribute as it was read, its name resolved. */
export interface Attribute {
  readonly local: string;
  readonly uri: string;
  readonly value: string;
}

/** What stays of an element's attributes. */
export interface CleanAttributes {
  /** By the names that they are written under. */
  readonly kept: ReadonlyMap<string, string>;
  /** The base64 of an image of another format, which is to be scrubbed before it is written. */
  readonly embedded: string | undefined;
  /** The ids of the parts of the image that the element is drawn with. */
  readonly references: readonly string[];
}

/** Whether an animation changes what may be changed; one of a reference or a script would bring back what was taken out. */
export function isHarmlessAnimation(element: string, attributes: readonly Attribute[]): boolean {
  if (!ANIMATIONS.has(element)) return true;
  const named = attributes.filter(({ local, uri }) => uri === '' && local === 'attributeName');
  return named.every(({ value }) => DRAWING_ATTRIBUTES.has(value.trim()));
}

/** What is gathered of an element's attributes. */
interface Gathered {
  readonly element: string;
  readonly kept: Map<string, string>;
  readonly references: string[];
  readonly note: (part: RemovedPart) => void;
  embedded: string | undefined;
}

function keepReference(gathered: Gathered, name: string, value: string): void {
  const { element, kept, references, note } = gathered;
  const reference = value.trim();
  const data = element === 'image' ? EMBEDDED.exec(reference)?.[1] : undefined;
  if (data !== undefined) gathered.embedded ??= data;
  else if (!LOCAL.test(reference)) note(/^\s*(?:javascript|data:(?!image\/))/i.test(value) ? 'script' : 'link');
  else if (element !== 'a' && element !== 'image') {
    kept.set(name, reference);
    references.push(reference.slice(1));
  }
}

function keepStyle({ kept, references, note }: Gathered, value: string): void {
  const { style, changed } = cleanStyle(value);
  if (changed) note('link');
  if (style !== '') kept.set('style', style);
  references.push(...localReferences(style));
}

function keepPlain({ kept, references, note }: Gathered, name: string, value: string): void {
  if (name === 'version' || name === 'baseProfile') return;
  if (!DRAWING_ATTRIBUTES.has(name) && !OTHER_ATTRIBUTES.has(name)) {
    note(/^on/i.test(name) ? 'script' : 'other');
  } else if (name !== 'id' && name !== 'class' && !isHarmlessValue(value)) note('link');
  else {
    kept.set(name, value);
    references.push(...localReferences(value));
  }
}

function keepAttribute(gathered: Gathered, { local, uri, value }: Attribute): void {
  if (local === 'href' && uri === '') keepReference(gathered, 'href', value);
  else if (local === 'href' && uri === XLINK) keepReference(gathered, 'xlink:href', value);
  else if (local === 'space' && uri === XML) gathered.kept.set('xml:space', value);
  else if (uri !== '') gathered.note('other');
  else if (local === 'style') keepStyle(gathered, value);
  else keepPlain(gathered, local, value);
}

/** Keeps of an element's attributes those that draw, and tells what the others were. */
export function cleanAttributes(
  element: string,
  attributes: readonly Attribute[],
  note: (part: RemovedPart) => void,
): CleanAttributes {
  const gathered: Gathered = { element, kept: new Map(), references: [], note, embedded: undefined };
  for (const attribute of attributes) if (attribute.uri !== XMLNS) keepAttribute(gathered, attribute);
  return gathered;
}
