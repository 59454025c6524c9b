import { bootstrap } from './bootstrap.ts';
import { loadConfig } from './config.ts';
import { type CallFunctionEntry, createCallFunctionEntry } from './entries/call-function.ts';
import { serveAccessEvent, toAccessEvent } from './entries/http/access-event.ts';
import { createHttpEntry, type HttpEntry } from './entries/http/entry.ts';
import { pickLanguage } from './entries/language.ts';
import { hasCaller } from './entries/platform.ts';
import { isRecord } from './entries/record.ts';
import { pickRequestId } from './entries/request-id.ts';
import { toFailure } from './envelope.ts';
import { AppError } from './errors.ts';
import { createLogger } from './logger.ts';

interface Entries {
  readonly callFunction: CallFunctionEntry;
  readonly http: HttpEntry;
}

const writeLog = (line: string): void => void process.stdout.write(line);

async function open(): Promise<Entries> {
  const config = loadConfig(process.env);
  const app = await bootstrap(config, { writeLog });
  const mountUrl = config.publicUrl ?? config.mount;
  return {
    callFunction: createCallFunctionEntry(app, { transport: 'call-function', mountUrl }),
    http: createHttpEntry(app, config),
  };
}

let entries: Promise<Entries> | undefined;

/** The cloud function: one event in, exactly one answer out. */
export async function main(event: unknown, context: unknown): Promise<unknown> {
  try {
    entries ??= open();
    const { callFunction, http } = await entries;
    const accessEvent = hasCaller(context) ? undefined : toAccessEvent(event);
    return accessEvent === undefined ? await callFunction(event, context) : await serveAccessEvent(http, accessEvent);
  } catch (error) {
    entries = undefined;
    return refuse(event, context, error);
  }
}

function refuse(event: unknown, context: unknown, cause: unknown): unknown {
  const requestId = pickRequestId(isRecord(context) ? context['request_id'] : undefined);
  createLogger(writeLog, () => new Date()).error('not-started', { requestId, cause });
  const error = new AppError('ServiceUnavailable', {
    zh: '服务未能启动，请管理员查看函数日志中的 not-started 一行',
    en: 'The service could not start; an admin finds the reason in the log line "not-started"',
  });
  const envelope = toFailure(error, pickLanguage(isRecord(event) ? event['$lang'] : undefined), requestId);
  if (toAccessEvent(event) === undefined) return envelope;
  const headers = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' };
  return { isBase64Encoded: false, statusCode: 503, headers, body: JSON.stringify(envelope) };
}
