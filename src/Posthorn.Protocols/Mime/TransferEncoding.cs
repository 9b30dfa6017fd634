namespace Posthorn.Protocols.Mime;

/// <summary>How a part's body was made fit for transport (RFC 2045 6).</summary>
public enum TransferEncoding
{
    /// <summary>As it is, ASCII; the default.</summary>
    SevenBit,
    /// <summary>As it is, with bytes above 127 in lines.</summary>
    EightBit,
    /// <summary>As it is, any bytes.</summary>
    Binary,
    /// <summary>Text with <c>=XX</c> for what is not printable.</summary>
    QuotedPrintable,
    /// <summary>Groups of four characters for three bytes.</summary>
    Base64,
    /// <summary>Something unknown: left as it is (RFC 2045 6.4).</summary>
    Unknown,
}
