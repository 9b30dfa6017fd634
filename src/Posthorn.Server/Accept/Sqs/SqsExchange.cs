using Microsoft.AspNetCore.Http;
using Posthorn.Messages;
using Posthorn.Protocols.Aws;
using Posthorn.Protocols.Sqs;
using Posthorn.Queues;
using Posthorn.Server.Accept.Aws;
using Posthorn.Server.Accept.Sqs.Queues;
using Posthorn.Server.Operate.Accounts;
using Posthorn.Server.Operate.Timeline;

namespace Posthorn.Server.Accept.Sqs;

/// <summary>One request on its way to its answer.</summary>
internal sealed class SqsExchange(SqsContext context, HttpContext http, SqsCall call, AwsCaller caller, SqsAnswer answer)
{
    public SqsContext Context { get; } = context;

    public HttpContext Http { get; } = http;

    public SqsCall Call { get; } = call;

    public AwsCaller Caller { get; } = caller;

    public SqsAnswer Answer { get; } = answer;

    public string BaseUrl => field ??= Aws.BaseUrl.Of(Http.Request);

    public string? Peer => Http.Connection.RemoteIpAddress?.ToString();

    /// <summary>The caller went away, or gave up.</summary>
    public CancellationToken Aborted => Http.RequestAborted;

    public string UrlOf(QueueName queue) => Context.Urls.UrlOf(BaseUrl, queue);

    public QueueArn ArnOf(QueueName queue) => Context.Urls.ArnOf(Caller.Region, queue);

    /// <summary>The queue that the call is about.</summary>
    /// <exception cref="AwsException">There is none, or it is not the caller's to use.</exception>
    public SqsQueue Queue() => Context.Queues.Find(Context.Urls.NameOf(Call.QueueUrl!) ?? throw SqsErrors.NoQueue(), Caller);

    public void Record(TimelineKind kind, MessageId message, MessageId origin, QueueName queue, string detail, string? uuid = null) =>
        Context.Timeline.Record(new TimelineEvent(kind, message, origin, queue.Value, detail) { Peer = Peer, MessageIdField = uuid, IsOfProgram = true });
}
