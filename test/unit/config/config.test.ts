import { describe, expect, it } from 'vitest';
import packageJson from '../../../package.json' with { type: 'json' };
import { ConfigError, loadConfig } from '../../../src/config/config.ts';
import { nearestName } from '../../../src/naming/nearest-name.ts';
import { VERSION } from '../../../src/version.ts';

const STRONG = '7f3a9c51d0e8b264f1a7c3905be2d846';

describe('loadConfig', () => {
  it('needs nothing, and gives what nobody can change', () => {
    const config = loadConfig({});
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 3000,
      mount: '/imagepic',
      dataDir: '.data',
      defaultBucket: 'images',
      bed: 'shared',
      registration: 'open',
      imageLimits: { maxPixels: 250_000_000, maxSide: 65_535, maxFrames: 5000, svg: false },
    });
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('takes an empty variable for one that is not set, as deploy templates leave them', () => {
    expect(loadConfig({ IMAGEPIC_SECRET: '', PORT: '', IMAGEPIC_BED: '' })).toEqual(loadConfig({}));
  });

  it('names every bad variable at once, and what to put there', () => {
    const load = () => loadConfig({ PORT: 'http', IMAGEPIC_BED: 'open', IMAGEPIC_SECRET: 'short' });
    expect(load).toThrow(ConfigError);
    expect(load).toThrow(
      /PORT must be a port.*IMAGEPIC_SECRET must be.*openssl rand -hex 32.*IMAGEPIC_BED must be shared or private/s,
    );
  });

  it.each([
    ['imagepic', 'short and known'],
    ['changeme'.repeat(5), 'a known word over and over'],
    ['a'.repeat(64), 'one letter'],
    ['abababababababababababababababababab', 'two letters'],
    [`secret${'x1y2z3'.repeat(4)}`, 'short beside a known word'],
  ])('R13 refuses the secret %j: %s', (secret) => {
    expect(() => loadConfig({ IMAGEPIC_SECRET: secret })).toThrow(/IMAGEPIC_SECRET/);
    expect(() => loadConfig({ IMAGEPIC_SECRET_PREVIOUS: secret })).toThrow(/IMAGEPIC_SECRET_PREVIOUS/);
    expect(loadConfig({ IMAGEPIC_SECRET: STRONG }).secret).toBe(STRONG);
  });

  it('R13 never shows the secret that it refuses', () => {
    expect(() => loadConfig({ IMAGEPIC_SECRET: 'hunter2hunter2' })).toThrow(expect.not.stringContaining('hunter2'));
  });

  it.each([
    ['IMAGEPIC_ALLOWED_ORIGINS', 'https://a.com/'],
    ['IMAGEPIC_ALLOWED_ORIGINS', '*'],
    ['IMAGEPIC_ALLOWED_ORIGINS', 'a.com'],
    ['IMAGEPIC_PUBLIC_URL', 'ftp://a.com'],
    ['IMAGEPIC_PUBLIC_URL', 'https://cdn.example.com/{key}/{foo}'],
    ['IMAGEPIC_PUBLIC_URL', 'https://cdn.example.com/{Key}'],
    ['IMAGEPIC_PUBLIC_URL', 'https://cdn.example.com//{key}'],
    ['IMAGEPIC_PUBLIC_URL', 'https://cdn.example.com/a//{bucket}/{key}'],
    ['IMAGEPIC_PUBLIC_URL', 'https://cdn.example.com//imagepic'],
    ['IMAGEPIC_PUBLIC_URL', 'https://cdn.example.com/{bucket}'],
    ['IMAGEPIC_PUBLIC_URL', 'https://cdn.example.com/{key'],
    ['IMAGEPIC_PUBLIC_URL', 'https://{key}.example.com'],
    ['IMAGEPIC_PUBLIC_URL', 'https://cdn.example.com/{key}{key}'],
    ['IMAGEPIC_PUBLIC_URL', 'https://cdn.example.com/{key}/{key}'],
    ['IMAGEPIC_PUBLIC_URL', 'https://cdn.example.com/{key}/{bucket}/x.png'],
    ['IMAGEPIC_PUBLIC_URL', 'https://cdn.example.com/{key}.png'],
    ['IMAGEPIC_PUBLIC_URL', 'https://cdn.example.com/{bucket}/{bucket}/{key}'],
    ['IMAGEPIC_PUBLIC_URL', 'https://cdn.example.com/%7Bkey%7D'],
    ['IMAGEPIC_PUBLIC_URL', 'https://cdn.example.com/%7bbucket%7d/{key}'],
    ['IMAGEPIC_PUBLIC_URL', 'https://cdn.example.com/a/../b'],
    ['IMAGEPIC_PUBLIC_URL', 'https://cdn.example.com/a/./{key}'],
    ['IMAGEPIC_PUBLIC_URL', 'https://cdn.example.com/a/%2E./{key}'],
    ['IMAGEPIC_PUBLIC_URL', 'https://cdn.example.com/a/..'],
    ['IMAGEPIC_PUBLIC_URL', 'https://cdn.example.com\\..\\b'],
    ['IMAGEPIC_PUBLIC_URL', 'https://cdn.example.com/a?b=c'],
    ['IMAGEPIC_PUBLIC_URL', 'https://cdn.example.com/a#b'],
    ['IMAGEPIC_PUBLIC_URL', 'https://me:word@cdn.example.com'],
    ['IMAGEPIC_S3_ENDPOINT', 'https://s3.example.com?x=1'],
    ['IMAGEPIC_S3_ENDPOINT', 'https://me:word@s3.example.com'],
    ['IMAGEPIC_S3_ENDPOINT', 'https://{bucket}.s3.example.com'],
    ['IMAGEPIC_S3_ENDPOINT', 'https://s3.example.com/%7Bbucket%7D'],
    ['IMAGEPIC_S3_ENDPOINT', 'https://s3.example.com/a/../b'],
    ['IMAGEPIC_PURGE_URL', 'https://purge.example.com/a/../b'],
    ['IMAGEPIC_CLOUDBASE_URL', 'http://127.0.0.1/#x'],
    ['IMAGEPIC_MOUNT', 'imagepic'],
    ['IMAGEPIC_MOUNT', '/a b'],
    ['IMAGEPIC_DEFAULT_BUCKET', 'UPPER'],
    ['IMAGEPIC_REGISTRATION', 'yes'],
    ['IMAGEPIC_PASSWORD_MIN_LENGTH', '7'],
    ['IMAGEPIC_MAX_UPLOAD_BYTES', '-1'],
    ['IMAGEPIC_MAX_PIXELS', '0'],
    ['IMAGEPIC_MAX_SIDE', '1e3'],
    ['IMAGEPIC_MAX_FRAMES', '-1'],
    ['IMAGEPIC_ADMIN_PHONE', '123'],
    ['PORT', '65536'],
  ])('O14 refuses %s=%s', (name, value) => {
    expect(() => loadConfig({ [name]: value })).toThrow(new RegExp(`${name} must be`));
  });

  it.each([
    ['IMAGEPIC_MAX_UPLOAD_BYTES', '99999999999999', /bytes from 1 to 9999999999999/],
    ['IMAGEPIC_MAX_PIXELS', '0', /pixels from 1 to/],
    ['IMAGEPIC_NAME_TEMPLATE', '{yyyy}.png', /with one of \{hash\} \{uuid\} \{name\}/],
    ['IMAGEPIC_ALLOWED_ORIGINS', '*', /each in full \(no \*\)/],
    ['IMAGEPIC_PASSWORD_MIN_LENGTH', '7', /from 8 to 64/],
    ['PORT', '65536', /from 0 to 65535/],
    [
      'IMAGEPIC_PUBLIC_URL',
      'https://cdn.example.com/%7Bkey%7D',
      /https:\/\/cdn\.example\.com\/\{bucket\}\/\{key\}: \{key\} once and last.* not %7B %7D/,
    ],
  ])('O16 says of %s=%s between which bounds it must be', (name, value, bounds) => {
    expect(() => loadConfig({ [name]: value })).toThrow(bounds);
  });

  it.each([
    'https://img.example.com/imagepic',
    'https://cdn.example.com/{key}',
    'https://cdn.example.com/{bucket}/{key}',
    'https://cdn.example.com/a/{bucket}/b/{key}',
    'https://cdn.example.com/..a/b../...',
  ])('O14 takes IMAGEPIC_PUBLIC_URL=%s', (url) => {
    expect(loadConfig({ IMAGEPIC_PUBLIC_URL: url }).publicUrl).toBe(url);
  });

  it.each([
    ['IMAGEPIC_DATADIR', 'IMAGEPIC_DATA_DIR'],
    ['IMAGEPIC_REGISTRATON', 'IMAGEPIC_REGISTRATION'],
    ['IMAGEPIC_MAX_UPLOAD', 'IMAGEPIC_MAX_UPLOAD_BYTES'],
    ['imagepic_bed', 'IMAGEPIC_BED'],
    ['IMAGE_PIC_SECRET', 'IMAGEPIC_SECRET'],
    ['IMAGPIC_SECRET', 'IMAGEPIC_SECRET'],
    ['IMAGEPICREGISTRATION', 'IMAGEPIC_REGISTRATION'],
    ['IMAGEPICS_S3_REGION', 'IMAGEPIC_S3_REGION'],
    ['imgpic_bed', 'IMAGEPIC_BED'],
    ['IMAGE_BED', 'IMAGEPIC_BED'],
    ['PIC_BED', 'IMAGEPIC_BED'],
    ['IMG_S3_ENDPOINT', 'IMAGEPIC_S3_ENDPOINT'],
    ['IMAGES_DATA_DIR', 'IMAGEPIC_DATA_DIR'],
    ['pictures_database_url', 'IMAGEPIC_DATABASE_URL'],
  ])('O4 refuses %s, which would have no effect, and names %s', (name, meant) => {
    expect(() => loadConfig({ [name]: '' }, nearestName)).toThrow(
      `${name} is no variable of imagepic; did you mean ${meant}?`,
    );
  });

  it('O4 names every unknown variable beside the bad ones, and no value', () => {
    const load = () => loadConfig({ IMAGEPIC_ZZZZZZZZZZZZZZZZZ: 'hunter2', PORT: 'abc', IMAGEPIC_BEDS: 'x' });
    expect(load).toThrow(/PORT must be.*IMAGEPIC_ZZZZZZZZZZZZZZZZZ is no variable of imagepic.*IMAGEPIC_BEDS/s);
    expect(load).toThrow(expect.not.stringContaining('hunter2'));
  });

  it('O4 leaves alone what is not ours, and what the command line reads', () => {
    const others = [
      'IMAGEPICTURE',
      'IMAGEIO_USERDIR',
      'IMAGE_SECRET',
      'IMAGES_DIR',
      'IMAGE_TAG',
      'PIC_SECRET',
      'PICKLE_BED',
      'MY_IMAGE_BED',
      'SECRET',
      'IMAGEPICS_PORT',
    ];
    const env = Object.fromEntries(others.map((name) => [name, '1']));
    expect(() => loadConfig({ ...env, PATH: '/bin', IMAGEPIC_TOKEN: 't', IMAGEPIC_URL: 'u' })).not.toThrow();
  });

  it('O4 refuses a token for caches of which none is named, and none is no cache', () => {
    expect(() => loadConfig({ IMAGEPIC_PURGE_TOKEN: 'hunter2' })).toThrow(
      /IMAGEPIC_PURGE_URL must be set, or leave out IMAGEPIC_PURGE_TOKEN$/,
    );
    expect(() => loadConfig({ IMAGEPIC_PURGE_URL: ' , ' })).toThrow(/IMAGEPIC_PURGE_URL must be/);
    expect(loadConfig({ IMAGEPIC_PURGE_URL: '', IMAGEPIC_PURGE_TOKEN: '' }).purge).toBeUndefined();
  });

  it.each([
    'IMAGEPIC_SERVICE_HOST',
    'IMAGEPIC_SERVICE_PORT',
    'IMAGEPIC_SERVICE_PORT_HTTP',
    'IMAGEPIC_PORT',
    'IMAGEPIC_PORT_3000_TCP',
    'IMAGEPIC_PORT_3000_TCP_ADDR',
    'IMAGEPIC_DEV_SERVICE_HOST',
    'IMAGEPIC_DEV_PORT_80_TCP_PROTO',
  ])('O4 leaves alone what Kubernetes sets beside a Service of our name: %s', (name) => {
    expect(() => loadConfig({ [name]: 'tcp://10.0.0.1:3000' })).not.toThrow();
  });

  it.each([
    ['nobody but this machine can come', {}, 'open'],
    ['it listens on the loopback by another name', { HOST: '::1' }, 'open'],
    ['it listens for everybody', { HOST: '0.0.0.0' }, 'invite'],
    ['a proxy stands before it', { IMAGEPIC_PROXIES: '1' }, 'invite'],
    ['its links are for others', { IMAGEPIC_PUBLIC_URL: 'https://img.example.com/imagepic' }, 'invite'],
    ['it is a function', { SCF_NAMESPACE: 'env-1', IMAGEPIC_ALLOW_FILE_STORES: 'shared-mount' }, 'invite'],
    ['somebody says otherwise', { HOST: '0.0.0.0', IMAGEPIC_REGISTRATION: 'open' }, 'open'],
  ])('O8 lets whom it is to register where %s', (_, env, registration) => {
    expect(loadConfig(env).registration).toBe(registration);
  });

  it('R23 keeps the file stores out of a cloud function unless they stand on a shared mount', () => {
    expect(() => loadConfig({ TENCENTCLOUD_RUNENV: 'SCF' })).toThrow(
      /share no disk.*IMAGEPIC_ALLOW_FILE_STORES=shared-mount/s,
    );
    expect(() => loadConfig({ SCF_NAMESPACE: 'env-1' })).toThrow(ConfigError);
    expect(loadConfig({ SCF_NAMESPACE: 'env-1', IMAGEPIC_ALLOW_FILE_STORES: 'shared-mount' }).documents).toEqual({
      kind: 'file',
    });
  });

  it('belongs to a package of the version that the health check shows', () => {
    expect(VERSION).toBe(packageJson.version);
  });
});
