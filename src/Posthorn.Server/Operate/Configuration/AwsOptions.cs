namespace Posthorn.Server.Operate.Configuration;

/// <summary>What the SQS and SNS doors put in names.</summary>
public sealed record AwsOptions
{
    /// <summary>The account number in ARNs and queue URLs: 12 digits.</summary>
    public string Account { get; init; } = "000000000000";

    /// <summary>Whether messages are posted to endpoints in private networks too, and to this machine; false by default: a subscriber could reach what it should not.</summary>
    public bool AllowsPrivateEndpoints { get; init; }
}
