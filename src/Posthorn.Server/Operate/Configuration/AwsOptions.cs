namespace Posthorn.Server.Operate.Configuration;

/// <summary>What the SQS and SNS doors put in names.</summary>
public sealed record AwsOptions
{
    /// <summary>The account number in ARNs and queue URLs: 12 digits.</summary>
    public string Account { get; init; } = "000000000000";
}
