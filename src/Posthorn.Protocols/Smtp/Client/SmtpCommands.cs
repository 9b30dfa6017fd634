using System.Buffers;
using System.Globalization;
using System.Text;

namespace Posthorn.Protocols.Smtp.Client;

/// <summary>Writes the commands of a client (RFC 5321 4.1.1). An address or name that would break out of its line is refused, never sent.</summary>
public static class SmtpCommands
{
    private static readonly SearchValues<char> s_lineBreakers = SearchValues.Create("\r\n\0");

    /// <summary>Whether text can stand in a command: no CR, LF or NUL, no <c>&gt;</c> or blank outside quotes, at most 1,000 characters.</summary>
    public static bool IsSafePath(string address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.Length > 1_000 || address.AsSpan().ContainsAny(s_lineBreakers))
            return false;
        var isQuoted = false;
        for (var i = 0; i < address.Length; i++)
        {
            switch (address[i])
            {
                case '"': isQuoted = !isQuoted; break;
                case '\\' when isQuoted: i++; break;
                case '<' or '>' or ' ' or '\t' when !isQuoted: return false;
            }
        }

        return !isQuoted;
    }

    /// <summary>Writes a command as it is, with its CRLF.</summary>
    /// <exception cref="ArgumentException">It has a CR, LF or NUL.</exception>
    public static void Write(IBufferWriter<byte> output, string command)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (command.AsSpan().ContainsAny(s_lineBreakers))
            throw new ArgumentException("A command is one line.", nameof(command));
        var bytes = Encoding.UTF8.GetMaxByteCount(command.Length) + 2;
        var span = output.GetSpan(bytes);
        var written = Encoding.UTF8.GetBytes(command, span);
        "\r\n"u8.CopyTo(span[written..]);
        output.Advance(written + 2);
    }

    /// <summary>Writes MAIL with its parameters.</summary>
    /// <exception cref="ArgumentException">The sender can't stand in a command.</exception>
    public static void WriteMail(IBufferWriter<byte> output, MailTransaction mail)
    {
        ArgumentNullException.ThrowIfNull(mail);
        RefuseUnsafe(mail.Sender);
        var command = new StringBuilder("MAIL FROM:<").Append(mail.Sender).Append('>');
        if (mail.Size is { } size)
            command.Append(CultureInfo.InvariantCulture, $" SIZE={size}");
        if (mail.Body is { } body)
            command.Append(" BODY=").Append(body);
        if (mail.IsSmtpUtf8)
            command.Append(" SMTPUTF8");
        if (mail.IsRequireTls)
            command.Append(" REQUIRETLS");
        if (mail.Return is { } ret)
            command.Append(" RET=").Append(ret);
        if (mail.EnvelopeId is { } envid)
            command.Append(" ENVID=").Append(Xtext.Encode(envid));
        Write(output, command.ToString());
    }

    /// <summary>Writes RCPT with its parameters.</summary>
    /// <exception cref="ArgumentException">The address can't stand in a command.</exception>
    public static void WriteRecipient(IBufferWriter<byte> output, MailRecipient recipient)
    {
        ArgumentNullException.ThrowIfNull(recipient);
        RefuseUnsafe(recipient.Address);
        var command = new StringBuilder("RCPT TO:<").Append(recipient.Address).Append('>');
        if (recipient.Notify is { } notify)
            command.Append(" NOTIFY=").Append(notify);
        if (recipient.OriginalRecipient is { } original && original.IndexOf(';', StringComparison.Ordinal) is > 0 and var semicolon)
            command.Append(" ORCPT=").Append(original, 0, semicolon + 1).Append(Encode(original[..semicolon], original[(semicolon + 1)..]));
        Write(output, command.ToString());
    }

    // An address of type utf-8 has an encoding of its own (RFC 6533 3).
    private static string Encode(string type, string address) =>
        type.Equals("utf-8", StringComparison.OrdinalIgnoreCase) ? Utf8Address.EncodeXtext(address) : Xtext.Encode(address);

    private static void RefuseUnsafe(string address)
    {
        if (!IsSafePath(address))
            throw new ArgumentException($"'{address}' can't stand in an SMTP command.", nameof(address));
    }
}
