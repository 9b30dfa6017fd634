using Posthorn.Server.Operate.Configuration;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Operate.Configuration;

/// <summary>Each bad configuration is refused with the place, the key and what would be right.</summary>
public sealed class BadConfigTests
{
    private const string SizeForm = "is no size; write a number of bytes or one with KB, MB, GB (thousands) or KiB, MiB, GiB (1024s), like 50MB";
    private const string DurationForm = "is no duration; write numbers with ms, s, m, h, d or w, like 90s, 2m, 1h30m or 14d";
    private const string EndpointForm = "is no place to listen; write address:port like 127.0.0.1:2525 or [::1]:2525, :2525 for every address of this machine, or off";
    private const string Admin = "accounts: [{ name: a, password: p, admin: true }]\n";

    [Theory]
    // The file itself
    [InlineData("", "p.yaml:1:1: holds no settings; write some, or run without --config to take the defaults")]
    [InlineData("# nothing\n\n", "p.yaml:1:1: holds no settings; write some, or run without --config to take the defaults")]
    [InlineData("---\n", "p.yaml:1:1: holds no settings; write some, or run without --config to take the defaults")]
    [InlineData("- a\n- b\n", "p.yaml:1:1: a configuration is a map of \"key: value\" lines; this is something else")]
    [InlineData("hello", "p.yaml:1:1: a configuration is a map of \"key: value\" lines; this is something else")]
    [InlineData("data:./data\n", "p.yaml:1:1: 'data:./data' is no \"key: value\"; put a space behind the colon")]
    [InlineData("data: ./x\n---\nhostname: a\n", "p.yaml:2:1: a second document begins here; a configuration is one document")]
    [InlineData("data: x\u0007\n", "p.yaml:1:8: the control character 0x07 cannot stand in a configuration")]
    [InlineData("a: \0\n", "p.yaml:1:4: the control character 0x00 cannot stand in a configuration")]
    // YAML
    [InlineData("listen:\n\tsmtp: off\n", "p.yaml:2:1: a tab indents this line; YAML wants spaces")]
    [InlineData("listen:\n  smtp: off\n\thttp: off\n", "p.yaml:3:1: a tab indents this line; YAML wants spaces")]
    [InlineData("listen:\n  smtp: off\n  \thttp: off\n", "p.yaml:3:3: a tab indents this line; YAML wants spaces")]
    [InlineData("data: &here ./data\n", "p.yaml:1:7: data: '&here' reads as a YAML anchor, which is not supported; quote a text that begins with '&'")]
    [InlineData("data: *here\n", "p.yaml:1:7: data: '*here' reads as a YAML alias, which is not supported; quote a text that begins with '*'")]
    [InlineData("addresses:\n  *@example.test: q\n", "p.yaml:2:3: a text that begins with '*' must stand in quotes")]
    [InlineData("data: !!str x\n", "p.yaml:1:7: data: 'tag:yaml.org,2002:str' reads as a YAML tag, which is not supported; quote a text that begins with '!' (in an expression, write \"not\")")]
    [InlineData("<<: { data: x }\n", "p.yaml:1:1: merge keys ('<<') are not supported; write the settings out")]
    [InlineData("data: `x`\n", "p.yaml:1:7: a text that begins with '`' must stand in quotes")]
    [InlineData("data: @x\n", "p.yaml:1:7: a text that begins with '@' must stand in quotes")]
    [InlineData("data: \"x\n", "p.yaml:1:7: the quote that opens here is not closed")]
    [InlineData("data: 'x\nhostname: y\n", "p.yaml:1:7: the quote that opens here is not closed")]
    [InlineData("data: \"c:\\data\"\n", "p.yaml:1:7: this text has a backslash that is no escape; put it in single quotes, or double the backslash")]
    [InlineData("listen: { smtp: off\ndata: x\n", "p.yaml:1:15: a '{' or '[' that was opened before is not closed here")]
    [InlineData("accounts: [1, 2\n", "p.yaml:2:1: a '[' that was opened before is not closed here")]
    [InlineData("data: a: b\n", "p.yaml:1:8: a second \": \" in one line, or a line indented too far; a text with \": \" in it must stand in quotes")]
    [InlineData("data: a\n  hostname: b\n", "p.yaml:2:11: a second \": \" in one line, or a line indented too far; a text with \": \" in it must stand in quotes")]
    [InlineData("accounts:\n  - name: a\n - name: b\n", "p.yaml:3:2: a \"key: value\" was expected here; check the indentation of this line and the one before")]
    [InlineData("accounts: - name: a\n", "p.yaml:1:11: a list cannot begin here; put \"- \" on a line of its own below the key")]
    [InlineData("? [a]\n: 1\n", "p.yaml:1:3: a map or a list cannot be a key; quote a text that begins with '{' or '['")]
    [InlineData(": x\n", "p.yaml:1:1: a key is missing in front of the colon")]
    // Shards
    [InlineData("engine: { shards: [ { postgres: b, queues: [ x ] } ] }\n", "p.yaml:1:9: engine.postgres: is missing: it is the first database, which has all queues that no shard names")]
    [InlineData("engine: { postgres: a, shards: [ { postgres: b, queues: [ x, y ] }, { postgres: c, queues: [ y ] } ] }\n",
        "p.yaml:1:92: engine.shards[1].queues: 'y' is there twice; a queue is in one database: leave one of them out")]
    [InlineData("engine: { postgres: a, shards: [ { postgres: a, queues: [ x ] } ] }\n",
        "p.yaml:1:46: engine.shards[0].postgres: is named before; a shard is a database of its own, or a schema of its own")]
    [InlineData("engine: { postgres: a, shards: [ { postgres: b } ] }\n",
        "p.yaml:1:34: engine.shards[0].queues: is missing: say which queues it has, like [ \"orders\", \"mail-*\" ]; an empty list takes all from it")]
    // Keys
    [InlineData("hostnme: a\n", "p.yaml:1:1: hostnme: there is no such key; did you mean 'hostname'?")]
    [InlineData("Data: x\n", "p.yaml:1:1: Data: there is no such key; did you mean 'data'?")]
    [InlineData("data: x\nhostname: h\ndata: y\n", "p.yaml:3:1: data: stands here twice; the first is in line 1. Remove one")]
    [InlineData("listen:\n  smtp: off\n  smtp: off\n", "p.yaml:3:3: listen.smtp: stands here twice; the first is in line 2. Remove one")]
    [InlineData("listen: { smpt: off }\n", "p.yaml:1:11: listen.smpt: there is no such key; did you mean 'smtp'?")]
    [InlineData("listen: { gopher: off }\n", "p.yaml:1:11: listen.gopher: there is no such key; known here: http, https, imap, imaps, lmtp, pop3, pop3s, smtp, smtps")]
    [InlineData("queues:\n  q: { maxReceives: 5, dead_letter: d }\n",
        "p.yaml:2:8: queues.q.maxReceives: there is no such key; did you mean 'max-receives'?",
        "p.yaml:2:24: queues.q.dead_letter: there is no such key; did you mean 'dead-letter'?")]
    [InlineData("accounts: [{ name: a, password: p, admin: true, qouta: 5GB }]\n", "p.yaml:1:49: accounts[0].qouta: there is no such key; did you mean 'quota'?")]
    [InlineData("tls: { certificate: /nowhere/c, key: /nowhere/k, cipher: x }\n",
        "p.yaml:1:21: tls.certificate: there is no file /nowhere/c",
        "p.yaml:1:50: tls.cipher: there is no such key; known here: certificate, key")]
    // Kinds of value
    [InlineData("data: [a]\n", "p.yaml:1:7: data: a list stands where one value belongs")]
    [InlineData("data: { a: b }\n", "p.yaml:1:7: data: a map stands where one value belongs")]
    [InlineData("data:\n", "p.yaml:1:6: data: has no value; give one, or leave the key out")]
    [InlineData("data: ~\n", "p.yaml:1:7: data: has no value; give one, or leave the key out")]
    [InlineData("data: ''\n", "p.yaml:1:7: data: has no value; give one, or leave the key out")]
    [InlineData("listen: off\n", "p.yaml:1:9: listen: 'off' stands where keys with values belong, like \"listen: { key: value }\"")]
    [InlineData("listen: [off]\n", "p.yaml:1:9: listen: a list stands where keys with values belong, like \"listen: { key: value }\"")]
    [InlineData("accounts: { name: a }\n", "p.yaml:1:11: accounts: a map stands where a list of maps belongs, like \"- { key: value }\"")]
    [InlineData("accounts: [ joe ]\n", "p.yaml:1:13: accounts[0]: 'joe' stands where keys with values belong, like \"accounts[0]: { key: value }\"",
        "p.yaml:1:13: accounts[0].name: is missing and must be given",
        "p.yaml:1:13: accounts[0]: has no password; give one, or an access-key and a secret-key")]
    [InlineData("pipeline: [ a ]\n", "p.yaml:1:11: pipeline: is a map of processors, each with its rules; the first one is root: \"pipeline: { root: [ { deliver: mailbox } ] }\"")]
    // Values
    [InlineData("hostname: my host\n", "p.yaml:1:11: hostname: 'my host' is no host name; write the name that other mail servers know this one by, like mail.example.com")]
    [InlineData("hostname: -a.example\n", "p.yaml:1:11: hostname: '-a.example' is no host name; write the name that other mail servers know this one by, like mail.example.com")]
    [InlineData("hostname: a..b\n", "p.yaml:1:11: hostname: 'a..b' is no host name; write the name that other mail servers know this one by, like mail.example.com")]
    [InlineData("listen: { smtp: 127.0.0.1 }\n", "p.yaml:1:17: listen.smtp: '127.0.0.1' " + EndpointForm)]
    [InlineData("listen: { smtp: mail.example.test:25 }\n", "p.yaml:1:17: listen.smtp: 'mail.example.test' is no IP address; doors listen on addresses of this machine, like 127.0.0.1 or 0.0.0.0")]
    [InlineData("listen: { smtp: 127.0.0.1:65536 }\n", "p.yaml:1:17: listen.smtp: 65536 is no port; ports go from 0 to 65535")]
    [InlineData("listen: { smtp: \"127.0.0.1:-1\" }\n", "p.yaml:1:17: listen.smtp: '127.0.0.1:-1' " + EndpointForm)]
    [InlineData("listen: { smtp: \"::1:25\" }\n", "p.yaml:1:17: listen.smtp: '::1:25' " + EndpointForm)]
    [InlineData("listen: { smtp: yes }\n", "p.yaml:1:17: listen.smtp: 'yes' " + EndpointForm)]
    [InlineData("listen: { smtp: 127.1:25 }\n", "p.yaml:1:17: listen.smtp: '127.1' is no IP address; doors listen on addresses of this machine, like 127.0.0.1 or 0.0.0.0")]
    [InlineData("listen: { smtp: 9324 }\n", "p.yaml:1:17: listen.smtp: 127.0.0.1:9324 is where smtp listens already; give each door a port of its own")]
    [InlineData("queues: { q: { visibility-timeout: 30 } }\n", "p.yaml:1:36: queues.q.visibility-timeout: '30' " + DurationForm)]
    [InlineData("queues: { q: { visibility-timeout: 13h } }\n", "p.yaml:1:36: queues.q.visibility-timeout: 13h is out of bounds; from 0 to 12h")]
    [InlineData("queues: { q: { visibility-timeout: 2x } }\n", "p.yaml:1:36: queues.q.visibility-timeout: '2x' " + DurationForm)]
    [InlineData("queues: { q: { retention: 0 } }\n", "p.yaml:1:27: queues.q.retention: 0 is out of bounds; from 1s to 36500d")]
    [InlineData("queues: { q: { max-receives: many, dead-letter: d } }\n", "p.yaml:1:30: queues.q.max-receives: 'many' is no whole number")]
    [InlineData("queues: { q: { max-receives: 0, dead-letter: d } }\n", "p.yaml:1:30: queues.q.max-receives: 0 is out of bounds; from 1 to 2147483647")]
    [InlineData("queues: { q: { max-receives: 5 } }\n", "p.yaml:1:30: queues.q.max-receives: needs dead-letter, too: after max-receives deliveries without an ack a message goes to the queue dead-letter")]
    [InlineData("queues: { q: { dead-letter: d } }\n", "p.yaml:1:29: queues.q.dead-letter: needs max-receives, too: after max-receives deliveries without an ack a message goes to the queue dead-letter")]
    [InlineData("queues: { q: { max-receives: 5, dead-letter: q } }\n", "p.yaml:1:46: queues.q.dead-letter: a queue cannot be its own dead-letter queue")]
    [InlineData("queues: { q: { max-message-size: 50X } }\n", "p.yaml:1:34: queues.q.max-message-size: '50X' " + SizeForm)]
    [InlineData("queues: { q: { max-message-size: 50M } }\n", "p.yaml:1:34: queues.q.max-message-size: '50M' " + SizeForm)]
    [InlineData("queues: { q: { max-size: 0 } }\n", "p.yaml:1:26: queues.q.max-size: 0 is out of bounds; at least 1 bytes")]
    [InlineData("queues: { q: { deduplication-window: 8d } }\n", "p.yaml:1:38: queues.q.deduplication-window: 8d is out of bounds; from 0 to 7d")]
    [InlineData("queues: { q: { deduplication-scope: all } }\n", "p.yaml:1:37: queues.q.deduplication-scope: 'all' is not one of queue, group")]
    [InlineData("queues: { q: { keep-consumed: 0 } }\n", "p.yaml:1:31: queues.q.keep-consumed: 0 is out of bounds; from 1s to 36500d")]
    [InlineData("queues: { q: { leases-max: 0 } }\n", "p.yaml:1:28: queues.q.leases-max: 0 is out of bounds; from 1 to 2147483647")]
    [InlineData("queues: { q: { fairness: tenant } }\n", "p.yaml:1:26: queues.q.fairness: is group or attribute(name): by what tenants are told apart")]
    [InlineData("queues: { q: { fairness: attribute() } }\n", "p.yaml:1:26: queues.q.fairness: is group or attribute(name): by what tenants are told apart")]
    [InlineData("queues: { q: { fifo: true, fairness: group } }\n", "p.yaml:1:38: queues.q.fairness: is not for a fifo queue, whose groups take turns already")]
    [InlineData("queues: { q: { paused: maybe } }\n", "p.yaml:1:24: queues.q.paused: 'maybe' is neither true nor false")]
    [InlineData("queues: { \" q\": {} }\n", "p.yaml:1:11: queues. q: The queue name ' q' begins or ends with white space.")]
    [InlineData("queues: { spool/outgoing: {} }\n", "p.yaml:1:11: queues.spool/outgoing: queues below 'spool/' belong to the mail path, which sets them up itself")]
    [InlineData("addresses: { example.test: q }\n", "p.yaml:1:14: addresses.example.test: 'example.test' is no address pattern; write mq@example.test, \"*@example.test\" for all of a domain, or \"mq@*\" for any domain")]
    [InlineData("addresses: { \"m*@example.test\": q }\n", "p.yaml:1:14: addresses.m*@example.test: 'm*@example.test': a * stands for the whole local part or the whole domain, not for a piece of it")]
    [InlineData("addresses: { a@b.test: q, A@b.test: r }\n", "p.yaml:1:27: addresses.A@b.test: stands here twice (case aside); the first is at p.yaml:1:14")]
    [InlineData("addresses:\n  a@b.test:\n", "p.yaml:2:12: addresses.a@b.test: names no queue; write \"mq@example.test: a-queue\", or addresses: \"all@example.test: [a@example.test, b@example.test]\"")]
    [InlineData("addresses: { a@b.test: [c] }\n", "p.yaml:1:25: addresses.a@b.test[0]: 'c' is no address; write local-part@domain")]
    [InlineData("addresses: { a@b.test: spool/outgoing }\n", "p.yaml:1:24: addresses.a@b.test: queues below 'spool/' belong to the mail path; mail cannot be delivered into them")]
    [InlineData("tls: { certificate: c.pem }\n", "p.yaml:1:6: tls.key: is missing and must be given")]
    [InlineData("aws: { account: 12345 }\n", "p.yaml:1:17: aws.account: '12345' is no account number; write 12 digits, like \"000000000000\"")]
    [InlineData("webhooks: [{ queue: q }]\n", "p.yaml:1:12: webhooks[0].url: is missing and must be given")]
    [InlineData("webhooks: [{ queue: q, url: \"ftp://x\" }]\n", "p.yaml:1:29: webhooks[0].url: 'ftp://x' is no http or https URL")]
    [InlineData("webhooks: [{ queue: q, url: \"http://x\", schedule: 5x }]\n", "p.yaml:1:51: webhooks[0].schedule: '5x' at character 1 has an unknown unit 'x'; the units are ms, s, m, h, d, w, month and y")]
    [InlineData("webhooks: [{ url: \"http://x\" }]\n", "p.yaml:1:12: webhooks[0].queue: is missing: name the queue, or the topic, whose messages are to be posted")]
    [InlineData("webhooks: [{ queue: spool/x, url: \"http://x\" }]\n", "p.yaml:1:21: webhooks[0].queue: queues below 'spool/' belong to the mail path")]
    [InlineData("webhooks: [{ topic: \"a b\", url: \"http://x\" }]\n", "p.yaml:1:21: webhooks[0].topic: 'a b' is no topic's name: letters, digits, hyphens and underscores")]
    [InlineData("webhooks: [{ queue: q, url: \"http://x\", secret: s3cret }]\n", "p.yaml:1:49: webhooks[0].secret: is no secret; write whsec_ and 24 to 75 random bytes in base 64: \"whsec_$(openssl rand -base64 32)\"")]
    [InlineData("webhooks: [{ queue: q, url: \"http://x\", schedule: 0*5s }]\n", "p.yaml:1:51: webhooks[0].schedule: has no attempts")]
    [InlineData("webhooks: [{ queue: q, url: \"http://x\", timeout: 500ms }]\n", "p.yaml:1:50: webhooks[0].timeout: is out of bounds; from 1s to 3600s")]
    [InlineData("webhooks: [{ queue: q, url: \"http://x\", timeout: 2h }]\n", "p.yaml:1:50: webhooks[0].timeout: is out of bounds; from 1s to 3600s")]
    [InlineData("webhooks: [{ queue: q, url: \"http://x\", concurrency: 0 }]\n", "p.yaml:1:54: webhooks[0].concurrency: 0 is out of bounds; from 1 to 1000")]
    [InlineData("webhooks: [{ queue: q, url: \"http://x\", concurrency: 1001 }]\n", "p.yaml:1:54: webhooks[0].concurrency: 1001 is out of bounds; from 1 to 1000")]
    [InlineData("webhooks: [{ queue: q, url: \"http://x\", rate: fast }]\n", "p.yaml:1:47: webhooks[0].rate: 'fast' is no rate; write deliveries per s, min, h or d, like 1000/min")]
    [InlineData("webhooks: [{ queue: q, url: \"http://x\", allow-private: perhaps }]\n", "p.yaml:1:56: webhooks[0].allow-private: 'perhaps' is neither true nor false")]
    [InlineData("webhooks: [{ queue: q, url: \"http://x\", hosts: [a.test] }]\n", "p.yaml:1:48: webhooks[0].hosts: is for a URL with an attribute in its host, and this one has none")]
    [InlineData("webhooks: [{ queue: q, url: \"http://x\", headers: { Host: x } }]\n", "p.yaml:1:50: webhooks[0].headers: 'Host' is no field that can be set; those that make the request what it is, webhook-… and posthorn-… are not")]
    [InlineData("webhooks: [{ queue: q, url: \"http://x\", headers: { X: \"a\\tb\\nc\" } }]\n", "p.yaml:1:50: webhooks[0].headers: the value of 'X' has characters that a header field cannot have")]
    [InlineData("webhooks: [{ queue: q, url: \"http://x\", content-type: json }]\n", "p.yaml:1:55: webhooks[0].content-type: 'json' is no media type, like application/json")]
    [InlineData("webhooks: [{ queue: q, url: \"http://x\", reply-to: spool/x }]\n", "p.yaml:1:51: webhooks[0].reply-to: 'spool/x' is neither a queue for answers nor attribute(name), for the queue that an attribute of the message names")]
    [InlineData("webhooks: [{ queue: q, url: \"http://x\", reply-to: attribute() }]\n", "p.yaml:1:51: webhooks[0].reply-to: 'attribute()' is neither a queue for answers nor attribute(name), for the queue that an attribute of the message names")]
    [InlineData("webhooks: [{ queue: q, url: \"http://x\", owner: ops }]\n", "p.yaml:1:48: webhooks[0].owner: 'ops' is no address, like ops@example.com")]
    [InlineData("webhooks: [{ queue: q, url: \"http://x\", pause-after: 0 }]\n", "p.yaml:1:54: webhooks[0].pause-after: 0 is out of bounds; from 1 to 2147483647")]
    [InlineData("webhooks: [{ queue: q, url: \"http://x\", probes: often }]\n", "p.yaml:1:49: webhooks[0].probes: 'often' at character 1 is no delay; write a whole number and a unit, like 10m or 4*6h")]
    [InlineData("webhooks: [{ queue: q, url: \"http://{attribute(h)}/\" }]\n", "p.yaml:1:29: webhooks[0].url: has an attribute in its host; list the hosts that it may lead to in 'hosts', like [\"*.example.com\"]")]
    [InlineData("webhooks: [{ queue: q, url: \"http://{attribute(h)}/\", hosts: [\"a/b\"] }]\n", "p.yaml:1:62: webhooks[0].hosts: 'a/b' is no host; write a name, or *.example.com for those below")]
    [InlineData("webhooks: [{ queue: q, url: \"http://x\", secert: x }]\n", "p.yaml:1:41: webhooks[0].secert: there is no such key; did you mean 'secret'?")]
    [InlineData("webhooks:\n- { queue: q, url: \"http://x\" }\n- { queue: q, name: other, url: \"http://y\" }\n", "p.yaml:3:12: webhooks[1].queue: the queue 'q' has a webhook already, and each message goes to one; to post to several, publish to a topic and give each webhook that topic")]
    [InlineData("webhooks:\n- { queue: q, url: \"http://x\" }\n- { queue: r, name: q, url: \"http://y\" }\n", "p.yaml:3:21: webhooks[1].name: there is another webhook 'q'; give each a name of its own")]
    [InlineData("outgoing: { rely: 127.0.0.1 }\n", "p.yaml:1:13: outgoing.rely: there is no such key; did you mean 'relay'?")]
    [InlineData("smtp: { max-recipients: 5 }\n", "p.yaml:1:25: smtp.max-recipients: 5 is out of bounds; from 100 to 50000")]
    [InlineData("pipeline: { root: [ { deliver: maibox } ] }\n", "p.yaml:1:32: pipeline.root[0].deliver: is written deliver: mailbox, deliver: outgoing, or deliver: { queue: orders }")]
    [InlineData("pipeline: { root: [ { if: size >, hold: true }, { deliver: mailbox } ] }\n", "p.yaml:1:33: pipeline.root[0].if: the end stands where a value belongs (character 7 of the condition)")]
    [InlineData("pipeline: { root: [ { to: a } ], a: [ { to: root } ] }\n", "p.yaml:1:45: pipeline.a[0].to: sends mail round in a circle: root -> a -> root")]
    [InlineData("pipeline: { root: [ { to: nowhere } ] }\n", "p.yaml:1:27: pipeline.root[0].to: there is no processor 'nowhere'; there are: built-in, root")]
    [InlineData("log: { level: loud }\n", "p.yaml:1:15: log.level: 'loud' is not one of trace, debug, information, warning, error, critical, none")]
    [InlineData("log: { format: xml }\n", "p.yaml:1:16: log.format: 'xml' is not one of text, json")]
    [InlineData("timeline: { retention: 1m }\n", "p.yaml:1:24: timeline.retention: 1m is out of bounds; from 1h to 36500d")]
    [InlineData("timeline: { max-size: 1KB }\n", "p.yaml:1:23: timeline.max-size: 1KB is out of bounds; at least 1000000 bytes")]
    // Accounts
    [InlineData("accounts: [{ password: p, admin: true }]\n", "p.yaml:1:12: accounts[0].name: is missing and must be given")]
    [InlineData("accounts: [{ name: a, admin: true }]\n", "p.yaml:1:12: accounts[0]: has no password; give one, or an access-key and a secret-key")]
    [InlineData("accounts: [{ name: \"a:b\", password: p, admin: true }]\n", "p.yaml:1:20: accounts[0].name: cannot have a colon: it parts name and password where both are given together (RFC 7617)")]
    [InlineData("accounts: [{ name: spool/a, password: p, admin: true }]\n", "p.yaml:1:20: accounts[0].name: names below 'spool/' belong to the mail path")]
    [InlineData(Admin + "listen: { smtp: off }\naccounts: []\n", "p.yaml:3:1: accounts: stands here twice; the first is in line 1. Remove one")]
    [InlineData("accounts:\n- { name: joe, password: p, admin: true }\n- { name: Joe, password: q }\n", "p.yaml:3:11: accounts[1].name: 'Joe' is the name of two accounts (case aside); the other is at p.yaml:2:3")]
    [InlineData("accounts: [{ name: a, password: SCRAM-SHA-256$1:x, admin: true }]\n", "p.yaml:1:33: accounts[0].password: is no hash of the form SCRAM-SHA-256$iterations:salt$stored-key:server-key with 4096 iterations or more")]
    [InlineData("accounts: [{ name: a, password: p, access-key: k, admin: true }]\n", "p.yaml:1:48: accounts[0].access-key: access-key and secret-key are given together")]
    [InlineData("accounts:\n- { name: a, access-key: k, secret-key: s, admin: true }\n- { name: b, access-key: k, secret-key: s }\n", "p.yaml:3:26: accounts[1].access-key: is another account's, too; each account needs its own")]
    [InlineData("accounts: [{ name: a, password: p, admin: perhaps }]\n", "p.yaml:1:43: accounts[0].admin: 'perhaps' is neither true nor false")]
    // Across sections
    [InlineData("listen: { smtp: 0.0.0.0:25 }\n", "p.yaml:1:17: listen.smtp: 0.0.0.0:25 can be reached from other machines, where without accounts anyone could act as anyone; add \"accounts:\" with a name and a password each, or listen on 127.0.0.1:25")]
    [InlineData("listen: { http: :9324 }\naccounts: []\n", "p.yaml:1:17: listen.http: [::]:9324 can be reached from other machines, where without accounts anyone could act as anyone; add \"accounts:\" with a name and a password each, or listen on 127.0.0.1:9324")]
    [InlineData("listen: { smtps: 127.0.0.1:4465 }\n", "p.yaml:1:18: listen.smtps: needs a certificate; add \"tls: { certificate: cert.pem, key: key.pem }\"")]
    [InlineData("listen: { smtp: 127.0.0.1:25, lmtp: 127.0.0.1:25 }\n", "p.yaml:1:37: listen.lmtp: 127.0.0.1:25 is where smtp listens already; give each door a port of its own")]
    [InlineData(Admin + "listen: { smtp: 127.0.0.1:25, lmtp: 0.0.0.0:25 }\n", "p.yaml:2:37: listen.lmtp: 0.0.0.0:25 is where smtp listens already; give each door a port of its own")]
    public void A_bad_configuration_is_refused_at_its_place(string yaml, params string[] faults) => ConfigText.Faults(yaml).ShouldBe(faults);

