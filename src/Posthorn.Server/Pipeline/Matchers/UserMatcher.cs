using Posthorn.Messages;
using Posthorn.Server.Pipeline.Expressions;
using Posthorn.Server.Pipeline.Processors;

namespace Posthorn.Server.Pipeline.Matchers;

/// <summary>A condition that is answered by an <see cref="IMatcher"/>; unknown until the run has asked it.</summary>
internal sealed class UserMatcher(IMatcher matcher) : Condition
{
    public override bool IsPerRecipient => true;

    public override Truth Evaluate(MailContext mail, Recipient? recipient) =>
        mail.AnswerOf(this) is { } selected ? Test.Of(recipient is not null && selected.Contains(recipient.Address)) : Truth.Unknown;

    /// <summary>Asks; the addresses it selects.</summary>
    public async ValueTask<IReadOnlySet<string>> AskAsync(MailContext mail, CancellationToken cancellationToken)
    {
        var selected = await mail.CallAsync(() => matcher.MatchAsync(mail, cancellationToken), cancellationToken);
        return selected.Select(r => r.Address).ToHashSet(StringComparer.Ordinal);
    }
}
