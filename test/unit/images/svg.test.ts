import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { ImageError, type RemovedPart, scrubImage } from '../../../src/images/index.ts';
import { readFixture } from '../../support/images/fixtures.ts';
import { inPieces, LIMITS, refusal } from '../../support/images/scrub.ts';

const TAKING = { ...LIMITS, svg: true };
const NAMESPACES = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"';
const svg = (content: string, attributes = ''): string => `<svg ${NAMESPACES}${attributes}>${content}</svg>`;

async function clean(image: string | Uint8Array, lengths?: readonly number[]) {
  const written: Uint8Array[] = [];
  const removed = new Set<RemovedPart>();
  const facts = await scrubImage(
    inPieces(Buffer.from(image), lengths),
    (chunk) => void written.push(chunk),
    TAKING,
    (part) => removed.add(part),
  );
  return { facts, text: Buffer.concat(written).toString(), removed: [...removed].sort() };
}

const BASE64 = Buffer.from('<svg onload="alert(1)"/>').toString('base64');
/** What attacks are made of; every one holds a word that must not be left. */
const ATTACKS: readonly (readonly [what: string, content: string, part: RemovedPart])[] = [
  ['a script', '<script>evil()</script>', 'script'],
  ['a script of another name', '<x:script xmlns:x="http://www.w3.org/2000/svg">evil()</x:script>', 'script'],
  ['a script of HTML', '<h:script xmlns:h="http://www.w3.org/1999/xhtml" src="//evil"/>', 'script'],
  ['a script in another language', '<handler type="text/ecmascript">evil()</handler>', 'script'],
  ['what happens on a click', '<rect onclick="evil()"/>', 'script'],
  ['what happens on its load', '<g ONLOAD="evil()"/>', 'script'],
  ['what happens as an animation begins', '<animate attributeName="x" onbegin="evil()"/>', 'script'],
  ['HTML', '<foreignObject><b xmlns="http://www.w3.org/1999/xhtml">evil</b></foreignObject>', 'script'],
  ['a frame', '<iframe xmlns="http://www.w3.org/1999/xhtml" src="//evil"/>', 'script'],
  ['a link that runs', '<a xlink:href="javascript:evil()"><text>x</text></a>', 'script'],
  ['a link that runs, spelt otherwise', '<a href=" java&#10;script:evil()"><text>x</text></a>', 'link'],
  ['a link that is a page', '<a href="data:text/html,evil"><text>x</text></a>', 'script'],
  ['a reference to another file', '<use href="https://evil.example/a.svg#x"/>', 'link'],
  ['a reference that is an SVG', `<use href="data:image/svg+xml;base64,${BASE64}evil"/>`, 'link'],
  ['a picture from elsewhere', '<image href="https://evil.example/a.png"/>', 'link'],
  ['a picture that is an SVG', `<image href="data:image/svg+xml;base64,${BASE64}evil"/>`, 'link'],
  ['a picture of a filter from elsewhere', '<filter><feImage href="//evil.example/x"/></filter>', 'link'],
  ['an animated reference', '<set attributeName="xlink:href" to="javascript:evil()"/>', 'script'],
  ['an animated event', '<animate attributeName="onclick" values="evil()"/>', 'script'],
  ['an animated colour from elsewhere', '<animate attributeName="fill" to="url(//evil#a)"/>', 'link'],
  ['a colour from elsewhere', '<rect fill="url(https://evil.example/a.svg#b)"/>', 'link'],
  ['a colour with an escape', '<rect fill="u\\72l(//evil)"/>', 'link'],
  ['a style from elsewhere', '<rect style="fill:url(//evil)"/>', 'link'],
  ['a style with a set of images', '<rect style="background:image-set(\'//evil\' 1x)"/>', 'link'],
  ['a style that is computed', '<rect style="width:expression(evil())"/>', 'link'],
  ['a sheet that imports', '<style>@import "//evil";</style>', 'link'],
  ['a sheet that imports twice over', '<style>@imp@import "a";ort "//evil";</style>', 'link'],
  ['a sheet with an escape', '<style>@\\69mport "//evil";</style>', 'link'],
  ['a sheet with a comment in a name', '<style>a{fill:u/**/rl(//evil)}</style>', 'link'],
  ['a sheet with a font', '<style>@font-face{src:url(//evil)}</style>', 'link'],
  ['a sheet in a section', '<style><![CDATA[a{background:url("//evil")}]]></style>', 'link'],
  ['a base', '<g xml:base="//evil"/>', 'other'],
  ['a comment', '<!-- evil -->', 'comment'],
  ['a sheet beside it', '<?xml-stylesheet href="//evil"?>', 'link'],
  ['a title', '<title>evil</title>', 'comment'],
  ['metadata', '<metadata><rdf xmlns="urn:x">evil</rdf></metadata>', 'xmp'],
  ['what an editor writes', '<g xmlns:i="urn:i" i:label="evil"/>', 'other'],
  ['a text that is not drawn', '<g>evil</g>', 'comment'],
];

