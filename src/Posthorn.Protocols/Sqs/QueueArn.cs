using System.Diagnostics.CodeAnalysis;

namespace Posthorn.Protocols.Sqs;

/// <summary>Names a queue over regions and accounts: <c>arn:aws:sqs:region:account:name</c>.</summary>
/// <param name="Region">The region; may be anything.</param>
/// <param name="Account">The account number.</param>
/// <param name="Name">The queue's name.</param>
public sealed record QueueArn(string Region, string Account, string Name)
{
    /// <summary>Reads an ARN of a queue.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out QueueArn? arn)
    {
        arn = text?.Split(':', 6) is ["arn", { Length: > 0 }, "sqs", { Length: > 0 } region, { Length: > 0 } account, { Length: > 0 } name]
            && !name.Contains(':', StringComparison.Ordinal) ? new QueueArn(region, account, name) : null;
        return arn is not null;
    }

    /// <inheritdoc/>
    public override string ToString() => $"arn:aws:sqs:{Region}:{Account}:{Name}";
}
