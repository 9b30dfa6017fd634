using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Posthorn.Protocols.Aws;
using Posthorn.Protocols.Sqs;
using Posthorn.Protocols.Sqs.Json;
using Posthorn.Protocols.Sqs.Query;
using Posthorn.Server.Accept.Aws;

namespace Posthorn.Server.Accept.Sqs;

/// <summary>SQS behind the gate, in both of its protocols.</summary>
internal sealed class SqsDoor(SqsContext context) : IAwsService
{
    private const string TargetPrefix = "AmazonSQS.";

    /// <summary>Nothing of it is.</summary>
    public bool IsOpen(AwsRequest request) => false;

    public async ValueTask<string?> AnswerAsync(AwsRequest request, AwsCaller caller)
    {
        if (Parse(request) is not { } call)
            return null;
        call.CheckRequired();
        using var answer = SqsAnswer.Create(request.IsJson, request.Response);
        await SqsDispatch.RunAsync(new SqsExchange(context, request.Http, call, caller, answer));
        answer.End(request.Id);
        context.Metrics.Answered(call.Action);
        return answer.ContentType;
    }

    public (int Status, string ContentType) Refuse(AwsRequest request, AwsException error)
    {
        using var answer = SqsAnswer.Create(request.IsJson, request.Response);
        answer.Error(error, request.Id);
        context.Metrics.Refused(error.Error);
        if (!request.IsJson)
            return (error.Error.Status, answer.ContentType);
        request.Http.Response.Headers["x-amzn-query-error"] = $"{error.Error.Code};{(error.Error.IsSender ? "Sender" : "Receiver")}";
        return (error.Error.JsonStatus(request.Http.Request.Headers["x-amzn-query-mode"] == "true"), answer.ContentType);
    }

    public AwsException Invalid(string reason) => SqsErrors.Invalid(reason);

    /// <summary>The call; null when it names no action.</summary>
    private static SqsCall? Parse(AwsRequest request)
    {
        var (http, target, body) = (request.Http, request.Target, request.Body.Written);
        SqsCall? call;
        if (target.Length > 0)
        {
            var name = target.StartsWith(TargetPrefix, StringComparison.Ordinal) ? target.AsSpan(TargetPrefix.Length) : target;
            call = SqsJsonReader.Read(SqsActions.TryFind(name, out var action) && name.Length < target.Length ? action : throw AwsErrors.NoAction(name.ToString()), body);
        }
        else
        {
            var query = http.Features.Get<IHttpRequestFeature>()!.QueryString;
            call = SqsQueryReader.Read(System.Text.Encoding.UTF8.GetBytes(query.TrimStart('?')), body);
        }
        if (call is null || !QueueUrls.IsQueuePath(http.Request.Path))
            return call;
        if (call.Action is SqsAction.CreateQueue or SqsAction.ListQueues)
            throw AwsErrors.NoAction(call.Action.ToString());
        if (string.IsNullOrEmpty(call.QueueUrl))
            call.QueueUrl = http.Request.Path;
        return call;
    }
}
