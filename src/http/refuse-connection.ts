import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { toFailure } from '../envelope.ts';
import { AppError, type ErrorCode, type Text } from '../errors.ts';
import { pickLanguage } from '../naming/language.ts';
import { toEnvelopeResponse } from './envelope-response.ts';

interface Refusal {
  readonly status: number;
  readonly code: ErrorCode;
  readonly text: Text;
}

/** What node's parser refuses before there is a request, by its name of it. */
const REFUSALS: ReadonlyMap<string, Refusal> = new Map([
  [
    'HPE_INVALID_URL',
    {
      status: 400,
      code: 'InvalidArgument',
      text: {
        zh: '地址里有未编码的字符（如中文、空格）：查询参数请用 encodeURIComponent 编码，curl 请用 -G --data-urlencode',
        en: 'The address has characters that are not encoded, such as Chinese or a space: encode the query with encodeURIComponent, or with -G --data-urlencode of curl',
      },
    },
  ],
  [
    'HPE_HEADER_OVERFLOW',
    {
      status: 431,
      code: 'InvalidArgument',
      text: {
        zh: '请求的地址与头合计超过 16 KiB：请缩短查询参数、Cookie 或 Authorization',
        en: 'The address and the headers of the request take more than 16 KiB: shorten the query, the cookies or Authorization',
      },
    },
  ],
  [
    'ERR_HTTP_REQUEST_TIMEOUT',
    {
      status: 408,
      code: 'RequestTimeout',
      text: {
        zh: '请求头到达得太慢，连接已放弃；请检查网络后重试',
        en: 'The headers of the request came too slowly and were given up; check the network and try again',
      },
    },
  ],
]);

const toOther = (name: string): Refusal => ({
  status: 400,
  code: 'InvalidArgument',
  text: {
    zh: `这不是一个完整的 HTTP/1.1 请求（${name}）：请检查方法、请求头，以及是否对 http 端口使用了 https`,
    en: `This is no HTTP/1.1 request (${name}): check the method and the headers, and whether https is spoken to a port of http`,
  },
});

/** Answers what never became a request as every other refusal is answered, and closes its connection. */
export function refuseConnection(error: Error, socket: Duplex): void {
  const name = 'code' in error && typeof error.code === 'string' ? error.code.replace(/[^A-Z_]/g, '') : 'unknown';
  // A client that is gone, or that is in the middle of an answer, can be told nothing.
  if (name === 'ECONNRESET' || !socket.writable || isAnswering(socket)) {
    socket.destroy();
    return;
  }
  const { status, code, text } = REFUSALS.get(name) ?? toOther(name);
  const envelope = toFailure(new AppError(code, text), languageOf(error), randomUUID());
  const { headers, body } = toEnvelopeResponse(envelope);
  const lines = Object.entries({
    ...headers,
    'content-length': Buffer.byteLength(String(body)),
    connection: 'close',
  }).map(([header, value]) => `${header}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`);
}

/** Node's own default looks at the same: https://nodejs.org/api/http.html#event-clienterror. */
function isAnswering(socket: Duplex): boolean {
  const message = '_httpMessage' in socket ? socket._httpMessage : undefined;
  return typeof message === 'object' && message !== null && 'headersSent' in message && message.headersSent === true;
}

/** As far as the headers came. */
function languageOf(error: Error) {
  const raw = 'rawPacket' in error && Buffer.isBuffer(error.rawPacket) ? error.rawPacket.toString('latin1') : '';
  const [, wish] = /\r\naccept-language: *([^\r\n]{1,200})/i.exec(raw) ?? [];
  return pickLanguage(wish);
}
