using System.Buffers;
using Posthorn.Server.Pipeline.Processors;

namespace Posthorn.Server.Pipeline.Mailets;

/// <summary>Some bytes of a mail that others take the place of.</summary>
/// <param name="Offset">Where they begin.</param>
/// <param name="Length">How many; none inserts.</param>
/// <param name="Replacement">What stands there then.</param>
internal readonly record struct BodyEdit(long Offset, long Length, ReadOnlyMemory<byte> Replacement)
{
    /// <summary>Writes the mail anew with these edits, which do not overlap; what lies between is copied as it is, a slice at a time.</summary>
    public static async ValueTask ApplyAsync(MailContext mail, IEnumerable<BodyEdit> edits, CancellationToken cancellationToken)
    {
        await using var stream = await mail.OpenAsync(cancellationToken);
        await mail.WriteBodyAsync(
            async (body, token) =>
            {
                stream.Position = 0;
                foreach (var edit in edits.OrderBy(e => e.Offset))
                {
                    await body.CopyFromAsync(stream, edit.Offset - stream.Position, token);
                    body.Write(edit.Replacement.Span);
                    stream.Position = edit.Offset + edit.Length;
                }

                await body.CopyFromAsync(stream, long.MaxValue, token);
            },
            cancellationToken);
    }
}
