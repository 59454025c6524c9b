import type { HttpResponse } from '../http/request.ts';
import { escapeHtml } from '../naming/link-format.ts';
import { toPage, toRefusal } from './answers.ts';
import { redeemDeletions, showDeletion } from './deletion.ts';
import type { Dialect } from './dialect.ts';
import { onlyFields, type RequestContext } from './request-context.ts';

const TEXTS = {
  zh: {
    title: '删除图片',
    confirm: '删除后链接随即失效。',
    button: '删除这张图片',
    done: '图片已删除。',
    gone: '这张图片已经不在了。',
    replaced: '这个位置上已经是另一张图片，此链接不能删除它。',
  },
  en: {
    title: 'Remove an image',
    confirm: 'Its link stops working at once.',
    button: 'Remove this image',
    done: 'The image is removed.',
    gone: 'The image is gone already.',
    replaced: 'Another image has taken its place, which this link cannot remove.',
  },
} as const;

/**
 * ShareX uploads through the native endpoint and opens the answer's `del` in a browser. Looking at that page removes nothing:
 * previews, scanners and prefetching browsers look too.
 */
export const shareX: Dialect = {
  name: 'sharex',
  operations: [
    {
      methods: ['GET', 'HEAD', 'POST'],
      path: /^\/delete\/(?<deleteToken>[\w.-]{1,4096})$/,
      serve: (context, [, deleteToken = '']) =>
        context.request.method === 'POST' ? remove(context, deleteToken) : show(context, deleteToken),
    },
  ],
  refuse: ({ message, status }) =>
    toPage({ title: '删除图片', language: 'zh', body: `<p>${escapeHtml(message)}</p>` }, { status }),
};

async function show(context: RequestContext, deleteToken: string): Promise<HttpResponse> {
  const envelope = await context.call(showDeletion, () => onlyFields({ deleteToken }));
  if (!envelope.success) return shareX.refuse(toRefusal(envelope, context));
  const { state, objectName, url } = envelope.data;
  const text = TEXTS[context.language];
  if (state !== 'present') return say(context, text[state]);
  const body = `<p><code>${escapeHtml(objectName)}</code></p>
<p><img src="${escapeHtml(url)}" alt=""></p>
<form method="post"><p>${text.confirm}</p><button>${text.button}</button></form>`;
  return toPage({ title: text.title, language: context.language, body }, { imageSource: toSource(url) });
}

async function remove(context: RequestContext, deleteToken: string): Promise<HttpResponse> {
  const envelope = await context.call(redeemDeletions, () => onlyFields({ deleteTokens: [deleteToken] }));
  if (!envelope.success) return shareX.refuse(toRefusal(envelope, context));
  return say(context, TEXTS[context.language].done);
}

const say = ({ language }: RequestContext, sentence: string): HttpResponse =>
  toPage({ title: TEXTS[language].title, language, body: `<p>${sentence}</p>` });

const toSource = (url: string): string => (URL.canParse(url) ? `'self' ${new URL(url).origin}` : "'self'");
