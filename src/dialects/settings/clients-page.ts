import { defineEndpoint } from '../../app.ts';
import { input } from '../../contract/field.ts';
import { escapeHtml } from '../../naming/link-format.ts';
import { toPage, toRefusal } from '../answers.ts';
import type { Dialect } from '../dialect.ts';
import { onlyFields } from '../request-context.ts';
import { toGuide } from './client-settings.ts';

/** The settings of every client, which anybody may see. */
export const showGuide = defineEndpoint({
  name: 'client/guide',
  access: 'public',
  input: input({}),
  handle:
    () =>
    async (_input, { mountUrl }) =>
      toGuide(mountUrl),
});

/** The page that tells people how to set their upload client up. */
export const clientsPage: Dialect = {
  name: 'clients-page',
  operations: [
    {
      methods: ['GET', 'HEAD'],
      path: /^\/clients$/,
      serve: async (context) => {
        const envelope = await context.call(showGuide, () => onlyFields({}));
        if (!envelope.success) return clientsPage.refuse(toRefusal(envelope, context));
        const settings = envelope.data.map(({ client, title, where, text, fileName }) => {
          const file = fileName === undefined ? '' : `（<code>${escapeHtml(fileName)}</code>）`;
          return `<h2 id="${escapeHtml(client)}">${escapeHtml(title.zh)}</h2>
<p>${escapeHtml(where.zh)}${file}</p>
<pre>${escapeHtml(text)}</pre>`;
        });
        return toPage({
          title: '上传客户端配置',
          language: 'zh-CN',
          body: intro(context.mountUrl) + settings.join('\n'),
        });
      },
    },
  ],
  refuse: ({ message, status }) =>
    toPage({ title: '上传客户端配置', language: 'zh-CN', body: `<p>${escapeHtml(message)}</p>` }, { status }),
};

const intro = (address: string): string => {
  const at = escapeHtml(address);
  return `<p>本服务地址：<code>${at}</code></p>
<p>把下面的 <code>ip_你的token</code> 换成你的 API token。一步到位：登录后调用
<code>POST ${at}/client/config</code>（内容 <code>{"client":"picgo-smms"}</code>），返回的配置已带上新建的、只能上传的 token。</p>
<p>传不上去？把客户端里的上传地址临时换成 <code>${at}/client/doctor</code>，它会说出收到了什么、该改哪里，且什么都不存。</p>
`;
};