describe('an SVG', () => {
  it('is refused by name where nobody says that it is taken', async () => {
    expect(await refusal(Buffer.from(svg('')))).toMatchObject({ code: 'unknown-format', facts: { found: 'svg' } });
  });

  it.each(ATTACKS)('loses %s', async (_, content, part) => {
    for (const within of [content, `<g>${content}</g>`]) {
      const { text, removed } = await clean(svg(`${within}<rect width="1" height="2"/>`));
      expect(text).not.toMatch(/evil|alert|script|foreignObject/i);
      expect(removed).toContain(part);
      expect(text).toContain('<rect width="1" height="2"/></svg>');
    }
  });

  it('keeps what draws it', async () => {
    const drawn = svg(
      '<style>.a{fill:url(#g);filter:blur(2px)} @media (min-width:9px){.a{fill:red}}</style><defs><linearGradient id="g"><stop offset="0" stop-color="#f00"/></linearGradient></defs><g class="a" transform="rotate(3 4 5)"><path d="M0 0L9 9z"/><text xml:space="preserve">a &#60; b <tspan>c</tspan></text><use href="#g"/><use xlink:href="#g"/><animate attributeName="x" values="1;2" dur="1s"/></g>',
      ' width="20" height="10" viewBox="0 0 40 20"',
    );
    expect(await clean(drawn)).toEqual({
      facts: { format: 'svg', width: 20, height: 10, frames: 1, orientation: 1 },
      text: drawn,
      removed: [],
    });
  });

  it.each<readonly [string, Buffer]>([
    ['a mark', Buffer.from(`\ufeff${svg('')}`)],
    ['a prologue, a comment and a doctype', Buffer.from(`<?xml version="1.0"?><!-- x --><!DOCTYPE svg>${svg('')}`)],
    ['a comment of two thousand letters', Buffer.from(`<!--${' '.repeat(2000)}-->${svg('')}`)],
    ['16 bits', Buffer.from(`\ufeff${svg('')}`, 'utf16le')],
    ['16 bits in the other order', Buffer.from(`\ufeff${svg('')}`, 'utf16le').swap16()],
    ['16 bits without a mark', Buffer.from(svg(''), 'utf16le')],
    ['a prefix', Buffer.from('<s:svg xmlns:s="http://www.w3.org/2000/svg"/>')],
  ])('is known whatever it begins with: %s', async (_, image) => {
    for (const lengths of [[65_536], [1], [7, 3]]) {
      expect((await clean(image, lengths)).text).toBe(`<svg ${NAMESPACES}/>`);
    }
  });

  it.each([
    [' width="20" height="10"', 20, 10],
    [' width="1in" height="2.54cm"', 96, 96],
    [' viewBox="0 0 24 48"', 24, 48],
    [' width="12" viewBox="0,0,24,48"', 12, 24],
    [' width="100%" height="100%" viewBox="0 0 64 32"', 64, 32],
    ['', 300, 150],
    [' width="-1" height="nonsense"', 300, 150],
  ])('is as large as it says: %s', async (attributes, width, height) => {
    expect((await clean(svg('', attributes))).facts).toMatchObject({ width, height });
  });

  it('is held to the limits of a side', async () => {
    const error = await refusal(Buffer.from(svg('', ' width="20000" height="1"')), TAKING);
    expect(error.code).toBe('side-too-large');
  });

  it.each([
    ['entities', `<!DOCTYPE svg [<!ENTITY a "x"><!ENTITY b "&a;&a;">]>${svg('<text>&b;</text>')}`, 'svg-entities'],
    ['an entity from elsewhere', `<!DOCTYPE svg [<!ENTITY a SYSTEM "/etc/passwd">]>${svg('')}`, 'svg-entities'],
    ['an entity that nobody declares', svg('<text>&nbsp;</text>'), 'svg-malformed'],
    ['an attribute twice', svg('<g x="1" x="2"/>'), 'svg-malformed'],
    ['no end', svg('').slice(0, -3), 'svg-malformed'],
    ['a second root', svg('') + svg(''), 'svg-malformed'],
    ['no namespace', '<svg width="1"/>', 'svg-no-root'],
    ['another encoding than it says', `<?xml version="1.0" encoding="nonsense"?>${svg('')}`, 'svg-malformed'],
    ['nesting', svg('<g>'.repeat(300) + '</g>'.repeat(300)), 'svg-too-complex'],
    [
      'references to references',
      svg(
        `<g id="0"><rect/></g>${Array.from({ length: 9 }, (_, n) => `<g id="${n + 1}">${`<use href="#${n}"/>`.repeat(10)}</g>`).join('')}`,
      ),
      'svg-too-complex',
    ],
  ])('is refused for %s', async (_, image, code) => {
    expect(await refusal(Buffer.from(image), TAKING)).toMatchObject({ code });
  });

  it('is drawn though it refers to itself', async () => {
    expect((await clean(svg('<g id="a"><use href="#a"/></g>'))).text).toContain('href="#a"');
  });

  it('holds photographs that are scrubbed as others are', async () => {
    const { bytes } = readFixture('gps-xmp-iptc-thumbnail.jpg');
    const image = `<image width="1" height="1" href="data:image/png;base64,${bytes.toString('base64')}"/>`;
    const { text, removed } = await clean(svg(image));
    expect(removed).toEqual(expect.arrayContaining(['camera', 'gps', 'thumbnail']));
    const embedded = Buffer.from(/data:image\/jpeg;base64,([^"]+)/.exec(text)?.[1] ?? '', 'base64');
    expect((await sharp(embedded).metadata()).format).toBe('jpeg');
    expect(embedded.includes('Secret')).toBe(false);
    expect((await clean(svg('<image href="data:image/png;base64,AAAA"/>'))).text).toBe(`${svg('<image/>')}`);
  });

  it('looks to libvips as it did', async () => {
    const image = svg(
      '<!-- x --><style>.a{fill:#08f}</style><rect class="a" width="30" height="20"/><circle cx="20" cy="15" r="9" style="fill:red;stroke:#000"/>',
      ' width="40" height="30"',
    );
    const { text } = await clean(image);
    const draw = (drawn: string) => sharp(Buffer.from(drawn)).raw().toBuffer();
    expect((await draw(text)).equals(await draw(image))).toBe(true);
  });

  it('comes out the same when it comes in again, and never fails but by refusal', async () => {
    const part = fc.constantFrom(
      ...ATTACKS.map(([, content]) => content),
      '<g>',
      '</g>',
      '<text>',
      '</text>',
      'x',
      '<style>',
      '</style>',
      '"',
      '<',
      '&amp;',
      ']]>',
      '<use href="#a"/>',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 12 }), async (parts) => {
        const once = await clean(svg(parts.join(''))).catch((error: unknown) => error);
        if (once instanceof ImageError) return;
        if (once instanceof Error || typeof once !== 'object' || once === null || !('text' in once)) throw once;
        const text = String(once.text);
        expect(text).not.toMatch(/evil|alert\(|<script/i);
        expect(await clean(text)).toMatchObject({ text, removed: [] });
      }),
      { numRuns: 300 },
    );
  });

  it.each<readonly [string, string]>([
    ['a million elements', '<g/>'.repeat(250_000)],
    ['one long path', `<path d="${'M1 2'.repeat(800_000)}"/>`],
    ['addresses without an end', `<style>${'url('.repeat(60_000)}</style>`],
    ['spaces in an address', `<style>url(${' '.repeat(200_000)}x</style>`],
    ['one long word', `<style>${'a'.repeat(250_000)}</style>`],
    ['a long attribute of addresses', `<rect fill="${'url('.repeat(800_000)}"/>`],
    ['a long size', `<svg width="${' '.repeat(3_000_000)}x y"/>`],
    ['spaces in a reference', `<use href="#a${' '.repeat(3_000_000)}b"/>`],
    ['comments without an end', `<style>${'/*'.repeat(100_000)}</style>`],
  ])('takes its time in small pieces: %s', async (_, content) => {
    const started = performance.now();
    let longest = 0;
    let last = started;
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 1);
    await clean(svg(content)).catch((error: unknown) => expect(error).toBeInstanceOf(ImageError));
    clearInterval(timer);
    if (process.env['SHOW'] !== undefined)
      process.stdout.write(`${_}: ${longest.toFixed(0)} of ${(performance.now() - started).toFixed(0)} ms\n`);
    expect(performance.now() - started).toBeLessThan(10_000);
    // Generous: others share the machine. Alone it is below 50.
    expect(longest).toBeLessThan(500);
  });
});
