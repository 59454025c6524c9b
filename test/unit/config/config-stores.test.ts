import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/config.ts';

const KEYS = { IMAGEPIC_S3_ACCESS_KEY_ID: 'AK', IMAGEPIC_S3_SECRET_ACCESS_KEY: 'SK' };
const SECRET = '7f3a9c51d0e8b264f1a7c3905be2d846';
const objects = (env: Readonly<Record<string, string>>) => loadConfig(env).objects;
const documents = (env: Readonly<Record<string, string>>) => loadConfig({ IMAGEPIC_SECRET: SECRET, ...env }).documents;

describe('where images are', () => {
  it('is S3 as soon as an endpoint or a region says so', () => {
    expect(objects({})).toEqual({ kind: 'file' });
    expect(objects({ ...KEYS, IMAGEPIC_S3_ENDPOINT: 'http://127.0.0.1:9000' })).toMatchObject({
      kind: 's3',
      flavour: 's3',
      region: 'us-east-1',
      forcePathStyle: true,
      accessKeyId: 'AK',
    });
    expect(objects({ ...KEYS, IMAGEPIC_S3_REGION: 'eu-west-1' })).toMatchObject({
      kind: 's3',
      endpoint: undefined,
      forcePathStyle: false,
    });
  });

  it.each([
    [KEYS, 'IMAGEPIC_S3_ACCESS_KEY_ID, IMAGEPIC_S3_SECRET_ACCESS_KEY'],
    [{ IMAGEPIC_S3_FLAVOUR: 'cos' }, 'IMAGEPIC_S3_FLAVOUR'],
    [{ IMAGEPIC_S3_FORCE_PATH_STYLE: '1', IMAGEPIC_S3_REGION: '' }, 'IMAGEPIC_S3_FORCE_PATH_STYLE'],
    [{ IMAGEPIC_S3_SESSION_TOKEN: 'hunter2' }, 'IMAGEPIC_S3_SESSION_TOKEN'],
  ])('O4 is not the disk unasked beside %j', (env, idle) => {
    expect(() => objects(env)).toThrow(
      `Configuration:\n- IMAGEPIC_S3_ENDPOINT or IMAGEPIC_S3_REGION must be set, or leave out ${idle}`,
    );
    expect(() => objects(env)).toThrow(expect.not.stringContaining('hunter2'));
  });

  it('O4 is the disk when told so, beside no settings of S3', () => {
    const env = { IMAGEPIC_OBJECTS: 'file', IMAGEPIC_S3_REGION: 'eu-west-1' };
    expect(() => objects(env)).toThrow(
      /IMAGEPIC_OBJECTS must be s3, or leave out what has no effect with file: IMAGEPIC_S3_REGION$/,
    );
    expect(objects({ ...env, IMAGEPIC_S3_REGION: '' })).toEqual({ kind: 'file' });
  });

  it('is COS in COS’s ways', () => {
    const env = {
      ...KEYS,
      IMAGEPIC_S3_ENDPOINT: 'https://cos.ap-shanghai.myqcloud.com',
      IMAGEPIC_S3_REGION: 'ap-shanghai',
    };
    expect(objects(env)).toMatchObject({ flavour: 'cos', forcePathStyle: false });
    expect(objects({ ...KEYS, IMAGEPIC_S3_FLAVOUR: 'cos', IMAGEPIC_S3_REGION: 'ap-shanghai' })).toMatchObject({
      flavour: 'cos',
      endpoint: undefined,
    });
    expect(objects({ ...env, IMAGEPIC_S3_FORCE_PATH_STYLE: '1' })).toMatchObject({ forcePathStyle: true });
  });

  it('makes variants in COS only where the images are, and only when told to', () => {
    const cos = { ...KEYS, IMAGEPIC_S3_FLAVOUR: 'cos', IMAGEPIC_S3_REGION: 'ap-shanghai' };
    expect(loadConfig(cos).transformer).toBe('auto');
    expect(loadConfig({ ...cos, IMAGEPIC_TRANSFORMER: 'cos' }).transformer).toBe('cos');
    for (const other of [
      {},
      { ...KEYS, IMAGEPIC_S3_REGION: 'us-east-1' },
      { ...cos, IMAGEPIC_S3_FORCE_PATH_STYLE: '1' },
    ]) {
      expect(() => loadConfig({ ...other, IMAGEPIC_TRANSFORMER: 'cos' })).toThrow(
        /IMAGEPIC_TRANSFORMER can be cos only/,
      );
    }
  });

  it('names every key that is missing, and no key’s value', () => {
    const load = () => objects({ IMAGEPIC_OBJECTS: 's3', IMAGEPIC_S3_SECRET_ACCESS_KEY: 'hunter2' });
    expect(load).toThrow(/IMAGEPIC_S3_REGION must be set.*IMAGEPIC_S3_ACCESS_KEY_ID must be set/s);
    expect(load).toThrow(expect.not.stringContaining('hunter2'));
  });
});

