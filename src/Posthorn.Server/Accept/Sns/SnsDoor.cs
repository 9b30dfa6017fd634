using System.Text;
using Microsoft.AspNetCore.Http;
using Posthorn.Protocols.Aws;
using Posthorn.Protocols.Sns;
using Posthorn.Server.Accept.Aws;

namespace Posthorn.Server.Accept.Sns;

/// <summary>SNS behind the gate.</summary>
internal sealed class SnsDoor(SnsContext context) : IAwsService
{
    /// <summary>The links in messages: a GET without a signature, for what links are for.</summary>
    public bool IsOpen(AwsRequest request)
    {
        var http = request.Http.Request;
        return HttpMethods.IsGet(http.Method) && http.Headers.Authorization.Count == 0 && !http.Query.ContainsKey("X-Amz-Signature") && SnsActions.IsOfLinks(http.Query["Action"].ToString());
    }

    public async ValueTask<string?> AnswerAsync(AwsRequest request, AwsCaller caller)
    {
        var query = request.Http.Request.QueryString.Value ?? "";
        if (SnsCall.Read(Encoding.UTF8.GetBytes(query.TrimStart('?')), request.Body.Written) is not { } call)
            return null;
        var answer = new SnsAnswer(call.Action, request.Response);
        await RunAsync(new SnsExchange(context, request.Http, call, caller, answer));
        answer.End(request.Id);
        context.Metrics.Answered(call.Action);
        return SnsAnswer.ContentType;
    }

    public (int Status, string ContentType) Refuse(AwsRequest request, AwsException error)
    {
        SnsAnswer.Error(request.Response, error, request.Id);
        context.Metrics.Refused(error.Error);
        return (error.Error.Status, SnsAnswer.ContentType);
    }

    public AwsException Invalid(string reason) => SnsErrors.Invalid(reason);

    /// <summary>The certificate that messages are signed with.</summary>
    public async Task ShowCertificateAsync(HttpContext http, string name)
    {
        if (await context.Signing.CertificateAsync($"SimpleNotificationService-{name}.pem") is not { } pem)
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        http.Response.ContentType = "application/x-pem-file";
        await http.Response.WriteAsync(pem, http.RequestAborted);
    }

    private static ValueTask RunAsync(SnsExchange exchange) => exchange.Call.Action switch
    {
        SnsAction.CreateTopic => TopicActions.CreateAsync(exchange),
        SnsAction.DeleteTopic => TopicActions.DeleteAsync(exchange),
        SnsAction.ListTopics => AtOnceAsync(TopicActions.List, exchange),
        SnsAction.GetTopicAttributes => AtOnceAsync(TopicActions.GetAttributes, exchange),
        SnsAction.SetTopicAttributes => TopicActions.SetAttributeAsync(exchange),
        SnsAction.AddPermission => TopicActions.AddPermissionAsync(exchange),
        SnsAction.RemovePermission => TopicActions.RemovePermissionAsync(exchange),
        SnsAction.Subscribe => SubscribeAction.RunAsync(exchange),
        SnsAction.ConfirmSubscription => SubscriptionActions.ConfirmAsync(exchange),
        SnsAction.Unsubscribe => SubscriptionActions.EndAsync(exchange),
        SnsAction.ListSubscriptions or SnsAction.ListSubscriptionsByTopic => AtOnceAsync(SubscriptionActions.List, exchange),
        SnsAction.GetSubscriptionAttributes => AtOnceAsync(SubscriptionActions.GetAttributes, exchange),
        SnsAction.SetSubscriptionAttributes => SubscriptionActions.SetAttributeAsync(exchange),
        SnsAction.Publish => PublishActions.PublishAsync(exchange),
        SnsAction.PublishBatch => PublishActions.PublishBatchAsync(exchange),
        SnsAction.TagResource => TopicTagActions.TagAsync(exchange),
        SnsAction.UntagResource => TopicTagActions.UntagAsync(exchange),
        _ => AtOnceAsync(TopicTagActions.List, exchange),
    };

    private static ValueTask AtOnceAsync(Action<SnsExchange> action, SnsExchange exchange)
    {
        action(exchange);
        return ValueTask.CompletedTask;
    }
}
