// Empties a maildrop with node-pop3: pop3.cjs TOOLS PORT USER PASSWORD. Ends with "done: N checks".
'use strict';
const { createRequire } = require('module');
const path = require('path');
const assert = require('assert');

const [tools, port, user, password] = process.argv.slice(2);
const Pop3Command = createRequire(path.join(tools, 'package.json'))('node-pop3');
let checks = 0;
const check = (fact, what) => { checks++; assert.ok(fact, JSON.stringify(what)); };

(async () => {
  const pop3 = new (Pop3Command.default ?? Pop3Command)({ user, password, host: '127.0.0.1', port: Number(port), timeout: 30000 });
  const uids = await pop3.UIDL();
  check(uids.length > 0 && uids.every(([, uid]) => uid.includes('.')), uids);
  for (const [number] of uids) {
    const listed = Number((await pop3.LIST(number))[1]);
    const mail = await pop3.RETR(number);
    check(mail.includes('Subject:') || mail.length > 0, number);
    check(listed > 0, listed);
    check(mail.startsWith((await pop3.TOP(number, 0)).split('\r\n')[0]), number);
    await pop3.command('DELE', number);
  }
  await pop3.QUIT();
  const again = new (Pop3Command.default ?? Pop3Command)({ user, password, host: '127.0.0.1', port: Number(port), timeout: 30000 });
  check((await again.UIDL()).length === 0, 'empty');
  await again.QUIT();
  console.log(`done: ${checks} checks`);
})().catch((e) => { console.error(e); process.exit(1); });
