// A mailbox worked over with imapflow: imap.cjs TOOLS PORT USER. Ends with "done: N checks".
'use strict';
const { createRequire } = require('module');
const path = require('path');
const assert = require('assert');

const [tools, port, user] = process.argv.slice(2);
const { ImapFlow } = createRequire(path.join(tools, 'package.json'))('imapflow');

let checks = 0;
const check = (isSo, what) => { checks++; assert.ok(isSo, typeof what === 'string' ? what : JSON.stringify(what, (_, v) => (typeof v === 'bigint' ? `${v}` : v))); };
const connect = async (more = {}) => {
  const client = new ImapFlow({ host: '127.0.0.1', port: Number(port), secure: false, tls: { rejectUnauthorized: false }, auth: { user, pass: 'secret' }, logger: false, ...more });
  await client.connect();
  return client;
};
const mail = (i) => Buffer.from(`From: Ann <ann@client.test>\r\nTo: mq@posthorn.test\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe_${i}?=\r\nMessage-ID: <${i}@client.test>\r\nMIME-Version: 1.0\r\n`
  + `Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\ntext ${i}\r\n--b\r\nContent-Type: application/pdf\r\n`
  + `Content-Disposition: attachment; filename="invoice-${i}.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\n${Buffer.from(`file ${i}`).toString('base64')}\r\n--b--\r\n`);

(async () => {
  const client = await connect();
  check((await client.mailboxCreate('Flow')).created, 'created');
  for (let i = 1; i <= 5; i++) {
    const appended = await client.append('Flow', mail(i), i % 2 ? ['\\Seen'] : [], new Date(Date.UTC(2026, 2, i)));
    check(appended.uid === i, appended);
  }
  const status = await client.status('Flow', { messages: true, unseen: true, uidNext: true });
  check(status.messages === 5 && status.unseen === 2 && status.uidNext === 6, status);
  let lock = await client.getMailboxLock('Flow');
  check(client.mailbox.exists === 5, client.mailbox);
  const seen = [];
  for await (const message of client.fetch('1:*', { uid: true, flags: true, envelope: true, bodyStructure: true, size: true, internalDate: true, headers: ['message-id'] })) {
    const i = message.uid;
    check(message.envelope.subject === `Grüße ${i}` && message.envelope.from[0].address === 'ann@client.test', message.envelope);
    check(message.size === mail(i).length, message);
    check(message.bodyStructure.childNodes[1].dispositionParameters.filename === `invoice-${i}.pdf`, message.bodyStructure);
    check(message.internalDate.getTime() === Date.UTC(2026, 2, i), message);
    check(message.headers.toString().includes(`<${i}@client.test>`), message.headers.toString());
    seen.push(message.flags.has('\\Seen'));
  }
  check(seen.join() === 'true,false,true,false,true', seen);
  const { content } = await client.download('3', '2');
  const pieces = [];
  for await (const piece of content) pieces.push(piece);
  check(Buffer.concat(pieces).toString() === 'file 3', 'the attachment');
  check((await client.search({ seen: false })).join() === '2,4', 'search');
  check((await client.search({ subject: 'Grüße 4' })).join() === '4', 'search in UTF-8');
  check((await client.search({ header: { 'message-id': '<5@client.test>' } })).join() === '5', 'search by header');
  check(await client.messageFlagsAdd('2', ['\\Flagged', 'invoice']), 'flags');
  const two = await client.fetchOne('2', { flags: true });
  check(two.flags.has('\\Flagged') && two.flags.has('invoice'), [...two.flags]);

  // Another session's doings are told while this one idles.
  const other = await connect();
  const exists = new Promise((resolve) => client.once('exists', resolve));
  const flagged = new Promise((resolve) => client.once('flags', resolve));
  const idling = client.idle();
  await other.append('Flow', mail(6));
  check((await exists).count === 6, 'EXISTS');
  const otherLock = await other.getMailboxLock('Flow');
  await other.messageFlagsAdd('1', ['\\Answered']);
  check((await flagged).flags.has('\\Answered'), 'FLAGS');
  const expunged = new Promise((resolve) => client.once('expunge', resolve));
  await other.messageDelete('6');
  check((await expunged).seq === 6, 'EXPUNGE');
  otherLock.release();
  await other.logout();
  await client.noop();
  await idling;

  const moved = await client.messageMove('4:5', 'INBOX');
  check(moved.uidMap.size === 2, moved);
  const copied = await client.messageCopy('1', 'INBOX');
  check(copied.uidMap.get(1) > 0, copied);
  check((await client.fetchOne('*', { uid: true })).uid === 3, 'three are left');
  lock.release();
  const list = await client.list({ statusQuery: { messages: true } });
  check(list.find((m) => m.path === 'Flow').status.messages === 3, list);
  check((await client.mailboxRename('Flow', 'Flown')).newPath === 'Flown', 'renamed');
  check((await client.mailboxDelete('Flown')).path === 'Flown', 'deleted');
  await client.logout();
  console.log(`done: ${checks} checks`);
})().catch((e) => { console.error(e); process.exit(1); });
