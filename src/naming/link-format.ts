const ENTITIES = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
]);

/** Writes text into HTML, also into a quoted attribute. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (sign) => ENTITIES.get(sign) ?? sign);

/** How the link of an image may be written; `html` is real HTML. */
export const LINK_FORMATS = ['url', 'markdown', 'markdown_with_link', 'html', 'bbcode'] as const;

/** One of them. */
export type LinkFormat = (typeof LINK_FORMATS)[number];

/** An image's address and what it is called. */
interface NamedLink {
  readonly url: string;
  readonly name: string;
}

const onOneLine = (text: string): string => text.replace(/[\p{Cc}\u2028\u2029]/gu, ' ');

/** Writes the shortest element that shows an image. */
export const toImageElement = ({ url, name }: NamedLink): string =>
  `<img src="${escapeHtml(url)}" alt="${escapeHtml(onOneLine(name))}">`;

/** Writes the link of an image in every format, each on one line. */
export function toLinks({ url, name }: NamedLink): Record<LinkFormat, string> {
  const text = onOneLine(name);
  // Tags and code bind closer than brackets.
  const markdown = `![${text.replace(/[\\[\]<`]/g, '\\$&')}](${url})`;
  return {
    url,
    markdown,
    markdown_with_link: `[${markdown}](${url})`,
    html: `<img src="${escapeHtml(url)}" alt="${escapeHtml(text)}" title="${escapeHtml(text)}" />`,
    bbcode: `[img]${url}[/img]`,
  };
}
