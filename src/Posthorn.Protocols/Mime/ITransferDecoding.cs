namespace Posthorn.Protocols.Mime;

/// <summary>Undoes a transfer encoding piece by piece.</summary>
internal interface ITransferDecoding
{
    /// <summary>Decodes as much as fits.</summary>
    /// <param name="source">The next encoded bytes.</param>
    /// <param name="destination">At least 4 bytes.</param>
    /// <param name="isLast">Whether nothing follows <paramref name="source"/>.</param>
    /// <param name="consumed">How many encoded bytes are done with; less than all only when the destination is full, or the last few could mean something with more behind them.</param>
    /// <param name="written">How many bytes were written; never more than the encoded ones.</param>
    void Decode(ReadOnlySpan<byte> source, Span<byte> destination, bool isLast, out int consumed, out int written);
}
