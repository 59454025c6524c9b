import { describe, expect, it } from 'vitest';
import { COMMANDS, type ExampleCall, toExamples } from '../../../../src/build/openapi/examples.ts';
import { parseCommandLine } from '../../../../src/cli/command-line.ts';
import { createClient, type TransportCall } from '../../../../src/client/index.ts';
import { contract } from '../../../../src/contract/contract.ts';
import { documentation } from '../../../../src/contract/documentation.ts';

const ROUTES = Object.keys(contract) as readonly (keyof typeof contract)[];
const examplesOf = (url: keyof typeof contract, changes: Partial<ExampleCall> = {}): ReadonlyMap<string, string> =>
  toExamples({
    ...{ mountUrl: 'https://bed.example/imagepic', path: `/${url}`, method: 'post', isOpen: false, isRoute: true },
    example: documentation[url].example,
    ...changes,
  });
/** Runs an expression of JavaScript with one name in it. */
const run = (expression: string, name: string, value: unknown): Promise<unknown> =>
  new Function(name, `return (async () => ${expression})()`)(value);

describe('the examples of the reference', () => {
  it.each(ROUTES)('call %s as it is called, by the client and in a mini-program', async (url) => {
    const called: TransportCall[] = [];
    const bed = createClient({
      transport: {
        call: async (call) => {
          called.push(call);
          return { status: 200, body: { code: '0', success: true, msg: '', data: {}, requestId: 'r' } };
        },
        send: () => Promise.reject(new Error('nothing is sent')),
      },
    });
    const examples = examplesOf(url);

    await run(examples.get('imagepic/client') ?? '', 'bed', bed);
    const data = await run(examples.get('wx.cloud') ?? '', 'wx', {
      cloud: { callFunction: ({ name, data: event }: { name: string; data: object }) => ({ name, event }) },
    });

    const { example } = documentation[url];
    expect(called).toMatchObject([{ url, input: example }]);
    expect(data).toEqual({ name: 'imagepic', event: { $url: url, ...example } });
  });

  it.each(Object.entries(COMMANDS))('%s is a command that there is: %s', (url, command) => {
    expect(ROUTES).toContain(url);
    const [program, ...args] = command.replace('<bed-url>', 'https://bed.example/imagepic').split(' ');
    expect(program).toBe('imagepic');
    expect(parseCommandLine(args).command.kind).toBe(args[0] === 'tokens' ? 'tokens' : args[0]);
  });

  it('hold apostrophes as a shell takes them, and no other way of calling where there is none', () => {
    const curl = examplesOf('auth/register', { example: { name: "O'Neill" }, isOpen: true }).get('curl');
    expect(curl).toBe(
      `curl -X POST 'https://bed.example/imagepic/auth/register' \\\n  -H 'Content-Type: application/json' \\\n  -d '{"name":"O'\\''Neill"}'`,
    );
    expect([...examplesOf('health', { isRoute: false }).keys()]).toEqual(['curl']);
  });
});
