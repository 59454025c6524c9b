import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { describe, expect, it } from 'vitest';
import cloudbaserc from '../../../cloudbaserc.json' with { type: 'json' };
import { NOT_DEPLOYED, planDeployment } from '../../../src/build/deployment.ts';
import { loadConfig, VARIABLES } from '../../../src/config/config.ts';

const EXAMPLE = parseEnv(readFileSync('.env.example', 'utf8'));
const SECRETS = {
  IMAGEPIC_SECRET: 'f3a9c1d27be84560a1b2c3d4e5f60718',
  IMAGEPIC_S3_SECRET_ACCESS_KEY: 'yD4Zw8pQm1Vt6Xs3Rn9Kb5Lc7Hf2Gj0A',
};
const FILLED = {
  ...EXAMPLE,
  ...SECRETS,
  ENV_ID: 'my-env-8g1a2b3c',
  IMAGEPIC_DEFAULT_BUCKET: 'images-1250000000',
  IMAGEPIC_S3_REGION: 'ap-shanghai',
  IMAGEPIC_S3_ENDPOINT: 'https://cos.ap-shanghai.myqcloud.com',
  IMAGEPIC_S3_ACCESS_KEY_ID: 'AKIDexampleexampleexample',
};
const plan = (env: Readonly<Record<string, string | undefined>>) => planDeployment(cloudbaserc, env);

describe('a deployment from a Node', () => {
  const advise = (node: string, v8: string): string | undefined =>
    planDeployment(cloudbaserc, FILLED, { node, v8 }).summary.find((line) => line.startsWith('This is Node'));

  it.each([
    ['20.20.2', '11.3.244.8-node.38'],
    ['20.2.0', '11.3.244.8-node.9'],
    ['22.23.3', '12.4.254.21-node.33'],
    ['24.21.0', '13.6.233.17-node.50'],
  ])('%s whose V8 (%s) is not the platform’s says so in a sentence, and what to do', (node, v8) => {
    const advice = advise(node, v8);
    expect(advice).toContain(`Node ${node} (V8 ${v8})`);
    expect(advice).toMatch(/Nodejs20\.19 .*compiles as usual.*build with Node 20\.19\.$/);
    expect(planDeployment(cloudbaserc, FILLED, { node, v8 }).problems).toEqual([]);
  });

  it.each(['20.19.0', '20.19.6'])('%s as the platform has it says nothing', (node) => {
    expect(advise(node, '11.3.244.8-node.33')).toBeUndefined();
  });
});

describe('O4 a variable that a deployment would drop', () => {
  it('is none of those that are documented: each is deployed, or it is said why not', () => {
    const deployed = Object.keys(cloudbaserc.functions[0]?.envVariables ?? {});
    const own = VARIABLES.filter((name) => name.startsWith('IMAGEPIC_'));
    expect([...deployed, ...Object.keys(NOT_DEPLOYED)].sort()).toEqual([...own].sort());
  });

  it.each([
    ['IMAGEPIC_REGISTRATON', 'closed', 'did you mean IMAGEPIC_REGISTRATION?'],
    ['IMAGEPIC_DATA_DIR', '/x', 'share no disk'],
    ['IMAGEPIC_PROXIES', '1', 'no effect in a function'],
    ['IMAGEPIC_OBJECTS', 'file', 'is s3 in a function'],
    ['IMAGEPIC_DOCUMENTS', 'file', 'share no disk'],
  ])('is told: %s=%s', (name, value, told) => {
    const { problems } = plan({ ...FILLED, [name]: value });
    expect(problems).toEqual([expect.stringContaining(name)]);
    expect(problems[0]).toContain(told);
  });

  it('is not told of one that is empty, or has the value that it will have', () => {
    expect(plan({ ...FILLED, IMAGEPIC_PROXIES: '', IMAGEPIC_OBJECTS: 's3' }).problems).toEqual([]);
  });
});

