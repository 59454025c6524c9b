import { contract } from '../../contract/contract.ts';
import type { Language } from '../../errors.ts';
import { escapeHtml } from '../../naming/link-format.ts';
import { toExamples } from './examples.ts';
import { eachOf, type Json } from './json-schema.ts';

/** Names of the files beside the page, relative to it. */
interface Assets {
  readonly style: string;
  readonly script: string;
}

const WORDS = {
  zh: {
    title: 'imagepic 接口参考',
    other: '<a href="?lang=en" lang="en" hreflang="en">English</a>',
    search: '搜索路由、字段、错误',
    input: '输入',
    output: '返回的 data',
    errors: '错误',
    example: '示例',
    none: '无',
    required: '必填',
    limits: '限制',
    file: '也可用表单上传一个文件代替 base64。',
    access: { public: '公开', member: '登录后', admin: '管理员' },
    scope: 'API token 权限',
    all: '也有机器可读的',
    clients: '上传客户端',
    client: '客户端',
    address: '地址',
    token: 'token 放在哪里',
    answer: '回答',
  },
  en: {
    title: 'imagepic API reference',
    other: '<a href="?lang=zh" lang="zh-CN" hreflang="zh-CN">中文</a>',
    search: 'Search routes, fields, errors',
    input: 'Input',
    output: '`data` of the answer',
    errors: 'Errors',
    example: 'Example',
    none: 'None',
    required: 'required',
    limits: 'limits',
    file: 'A form with one file may stand in for base64.',
    access: { public: 'open', member: 'signed in', admin: 'admin' },
    scope: 'API token scope',
    all: 'For machines:',
    clients: 'Upload clients',
    client: 'Client',
    address: 'Address',
    token: 'Where its token stands',
    answer: 'Answer',
  },
} as const;

type Words = (typeof WORDS)[Language];

interface Writing {
  readonly document: Json;
  readonly language: Language;
  readonly words: Words;
  readonly mountUrl: string;
}

/** Renders the OpenAPI document as one page that needs no script. */
export function renderReference(document: Json, language: Language, { style, script }: Assets): string {
  const words = WORDS[language];
  const mountUrl = String(recordOf(listOf(document['servers'])[0])['url']);
  const writing = { document, language, words, mountUrl };
  const operations = Object.entries(recordOf(document['paths'])).flatMap(([path, methods]) =>
    Object.entries(recordOf(methods)).map(([method, operation]) => ({ path, method, operation: recordOf(operation) })),
  );
  const links = operations.map(
    ({ path, method, operation }) =>
      `<li><a href="#${operation['operationId']}"><code>${escapeHtml(path)}</code>${method === 'post' ? '' : ` ${method.toUpperCase()}`}</a></li>`,
  );
  const { info } = document;
  const isOfClient = ({ operation }: Placed): boolean => listOf(operation['tags']).includes(CLIENTS);
  const sections = (own: readonly Placed[]): string => own.map((each) => toSection(each, writing)).join('\n');
  return `<!doctype html>
<html lang="${language === 'zh' ? 'zh-CN' : 'en'}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${words.title}</title>
<link rel="stylesheet" href="reference/${style}">
<script src="reference/${script}" defer></script>
<header><h1>${words.title} <small>${escapeHtml(String(recordOf(info)['version']))}</small></h1>
<p>${textOf(recordOf(info)['description'], language)}</p>
<p>${words.all} <a href="openapi.json">openapi.json</a> · ${words.other}</p>
<p hidden><input id="search" type="search" placeholder="${words.search}" aria-label="${words.search}"></p></header>
<nav aria-label="${words.title}"><ul>${links.join('')}<li><a href="#${CLIENTS}">${words.clients}</a></li></ul></nav>
<main>
${sections(operations.filter((each) => !isOfClient(each)))}
${toClients(operations.filter(isOfClient), writing)}
${sections(operations.filter(isOfClient))}
</main>
</html>
`;
}

interface Placed {
  readonly path: string;
  readonly method: string;
  readonly operation: Json;
}

