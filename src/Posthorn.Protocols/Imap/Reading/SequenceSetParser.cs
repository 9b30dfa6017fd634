using System.Buffers.Text;
using Posthorn.Protocols.Imap.Commands;
using Posthorn.Protocols.Imap.Responses;

namespace Posthorn.Protocols.Imap.Reading;

/// <summary>Sets of message numbers or UIDs (RFC 9051 9, sequence-set; RFC 5182 for <c>$</c>).</summary>
internal static class SequenceSetParser
{
    /// <summary>A set with <c>*</c> or <c>$</c> in it, perhaps.</summary>
    public static bool Parse(ref ArgumentScanner scanner, out SequenceSet set)
    {
        set = SequenceSet.Saved;
        return scanner.TakeIf((byte)'$') || Members(ref scanner, allowsLast: true, out set);
    }

    /// <summary>A set of numbers alone: what QRESYNC tells is known.</summary>
    public static bool ParseKnown(ref ArgumentScanner scanner, out SequenceSet set) => Members(ref scanner, allowsLast: false, out set);

    private static bool Members(ref ArgumentScanner scanner, bool allowsLast, out SequenceSet set)
    {
        set = SequenceSet.Saved;
        var members = new List<(uint From, uint To)>();
        do
        {
            if (members.Count == scanner.Limits.SequenceMembersMax)
                return scanner.Fail(ImapReplies.SequenceTooLong);
            if (!Number(ref scanner, allowsLast, out var from))
                return false;
            var to = from;
            if (scanner.TakeIf((byte)':') && !Number(ref scanner, allowsLast, out to))
                return false;
            members.Add((from, to));
        }
        while (scanner.TakeIf((byte)','));
        set = new SequenceSet([.. members]);
        return true;
    }

    private static bool Number(ref ArgumentScanner scanner, bool allowsLast, out uint number)
    {
        number = 0;
        if (allowsLast && scanner.TakeIf((byte)'*'))
            return true;
        if (!Utf8Parser.TryParse(scanner.Rest, out number, out var digits) || number == 0 || scanner.Next == '+')
            return scanner.Fail(scanner.IsAtEnd ? ImapReplies.MissingArguments : ImapReplies.BadSequence);
        scanner.Skip(digits);
        return true;
    }
}
