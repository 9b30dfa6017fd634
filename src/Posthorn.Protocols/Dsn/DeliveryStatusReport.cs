using Posthorn.Protocols.Mime;
using Posthorn.Protocols.Smtp;

namespace Posthorn.Protocols.Dsn;

/// <summary>The machine-readable part of a delivery status notification (RFC 3464 2, RFC 6533 for UTF-8).</summary>
public sealed record DeliveryStatusReport
{
    /// <summary>Who reports; null only in a report that was read without it.</summary>
    public TypedValue? ReportingMta { get; init; }

    /// <summary>The ENVID that the sender gave, decoded (RFC 3461 4.4).</summary>
    public string? OriginalEnvelopeId { get; init; }

    /// <summary>The gateway that translated a foreign report.</summary>
    public TypedValue? DsnGateway { get; init; }

    /// <summary>From whom the reporter had the mail.</summary>
    public TypedValue? ReceivedFromMta { get; init; }

    /// <summary>When the mail came to the reporter.</summary>
    public DateTimeOffset? ArrivalDate { get; init; }

    /// <summary>What became of each recipient; one at least in a report to be written.</summary>
    public IReadOnlyList<RecipientStatus> Recipients { get; init; } = [];

    /// <summary>The fields about the mail as they stood in a report that was read; empty in one to be written.</summary>
    public IReadOnlyList<HeaderField> Fields { get; init; } = [];

    /// <summary>
    /// Reads the body of a <c>message/delivery-status</c>. Tolerant: more blank lines than needed, none between the mail's fields and the first recipient's,
    /// values without their type (an address or host then counts as <c>rfc822</c> or <c>dns</c>), recipients that a filter encoded in base64. Unknown values of known fields are null.
    /// </summary>
    public static DeliveryStatusReport Parse(ReadOnlyMemory<byte> body)
    {
        var groups = Groups(body);
        IReadOnlyList<HeaderField> mail = [];
        if (groups.Count > 0 && FirstOfRecipient(groups[0]) is var start and not 0)
        {
            mail = groups[0][..start];
            if (start == groups[0].Count)
                groups.RemoveAt(0);
            else
                groups[0] = groups[0][start..];
        }
        return new DeliveryStatusReport
        {
            ReportingMta = Typed(mail, "Reporting-MTA", "dns"),
            OriginalEnvelopeId = Value(mail, "Original-Envelope-Id") is { } id ? Xtext.TryDecode(id, out var decoded) ? decoded : id : null,
            DsnGateway = Typed(mail, "DSN-Gateway", "dns"),
            ReceivedFromMta = Typed(mail, "Received-From-MTA", "dns"),
            ArrivalDate = Date(mail, "Arrival-Date"),
            Recipients = [.. groups.Select(ReadRecipient)],
            Fields = mail,
        };
    }

    private static RecipientStatus ReadRecipient(List<HeaderField> fields) => new()
    {
        OriginalRecipient = Typed(fields, "Original-Recipient", "rfc822"),
        FinalRecipient = Typed(fields, "Final-Recipient", "rfc822"),
        Action = Enum.TryParse<DeliveryAction>(FirstWord(fields, "Action"), ignoreCase: true, out var action) && Enum.IsDefined(action) ? action : null,
        Status = EnhancedStatusCode.TryParse(FirstWord(fields, "Status"), out var status, out _) ? status : null,
        RemoteMta = Typed(fields, "Remote-MTA", "dns"),
        DiagnosticCode = Typed(fields, "Diagnostic-Code", "smtp"),
        LastAttemptDate = Date(fields, "Last-Attempt-Date"),
        WillRetryUntil = Date(fields, "Will-Retry-Until"),
        FinalLogId = Value(fields, "Final-Log-ID"),
        Fields = fields,
    };

    /// <summary>The fields between blank lines; lines that are no fields are skipped.</summary>
    private static List<List<HeaderField>> Groups(ReadOnlyMemory<byte> body)
    {
        var groups = new List<List<HeaderField>>();
        bool isOpen = false, isDecoded = false;
        while (!body.IsEmpty)
        {
            var block = HeaderBlock.Parse(body);
            // Fields of a part are none of a report: a filter put them there, and encoded what is behind them.
            var fields = block.Fields.Where(f => !f.Name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase)).ToList();
            if (fields.Count > 0)
            {
                if (isOpen)
                    groups[^1].AddRange(fields);
                else
                    groups.Add(fields);
            }
            isOpen = !block.EndsWithBlankLine && (isOpen || fields.Count > 0);
            if (!isDecoded && block.EndsWithBlankLine && EncodingOf(block) is { } encoding)
            {
                body = Decode(body[block.Length..], encoding);
                isDecoded = true;
                continue;
            }
            body = body[block.Length..];
            if (block.EndsWithBlankLine || body.IsEmpty)
                continue;
            var line = body.Span.IndexOf((byte)'\n') + 1;
            body = line == 0 ? default : body[line..];
        }
        return groups;
    }

    private static ITransferDecoding? EncodingOf(HeaderBlock block) => block["Content-Transfer-Encoding"]?.Value.ToLowerInvariant() switch
    {
        "base64" => new Base64Decoding(),
        "quoted-printable" => new QuotedPrintableDecoding(),
        _ => null,
    };

    private static ReadOnlyMemory<byte> Decode(ReadOnlyMemory<byte> encoded, ITransferDecoding encoding)
    {
        var decoded = new byte[encoded.Length + 4];
        encoding.Decode(encoded.Span, decoded, isLast: true, out _, out var written);
        return decoded.AsMemory(0, written);
    }

    private static int FirstOfRecipient(List<HeaderField> fields)
    {
        var first = fields.FindIndex(f => f.Is("Original-Recipient") || f.Is("Final-Recipient") || f.Is("Action") || f.Is("Status"));
        return first < 0 ? fields.Count : first;
    }

    private static string? Value(IReadOnlyList<HeaderField> fields, string name)
    {
        foreach (var field in fields)
            if (field.Is(name) && field.Value.Length > 0)
                return field.Value;
        return null;
    }

    private static string? FirstWord(IReadOnlyList<HeaderField> fields, string name)
    {
        var value = Value(fields, name);
        var end = value.AsSpan().IndexOfAny(" \t(;");
        return end < 0 ? value : value![..end];
    }

    private static TypedValue? Typed(IReadOnlyList<HeaderField> fields, string name, string usual) =>
        Value(fields, name) is not { } text ? null : TypedValue.TryParse(text, out var value) ? value : new TypedValue(usual, text);

    private static DateTimeOffset? Date(IReadOnlyList<HeaderField> fields, string name) =>
        MailDate.TryParse(Value(fields, name), out var date) ? date : null;
}
