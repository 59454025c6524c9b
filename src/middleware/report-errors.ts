import { toFailure, toSuccess } from '../envelope.ts';
import { AppError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { Middleware } from '../router/index.ts';
import type { Context } from './context.ts';

const INTERNAL = new AppError('InternalError', {
  zh: '服务内部错误，请稍后重试；若一直出现，请把 requestId 告诉管理员',
  en: 'Something went wrong on our side; try again later and, if it stays, give the requestId to your admin',
});

/** Turns whatever happens downstream into exactly one envelope: the only catch of the service. */
export const reportErrors = (logger: Logger): Middleware<Context> =>
  async function reportErrors(context, next) {
    try {
      await next();
      context.envelope = toSuccess(context.output, context.requestId);
    } catch (error) {
      const known = error instanceof AppError ? error : INTERNAL;
      if (known.code === 'InternalError' || known.code === 'ServiceUnavailable') {
        logger.error('failure', { requestId: context.requestId, cause: error });
      }
      context.onRefused?.(known);
      context.envelope = toFailure(known, context.language, context.requestId);
    }
  };
