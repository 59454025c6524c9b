// The least that a server can do with node:http: one file for pictures, a constant for all else.
import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';

const file = process.env['FILE'] ?? '';
const constant = JSON.stringify({ code: '0', data: {}, msg: '成功', success: true });
const server = createServer((request, response) => {
  if (request.url?.endsWith('.png')) {
    response.writeHead(200, { 'content-type': 'image/png', 'content-length': statSync(file).size });
    createReadStream(file).pipe(response);
    return;
  }
  request.resume();
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(constant) });
  response.end(constant);
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}\n`);
});
