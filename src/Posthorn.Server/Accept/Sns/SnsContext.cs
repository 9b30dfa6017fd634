using Posthorn.Engine;
using Posthorn.Server.Accept.Sqs;
using Posthorn.Server.Accept.Sqs.Queues;
using Posthorn.Server.Deliver.Topics;

namespace Posthorn.Server.Accept.Sns;

/// <summary>What all requests of the SNS door share.</summary>
internal sealed record SnsContext(
    IEngine Engine, TopicBook Book, TopicPublisher Publisher, TopicSigning Signing, TopicMails Mails, TopicMetrics Metrics, SqsQueues Queues, QueueUrls Urls, TimeProvider Time);
