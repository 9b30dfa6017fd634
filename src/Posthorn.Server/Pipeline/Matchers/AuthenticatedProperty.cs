using Posthorn.Server.Pipeline.Expressions;
using Posthorn.Server.Pipeline.Processors;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Pipeline.Matchers;

/// <summary>
/// Whether an account handed the mail in, or the server wrote it itself (a bounce, a notification, a forward that a rule ordered): without the
/// second, a rule that relays for authenticated senders only would swallow every bounce. Compared, it is the account's name.
/// </summary>
internal sealed class AuthenticatedProperty : Property
{
    private readonly TextProperty _account = new(isPerRecipient: false, (mail, _) => TextValues.Of(mail.Text(MailAttributes.Account)));

    public override Condition Alone(Expression.Property written) => new Test(isPerRecipient: false, (mail, _) => Test.Of(IsAuthenticated(mail)));

    public override Condition Compare(Expression.Comparison written, ComparisonOperator by) => _account.Compare(written, by);

    public static bool IsAuthenticated(MailContext mail) => mail.Attributes.ContainsKey(MailAttributes.Account) || mail.IsOwn;
}
