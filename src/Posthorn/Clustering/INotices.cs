namespace Posthorn.Clustering;

/// <summary>What the nodes of a cluster tell each other at more length than with a <see cref="NodeReport"/>: read when somebody asks, not once a second.</summary>
/// <remarks>Figures of the moment, and no more: a crash of the store may take them all, and what a node told goes with it.</remarks>
public interface INotices
{
    /// <summary>Tells the others something, in place of what this node told of the subject before.</summary>
    /// <param name="subject">1 to 100 characters.</param>
    /// <param name="content">The writer's own format, up to a megabyte.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="Engine.EngineUnavailableException">The store cannot be reached.</exception>
    ValueTask PostAsync(string subject, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default);

    /// <summary>What all nodes last told of a subject, this one included; a node that never told anything is not among them.</summary>
    /// <exception cref="Engine.EngineUnavailableException">The store cannot be reached.</exception>
    ValueTask<IReadOnlyList<Notice>> ReadAsync(string subject, CancellationToken cancellationToken = default);
}
