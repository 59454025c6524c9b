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

/** Writes the link of an image in every format, each on one line. */
export function toLinks({ url, name }: { readonly url: string; readonly name: string }): Record<LinkFormat, string> {
  const text = name.replace(/[\p{Cc}\u2028\u2029]/gu, ' ');
  const markdown = `![${text.replace(/[\\[\]]/g, '\\$&')}](${url})`;
  return {
    url,
    markdown,
    markdown_with_link: `[${markdown}](${url})`,
    html: `<img src="${escapeHtml(url)}" alt="${escapeHtml(text)}" title="${escapeHtml(text)}" />`,
    bbcode: `[img]${url}[/img]`,
  };
}
