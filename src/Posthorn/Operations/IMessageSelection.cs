using Posthorn.Messages;

namespace Posthorn.Operations;

/// <summary>Which messages work on many of them means.</summary>
public interface IMessageSelection
{
    /// <summary>How many it selects when that is known beforehand; null when only reading can tell.</summary>
    long? Total { get; }

    /// <summary>Reads what is selected, without disturbing consumers.</summary>
    IAsyncEnumerable<Message> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Whether a message is selected.</summary>
    ValueTask<bool> SelectsAsync(Message message, CancellationToken cancellationToken);
}
