// Follows queues with ws and eventsource, other people's clients: stream.cjs TOOLS ENDPOINT [TOKEN] [QUEUES]. Ends with "done: N checks".
'use strict';
const { createRequire } = require('module');
const path = require('path');
const assert = require('assert');

const [tools, endpoint, token, prefix = 'js'] = process.argv.slice(2);
const load = createRequire(path.join(tools, 'package.json'));
const WebSocket = load('ws');
const { EventSource } = load('eventsource');

const headers = token ? { authorization: `Bearer ${token}` } : {};
let checks = 0;
const check = (isSo, what) => { checks++; assert.ok(isSo, typeof what === 'string' ? what : JSON.stringify(what)); };
const url = (queue) => `${endpoint}/v1/queues/${encodeURIComponent(`${prefix}/${queue}`)}`;
const call = async (method, address, body) => {
  const answer = await fetch(address, { method, headers: body && typeof body === 'object' && !(body instanceof Uint8Array) ? { ...headers, 'content-type': 'application/json' } : headers,
    body: body && typeof body === 'object' && !(body instanceof Uint8Array) ? JSON.stringify(body) : body });
  assert.ok(answer.ok, `${method} ${address}: ${answer.status} ${await answer.clone().text()}`);
  return answer.status === 204 ? null : answer.json();
};
const send = (queue, body) => call('POST', `${url(queue)}/messages`, body);
const receive = async (queue, query = '') => (await call('POST', `${url(queue)}/leases?max=100${query}`)).messages;

/** A stream over a WebSocket, whose frames are awaited one by one. */
class Stream {
  constructor(queue, query = '', protocols = ['posthorn.v1']) {
    const withToken = token ? [...protocols, `posthorn.bearer.${Buffer.from(token).toString('base64url')}`] : protocols;
    this.socket = new WebSocket(`${url(queue)}/stream${query}`.replace(/^http/, 'ws'), withToken);
    this.frames = [];
    this.waiting = [];
    this.closed = new Promise((resolve) => this.socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() })));
    this.opened = new Promise((resolve, reject) => { this.socket.on('open', resolve); this.socket.on('error', reject); });
    this.socket.on('message', (data) => {
      const frame = JSON.parse(data);
      this.waiting.length > 0 ? this.waiting.shift()(frame) : this.frames.push(frame);
    });
  }
  say(frame) { this.socket.send(JSON.stringify(frame)); }
  hear() { return this.frames.length > 0 ? Promise.resolve(this.frames.shift()) : new Promise((resolve) => this.waiting.push(resolve)); }
  async settle(frame) { this.say(frame); return (await this.hear()).results; }
}

async function sockets() {
  await send('ws', 'Grüße 😀');
  await send('ws', Uint8Array.of(0, 255));
  const stream = new Stream('ws');
  await stream.opened;
  check(stream.socket.protocol === 'posthorn.v1', stream.socket.protocol);
  stream.say({ type: 'credit', n: 2 });
  const [text, bytes] = [await stream.hear(), await stream.hear()];
  check(text.type === 'message' && text.text === 'Grüße 😀' && text.message.receiveCount === 1, text);
  check(Buffer.from(bytes.body, 'base64').equals(Buffer.from([0, 255])), bytes);
  const [acked, garbled] = await stream.settle({ type: 'ack', handles: [text.handle, text.handle], ref: 'x' });
  check(acked.ok && !garbled.ok && garbled.reason === 'unknown-handle', [acked, garbled]);
  stream.say('nonsense');
  check((await stream.hear()).code === 'bad-frame', 'an error');
  const [extended] = await stream.settle({ type: 'extend', handle: bytes.handle, visibility: '10m' });
  check(extended.ok && new Date(extended.expiresAt) > new Date(bytes.expiresAt), extended);
  check((await stream.settle({ type: 'nack', handle: bytes.handle, error: 'not now' }))[0].ok, 'a nack');
  const [returned] = await receive('ws');
  check(returned.message.lastError === 'not now' && returned.message.receiveCount === 2, returned);
  await call('DELETE', `${endpoint}/v1/leases/${returned.handle}`);
  stream.socket.close(1000);
  check((await stream.closed).code === 1000, 'closed');
}

/** Two consumers share a queue; one is cut off with messages in its hands. Everything is worked on, and acked once. */
async function sharing() {
  const count = 200;
  await Promise.all([...Array(count).keys()].map((i) => send('shared', `m${i}`)));
  const done = [];
  const sockets = [];
  const consume = (acksMax) => new Promise((resolve) => {
    const stream = new Stream('shared', '?prefetch=8');
    sockets.push(stream.socket);
    let [acked, told] = [0, 0];
    stream.socket.on('message', (data) => {
      const frame = JSON.parse(data);
      if (frame.type === 'message' && acked < acksMax) {
        acked++;
        stream.say({ type: 'ack', handle: frame.handle, ref: frame.text });
      } else if (frame.type === 'settled') {
        assert.ok(frame.results[0].ok, JSON.stringify(frame));
        done.push(frame.ref);
        if (++told === acksMax) stream.socket.terminate();
        if (done.length === count) sockets.forEach((socket) => socket.close());
      }
    });
    stream.socket.on('close', resolve);
  });
  await Promise.all([consume(20), consume(count)]);
  check(new Set(done).size === count, `${done.length} acked`);
  check((await receive('shared')).length === 0, 'nothing is left');
}

async function events() {
  await send('sse', 'one');
  await send('sse', 'two');
  const source = new EventSource(`${url('sse')}/stream?prefetch=1`, { fetch: (input, init) => fetch(input, { ...init, headers: { ...init.headers, ...headers } }) });
  const heard = [];
  await new Promise((resolve, reject) => {
    source.addEventListener('error', (e) => reject(new Error(e.message)));
    source.addEventListener('message', async (event) => {
      const message = JSON.parse(event.data);
      check(event.lastEventId === message.message.id, event.lastEventId);
      heard.push(message.text);
      await call('DELETE', `${endpoint}/v1/leases/${message.handle}`);
      if (heard.length === 2) resolve();
    });
  });
  source.close();
  check(heard.join() === 'one,two', heard);
  check((await receive('sse')).length === 0, 'both are acked');
}

async function refusals() {
  const status = (stream) => new Promise((resolve) => stream.socket.on('unexpected-response', (_, answer) => { stream.opened.catch(() => {}); resolve(answer.statusCode); }));
  check(await status(new Stream('nothing')) === 404, 'no queue');
  check(await status(new Stream('ws', '', ['other.v9'])) === 400, 'no protocol');
  check(await status(new Stream('ws', '?prefetch=0')) === 400, 'no prefetch');
  check((await fetch(`${url('ws')}/stream`, { headers })).status === 406, 'neither kind');
  const long = new Stream('ws');
  await long.opened;
  long.socket.send('x'.repeat(70_000));
  check((await long.hear()).code === 'too-large', 'told');
  check((await long.closed).code === 1009, 'too long');
}

(async () => {
  await sockets();
  await sharing();
  await events();
  await refusals();
  console.log(`done: ${checks} checks`);
  process.exit(0);
})().catch((e) => { console.error(e); process.exit(1); });
