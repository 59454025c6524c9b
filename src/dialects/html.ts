import { createHash } from 'node:crypto';
import { escapeHtml } from '../naming/link-format.ts';

/** A whole page: its only style is named by hash in the policy, and there is no script. */
export interface Page {
  readonly title: string;
  readonly language: string;
  /** HTML; whoever makes it escapes what is not. */
  readonly body: string;
}

const STYLE = `body{font:16px/1.6 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem;color:#222}
pre{background:#f4f4f5;padding:.8rem;overflow:auto;user-select:all}img{max-width:100%;max-height:50vh}
button{font:inherit;padding:.5rem 1.5rem;background:#b91c1c;color:#fff;border:0;border-radius:.3rem;cursor:pointer}
code{word-break:break-all}`;

/** The source that the policy allows for the one style. @see https://www.w3.org/TR/CSP3/#grammardef-hash-source */
export const STYLE_SOURCE = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`;

/** Writes a page. */
export const toHtml = ({ title, language, body }: Page): string => `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex"><title>${escapeHtml(title)}</title><style>${STYLE}</style></head>
<body><h1>${escapeHtml(title)}</h1>
${body}
</body></html>
`;