describe('where documents are', () => {
  it('is the platform’s database inside a function, with the keys that the platform renews', () => {
    const env = { TENCENTCLOUD_RUNENV: 'SCF', SCF_NAMESPACE: 'env-1', IMAGEPIC_S3_REGION: 'ap-shanghai', ...KEYS };
    expect(documents(env)).toMatchObject({ kind: 'cloudbase', envId: 'env-1', credentials: 'platform', inCloud: true });
    expect(() => loadConfig(env)).toThrow(/IMAGEPIC_SECRET must be set/);
  });

  it('is a named environment outside, with keys of one’s own', () => {
    const env = { IMAGEPIC_DOCUMENTS: 'cloudbase', IMAGEPIC_CLOUDBASE_ENV: 'env-1' };
    expect(() => documents(env)).toThrow(/TENCENTCLOUD_SECRETID must be set.*TENCENTCLOUD_SECRETKEY must be set/s);
    expect(() => documents({ IMAGEPIC_DOCUMENTS: 'cloudbase', CLOUDBASE_APIKEY: 'k' })).toThrow(
      /IMAGEPIC_CLOUDBASE_ENV must be set/,
    );
    expect(documents({ ...env, CLOUDBASE_APIKEY: 'k' })).toMatchObject({
      credentials: { apiKey: 'k' },
      inCloud: false,
    });
    expect(documents({ ...env, TENCENTCLOUD_SECRETID: 'a', TENCENTCLOUD_SECRETKEY: 'b' })).toMatchObject({
      credentials: { secretId: 'a', secretKey: 'b' },
    });
  });

  const postgres = (url: string) => documents({ IMAGEPIC_DOCUMENTS: 'postgres', IMAGEPIC_DATABASE_URL: url });

  it.each([
    ['postgres://bed:secret@127.0.0.1/images', { host: '127.0.0.1', port: 5432, sslmode: 'disable' }],
    ['postgresql://bed:secret@localhost:6543/images', { host: 'localhost', port: 6543, sslmode: 'disable' }],
    ['postgres://bed:secret@[::1]:1/images', { host: '::1', port: 1, sslmode: 'disable' }],
    ['postgres://bed:secret@db.example.com/images', { host: 'db.example.com', sslmode: 'verify-full' }],
    ['postgres://bed:secret@10.0.0.3/images?sslmode=disable', { host: '10.0.0.3', sslmode: 'disable' }],
    ['postgres://bed:secret@h/images?sslmode=require', { sslmode: 'require', sslrootcert: undefined }],
    ['postgres://bed:secret@h/images?sslmode=require&sslrootcert=/ca.pem', { sslmode: 'verify-ca' }],
    ['postgres://bed:secret@localhost/images?sslrootcert=/ca.pem', { sslmode: 'verify-full', sslrootcert: '/ca.pem' }],
    ['postgres://bed:secret@h/images?sslrootcert=/ca.pem', { sslmode: 'verify-full', sslrootcert: '/ca.pem' }],
    ['postgres://b%40d:s%3A%2F%40@h/%E5%9B%BE', { user: 'b@d', password: 's:/@', database: '图' }],
    ['postgres://bed@h/images', { user: 'bed', password: '' }],
  ])('is the PostgreSQL database of %s', (url, expected) => {
    expect(postgres(url)).toMatchObject({ kind: 'postgres', ...expected });
  });

  it.each([
    'mysql://bed:hunter2@h/images',
    'postgres://h/images?password=hunter2',
    'postgres://bed:hunter2@h',
    'postgres://bed:hunter2@h/a/b',
    'postgres://bed:hunter2@/images',
    'postgres://bed:hunter2@h:port/images',
    'postgres://bed:hunter2%zz@h/images',
    'postgres://bed:hunter2@h/images?sslmode=prefer',
    'postgres://bed:hunter2@h/images?sslmode=disable&sslrootcert=/ca.pem',
    'postgres://bed:hunter2@h/images?sslrootcert=',
    'postgres://bed:hunter2@h/images?sslmode=verify-full&sslmode=disable',
    'postgres://bed:hunter2@h/images%00options',
    'postgres://bed%00:hunter2@h/images',
    'postgres://bed:hunter2@h/images?options=-c',
    'postgres://bed:hunter2@h/images#x',
    'hunter2',
  ])('refuses %s, and does not say what it was', (url) => {
    expect(() => postgres(url)).toThrow(/IMAGEPIC_DATABASE_URL must be the address of a PostgreSQL database/);
    expect(() => postgres(url)).toThrow(expect.not.stringContaining('hunter2'));
  });

  const mongodb = (url: string) => documents({ IMAGEPIC_DOCUMENTS: 'mongodb', IMAGEPIC_DATABASE_URL: url });
  const loginOf = (user: string, password: string, source: string | undefined) => ({
    login: { user, password, source, mechanism: undefined },
  });

  it.each([
    ['mongodb://127.0.0.1/images', { hosts: ['127.0.0.1:27017'], database: 'images', login: undefined, tls: false }],
    ['mongodb://[::1]:1,localhost/images', { hosts: ['[::1]:1', 'localhost:27017'], tls: false, direct: false }],
    ['mongodb://b:s@db.example.com:27018/images', { hosts: ['db.example.com:27018'], srv: false, tls: true }],
    ['mongodb://b:s@127.0.0.1,10.0.0.3/images', { hosts: ['127.0.0.1:27017', '10.0.0.3:27017'], tls: true }],
    ['mongodb://b:s@h/images?tls=false', { tls: false, tlsCAFile: undefined, replicaSet: undefined }],
    ['mongodb://b:s@h/images?ssl=false&replicaSet=cmgo-1', { tls: false, replicaSet: 'cmgo-1' }],
    ['mongodb://b:s@h/images?tlsCAFile=/ca.pem', { tls: true, tlsCAFile: '/ca.pem' }],
    ['mongodb://b:s@127.0.0.1/images?tlsCAFile=/ca.pem', { tls: true, tlsCAFile: '/ca.pem' }],
    ['mongodb://b%40d:s%3A%2F%40@h/%E5%9B%BE', { ...loginOf('b@d', 's:/@', '图'), database: '图' }],
    ['mongodb://b:a:b@h/images?authSource=admin', loginOf('b', 'a:b', 'admin')],
    ['mongodb://b@h/images', loginOf('b', '', 'images')],
    ['mongodb://b:s@h/images?authMechanism=SCRAM-SHA-1', { login: { mechanism: 'SCRAM-SHA-1' } }],
    ['mongodb://h/images?directConnection=true', { direct: true }],
    [
      'mongodb+srv://b:s@c0.abc.mongodb.net/images?retryWrites=true&w=majority&appName=C0',
      { srv: true, hosts: ['c0.abc.mongodb.net'], tls: true, ...loginOf('b', 's', undefined) },
    ],
  ])('is the MongoDB database of %s', (url, expected) => {
    expect(mongodb(url)).toMatchObject({ kind: 'mongodb', ...expected });
  });

  it.each([
    'mongodb://bed:hunter2@h',
    'mongodb://bed:hunter2@h/',
    'mongodb://bed:hunter2@/images',
    'mongodb://bed:hunter2@h/a/b',
    'mongodb://bed:hunter2@h/a.b',
    'mongodb://bed:hunter2@h:port/images',
    'mongodb://bed:hunter2@h:65536/images',
    'mongodb://bed:hunter2@h:0/images',
    'mongodb://bed:hunter2@h,/images',
    'mongodb://bed:hunter2@a@h/images',
    'mongodb://:hunter2@h/images',
    'mongodb://bed:hunter2%zz@h/images',
    'mongodb://bed:hunter2@h/images#x',
    'mongodb://bed:hunter2@h/images?w=1',
    'mongodb://bed:hunter2@h/images?w=0',
    'mongodb://bed:hunter2@h/images?readPreference=secondary',
    'mongodb://bed:hunter2@h/images?tlsInsecure=true',
    'mongodb://bed:hunter2@h/images?tlsAllowInvalidCertificates=true',
    'mongodb://bed:hunter2@h/images?tls=maybe',
    'mongodb://bed:hunter2@h/images?tls=true&tls=false',
    'mongodb://bed:hunter2@h/images?tls=false&ssl=true',
    'mongodb://bed:hunter2@h/images?tls=false&tlsCAFile=/ca.pem',
    'mongodb://bed:hunter2@h/images?authMechanism=PLAIN',
    'mongodb://bed:hunter2@h/images?authSource=',
    'mongodb://bed:hunter2@h/images?__proto__=x',
    'mongodb+srv://bed:hunter2@h:27017/images',
    'mongodb+srv://bed:hunter2@h,i/images',
    'mongodb+tcp://bed:hunter2@h/images',
  ])('refuses %s, and does not say what it was', (url) => {
    expect(() => mongodb(url)).toThrow(/IMAGEPIC_DATABASE_URL must be .*the address of a MongoDB database/);
    expect(() => mongodb(url)).toThrow(expect.not.stringContaining('hunter2'));
  });

  it.each([
    ['mongodb', 'postgres://bed:hunter2@h/images'],
    ['postgres', 'mongodb://bed:hunter2@h/images'],
  ])('is not in %s where the address is %s', (kind, url) => {
    const reading = () => documents({ IMAGEPIC_DOCUMENTS: kind, IMAGEPIC_DATABASE_URL: url });
    expect(reading).toThrow(`IMAGEPIC_DATABASE_URL must be set with IMAGEPIC_DOCUMENTS=${kind}: the address of a`);
    expect(reading).toThrow(expect.not.stringContaining('hunter2'));
  });

  const DATABASE = { IMAGEPIC_DATABASE_URL: 'postgres://bed:hunter2@h/images' };
  const CLOUDBASE = { IMAGEPIC_CLOUDBASE_ENV: 'env-1', IMAGEPIC_CLOUDBASE_REGION: 'ap-shanghai' };
  const ELSEWHERE = { ...CLOUDBASE, IMAGEPIC_DOCUMENTS: 'cloudbase', CLOUDBASE_APIKEY: 'k' };

  it.each<[Readonly<Record<string, string>>, string, string, string]>([
    [DATABASE, 'postgres', 'file', 'IMAGEPIC_DATABASE_URL'],
    [CLOUDBASE, 'cloudbase', 'file', 'IMAGEPIC_CLOUDBASE_ENV, IMAGEPIC_CLOUDBASE_REGION'],
    [{ ...DATABASE, IMAGEPIC_DOCUMENTS: 'file' }, 'postgres', 'file', 'IMAGEPIC_DATABASE_URL'],
    [{ ...DATABASE, ...CLOUDBASE, IMAGEPIC_DOCUMENTS: 'postgres' }, 'cloudbase', 'postgres', 'IMAGEPIC_CLOUDBASE_ENV'],
    [{ ...DATABASE, ...ELSEWHERE }, 'postgres', 'cloudbase', 'IMAGEPIC_DATABASE_URL'],
    [{ IMAGEPIC_DATABASE_URL: 'mongodb://bed:hunter2@h/images' }, 'mongodb', 'file', 'IMAGEPIC_DATABASE_URL'],
  ])('O4 is not another database than that of %j', (env, meant, kind, idle) => {
    expect(() => documents(env)).toThrow(
      `Configuration:\n- IMAGEPIC_DOCUMENTS must be ${meant}, or leave out what has no effect with ${kind}: ${idle}`,
    );
    expect(() => documents(env)).toThrow(expect.not.stringContaining('hunter2'));
  });

  it('O4 is in files beside what the platform or its tools set', () => {
    const env = { CLOUDBASE_APIKEY: 'k', TENCENTCLOUD_SECRETID: 'a', TENCENTCLOUD_SECRETKEY: 'b' };
    expect(documents({ ...env, TENCENTCLOUD_SESSIONTOKEN: 'c', IMAGEPIC_CLOUDBASE_ENV: '' })).toEqual({ kind: 'file' });
  });

  it('is no database as long as none is named', () => {
    expect(() => documents({ IMAGEPIC_DOCUMENTS: 'postgres' })).toThrow(/IMAGEPIC_DATABASE_URL must be set/);
  });

  it('R23 refuses files in a function beside a database elsewhere', () => {
    const env = { SCF_NAMESPACE: 'env-1', IMAGEPIC_SECRET: SECRET, IMAGEPIC_DOCUMENTS: 'cloudbase' };
    expect(() => loadConfig(env)).toThrow(/share no disk/);
  });
});
