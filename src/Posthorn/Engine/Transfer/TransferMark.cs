using System.Text;

namespace Posthorn.Engine.Transfer;

/// <summary>
/// What stands in a store while a transfer into it is not finished: a document of the engine's own, made with the queues and removed when all was
/// compared. A store with it is not opened to be served.
/// </summary>
/// <param name="Fingerprint">That of the source; see <see cref="TransferManifest.Fingerprint"/>.</param>
/// <param name="Source">The source, for people.</param>
internal sealed record TransferMark(string Fingerprint, string Source)
{
    /// <summary>The document's key.</summary>
    public const string Key = "posthorn/transfer";

    public byte[] ToDocument() => Encoding.UTF8.GetBytes($"{Fingerprint}\n{Source}");

    public static TransferMark Of(ReadOnlySpan<byte> document)
    {
        var lines = Encoding.UTF8.GetString(document).Split('\n', 2);
        return new TransferMark(lines[0], lines.Length > 1 ? lines[1] : "?");
    }

    /// <summary>Whether a transfer of that source can go on here.</summary>
    /// <exception cref="TransferException">It was another source, or another state of it.</exception>
    public void ThrowIfOtherThan(TransferMark asked)
    {
        if (asked.Fingerprint != Fingerprint)
        {
            throw new TransferException(
                $"A migration from {Source} was begun here, and what is to be moved now is not the same: another source, or it was used since. Begin anew with an empty target.");
        }
    }
}
