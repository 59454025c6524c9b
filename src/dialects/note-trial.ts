import type { App } from '../app.ts';
import type { HttpResponse } from '../http/request.ts';
import type { RequestContext } from './request-context.ts';

/** Serves a request, and keeps what came of it where the owner of its token waits for that; the look runs beside the serving. */
export async function noteTrial(
  { trials }: App,
  context: RequestContext,
  dialect: string,
  serve: () => Promise<HttpResponse>,
): Promise<HttpResponse> {
  const { credential, traces } = context;
  const look = credential && trials.awaited(credential.token);
  const response = await serve();
  const found = traces.credential;
  const tokenId = await (look ?? (found && trials.awaited(found.token)));
  if (tokenId !== undefined) {
    const { toTriedRequest } = await import('./diagnosis/trial-report.ts');
    await trials.note(tokenId, toTriedRequest(context, dialect, response.status));
  }
  return response;
}
