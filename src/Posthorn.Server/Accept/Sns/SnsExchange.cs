using Microsoft.AspNetCore.Http;
using Posthorn.Protocols.Aws;
using Posthorn.Protocols.Sns;
using Posthorn.Server.Accept.Aws;
using Posthorn.Server.Deliver.Topics;

namespace Posthorn.Server.Accept.Sns;

/// <summary>One request on its way to its answer.</summary>
internal sealed class SnsExchange(SnsContext context, HttpContext http, SnsCall call, AwsCaller caller, SnsAnswer answer)
{
    public SnsContext Context { get; } = context;

    public SnsCall Call { get; } = call;

    public AwsCaller Caller { get; } = caller;

    public SnsAnswer Answer { get; } = answer;

    /// <summary>Whether it came by a link of a message, without a signature.</summary>
    public bool IsByLink => ReferenceEquals(Caller, AwsCaller.OfLink);

    public string BaseUrl => field ??= Aws.BaseUrl.Of(http.Request);

    /// <summary>The caller went away, or gave up.</summary>
    public CancellationToken Aborted => http.RequestAborted;

    public string Account => Context.Urls.Account;

    public Publisher Publisher => new(Caller.Account.Name, BaseUrl, Account, http.Connection.RemoteIpAddress?.ToString());

    /// <summary>The topic that a parameter names.</summary>
    /// <exception cref="AwsException">There is none, or the parameter is no ARN of one in this region.</exception>
    public SubscribedTopic Topic(string parameter = "TopicArn") => TopicOf(TopicArn.Parse(Call.Required(parameter), parameter), parameter);

    /// <summary>The topic of an ARN.</summary>
    /// <exception cref="AwsException">There is none, or it is in another region.</exception>
    public SubscribedTopic TopicOf(TopicArn arn, string parameter)
    {
        if (!IsByLink && arn.Region != Caller.Region)
            throw SnsErrors.Invalid(parameter);
        return (arn.Account == Account ? Context.Book.Find(arn.Region, arn.Name) : null) ?? throw SnsErrors.NoTopic();
    }

    /// <summary>The subscription that the parameter <c>SubscriptionArn</c> names; null when there is none.</summary>
    /// <exception cref="AwsException">The parameter is no ARN of one.</exception>
    public Subscriber? FindSubscriber()
    {
        var arn = SubscriptionArn.Parse(Call.Required("SubscriptionArn"));
        return Context.Book.FindSubscriber(arn.Id) is { } subscriber && subscriber.Subscription.ArnOf(Account) == arn ? subscriber : null;
    }

    /// <summary>Changes topics or subscriptions; nobody else does meanwhile.</summary>
    public async ValueTask ChangeAsync(Func<ValueTask> change)
    {
        await Context.Book.Changing.WaitAsync(Aborted);
        try
        {
            await change();
        }
        finally
        {
            Context.Book.Changing.Release();
        }
    }
}
