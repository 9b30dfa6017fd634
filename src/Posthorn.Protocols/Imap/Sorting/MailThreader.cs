using System.Text;
using Posthorn.Protocols.Imap.Searching;
using Posthorn.Protocols.Imap.Structure;

namespace Posthorn.Protocols.Imap.Sorting;

/// <summary>THREAD (RFC 5256): takes what was found and puts it together. About a kilobyte a message; time grows as sorting does.</summary>
public sealed class MailThreader
{
    private readonly ThreadAlgorithm _algorithm;
    private readonly int _messagesMax;
    private readonly List<ThreadedMessage> _messages = [];

    /// <summary>Threads by an algorithm.</summary>
    /// <param name="algorithm">Which.</param>
    /// <param name="messagesMax">Most messages taken.</param>
    public MailThreader(ThreadAlgorithm algorithm, int messagesMax) => (_algorithm, _messagesMax) = (algorithm, messagesMax);

    /// <summary>Takes a message.</summary>
    /// <param name="answer">What it is called in the answer: its number or UID.</param>
    /// <param name="order">Its place in the mailbox.</param>
    /// <param name="internalDate">When it came: counts when it does not say when it was sent.</param>
    /// <param name="structure">Its structure.</param>
    /// <returns>False when it would be more than the most taken: answer NO [LIMIT].</returns>
    public bool TryAdd(uint answer, uint order, DateTimeOffset internalDate, MailStructure structure)
    {
        if (_messages.Count >= _messagesMax)
            return false;
        var envelope = structure.Envelope;
        var isByReferences = _algorithm == ThreadAlgorithm.References;
        _messages.Add(new ThreadedMessage(
            answer, order,
            (EnvelopeText.SentAt(envelope) ?? internalDate).UtcTicks,
            BaseSubject.Of(EnvelopeText.Decoded(envelope.Subject)),
            isByReferences ? Id(envelope.MessageId) : null,
            isByReferences ? [.. structure.References.Select(r => Encoding.Latin1.GetString(r.Span))] : []));
        return true;
    }

    /// <summary>All threads in order.</summary>
    public IReadOnlyList<MailThread> Threads() =>
        _algorithm == ThreadAlgorithm.References ? ReferenceThreads.Of(_messages) : SubjectThreads.Of(_messages);

    private static string? Id(ReadOnlyMemory<byte>? field)
    {
        if (field is not { } bytes)
            return null;
        var span = bytes.Span;
        var start = span.IndexOf((byte)'<');
        var length = start < 0 ? -1 : span[start..].IndexOf((byte)'>');
        return length > 1 ? Encoding.Latin1.GetString(span.Slice(start, length + 1)) : null;
    }
}
