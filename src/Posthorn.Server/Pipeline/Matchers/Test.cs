using Posthorn.Messages;
using Posthorn.Server.Pipeline.Expressions;
using Posthorn.Server.Pipeline.Processors;

namespace Posthorn.Server.Pipeline.Matchers;

/// <summary>A condition that is one question to the mail.</summary>
internal sealed class Test(bool isPerRecipient, Func<MailContext, Recipient?, Truth> ask) : Condition
{
    public override bool IsPerRecipient => isPerRecipient;

    public override Truth Evaluate(MailContext mail, Recipient? recipient) => ask(mail, recipient);

    public static Truth Of(bool isTrue) => isTrue ? Truth.True : Truth.False;
}
