import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeHtml, LINK_FORMATS, toImageElement, toLinks } from '../../../src/naming/link-format.ts';

const ADDRESS = 'https://bed.example/i/images/a.png?x=1&y=2';

describe('links', () => {
  it('are written in every format', () => {
    expect(toLinks({ url: ADDRESS, name: 'a.png' })).toEqual({
      url: ADDRESS,
      markdown: `![a.png](${ADDRESS})`,
      markdown_with_link: `[![a.png](${ADDRESS})](${ADDRESS})`,
      html: '<img src="https://bed.example/i/images/a.png?x=1&amp;y=2" alt="a.png" title="a.png" />',
      bbcode: `[img]${ADDRESS}[/img]`,
    });
    expect(Object.keys(toLinks({ url: ADDRESS, name: '' }))).toEqual([...LINK_FORMATS]);
  });

  it.each([
    ['[f]\\.png', '![\\[f\\]\\\\.png](u)'],
    ['a\nb\u2028c', '![a b c](u)'],
    ['', '![](u)'],
  ])('name the image %j in Markdown as %j', (name, markdown) => {
    expect(toLinks({ url: 'u', name }).markdown).toBe(markdown);
  });

  it('let no name out of an attribute', () => {
    expect(toImageElement({ url: 'u', name: '"><script>\'' })).toBe(
      '<img src="u" alt="&quot;&gt;&lt;script&gt;&#39;">',
    );
  });

  it('stay on one line and within their marks, whatever the name', () => {
    const name = fc.string({ unit: fc.oneof(fc.constantFrom(...'[]()\\<>`"\'&\n\r\t!'), fc.string({ maxLength: 1 })) });
    fc.assert(
      fc.property(name, (text) => {
        const { markdown, markdown_with_link, html, bbcode } = toLinks({ url: 'u', name: text });
        const alternative = markdown.slice(2, -'](u)'.length);
        return (
          ![markdown, markdown_with_link, html, bbcode].some((link) => /[\n\r\u2028\u2029]/.test(link)) &&
          /^(?:\\[\\[\]<`]|[^\\[\]<`])*$/.test(alternative) &&
          /^<img src="u" alt="[^"<>]*" title="[^"<>]*" \/>$/.test(html)
        );
      }),
    );
  });
});

describe('text in HTML', () => {
  it('reads back as it was', () => {
    const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
    const readBack = (html: string): string => html.replace(/&([^;]+);/g, (_, name: string) => entities[name] ?? '?');
    const text = fc.string({ unit: fc.oneof(fc.constantFrom(...'&<>"\';#amplt39'), fc.string({ maxLength: 1 })) });
    fc.assert(fc.property(text, (given) => readBack(escapeHtml(given)) === given && !/[<>"']/.test(escapeHtml(given))));
  });
});
