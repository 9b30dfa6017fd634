// Works an SQS endpoint over with the JavaScript SDK, sqs-producer and sqs-consumer: sqs.cjs TOOLS ENDPOINT [KEY SECRET]. Ends with "done: N checks".
'use strict';
const { createRequire } = require('module');
const path = require('path');
const assert = require('assert');

const [tools, endpoint, accessKeyId = 'any', secretAccessKey = 'thing'] = process.argv.slice(2);
const load = createRequire(path.join(tools, 'package.json'));
const {
  SQSClient, CreateQueueCommand, SendMessageCommand, SendMessageBatchCommand, ReceiveMessageCommand, DeleteMessageCommand, DeleteMessageBatchCommand,
  ChangeMessageVisibilityCommand, GetQueueAttributesCommand, SetQueueAttributesCommand, ListQueuesCommand, GetQueueUrlCommand, PurgeQueueCommand, TagQueueCommand,
  ListQueueTagsCommand, StartMessageMoveTaskCommand, ListMessageMoveTasksCommand, CancelMessageMoveTaskCommand, QueueDoesNotExist, ListDeadLetterSourceQueuesCommand,
} = load('@aws-sdk/client-sqs');

const sqs = new SQSClient({ endpoint, region: 'eu-west-1', credentials: { accessKeyId, secretAccessKey }, maxAttempts: 1 });
const send = (command) => sqs.send(command);
let checks = 0;
const check = (fact, what) => { checks++; assert.ok(fact, JSON.stringify(what)); };
const refused = async (name, command) => {
  checks++;
  await assert.rejects(send(command), (e) => { assert.strictEqual(e.name, name, `${e.name}: ${e.message}`); return true; });
};
const make = async (QueueName, Attributes) => (await send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl;
const arn = async (QueueUrl) => (await send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }))).Attributes.QueueArn;
const receive = async (QueueUrl, more = {}) => (await send(new ReceiveMessageCommand({ QueueUrl, ...more }))).Messages ?? [];

