import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toTemplates } from '../../../../src/build/openapi/clients.ts';
import { createDocument } from '../../../../src/build/openapi/document.ts';
import { eachOf, toSchema } from '../../../../src/build/openapi/json-schema.ts';
import { contract } from '../../../../src/contract/contract.ts';
import { documentation } from '../../../../src/contract/documentation.ts';
import { rules } from '../../../../src/contract/fields/bucket.ts';
import { metaData, size } from '../../../../src/contract/fields/object.ts';
import { parseInput } from '../../../../src/contract/parse-input.ts';
import type { RouteContract } from '../../../../src/contract/route-contract.ts';
import { DIALECTS } from '../../../../src/dialects/registry.ts';
import { STATUS_BY_CODE } from '../../../../src/errors.ts';
import { type RunningServer, startServer } from '../../../support/running-server.ts';

// biome-ignore lint/suspicious/noExplicitAny: the tests walk through JSON, whose shape the linter judges
type Any = any;

const document: Any = JSON.parse(JSON.stringify(await createDocument()));
const routes: readonly (readonly [string, RouteContract])[] = Object.entries(contract);
const operations: readonly (readonly [string, string, Any])[] = Object.entries<object>(document.paths).flatMap(
  ([path, methods]) => Object.entries(methods).map(([method, operation]) => [path, method, operation] as const),
);

const ajv = new Ajv2020({ strict: false, allErrors: true });
ajv.addFormat('email', true);
ajv.addSchema({ ...document, $id: 'bed' });
const judge = (pointer: readonly string[]) =>
  ajv.compile({
    $ref: `bed#/${pointer.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`,
  });

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', async () => {
    expect(await new Validator().validate(structuredClone(document))).toMatchObject({ valid: true });
    const broken = structuredClone(document);
    delete broken.info.title;
    expect(await new Validator().validate(broken)).toMatchObject({ valid: false });
  });

  it('has every route of the contract, with every method and every field', () => {
    for (const [url, { methods = ['POST'], input }] of routes) {
      const path = document.paths[`/${url}`];
      expect(Object.keys(path), url).toEqual(methods.map((method) => method.toLowerCase()));
      const { schema } = path.post.requestBody.content['application/json'];
      expect(Object.keys(schema.properties), url).toEqual(Object.keys(input.entries));
      expect(schema.additionalProperties, url).toBe(false);
    }
  });

  it('has every operation of the dialects, with its methods, the dialects that share it and how each refuses', () => {
    for (const { name, operations: spoken } of DIALECTS) {
      for (const { methods, path } of spoken) {
        for (const template of toTemplates(path)) {
          for (const method of methods.filter((each) => each !== 'HEAD')) {
            const operation = document.paths[template]?.[method.toLowerCase()];
            expect(operation?.['x-dialects'], `${method} ${template}`).toContain(name);
          }
        }
      }
    }
    const { post } = document.paths['/upload'];
    expect(post).toMatchObject({ tags: ['clients'], 'x-scope': 'upload', 'x-access': 'member' });
    expect(post['x-dialects']).toEqual(['pic-go-server', 'img-bed', 'native']);
    expect(post.requestBody.content['multipart/form-data'].schema.required).toEqual(['file']);
    const { examples } = post.responses[200].content['application/json'];
    expect(examples['pic-go-server-InvalidToken'].value).toMatchObject({ success: false, error: 'InvalidToken' });
    expect(post.responses[401].content['application/json'].examples['native-InvalidToken']).toBeDefined();
    expect(document.paths['/api/v1/file/delete/{hash}'].get.parameters).toMatchObject([{ name: 'hash', in: 'path' }]);
    expect(() => toTemplates(/^\/a\/(\d+)$/)).toThrow(TypeError);
  });

  it('has what works of every operation of the dialects and of the page, with its schema and an example', () => {
    const own = operations.filter(([, , { tags }]) => tags.includes('clients') || tags.includes('session'));
    expect(own.map(([path]) => path)).toContain('/session/refresh');
    for (const [path, method, { responses }] of own) {
      for (const { schema, example, examples } of Object.values<Any>(responses[200].content)) {
        expect(schema, `${method} ${path}`).toBeDefined();
        expect(example ?? Object.keys(examples).length, `${method} ${path}`).toBeTruthy();
      }
    }
  });

  it('says everything in both languages', () => {
    for (const [path, method, { description, requestBody }] of operations) {
      expect(eachOf(description).zh, `${method} ${path}`).toMatch(/\p{Script=Han}/u);
      expect(eachOf(description).en, `${method} ${path}`).toMatch(/^[A-Z]/);
      const fields = requestBody?.content['application/json']?.schema.properties ?? {};
      for (const field of Object.values<Any>(fields)) {
        expect(eachOf(field.description).en).not.toMatch(/\p{Script=Han}/u);
        expect(eachOf(field.description).zh).not.toBe('');
      }
    }
  });

  it('names operations once, and each refusal with the status that it has', () => {
    const ids = operations.map(([, , { operationId }]) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [path, , { responses }] of operations) {
      for (const [status, { $ref }] of Object.entries<Any>(responses)) {
        if ($ref === undefined) continue;
        const { content } = document.components.responses[$ref.split('/').at(-1)];
        const codes = content['application/json'].schema.allOf[1].properties.error.enum;
        expect(codes.length, path).toBeGreaterThan(0);
        for (const code of codes)
          expect(STATUS_BY_CODE[code as keyof typeof STATUS_BY_CODE], code).toBe(Number(status));
      }
    }
  });

  it('asks for tokens where the contract does', () => {
    for (const [url, { access, scope }] of routes) {
      const { security } = document.paths[`/${url}`].post;
      const wanted = [
        { accessToken: [] },
        ...(scope === undefined ? [] : [{ apiToken: scope === 'any' ? [] : [scope] }]),
      ];
      expect(security, url).toEqual(access === 'public' ? [] : wanted);
    }
  });

  it.each(Object.entries(documentation))(
    'has an example of %s that its own schema and the route take',
    (url, { example }) => {
      const valid = judge(['paths', `/${url}`, 'post', 'requestBody', 'content', 'application/json', 'schema']);
      expect(valid(example), JSON.stringify(valid.errors)).toBe(true);
      expect(valid({ ...example, unknown: 1 })).toBe(false);
      const route = routes.find(([name]) => name === url)?.[1];
      expect(() => parseInput(route as RouteContract, example)).not.toThrow();
    },
  );
});