function toSection({ path, method, operation }: Placed, writing: Writing): string {
  const { words, language } = writing;
  const access = words.access[operation['x-access'] as keyof Words['access']];
  const scope = operation['x-scope'] === undefined ? '' : ` · ${words.scope} <code>${operation['x-scope']}</code>`;
  return `<section id="${operation['operationId']}">
<h2><code>${method.toUpperCase()} ${escapeHtml(path)}</code></h2>
<p>${textOf(operation['description'], language)}</p>
<p class="access">${access}${scope}</p>
${toInput(operation, writing)}${toOutput(operation, writing)}${toAnswers(operation, writing)}${toErrors(operation, writing)}${toExample({ path, method, operation }, writing)}
</section>`;
}

/** The tag of what upload clients ask for. */
const CLIENTS = 'clients';

/** The heading of the upload clients: which there are, where each is served, and where its token stands. */
function toClients(operations: readonly Placed[], { document, words, language }: Writing): string {
  const tag = listOf(document['tags'])
    .map(recordOf)
    .find(({ name }) => name === CLIENTS);
  const rows = listOf(tag?.['x-dialects'])
    .map(recordOf)
    .map(({ name, title, token }) => {
      const own = operations.filter(({ operation }) => listOf(operation['x-dialects']).includes(name));
      const links = own.map(
        ({ path, method, operation }) =>
          `<a href="#${operation['operationId']}"><code>${method.toUpperCase()} ${escapeHtml(path)}</code></a>`,
      );
      return `<tr id="${name}"><th scope="row">${textOf(title, language)}</th><td>${links.join('<br>')}</td><td>${textOf(token, language)}</td></tr>`;
    });
  const head = [words.client, words.address, words.token].map((each) => `<th scope="col">${each}</th>`).join('');
  return `<section id="${CLIENTS}">
<h2>${words.clients}</h2>
<p>${textOf(tag?.['description'], language)}</p>
<div class="wide"><table><tr>${head}</tr>${rows.join('')}</table></div>
</section>`;
}

/** What each client is answered with, as examples. */
function toAnswers(operation: Json, { words }: Writing): string {
  const dialects = listOf(operation['x-dialects']);
  const blocks = Object.entries(recordOf(operation['responses'])).flatMap(([status, response]) =>
    Object.entries(recordOf(recordOf(response)['content'])).flatMap(([type, content]) =>
      Object.entries(recordOf(recordOf(content)['examples']))
        .filter(
          ([name]) => type !== 'text/html' && dialects.some((each) => SHOWN.some((end) => name === `${each}${end}`)),
        )
        .map(([name, example]) => {
          const { value } = recordOf(example);
          const text = typeof value === 'string' ? value : JSON.stringify(value, undefined, 2);
          return `<details><summary>${status} ${type} <code>${name}</code></summary><pre><code>${escapeHtml(text)}</code></pre></details>`;
        }),
    ),
  );
  return blocks.length === 0 ? '' : `<h3>${words.answer}</h3>${blocks.join('')}`;
}

/** Of the examples of a dialect: what works, what works in part, and one of the refusals, which all look the same. */
const SHOWN = ['', '-partly', '-InvalidToken'];

function toInput(operation: Json, { words, language }: Writing): string {
  const content = recordOf(recordOf(operation['requestBody'])['content']);
  const schema = recordOf(recordOf(content['application/json'])['schema']);
  const required = listOf(schema['required']);
  const ofBody = Object.entries(recordOf(schema['properties'])).map(([name, field]) => ({
    name,
    field: recordOf(field),
    isRequired: required.includes(name),
  }));
  const ofAddress = listOf(operation['parameters'])
    .map(recordOf)
    .filter((parameter) => '$ref' in parameter === false)
    .map((parameter) => ({
      name: String(parameter['name']),
      field: { ...recordOf(parameter['schema']), description: parameter['description'] } as Json,
      isRequired: parameter['required'] === true,
    }));
  const rows = [...ofAddress, ...ofBody].map(
    ({ name, field, isRequired }) =>
      `<tr><th scope="row"><code>${escapeHtml(name)}</code>${isRequired ? ` <em>${words.required}</em>` : ''}</th><td>${textOf(field['description'], language)}</td><td><code>${escapeHtml(limitsOf(field))}</code></td></tr>`,
  );
  const file = 'multipart/form-data' in content ? `<p>${words.file}</p>` : '';
  if (rows.length === 0) return `<h3>${words.input}</h3><p>${words.none}</p>`;
  return `<h3>${words.input}</h3><div class="wide"><table>${rows.join('')}</table></div>${file}`;
}

