using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Posthorn.Queues;

namespace Posthorn.Server.Deliver.Mailboxes;

/// <summary>The queue that a local part names. Whatever the local part is, it is a queue at the top of the hierarchy: no mail address reaches <c>spool/…</c> or any other queue below another.</summary>
public static class MailboxName
{
    private const int ReadableMax = 180;

    /// <summary>
    /// The local part itself where it can be; slashes, per cent signs, control characters and white space at the ends as <c>%XX</c> of their UTF-8;
    /// what is too long is cut and told apart by a hash. Different local parts have different queues.
    /// </summary>
    public static QueueName Of(string localPart)
    {
        if (localPart.Length == 0)
            return QueueName.Parse("%");
        var name = new StringBuilder(localPart.Length);
        var position = 0;
        foreach (var rune in localPart.EnumerateRunes())
        {
            var isEnd = position == 0 || position + rune.Utf16SequenceLength >= localPart.Length;
            if (rune.Value is '/' or '%' || Rune.IsControl(rune) || (isEnd && Rune.IsWhiteSpace(rune)))
                Escape(name, rune);
            else
                name.Append(rune.ToString());
            position += rune.Utf16SequenceLength;
        }
        if (name.Length <= QueueName.LengthMax)
            return QueueName.Parse(name.ToString());
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(localPart)).AsSpan(0, 16));
        return QueueName.Parse($"{name.ToString(0, ReadableMax)}%~{hash}");
    }

    private static void Escape(StringBuilder to, Rune rune)
    {
        Span<byte> bytes = stackalloc byte[4];
        foreach (var b in bytes[..rune.EncodeToUtf8(bytes)])
            to.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
    }
}