describe('schemas', () => {
  it('see through guards, numbers in text and steps that no keyword has', () => {
    expect(toSchema(size.schema, 'input')).toMatchObject({ type: 'integer', minimum: 1 });
    expect(toSchema(rules.schema, 'input')).toMatchObject({
      type: 'array',
      maxItems: 100,
      items: { type: 'object', additionalProperties: false, properties: { allowedOrigins: { minItems: 1 } } },
    });
    expect(toSchema(metaData.schema, 'input')).toMatchObject({ type: 'object', propertyNames: { type: 'string' } });
    expect(() => toSchema(v.date(), 'input')).toThrow();
  });
});

describe('a real bed', () => {
  let bed: RunningServer;
  beforeAll(async () => {
    bed = await startServer();
  });
  afterAll(() => bed.close());

  const ask = async (url: string, input: object, token = '') => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
    const response = await fetch(`${bed.mountUrl}/${url}`, { method: 'POST', headers, body: JSON.stringify(input) });
    return { status: response.status, body: JSON.parse(await response.text()) };
  };

  it('answers every example as the document says', async () => {
    const { phone, upwd } = documentation['auth/register'].example;
    const token = async () => (await ask('auth/login', { phone, upwd })).body.data.token;
    await ask('auth/register', documentation['auth/register'].example);
    let succeeded = 0;
    const urls = Object.entries(documentation).filter(([url]) => url !== 'auth/deleteAccount');
    for (const [url, { example }] of urls) {
      // Some of them end the sessions.
      const mine = await token();
      await ask('object/putObject', documentation['object/putObject'].example, mine);
      const { status, body } = await ask(url, example, mine);
      const said = document.paths[`/${url}`].post.responses[status];
      expect(said, `${url}: ${JSON.stringify(body)}`).toBeDefined();
      const at =
        said.$ref === undefined
          ? ['paths', `/${url}`, 'post', 'responses', String(status)]
          : said.$ref.slice(2).split('/');
      const valid = judge([...at, 'content', 'application/json', 'schema']);
      expect(valid(body), `${url}: ${JSON.stringify(body)} ${JSON.stringify(valid.errors)}`).toBe(true);
      if (status === 200) succeeded += 1;
      if (url === 'auth/change') await ask('auth/change', { phone, opwd: 'correct horse 8', npwd: upwd });
    }
    expect(succeeded).toBeGreaterThan(35);
  }, 120_000);

  it('refuses whoever has no token as the document says', async () => {
    for (const [url, { access }] of routes.filter(([, route]) => route.access !== 'public')) {
      const { status } = await ask(url, {}, 'garbage');
      expect(status, `${url}, ${access}`).toBe(401);
      expect(document.paths[`/${url}`].post.responses[401], url).toBeDefined();
    }
  });
});