/** What a schema says beside its description, on one line. */
function limitsOf({ description: _, writeOnly: __, ...schema }: Json): string {
  const shown = JSON.stringify(schema)
    .slice(1, -1)
    .replaceAll('"', '')
    .replaceAll(/,(?=\w+:)/g, ', ');
  return shown.length > 300 ? `${shown.slice(0, 300)}…` : shown;
}

function toOutput(operation: Json, { words }: Writing): string {
  const success = recordOf(recordOf(operation['responses'])['200']);
  const schema = recordOf(recordOf(recordOf(success['content'])['application/json'])['schema']);
  const { data } = recordOf(schema['properties']);
  if (data === undefined) return '';
  const title = words.output.replace(/`(.*)`/, '<code>$1</code>');
  return `<h3>${title}</h3><pre><code>${escapeHtml(shapeOf(recordOf(data)))}</code></pre>`;
}

/** A schema as TypeScript writes a type. */
function shapeOf(schema: Json, indent = ''): string {
  if (schema['const'] !== undefined) return JSON.stringify(schema['const']);
  if (Array.isArray(schema['enum'])) return schema['enum'].map((each) => JSON.stringify(each)).join(' | ');
  if (Array.isArray(schema['anyOf'])) return schema['anyOf'].map((each) => shapeOf(recordOf(each), indent)).join(' | ');
  if (schema['type'] === 'array') return `(${shapeOf(recordOf(schema['items']), indent)})[]`;
  if (schema['type'] !== 'object') return String(schema['type'] ?? 'unknown');
  if (!('properties' in schema)) return `{ [name]: ${shapeOf(recordOf(schema['additionalProperties']), indent)} }`;
  const required = listOf(schema['required']);
  const lines = Object.entries(recordOf(schema['properties'])).map(
    ([name, each]) =>
      `${indent}  ${name}${required.includes(name) ? '' : '?'}: ${shapeOf(recordOf(each), `${indent}  `)}`,
  );
  return lines.length === 0 ? '{}' : `{\n${lines.join('\n')}\n${indent}}`;
}

function toErrors(operation: Json, { document, words, language }: Writing): string {
  const shared = recordOf(recordOf(document['components'])['responses']);
  const rows = Object.entries(recordOf(operation['responses'])).flatMap(([status, response]) => {
    const { $ref, ...own } = recordOf(response);
    const isOfClient = listOf(operation['tags']).includes(CLIENTS);
    if (typeof $ref !== 'string' && !isOfClient) return [];
    const { description } = typeof $ref === 'string' ? recordOf(shared[$ref.slice($ref.lastIndexOf('/') + 1)]) : own;
    return [`<tr><th scope="row">${status}</th><td>${textOf(description, language)}</td></tr>`];
  });
  if (rows.length === 0) return '';
  return `<details><summary>${words.errors}</summary><div class="wide"><table>${rows.join('')}</table></div></details>`;
}

function toExample({ path, method, operation }: Placed, { words, mountUrl }: Writing): string {
  const content = recordOf(recordOf(operation['requestBody'])['content']);
  const { example } = recordOf(content['application/json']);
  const written = toExamples({
    ...{ mountUrl, path, method },
    isOpen: listOf(operation['security']).length === 0,
    example: example === undefined ? undefined : recordOf(example),
    isRoute: Object.hasOwn(contract, path.slice(1)),
  });
  const blocks = [...written].map(
    ([way, text]) => `<dt>${way}</dt><dd><pre><code>${escapeHtml(text)}</code></pre></dd>`,
  );
  return `<h3>${words.example}</h3><dl>${blocks.join('')}</dl>`;
}

/** One language of a text of the document, with its code as code. */
const textOf = (description: unknown, language: Language): string =>
  escapeHtml(eachOf(typeof description === 'string' ? description : '')[language]).replaceAll(
    /`([^`]+)`/g,
    '<code>$1</code>',
  );

const recordOf = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {});
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
