using System.Globalization;

namespace Posthorn.Protocols.Smtp.Client;

/// <summary>What a server said it can do, in its reply to EHLO (RFC 5321 4.1.1.1).</summary>
public sealed record SmtpCapabilities
{
    /// <summary>A server that knows HELO only.</summary>
    public static SmtpCapabilities None { get; } = new();

    /// <summary>The name the server gave itself; empty when it gave none.</summary>
    public string ServerName { get; init; } = "";

    /// <summary>RFC 2920.</summary>
    public bool Pipelining { get; init; }

    /// <summary>BDAT (RFC 3030).</summary>
    public bool Chunking { get; init; }

    /// <summary>RFC 3030; of use with <see cref="Chunking"/> only.</summary>
    public bool BinaryMime { get; init; }

    /// <summary>RFC 6152.</summary>
    public bool EightBitMime { get; init; }

    /// <summary>RFC 6531.</summary>
    public bool SmtpUtf8 { get; init; }

    /// <summary>RFC 3461.</summary>
    public bool Dsn { get; init; }

    /// <summary>RFC 3207.</summary>
    public bool StartTls { get; init; }

    /// <summary>RFC 8689; said only once TLS is on.</summary>
    public bool RequireTls { get; init; }

    /// <summary>RFC 2034.</summary>
    public bool EnhancedStatusCodes { get; init; }

    /// <summary>Whether SIZE is known (RFC 1870): the declared size may be sent.</summary>
    public bool Size { get; init; }

    /// <summary>Largest mail in bytes that the server takes; null when it did not say.</summary>
    public long? SizeMax { get; init; }

    /// <summary>Whether MAIL's MT-PRIORITY is known (RFC 6710).</summary>
    public bool MtPriority { get; init; }

    /// <summary>The SASL mechanisms of AUTH (RFC 4954), in capitals.</summary>
    public IReadOnlySet<string> AuthMechanisms { get; init; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>Reads the reply to EHLO. Keywords that are not known are passed over; a value that makes no sense counts as none.</summary>
    public static SmtpCapabilities Parse(SmtpReply reply)
    {
        ArgumentNullException.ThrowIfNull(reply);
        var lines = reply.Text.Split('\n');
        var capabilities = new SmtpCapabilities { ServerName = lines[0].Split(' ', 2)[0] };
        var mechanisms = new HashSet<string>(StringComparer.Ordinal);
        foreach (var line in lines.AsSpan(1))
        {
            var words = line.ToUpperInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0)
                continue;
            switch (words[0])
            {
                case "PIPELINING": capabilities = capabilities with { Pipelining = true }; break;
                case "CHUNKING": capabilities = capabilities with { Chunking = true }; break;
                case "BINARYMIME": capabilities = capabilities with { BinaryMime = true }; break;
                case "8BITMIME": capabilities = capabilities with { EightBitMime = true }; break;
                case "SMTPUTF8": capabilities = capabilities with { SmtpUtf8 = true }; break;
                case "DSN": capabilities = capabilities with { Dsn = true }; break;
                case "STARTTLS": capabilities = capabilities with { StartTls = true }; break;
                case "REQUIRETLS": capabilities = capabilities with { RequireTls = true }; break;
                case "ENHANCEDSTATUSCODES": capabilities = capabilities with { EnhancedStatusCodes = true }; break;
                case "MT-PRIORITY": capabilities = capabilities with { MtPriority = true }; break;
                case "SIZE":
                    // "SIZE" and "SIZE 0" set no limit (RFC 1870 4).
                    var limit = words.Length > 1 && long.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size > 0 ? size : (long?)null;
                    capabilities = capabilities with { Size = true, SizeMax = limit };
                    break;
                case "AUTH":
                    mechanisms.UnionWith(words[1..]);
                    break;
                case var old when old.StartsWith("AUTH=", StringComparison.Ordinal):
                    // Before RFC 2554 some wrote "AUTH=LOGIN PLAIN"; a few still write both lines.
                    mechanisms.Add(old["AUTH=".Length..]);
                    mechanisms.UnionWith(words[1..]);
                    break;
            }
        }

        return capabilities with { AuthMechanisms = mechanisms };
    }
}
