using Posthorn.Messages;
using Posthorn.Server.Pipeline.Processors;

namespace Posthorn.Server.Pipeline.Expressions;

/// <summary>A compiled condition. Immutable, evaluated by any number of workers; never waits: what must be read first makes it <see cref="Truth.Unknown"/>.</summary>
internal abstract class Condition
{
    /// <summary>Whether it can say different things of two recipients of one mail; then it is asked for each.</summary>
    public abstract bool IsPerRecipient { get; }

    /// <summary>What it says.</summary>
    /// <param name="mail">The mail.</param>
    /// <param name="recipient">The recipient; null for a condition that is not per recipient.</param>
    public abstract Truth Evaluate(MailContext mail, Recipient? recipient);

    public static Condition And(Condition left, Condition right) => new Both(left, right);

    public static Condition Or(Condition left, Condition right) => new Either(left, right);

    public static Condition Not(Condition inner) => new Opposite(inner);

    private sealed class Both(Condition left, Condition right) : Condition
    {
        public override bool IsPerRecipient { get; } = left.IsPerRecipient || right.IsPerRecipient;

        public override Truth Evaluate(MailContext mail, Recipient? recipient)
        {
            var first = left.Evaluate(mail, recipient);
            if (first == Truth.False)
                return Truth.False;
            var second = right.Evaluate(mail, recipient);
            return second == Truth.False ? Truth.False : first == Truth.True ? second : Truth.Unknown;
        }
    }

    private sealed class Either(Condition left, Condition right) : Condition
    {
        public override bool IsPerRecipient { get; } = left.IsPerRecipient || right.IsPerRecipient;

        public override Truth Evaluate(MailContext mail, Recipient? recipient)
        {
            var first = left.Evaluate(mail, recipient);
            if (first == Truth.True)
                return Truth.True;
            var second = right.Evaluate(mail, recipient);
            return second == Truth.True ? Truth.True : first == Truth.False ? second : Truth.Unknown;
        }
    }

    private sealed class Opposite(Condition inner) : Condition
    {
        public override bool IsPerRecipient { get; } = inner.IsPerRecipient;

        public override Truth Evaluate(MailContext mail, Recipient? recipient) => inner.Evaluate(mail, recipient) switch
        {
            Truth.True => Truth.False,
            Truth.False => Truth.True,
            _ => Truth.Unknown,
        };
    }
}
