// https://spec.openapis.org/oas/v3.1.1
import { VERSION } from '../../version.ts';
import { toClientPaths, toClientsTag } from './clients.ts';
import { createClientShapes } from './clients-answers.ts';
import { MOUNT_URL } from './clients-samples.ts';
import { createFailureResponses, failureSchemas } from './failures.ts';
import { bothOf, type Json } from './json-schema.ts';
import { toLinkPaths } from './links.ts';
import { toRoutePaths } from './routes.ts';
import { toSessionPaths } from './session.ts';

/** Makes the OpenAPI document of everything that a bed answers by HTTP. */
export async function createDocument(): Promise<Json> {
  const failures = createFailureResponses();
  const shapes = createClientShapes();
  const paths = {
    ...toRoutePaths(failures),
    ...toLinkPaths(failures),
    ...(await toSessionPaths(failures)),
    ...(await toClientPaths(shapes)),
  };
  return {
    openapi: '3.1.1',
    info: {
      title: 'imagepic',
      version: VERSION,
      summary: 'A private image bed',
      description: bothOf({
        en: 'Every route takes JSON or a form, and answers with an envelope: `success`, `data`, and of a failure `error` for programs and `data.err` for people. A mini-program calls the same by `callFunction`, with the path as `$url` beside the fields.',
        zh: '每个路由接收 JSON 或表单，返回统一信封：success、data；失败时 error 给程序看，data.err 给人看。小程序用 callFunction 调用同样的路由，以路径为 $url，与各字段并列。',
      }),
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: MOUNT_URL }],
    tags: [...new Set(Object.keys(paths).map((path) => tagOf(paths, path)))].map((name) => ({
      name,
      ...(name === 'clients' && toClientsTag()),
    })),
    paths,
    components: {
      securitySchemes: {
        accessToken: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: bothOf({ en: 'The `token` of `auth/login`.', zh: '`auth/login` 返回的 `token`。' }),
        },
        apiToken: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'ip_…',
          description: bothOf({
            en: 'A token of `auth/createToken` that has the named scope.',
            zh: '`auth/createToken` 新建的、含所列权限范围的 token。',
          }),
        },
        tokenHeader: {
          ...{ type: 'apiKey', in: 'header', name: 'X-API-Key' },
          description: bothOf({
            en: 'The same in another header, as some upload clients have it.',
            zh: '同上，放在另一个请求头里：部分上传客户端只会这样。',
          }),
        },
        tokenQuery: {
          ...{ type: 'apiKey', in: 'query', name: 'key' },
          description: bothOf({
            en: 'A token that may upload and nothing else, for upload clients that can set no header.',
            zh: '仅有 upload 权限的 token，供不能设请求头的上传客户端使用。',
          }),
        },
      },
      parameters: {
        AcceptLanguage: {
          name: 'Accept-Language',
          in: 'header',
          description: bothOf({ en: 'The language of `data.err`: `zh` or `en`.', zh: 'data.err 的语言：zh 或 en。' }),
          schema: { type: 'string', enum: ['zh', 'en'], default: 'zh' },
        },
        IdempotencyKey: {
          name: 'Idempotency-Key',
          in: 'header',
          description: bothOf({
            en: 'Calls with one key are carried out once; the others get the same answer.',
            zh: '同一个键的多次调用只执行一次，其余得到同样的回答。',
          }),
          schema: { type: 'string', pattern: '^[!-~]{1,255}$' },
        },
      },
      responses: failures.components(),
      schemas: { ...failureSchemas(), ...shapes.components() },
    },
  };
}

function tagOf(paths: Readonly<Record<string, unknown>>, path: string): string {
  const [operation] = Object.values(paths[path] as Readonly<Record<string, { readonly tags: readonly string[] }>>);
  return operation?.tags[0] ?? '';
}
