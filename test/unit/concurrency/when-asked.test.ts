import { describe, expect, it, vi } from 'vitest';
import { lazily, whenAsked } from '../../../src/concurrency/when-asked.ts';

interface Greeter {
  readonly greet: (name: string) => Promise<string>;
  readonly fail: () => Promise<never>;
}

const greeter: Greeter = {
  greet: async (name) => `Hello ${name}`,
  fail: () => Promise.reject(new Error('no')),
};

it('is opened when it is asked for, and once', async () => {
  const open = vi.fn(async () => ({}));
  const asked = whenAsked(open);
  expect(open).not.toHaveBeenCalled();
  const [one, other] = await Promise.all([asked(), asked()]);
  expect(one).toBe(other);
  expect(open).toHaveBeenCalledTimes(1);
});

describe('a service that is opened with its first call', () => {
  it('answers as itself', async () => {
    const open = vi.fn(async () => greeter);
    const service = lazily(open);
    expect(open).not.toHaveBeenCalled();
    expect(await Promise.all([service.greet('Ann'), service.greet('Bob')])).toEqual(['Hello Ann', 'Hello Bob']);
    await expect(service.fail()).rejects.toThrow('no');
    expect(open).toHaveBeenCalledTimes(1);
  });

  it('hands its calls on by name', async () => {
    const { greet } = lazily(async () => greeter);
    expect(await greet('Ann')).toBe('Hello Ann');
  });
});
