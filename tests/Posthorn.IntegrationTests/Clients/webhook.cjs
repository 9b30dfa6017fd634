// Receives webhooks with Standard Webhooks' library: webhook.cjs TOOLS SECRET. Says "listening PORT", then a line for each call: "ok ID BODY", or "bad …".
'use strict';
const { createRequire } = require('module');
const path = require('path');
const http = require('http');

const [tools, secret] = process.argv.slice(2);
const { Webhook } = createRequire(path.join(tools, 'package.json'))('standardwebhooks');
const webhook = new Webhook(secret);

const server = http.createServer((request, response) => {
  const pieces = [];
  request.on('data', (piece) => pieces.push(piece));
  request.on('end', () => {
    const body = Buffer.concat(pieces);
    let status = 204;
    try {
      const verified = webhook.verify(body, request.headers);
      console.log(`ok ${request.headers['webhook-id']} ${JSON.stringify(verified)}`);
    } catch (e) {
      console.log(`bad ${request.headers['webhook-id']} ${e}`);
      status = 401;
    }
    response.writeHead(status);
    response.end();
  });
});
server.listen(0, '127.0.0.1', () => console.log(`listening ${server.address().port}`));