    [Fact]
    public void One_run_tells_every_fault_in_the_order_of_the_file()
    {
        const string yaml = """
            hostname: a b
            listen: { smtp: nowhere, http: 1.2.3.4:80 }
            queues:
              q: { retention: long, max-receives: 3 }
            acounts: []
            """;

        ConfigText.Faults(yaml).Select(f => f[..f.IndexOf(": ", StringComparison.Ordinal)]).ShouldBe(["p.yaml:1:11", "p.yaml:2:17", "p.yaml:2:32", "p.yaml:4:19", "p.yaml:4:39", "p.yaml:5:1"]);
    }

    [Fact]
    public void A_file_that_is_not_there_is_said()
    {
        var e = Should.Throw<ConfigException>(() => ConfigLoader.Load("/nowhere/p.yaml", []));
        e.Message.ShouldBe("/nowhere/p.yaml: there is no such file; check the path given with --config");
    }

    [Fact]
    public void A_folder_is_no_file()
    {
        var folder = Path.GetTempPath();
        Should.Throw<ConfigException>(() => ConfigLoader.Load(folder, [])).Message.ShouldBe($"{folder}: is a folder; name the configuration file in it");
    }

    [Theory]
    [InlineData(new byte[] { 0xFF, 0xFE, (byte)'a', 0 }, "p.yaml:1:1: is UTF-16; save it as UTF-8")]
    [InlineData(new byte[] { (byte)'a', (byte)':', (byte)'\n', (byte)'b', 0xE4, (byte)'\n' }, "p.yaml:2:2: byte 0xE4 is not UTF-8; save the file as UTF-8")]
    public void A_file_that_is_not_UTF_8_is_refused_with_the_byte(byte[] bytes, string fault)
    {
        var errors = new List<ConfigError>();
        YamlTree.ReadBytes(bytes, "p.yaml", errors).ShouldBeNull();
        errors.ShouldHaveSingleItem().ToString().ShouldBe(fault);
    }

    [Fact]
    public void A_byte_order_mark_is_passed_over()
    {
        var errors = new List<ConfigError>();
        YamlTree.ReadBytes("\uFEFFdata: x"u8, "p.yaml", errors)!["data"].ShouldNotBeNull();
        errors.ShouldBeEmpty();
    }

    [Fact]
    public void Nesting_without_end_is_refused()
    {
        ConfigText.Faults(new string('[', 5_000)).ShouldHaveSingleItem().ShouldContain("nested more than 64 deep");
    }
}
