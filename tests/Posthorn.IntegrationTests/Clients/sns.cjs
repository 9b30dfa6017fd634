// Works an SNS endpoint over with the JavaScript SDK: sns.cjs TOOLS ENDPOINT [KEY SECRET]. Ends with "done: N checks".
'use strict';
const { createRequire } = require('module');
const path = require('path');
const assert = require('assert');

const [tools, endpoint, accessKeyId = 'any', secretAccessKey = 'thing'] = process.argv.slice(2);
const load = createRequire(path.join(tools, 'package.json'));
const {
  SNSClient, CreateTopicCommand, ListTopicsCommand, SubscribeCommand, PublishCommand, PublishBatchCommand, GetTopicAttributesCommand, UnsubscribeCommand,
  ListSubscriptionsByTopicCommand, GetSubscriptionAttributesCommand, SetSubscriptionAttributesCommand, DeleteTopicCommand, TagResourceCommand, ListTagsForResourceCommand,
} = load('@aws-sdk/client-sns');
const { SQSClient, CreateQueueCommand, ReceiveMessageCommand } = load('@aws-sdk/client-sqs');

const options = { endpoint, region: 'eu-west-1', credentials: { accessKeyId, secretAccessKey }, maxAttempts: 1 };
const [sns, sqs] = [new SNSClient(options), new SQSClient(options)];
let checks = 0;
const check = (fact, what) => { checks++; assert.ok(fact, JSON.stringify(what)); };
const refused = async (name, command) => {
  checks++;
  await assert.rejects(sns.send(command), (e) => { assert.strictEqual(e.name, name, `${e.name}: ${e.message}`); return true; });
};
const bodies = async (QueueUrl) => ((await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] }))).Messages ?? []);

(async () => {
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'js-orders', Attributes: { DisplayName: 'Orders' }, Tags: [{ Key: 'a', Value: 'b' }] }));
  check((await sns.send(new ListTopicsCommand({}))).Topics.some((t) => t.TopicArn === TopicArn), TopicArn);
  await sns.send(new TagResourceCommand({ ResourceArn: TopicArn, Tags: [{ Key: 'c', Value: 'd' }] }));
  check((await sns.send(new ListTagsForResourceCommand({ ResourceArn: TopicArn }))).Tags.length === 2, 'tags');
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'js-sub' }));
  const Endpoint = 'arn:aws:sqs:eu-west-1:000000000000:js-sub';
  const { SubscriptionArn } = await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint, Attributes: { RawMessageDelivery: 'true' } }));
  const sent = await sns.send(new PublishCommand({ TopicArn, Message: 'hä?', MessageAttributes: { n: { DataType: 'Number', StringValue: '5' } } }));
  check(/^[0-9a-f-]{36}$/.test(sent.MessageId), sent);
  const [message] = await bodies(QueueUrl);
  check(message.Body === 'hä?' && message.MessageAttributes.n.StringValue === '5', message);
  await sns.send(new SetSubscriptionAttributesCommand({ SubscriptionArn, AttributeName: 'FilterPolicy', AttributeValue: '{"n":[{"numeric":[">",5]}]}' }));
  check((await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }))).Attributes.FilterPolicyScope === 'MessageAttributes', 'scope');
  const batch = await sns.send(new PublishBatchCommand({
    TopicArn, PublishBatchRequestEntries: [5, 6].map((n) => ({ Id: `e${n}`, Message: `m${n}`, MessageAttributes: { n: { DataType: 'Number', StringValue: `${n}` } } })),
  }));
  check(batch.Successful.length === 2 && (batch.Failed ?? []).length === 0, batch);
  check((await bodies(QueueUrl)).map((m) => m.Body).join() === 'm6', 'filter');
  await refused('NotFoundException', new GetTopicAttributesCommand({ TopicArn: `${TopicArn}x` }));
  await refused('InvalidParameterException', new PublishCommand({ TopicArn, Message: 'x', Subject: '' }));
  await refused('TooManyEntriesInBatchRequestException', new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries: Array.from({ length: 11 }, (_, i) => ({ Id: `e${i}`, Message: 'x' })) }));
  await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
  check(((await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }))).Subscriptions ?? []).length === 0, 'ended');
  await sns.send(new DeleteTopicCommand({ TopicArn }));
  console.log(`done: ${checks} checks`);
})().catch((e) => { console.error(e); process.exit(1); });