describe('a deployment', () => {
  it('with everything that .env.example asks for is ready', () => {
    const { problems, functionName } = plan(FILLED);
    expect(problems).toEqual([]);
    expect(functionName).toBe('imagepic');
  });

  it('with nothing names every variable that is missing, and what to put there', () => {
    const { problems } = plan({});
    const named = problems.map((problem) => problem.split(' ', 1)[0]);
    expect(named).toEqual([
      'ENV_ID',
      'IMAGEPIC_S3_ENDPOINT',
      'IMAGEPIC_DEFAULT_BUCKET',
      'IMAGEPIC_S3_REGION',
      'IMAGEPIC_S3_ACCESS_KEY_ID',
      'IMAGEPIC_S3_SECRET_ACCESS_KEY',
      'IMAGEPIC_SECRET',
    ]);
    for (const problem of problems) expect(problem).toMatch(/ must be .{10}/);
  });

  it.each(Object.keys(EXAMPLE))('tells nothing of %s but its length', (name) => {
    const value = `very-secret-${name.toLowerCase()}-1234567890`;
    const { summary, problems, config } = plan({ ...FILLED, [name]: value });
    expect(problems.join('\n')).not.toContain(value);
    expect(JSON.stringify(config)).not.toContain(value);
    if (name !== 'ENV_ID') expect(summary.join('\n')).not.toContain(value);
  });

  it('takes what keeps records along only where they are in the database', () => {
    const ofRecords = ['image-', '', 'open-', 'reconcile-'].map(
      (kind) => `chunks/${kind === 'image-' ? '*-' : ''}${kind}records-*`,
    );
    const url = 'postgres://bed:p%40ss@10.0.0.3/bed?sslmode=disable';
    const documents = { ...FILLED, IMAGEPIC_DOCUMENTS: 'postgres', IMAGEPIC_DATABASE_URL: url };
    expect(plan(documents).config.functions[0].ignore).toEqual(expect.arrayContaining(ofRecords));
    const recorded = plan({ ...documents, IMAGEPIC_RECORDS: 'postgres' });
    expect(recorded.problems).toEqual([]);
    const mongodb = { IMAGEPIC_DOCUMENTS: 'mongodb', IMAGEPIC_DATABASE_URL: 'mongodb://bed:p%40ss@10.0.0.3/bed' };
    const onMongodb = plan({ ...documents, ...mongodb, IMAGEPIC_RECORDS: 'mongodb' }).config.functions[0].ignore;
    expect(onMongodb.filter((pattern) => [...ofRecords, 'chunks/mongodb-*'].includes(pattern))).toEqual([]);
    expect(recorded.config.functions[0].ignore.filter((pattern) => ofRecords.includes(pattern))).toEqual([]);
  });

  it('takes them along to CloudBase’s own database, and says which indexes somebody has to make there', () => {
    const { config, problems, summary } = plan({ ...FILLED, IMAGEPIC_RECORDS: 'cloudbase' });
    expect(problems).toEqual([]);
    expect(config.functions[0].ignore.filter((pattern) => pattern.includes('records'))).toEqual([]);
    expect(summary.join('\n')).toMatch(/imagepic_images.*removed, terms, created, image_id.*sample, image_id$/s);
    expect(plan(FILLED).summary.join('\n')).not.toContain('imagepic_images');
  });

  it.each([
    ['postgres', 'postgres://bed:p%40ss@10.0.0.3/bed?sslmode=disable', ['chunks/pg.*', 'chunks/postgres-*']],
    ['mongodb', 'mongodb://bed:p%40ss@10.0.0.3/bed?tls=false', ['chunks/mongodb.*', 'chunks/mongodb-*']],
  ])('takes what %s needs along only where the documents are there', (kind, url, chunks) => {
    const there = plan({ ...FILLED, IMAGEPIC_DOCUMENTS: kind, IMAGEPIC_DATABASE_URL: url });
    expect(there.problems).toEqual([]);
    expect(there.summary.join('\n')).not.toContain('p%40ss');
    const { ignore } = there.config.functions[0];
    expect(ignore).toEqual(expect.arrayContaining(cloudbaserc.functions[0]?.ignore ?? ['one of them']));
    expect(ignore.filter((pattern) => chunks.includes(pattern))).toEqual([]);
    expect(plan(FILLED).config.functions[0].ignore).toEqual(expect.arrayContaining(chunks));
  });

  it('leaves out what is empty and keeps the rest as templates', () => {
    const { envVariables } = plan(FILLED).config.functions[0];
    expect(envVariables).not.toHaveProperty('IMAGEPIC_SECRET_PREVIOUS');
    expect(envVariables).toMatchObject({
      IMAGEPIC_OBJECTS: 's3',
      IMAGEPIC_SECRET: '{{env.IMAGEPIC_SECRET}}',
      IMAGEPIC_BED: '{{env.IMAGEPIC_BED}}',
    });
  });

  it.each([
    ['ENV_ID', 'My Env', /ENV_ID/],
    ['IMAGEPIC_SECRET', 'changeme', /IMAGEPIC_SECRET must be at least 32/],
    ['IMAGEPIC_SECRET', `${SECRETS.IMAGEPIC_SECRET}"`, /IMAGEPIC_SECRET must have no quotes/],
    ['IMAGEPIC_S3_SECRET_ACCESS_KEY', 'back\\slash', /IMAGEPIC_S3_SECRET_ACCESS_KEY must have no quotes/],
    ['IMAGEPIC_ALLOWED_ORIGINS', 'https://a.example\nhttps://b.example', /IMAGEPIC_ALLOWED_ORIGINS must/],
    ['IMAGEPIC_ADMIN_PHONE', 'null', /IMAGEPIC_ADMIN_PHONE must have no quotes.*JSON/],
    ['IMAGEPIC_PUBLIC_URL', 'img.example.com', /IMAGEPIC_PUBLIC_URL must be an address/],
    ['IMAGEPIC_PUBLIC_URL', 'https://cdn.example.com/%7Bkey%7D', /IMAGEPIC_PUBLIC_URL must be .* not %7B %7D/],
    ['IMAGEPIC_PURGE_TOKEN', 'token', /IMAGEPIC_PURGE_URL must be set, or leave out IMAGEPIC_PURGE_TOKEN/],
    ['IMAGEPIC_DATABASE_URL', 'postgres://bed@h/bed', /IMAGEPIC_DOCUMENTS must be postgres, or leave out/],
    ['IMAGPIC_BED', 'private', /IMAGPIC_BED is no variable of imagepic; did you mean IMAGEPIC_BED/],
    ['IMAGEPIC_DEFAULT_BUCKET', 'images', /IMAGEPIC_DEFAULT_BUCKET must be the bucket with its APPID/],
    ['IMAGEPIC_BED', 'public', /IMAGEPIC_BED must be shared or private/],
    ['IMAGEPIC_NAME_TEMPLATE', 'x'.repeat(4000), /All variables together must take at most 4096 bytes/],
  ])('with %s=%j is not ready', (name, value, problem) => {
    expect(plan({ ...FILLED, [name]: value }).problems).toContainEqual(expect.stringMatching(problem));
  });

  it('names what is bad and what is missing at once', () => {
    const { problems } = plan({ ...FILLED, IMAGEPIC_BED: 'public', IMAGEPIC_SECRET: '' });
    expect(problems).toEqual([
      expect.stringMatching(/^IMAGEPIC_BED must be/),
      expect.stringMatching(/^IMAGEPIC_SECRET must be set/),
    ]);
  });
});

