import type { HttpResponse } from '../http/request.ts';
import { toPage, toRefusal } from './answers.ts';
import type { Dialect } from './dialect.ts';
import { escapeHtml } from './html.ts';
import type { Visit } from './request-context.ts';

const TEXTS = {
  zh: {
    title: '删除图片',
    confirm: '删除后无法恢复，链接随即失效。',
    button: '删除这张图片',
    done: '图片已删除。',
    gone: '这张图片已经不在了。',
    replaced: '这个位置上已经是另一张图片，此链接不能删除它。',
  },
  en: {
    title: 'Remove an image',
    confirm: 'It cannot be brought back, and its link stops working.',
    button: 'Remove this image',
    done: 'The image is removed.',
    gone: 'The image is gone already.',
    replaced: 'Another image has taken its place, which this link cannot remove.',
  },
} as const;

/**
 * ShareX uploads through the native door and opens the answer's `del` in a browser. Looking at that page removes nothing:
 * previews, scanners and prefetching browsers look too.
 */
export const shareX: Dialect = {
  name: 'sharex',
  operations: [
    {
      methods: ['GET', 'HEAD', 'POST'],
      path: /^\/delete\/([\w.-]{1,4096})$/,
      serve: (visit, [, deleteToken = '']) =>
        visit.request.method === 'POST' ? remove(visit, deleteToken) : show(visit, deleteToken),
    },
  ],
  refuse: ({ message, status }) =>
    toPage({ title: '删除图片', language: 'zh', body: `<p>${escapeHtml(message)}</p>` }, { status }),
};

async function show(visit: Visit, deleteToken: string): Promise<HttpResponse> {
  const envelope = await visit.open('delete/show', { readInput: () => ({ deleteToken }) });
  if (!envelope.success) return shareX.refuse(toRefusal(envelope, visit, visit.credential));
  const { state, objectName, url } = envelope.data;
  const text = TEXTS[visit.language];
  if (state !== 'present') return say(visit, text[state]);
  const body = `<p><code>${escapeHtml(objectName)}</code></p>
<p><img src="${escapeHtml(url)}" alt=""></p>
<form method="post"><p>${text.confirm}</p><button>${text.button}</button></form>`;
  return toPage({ title: text.title, language: visit.language, body }, { imageSource: toSource(url) });
}

async function remove(visit: Visit, deleteToken: string): Promise<HttpResponse> {
  const envelope = await visit.open('delete/redeem', { readInput: () => ({ deleteTokens: [deleteToken] }) });
  if (!envelope.success) return shareX.refuse(toRefusal(envelope, visit, visit.credential));
  return say(visit, TEXTS[visit.language].done);
}

const say = ({ language }: Visit, sentence: string): HttpResponse =>
  toPage({ title: TEXTS[language].title, language, body: `<p>${sentence}</p>` });

const toSource = (url: string): string => (URL.canParse(url) ? `'self' ${new URL(url).origin}` : "'self'");
