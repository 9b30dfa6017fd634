using Posthorn.Messages;

namespace Posthorn.Leases;

/// <summary>Proves a lease: whoever has it may extend the lease, give it up, or end the message.</summary>
/// <param name="Message">The leased message.</param>
/// <param name="Token">Cannot be guessed; another one for each lease. After a restart no earlier token is valid.</param>
public readonly record struct ReceiptHandle(MessageId Message, ulong Token)
{
    /// <summary>As text: two hexadecimal numbers with a hyphen between.</summary>
    public override string ToString() => $"{Message.Value:x16}-{Token:x16}";

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out ReceiptHandle handle)
    {
        handle = default;
        const System.Globalization.NumberStyles hex = System.Globalization.NumberStyles.AllowHexSpecifier;
        if (text.Length != 33 || text[16] != '-'
            || !ulong.TryParse(text[..16], hex, null, out var id) || !ulong.TryParse(text[17..], hex, null, out var token))
            return false;
        handle = new ReceiptHandle(new MessageId(id), token);
        return true;
    }
}