describe('.env.example', () => {
  it('holds the defaults of the service, and no secret', () => {
    const defaults = loadConfig({});
    expect(EXAMPLE).toMatchObject({
      IMAGEPIC_BED: defaults.bed,
      // What it is depends on who can come.
      IMAGEPIC_REGISTRATION: '',
      IMAGEPIC_PASSWORD_MIN_LENGTH: String(defaults.passwordMinLength),
      IMAGEPIC_NAME_TEMPLATE: defaults.nameTemplate,
      IMAGEPIC_MAX_UPLOAD_BYTES: String(defaults.maxUploadBytes),
      IMAGEPIC_MAX_PIXELS: String(defaults.imageLimits.maxPixels),
      IMAGEPIC_MAX_SIDE: String(defaults.imageLimits.maxSide),
      IMAGEPIC_MAX_FRAMES: String(defaults.imageLimits.maxFrames),
    });
    for (const [name, value] of Object.entries(EXAMPLE)) {
      if (/SECRET|KEY|PHONE|ENV_ID/.test(name)) expect(value, name).toBe('');
    }
  });

  it('explains every variable of cloudbaserc.json, and has no other', () => {
    const text = readFileSync('.env.example', 'utf8');
    const asked = [...JSON.stringify(cloudbaserc).matchAll(/\{\{env\.(\w+)\}\}/g)].map(([, name = '']) => name);
    expect(Object.keys(EXAMPLE).sort()).toEqual(asked.sort());
    for (const name of asked) expect(text).toMatch(new RegExp(`^#.*\\n(IMAGEPIC_\\w+=.*\\n)?${name}=`, 'm'));
  });
});
