import { describe, expect, it } from 'vitest';
import { createDomainGate } from '../../../src/wx-emulator/domains.ts';

const gate = createDomainGate(
  { request: ['https://img.example.com', 'https://port.example.com:8443'], uploadFile: ['https://UP.example.com'] },
  true,
);
const NOT_LISTED = { reason: 'url not in domain list', errno: 600002 };

describe('legal domains', () => {
  it.each([
    ['request', 'https://img.example.com/imagepic/health'],
    ['request', 'https://IMG.example.com?x'],
    ['request', 'https://port.example.com:8443/'],
    ['uploadFile', 'https://up.example.com/upload'],
  ] as const)('let %s reach %s', (api, url) => {
    expect(() => gate(api, url)).not.toThrow();
  });

  it.each([
    ['request', 'http://img.example.com/'],
    ['request', 'https://img.example.com:443/'],
    ['request', 'https://img.example.com:8443/'],
    ['request', 'https://port.example.com/'],
    ['request', 'https://example.com/'],
    ['request', 'https://a.img.example.com/'],
    ['request', 'https://img.example.com@evil.example.com/'],
    ['request', 'https://img.example.com.evil.example.com/'],
    ['request', 'https://127.0.0.1/'],
    ['request', 'https://localhost/'],
    ['request', 'https://up.example.com/'],
    ['uploadFile', 'https://img.example.com/'],
    ['downloadFile', 'https://img.example.com/'],
  ] as const)('keep %s from %s', (api, url) => {
    expect(() => gate(api, url)).toThrow(expect.objectContaining(NOT_LISTED));
  });

  it.each(['', '/upload', 'img.example.com', 'ftp://img.example.com/', 'https://', 'wss://img.example.com/'])(
    'know that %j is no address',
    (url) => {
      expect(() => gate('request', url)).toThrow(expect.objectContaining({ errno: 600009 }));
    },
  );

  it('are not asked without urlCheck', () => {
    const open = createDomainGate({}, false);
    expect(() => open('request', 'http://127.0.0.1:3000/')).not.toThrow();
    expect(() => open('request', 'nowhere')).toThrow(expect.objectContaining({ errno: 600009 }));
  });

  it.each([
    'http://img.example.com',
    'img.example.com',
    'https://img.example.com/',
    'https://127.0.0.1',
    'https://[::1]',
    'https://localhost',
    'https://localhost:3000',
    'https://*.example.com',
    'https://api.weixin.qq.com',
    'https://img.example.com:port',
    'https://图床.example.com',
  ])('cannot be %s', (domain) => {
    expect(() => createDomainGate({ request: [domain] }, true)).toThrow(TypeError);
  });
});
