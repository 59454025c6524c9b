import { describe, expect, it, vi } from 'vitest';
import { createWx } from '../../../src/wx-emulator/index.ts';

describe('storage', () => {
  it('gives copies of what JSON can say, by promise, by callback and at once', async () => {
    const { wx } = createWx();
    const data = { a: [1, undefined], at: new Date(0), lost: () => 1 };
    await expect(wx.setStorage({ key: 'k', data })).resolves.toEqual({ errMsg: 'setStorage:ok' });
    const kept = { a: [1, null], at: '1970-01-01T00:00:00.000Z' };
    await expect(wx.getStorage({ key: 'k' })).resolves.toEqual({ data: kept, errMsg: 'getStorage:ok' });
    expect(wx.getStorageSync('k')).toEqual(kept);
    const success = vi.fn();
    expect(wx.getStorage({ key: 'k', success })).toBeUndefined();
    await vi.waitFor(() => expect(success).toHaveBeenCalledWith({ data: kept, errMsg: 'getStorage:ok' }));
  });

  it('says what is not there, and what a call that waits finds then', async () => {
    const { wx } = createWx();
    await expect(wx.getStorage({ key: 'k' })).rejects.toEqual({ errMsg: 'getStorage:fail data not found' });
    expect(wx.getStorageSync('k')).toBe('');
    await expect(wx.removeStorage({ key: 'k' })).resolves.toEqual({ errMsg: 'removeStorage:ok' });
  });

  it('holds 1 MB a key and 10 MB in all', async () => {
    const { wx } = createWx();
    const megabyte = 'x'.repeat(1024 * 1024 - 20);
    expect(() => wx.setStorageSync('k', `${megabyte}${megabyte}`)).toThrow('entry size limit reached');
    for (let index = 0; index < 10; index += 1) wx.setStorageSync(`k${index}`, megabyte);
    await expect(wx.setStorage({ key: 'more', data: megabyte })).rejects.toMatchObject({
      errMsg: 'setStorage:fail exceed storage max size 10Mb',
    });
    wx.setStorageSync('k0', megabyte);
    expect(wx.getStorageInfoSync()).toMatchObject({ currentSize: 10_240, limitSize: 10_240 });
    wx.removeStorageSync('k1');
    wx.setStorageSync('more', megabyte);
    await wx.clearStorage();
    expect(wx.getStorageInfoSync()).toEqual({ keys: [], currentSize: 0, limitSize: 10_240 });
  });
});

describe('the clipboard', () => {
  it('holds what was set, and needs the privacy agreement', async () => {
    const { wx } = createWx();
    await wx.setClipboardData({ data: 'https://img.example.com/a.png' });
    await expect(wx.getClipboardData()).resolves.toMatchObject({ data: 'https://img.example.com/a.png' });
    const { wx: undeclared } = createWx({ undeclared: ['setClipboardData'] });
    await expect(undeclared.setClipboardData({ data: 'a' })).rejects.toMatchObject({ errno: 112 });
  });
});
