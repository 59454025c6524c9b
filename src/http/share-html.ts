import { createHash } from 'node:crypto';
import type { Language } from '../errors.ts';
import { escapeHtml } from '../naming/link-format.ts';

/** What a share shows, as far as its page says it. */
export interface ShownShare {
  readonly isAlbum: boolean;
  readonly title: string;
  readonly description: string;
  readonly download: boolean;
  readonly images: readonly {
    readonly imageId: string;
    readonly title: string;
    readonly width?: number | undefined;
    readonly height?: number | undefined;
  }[];
  readonly after?: string;
}

const STYLE = `:root{color-scheme:light dark;--ink:#1c1c1e;--soft:#5b5b62;--ground:#fafafa;--card:#ededf0;--line:#8a8a92;--act:#1d4ed8}
@media(prefers-color-scheme:dark){:root{--ink:#f2f2f4;--soft:#b4b4bc;--ground:#141416;--card:#242428;--line:#7c7c86;--act:#93b4ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.6 system-ui,sans-serif;overflow-wrap:anywhere}
main{max-width:72rem;margin:0 auto;padding:1.25rem 1rem 3rem}
h1{font-size:1.5rem;line-height:1.3;margin:0 0 .25rem}
p{margin:.25rem 0 1rem;color:var(--soft);white-space:pre-line}
a{color:var(--act)}
a:focus-visible,button:focus-visible,input:focus-visible{outline:3px solid var(--act);outline-offset:2px}
ul{list-style:none;margin:1rem 0;padding:0;display:grid;gap:.75rem;grid-template-columns:repeat(auto-fill,minmax(9.5rem,1fr))}
img{display:block;max-width:100%;background:var(--card);border-radius:.5rem}
li img{width:100%;height:auto;aspect-ratio:1;object-fit:cover}
figure{margin:1rem 0}
figure img{height:auto;max-height:80vh;width:auto;margin:0 auto}
.name{display:block;font-size:.875rem;line-height:1.4;margin-top:.35rem;color:var(--soft);overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.act{display:inline-block;padding:.6rem 0;min-height:44px}
label{display:block;margin:1rem 0 .35rem}
input{font:inherit;width:100%;max-width:24rem;padding:.6rem .75rem;border:1px solid var(--line);border-radius:.5rem;background:var(--card);color:inherit}
button{font:inherit;display:block;margin-top:1rem;min-height:44px;padding:.5rem 1.5rem;border:0;border-radius:.5rem;background:#1d4ed8;color:#fff;cursor:pointer}
[role=alert]{color:#b91c1c}
@media(prefers-color-scheme:dark){[role=alert]{color:#ffa8a8}}`;

/** The source that the policy allows for the one style. @see https://www.w3.org/TR/CSP3/#grammardef-hash-source */
export const STYLE_SOURCE = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`;

const TEXTS = {
  zh: {
    locked: '这个分享需要密码',
    password: '密码',
    open: '打开',
    original: '原图',
    more: '更多图片',
    first: '回到第一页',
    empty: '这个相册里还没有图片。',
    failed: '打不开',
  },
  en: {
    locked: 'This share wants a password',
    password: 'Password',
    open: 'Open',
    original: 'Original',
    more: 'More pictures',
    first: 'Back to the first page',
    empty: 'There are no pictures in this album yet.',
    failed: 'This cannot be shown',
  },
} as const satisfies Record<Language, object>;

const LANGUAGE_TAGS = { zh: 'zh-CN', en: 'en' } as const satisfies Record<Language, string>;

/** Where the page is, relative to its own address, and in which language. */
interface Page {
  readonly token: string;
  readonly language: Language;
}

/** Writes the page of a share; `after` says that it is not the first one. */
export function toShareHtml(share: ShownShare, { token, language, isFirst }: Page & { readonly isFirst: boolean }) {
  const { title, description, images, after } = share;
  const texts = TEXTS[language];
  const body = [
    description === '' ? '' : `<p>${escapeHtml(description)}</p>`,
    share.isAlbum && images.length === 0 ? `<p>${texts.empty}</p>` : toPictures(share, { token, language }),
    after === undefined ? '' : `<a class="act" rel="next" href="?after=${encodeURIComponent(after)}">${texts.more}</a>`,
    isFirst ? '' : `<p><a class="act" href="${token}">${texts.first}</a></p>`,
  ];
  return toDocument(title, language, body.filter((part) => part !== '').join('\n'));
}

function toPictures({ images, isAlbum, download }: ShownShare, { token, language }: Page): string {
  const original = (imageId: string): string =>
    `<a class="act" href="${token}/${imageId}?original" download>${TEXTS[language].original}</a>`;
  if (isAlbum) {
    const items = images.map(({ imageId, title }) => {
      const name = escapeHtml(title);
      const image = `<img src="${token}/${imageId}?p=thumb" alt="${name}" loading="lazy" width="320" height="320">`;
      const more = download ? original(imageId) : '';
      return `<li><a href="${token}/${imageId}?p=large">${image}<span class="name">${name}</span></a>${more}</li>`;
    });
    return `<ul>\n${items.join('\n')}\n</ul>`;
  }
  const figures = images.map(({ imageId, title, width, height }) => {
    const sides = width === undefined || height === undefined ? '' : ` width="${width}" height="${height}"`;
    const image = `<img src="${token}/${imageId}?p=large" alt="${escapeHtml(title)}"${sides}>`;
    return `<figure>${image}</figure>${download ? original(imageId) : ''}`;
  });
  return figures.join('\n');
}

/** Writes the page that asks for the password; `refusal` says why it asks again. */
export function toPasswordHtml(refusal: string | undefined, { token, language }: Page): string {
  const texts = TEXTS[language];
  const told = refusal === undefined ? '' : `<p role="alert">${escapeHtml(refusal)}</p>\n`;
  return toDocument(
    texts.locked,
    language,
    `<form method="post" action="${token}">
<label for="password">${texts.password}</label>
<input id="password" name="password" type="password" required minlength="6" maxlength="128" autocomplete="off">
${told}<button>${texts.open}</button>
</form>`,
  );
}

/** Writes the page that says why there is nothing. */
export const toFailureHtml = (text: string, language: Language): string =>
  toDocument(TEXTS[language].failed, language, `<p>${escapeHtml(text)}</p>`);

const toDocument = (title: string, language: Language, body: string): string => `<!doctype html>
<html lang="${LANGUAGE_TAGS[language]}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex"><title>${escapeHtml(title)}</title><style>${STYLE}</style></head>
<body><main>
<h1>${escapeHtml(title)}</h1>
${body}
</main></body></html>
`;
