using Posthorn.Protocols.Aws;

namespace Posthorn.Protocols.Sns;

/// <summary>Names a subscription: its topic's ARN, a colon and an id of its own.</summary>
/// <param name="Topic">The topic.</param>
/// <param name="Id">The subscription's id.</param>
public sealed record SubscriptionArn(TopicArn Topic, string Id)
{
    /// <summary>Reads an ARN of a subscription.</summary>
    /// <exception cref="AwsException">It is none.</exception>
    public static SubscriptionArn Parse(string text)
    {
        var parts = text.Split(':');
        if (parts.Length < 6)
            throw SnsErrors.Invalid($"SubscriptionArn Reason: An ARN must have at least 6 elements, not {parts.Length}");
        if (parts is not ["arn", _, "sns", var region, var account, var name, { Length: > 0 } id])
            throw SnsErrors.Invalid("SubscriptionId");
        return new SubscriptionArn(new TopicArn(region, account, name), id);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Topic}:{Id}";
}
