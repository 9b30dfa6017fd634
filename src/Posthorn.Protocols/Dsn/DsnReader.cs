using Posthorn.Protocols.Mime;

namespace Posthorn.Protocols.Dsn;

/// <summary>Reads delivery status notifications (RFC 3464).</summary>
public static class DsnReader
{
    /// <summary>Longest report read, in bytes; what lies beyond is left out.</summary>
    public const int ReportBytesMax = 1024 * 1024;

    /// <summary>The report in a mail; null when it holds none.</summary>
    /// <param name="content">The mail, as for <see cref="MimeDecoder.Decode(Stream, MimePart)"/>; it must be able to seek.</param>
    /// <param name="mail">The mail's structure, or a part to look in.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async ValueTask<DeliveryStatusReport?> ReadAsync(Stream content, MimePart mail, CancellationToken cancellationToken)
    {
        // Not inside what is returned: a bounce of a bounce reports on the outer one.
        var part = FindReport(mail);
        return part is null ? null : DeliveryStatusReport.Parse(await MimeDecoder.DecodeBytesAsync(content, part, ReportBytesMax, cancellationToken));
    }

    private static MimePart? FindReport(MimePart part)
    {
        if (IsReport(part))
            return part;
        if (!part.ContentType.IsMultipart)
            return null;
        foreach (var child in part.Children)
            if (FindReport(child) is { } found)
                return found;
        return null;
    }

    private static bool IsReport(MimePart part) => part.ContentType.MediaType is "message/delivery-status" or "message/global-delivery-status";
}
