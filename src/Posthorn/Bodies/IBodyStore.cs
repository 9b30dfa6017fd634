using Posthorn.Engine;

namespace Posthorn.Bodies;

/// <summary>Where an engine keeps bodies that are too large for its records: a folder, a bucket, a table. It knows bodies by their names and nothing of messages.</summary>
/// <remarks>
/// Who calls what when: an engine begins an upload as a body outgrows the engine's own limit, writes it as it streams in, and completes it before the
/// commit that names it. It removes a body after the commit that ended its last message is durable, and not while readers may be at it. Its upkeep lists
/// what is there and removes what no record names and no commit can name any more, and ends uploads that nobody goes on with.
/// <para>All calls may be made at once, of several machines too; a name is written once. Each fault is one of these:
/// <see cref="EngineUnavailableException"/> when the store cannot be used now (not there, not reached, refused; the reason says what to do) and the call may
/// be repeated; <see cref="StorageFullException"/> when it has no space; <see cref="BodyLostException"/> when a body is not there or not what was written.</para>
/// </remarks>
public interface IBodyStore : IAsyncDisposable
{
    /// <summary>The place as its operator knows it, without secrets: <c>s3://bucket/prefix</c>, <c>/mnt/share</c>.</summary>
    string Place { get; }

    /// <summary>Begins to write a body. It is not there for readers before it is completed.</summary>
    /// <param name="name">Its name, which no other body ever had.</param>
    /// <param name="cancellationToken">Ends it.</param>
    ValueTask<IBodyUpload> BeginAsync(BodyName name, CancellationToken cancellationToken);

    /// <summary>Opens a body to be read at any place.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="length">How long it is, in bytes; another length is damage.</param>
    /// <param name="offset">Where it will be read first: that is made ready.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="BodyLostException">It is not there, or not what was written.</exception>
    ValueTask<IBodyReader> OpenAsync(BodyName name, long length, long offset, CancellationToken cancellationToken);

    /// <summary>Removes bodies durably; those that are not there are no error.</summary>
    /// <param name="names">Any number.</param>
    /// <param name="cancellationToken">Ends it; some may be removed then.</param>
    ValueTask RemoveAsync(IReadOnlyCollection<BodyName> names, CancellationToken cancellationToken);

    /// <summary>All completed bodies of an owner but his mark, in no order. What comes or goes meanwhile may be told or not.</summary>
    IAsyncEnumerable<FoundBody> ListAsync(Guid owner, CancellationToken cancellationToken);

    /// <summary>Removes what is left of an owner's uploads that were not completed, when nothing was written for so long. Uploads of this object that go on are not touched.</summary>
    /// <param name="owner">The owner.</param>
    /// <param name="before">Those last written (or, where the store does not know that, begun) before this time, by the store's clock.</param>
    /// <param name="cancellationToken">Ends it.</param>
    ValueTask EndUploadsAsync(Guid owner, DateTimeOffset before, CancellationToken cancellationToken);
}
