/** How links may be written. */
export const LINK_FORMATS = ['url', 'markdown', 'html', 'bbcode'] as const;

/** One of them. */
export type LinkFormat = (typeof LINK_FORMATS)[number];

/** Writes a link that shows an image, on one line. */
export function formatLink(format: LinkFormat, url: string, fileName: string): string {
  const text = fileName.replace(/[\p{Cc}\u2028\u2029]/gu, ' ');
  if (format === 'markdown') return `![${text.replace(/[\\[\]]/g, '\\$&')}](${url})`;
  if (format === 'html') return `<img src="${toHtml(url)}" alt="${toHtml(text)}">`;
  return format === 'bbcode' ? `[img]${url}[/img]` : url;
}

const toHtml = (text: string): string => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
