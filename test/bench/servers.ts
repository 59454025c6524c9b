// Servers in processes of their own, and what the benches ask of them.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { createInterface } from 'node:readline';
import type { Ceph } from '../support/ceph.ts';
import { makePng } from '../support/png.ts';

/** The bucket that uploads go to. */
export const BUCKET = 'images';
/** What is uploaded: some 100 kB. */
export const PICTURE = makePng(182, 182, { noise: true });
const SOCKETS = 64;

/** A server in a process of its own. */
export interface BenchedServer {
  readonly url: string;
  /** Milliseconds of processor time that the process has used so far. */
  cpu(): Promise<number>;
  stop(): Promise<void>;
}

/** The variables by which ours and the seed's server find a store. */
export const s3Env = (ceph: Ceph): Readonly<Record<string, string>> => ({
  IMAGEPIC_S3_ENDPOINT: ceph.endpoint,
  IMAGEPIC_S3_ACCESS_KEY_ID: ceph.accessKeyId,
  IMAGEPIC_S3_SECRET_ACCESS_KEY: ceph.secretAccessKey,
});

/** Starts a server and reads its address off its first line. */
export async function startServer(file: string, given: Readonly<Record<string, string>>): Promise<BenchedServer> {
  const env = { ...process.env, PORT: '0', ...given };
  const child = spawn('node', [file], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  child.stdout.resume();
  return {
    url: /http:[^\s"]+/.exec(String(line))?.[0] ?? '',
    cpu: async () => {
      const fields = (await readFile(`/proc/${child.pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
      return (Number(fields[11]) + Number(fields[12])) * 10;
    },
    stop: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** The same form, byte for byte, for all servers. */
export function createFormUpload(
  url: string,
  headers: Readonly<Record<string, string>>,
): (key: string) => Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: SOCKETS });
  return async (key) => {
    const body = Buffer.concat([
      Buffer.from(
        `--b\r\nContent-Disposition: form-data; name="file"; filename="${key}.png"\r\nContent-Type: image/png\r\n\r\n`,
      ),
      PICTURE,
      Buffer.from('\r\n--b--\r\n'),
    ]);
    const sending = request(`${url}/object/putObject`, {
      agent,
      method: 'POST',
      headers: {
        ...headers,
        bucket: BUCKET,
        folder: 'bench',
        'content-type': 'multipart/form-data; boundary=b',
        'content-length': body.length,
      },
    });
    sending.end(body);
    const [response] = await once(sending, 'response');
    response.resume();
    await once(response, 'end');
    if (response.statusCode !== 200) throw new Error(`${url} answered ${response.statusCode}`);
  };
}

/** Registers the first account and signs it in. */
export async function signIn(url: string): Promise<string> {
  const post = async (path: string, data: object) => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${url}/${path}`, { method: 'POST', headers, body: JSON.stringify(data) });
    return JSON.parse(await response.text()).data;
  };
  const person = { phone: '13800138000', upwd: 'correct horse 7' };
  await post('auth/register', { ...person, name: 'Bench', tfs: '', email: 'b@example.com' });
  return (await post('auth/login', person)).token;
}
