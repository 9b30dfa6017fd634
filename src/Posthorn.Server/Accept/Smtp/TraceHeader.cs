using System.Buffers;
using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Posthorn.Protocols.Mime;
using Posthorn.Server.Connections;

namespace Posthorn.Server.Accept.Smtp;

/// <summary>The <c>Received</c> field that is put in front of each mail (RFC 5321 4.4): who gave it to whom, how and when.</summary>
internal sealed record TraceHeader
{
    /// <summary>The name the peer gave itself.</summary>
    public required string Hello { get; init; }

    public required ClientPeer Peer { get; init; }

    public required string Hostname { get; init; }

    public required SmtpDoor Door { get; init; }

    /// <summary>Whether the peer said EHLO or LHLO, not HELO.</summary>
    public required bool IsExtended { get; init; }

    public required bool IsAuthenticated { get; init; }

    public required bool IsSmtpUtf8 { get; init; }

    /// <summary>The cipher suite; null without TLS.</summary>
    public required TlsCipherSuite? Cipher { get; init; }

    /// <summary>Names the transaction, here and in the log.</summary>
    public required string Id { get; init; }

    /// <summary>The recipient, when there is one only: with several, each would learn of the others (RFC 5321 7.6).</summary>
    public required string? Recipient { get; init; }

    public required DateTimeOffset Time { get; init; }

    /// <summary>The protocol's name by the registry of RFC 3848, with those of RFC 6531 4.3.</summary>
    public string Protocol
    {
        get
        {
            if (!IsExtended)
                return "SMTP";
            var (name, utf8Name) = Door == SmtpDoor.Lmtp ? ("LMTP", "UTF8LMTP") : ("ESMTP", "UTF8SMTP");
            return $"{(IsSmtpUtf8 ? utf8Name : name)}{(Cipher is null ? "" : "S")}{(IsAuthenticated ? "A" : "")}";
        }
    }

    /// <summary>Writes the field with its CRLF.</summary>
    public void Write(IBufferWriter<byte> output)
    {
        var field = new StringBuilder(256);
        field.Append(CultureInfo.InvariantCulture, $"Received: from {Hello} ({AddressLiteral})\r\n\tby {Hostname} (Posthorn) with {Protocol} id {Id}");
        if (Recipient is not null)
            field.Append(CultureInfo.InvariantCulture, $"\r\n\tfor <{Recipient}>");
        if (Cipher is not null)
            field.Append(CultureInfo.InvariantCulture, $"\r\n\ttls {Cipher}"); // RFC 8314 4.3
        field.Append(CultureInfo.InvariantCulture, $";\r\n\t{MailDate.Format(Time)}\r\n");
        Encoding.UTF8.GetBytes(field.ToString(), output);
    }

    private string AddressLiteral => Peer.Address switch
    {
        null => "unknown",
        { AddressFamily: AddressFamily.InterNetworkV6 } v6 => $"[IPv6:{v6}]",
        var v4 => $"[{v4}]",
    };
}