async function sdk() {
  const url = await make('js-orders', { VisibilityTimeout: '40' });
  check(url === await make('js-orders'), url);
  await refused('QueueNameExists', new CreateQueueCommand({ QueueName: 'js-orders', Attributes: { VisibilityTimeout: '41' } }));
  try {
    await send(new GetQueueUrlCommand({ QueueName: 'js-nobody' }));
    assert.fail('it was found');
  } catch (e) {
    check(e instanceof QueueDoesNotExist, e);
  }
  await send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { DelaySeconds: '0' } }));
  await send(new TagQueueCommand({ QueueUrl: url, Tags: { a: 'b' } }));
  check((await send(new ListQueueTagsCommand({ QueueUrl: url }))).Tags.a === 'b', 'tags');
  check((await send(new ListQueuesCommand({ QueueNamePrefix: 'js-' }))).QueueUrls.includes(url), 'listed');

  // The SDK checks the MD5 of what it sent and got itself.
  const body = 'Grüße <html> & "quotes" \r\n\ttab 😀';
  const sent = await send(new SendMessageCommand({ QueueUrl: url, MessageBody: body, MessageAttributes: {
    text: { DataType: 'String', StringValue: 'v' }, bytes: { DataType: 'Binary', BinaryValue: Uint8Array.of(0, 255) } } }));
  const [got] = await receive(url, { MessageSystemAttributeNames: ['All'], MessageAttributeNames: ['All'] });
  check(got.Body === body && got.MessageId === sent.MessageId && got.MD5OfMessageAttributes === sent.MD5OfMessageAttributes, got);
  check(got.MessageAttributes.bytes.BinaryValue[1] === 255, got.MessageAttributes);
  await send(new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle: got.ReceiptHandle, VisibilityTimeout: 0 }));
  const [again] = await receive(url, { MessageSystemAttributeNames: ['ApproximateReceiveCount'] });
  check(again.Attributes.ApproximateReceiveCount === '2', again);
  await send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: again.ReceiptHandle }));
  await refused('ReceiptHandleIsInvalid', new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: 'garbage' }));
  await refused('InvalidMessageContents', new SendMessageCommand({ QueueUrl: url, MessageBody: '\u0008' }));
  await refused('EmptyBatchRequest', new SendMessageBatchCommand({ QueueUrl: url, Entries: [] }));

  const batch = await send(new SendMessageBatchCommand({ QueueUrl: url, Entries: [...Array(9).keys()].map((i) => ({ Id: `${i}`, MessageBody: `m${i}` })).concat({ Id: 'bad', MessageBody: 'x', DelaySeconds: 901 }) }));
  check(batch.Successful.length === 9 && batch.Failed[0].Id === 'bad' && batch.Failed[0].SenderFault, batch);
  const all = await receive(url, { MaxNumberOfMessages: 10, WaitTimeSeconds: 1 });
  check(all.length === 9, all.length);
  const done = await send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries: all.map((m, i) => ({ Id: `${i}`, ReceiptHandle: m.ReceiptHandle })) }));
  check(done.Successful.length === 9 && !(done.Failed?.length), done);
  await send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'later', DelaySeconds: 1 }));
  check((await receive(url)).length === 0, 'delayed');
  check((await receive(url, { WaitTimeSeconds: 10 }))[0].Body === 'later', 'due');
  await send(new PurgeQueueCommand({ QueueUrl: url }));

  const dead = await make('js-dead');
  const source = await make('js-source', { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: await arn(dead), maxReceiveCount: 1 }) });
  await send(new SendMessageCommand({ QueueUrl: source, MessageBody: 'poison' }));
  await receive(source, { VisibilityTimeout: 0 });
  const [letter] = await receive(dead, { WaitTimeSeconds: 10, VisibilityTimeout: 0, MessageSystemAttributeNames: ['All'] });
  check(letter.Attributes.DeadLetterQueueSourceArn === await arn(source), letter);
  check((await send(new ListDeadLetterSourceQueuesCommand({ QueueUrl: dead }))).queueUrls[0] === source, 'sources');
  const task = await send(new StartMessageMoveTaskCommand({ SourceArn: await arn(dead) }));
  check(task.TaskHandle.length > 20, task);
  check((await receive(source, { WaitTimeSeconds: 10 }))[0].Body === 'poison', 'moved back');
  check((await send(new ListMessageMoveTasksCommand({ SourceArn: await arn(dead) }))).Results[0].ApproximateNumberOfMessagesToMove === 1, 'listed');
  await refused('ResourceNotFoundException', new CancelMessageMoveTaskCommand({ TaskHandle: Buffer.from(JSON.stringify({ taskId: 'x', sourceArn: await arn(dead) })).toString('base64') }));

  const fifo = await make('js-orders.fifo', { FifoQueue: 'true' });
  const first = await send(new SendMessageCommand({ QueueUrl: fifo, MessageBody: '1', MessageGroupId: 'g', MessageDeduplicationId: 'd' }));
  const twice = await send(new SendMessageCommand({ QueueUrl: fifo, MessageBody: '1', MessageGroupId: 'g', MessageDeduplicationId: 'd' }));
  check(first.SequenceNumber === twice.SequenceNumber && first.MessageId === twice.MessageId, [first, twice]);
  await refused('InvalidParameterValue', new SendMessageCommand({ QueueUrl: fifo, MessageBody: '1', MessageGroupId: 'g' }));
}

async function libraries() {
  const { Producer } = load('sqs-producer');
  const { Consumer } = load('sqs-consumer');
  const queueUrl = await make('js-work', { VisibilityTimeout: '5' });
  const producer = Producer.create({ queueUrl, sqs });
  await producer.send(['one', 'two', ...[...Array(10).keys()].map((i) => `many${i}`), { id: 'three', body: 'three', messageAttributes: { kind: { DataType: 'String', StringValue: 'x' } } }]);
  check(await producer.queueSize() === 13, 'thirteen wait');
  const seen = [];
  let failures = 0;
  await new Promise((resolve, reject) => {
    const consumer = Consumer.create({
      queueUrl, sqs, batchSize: 10, waitTimeSeconds: 5, messageAttributeNames: ['kind'], terminateVisibilityTimeout: true,
      handleMessage: async (message) => {
        if (message.Body === 'two' && failures++ === 0)
          throw new Error('once more');
        seen.push(message);
        return message;
      },
    });
    consumer.on('error', (e) => { consumer.stop({ abort: true }); reject(e); });
    consumer.on('processing_error', () => {});
    consumer.on('message_processed', () => { if (seen.length === 13) { consumer.on('stopped', resolve); consumer.stop(); } });
    consumer.start();
  });
  check(failures === 2 && seen.find((m) => m.Body === 'three').MessageAttributes.kind.StringValue === 'x', failures);
  check((await receive(queueUrl)).length === 0, 'all done');
}

sdk().then(libraries).then(() => console.log(`done: ${checks} checks`), (e) => { console.error(e); process.exitCode = 1; });
