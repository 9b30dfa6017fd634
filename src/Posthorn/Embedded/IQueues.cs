using System.Text.Json.Serialization.Metadata;
using Posthorn.Engine;
using Posthorn.Queues;

namespace Posthorn.Embedded;

/// <summary>The queues of a store.</summary>
public interface IQueues
{
    /// <summary>A queue by its name, whether or not it exists yet.</summary>
    /// <param name="name">1 to 255 characters; see <see cref="QueueName"/>.</param>
    /// <exception cref="FormatException">The text is no queue name; the message says why.</exception>
    IQueue Get(string name);

    /// <summary>A queue of values of one type.</summary>
    /// <param name="name">1 to 255 characters.</param>
    /// <param name="type">How values become JSON: a property of a source-generated <see cref="System.Text.Json.Serialization.JsonSerializerContext"/>.</param>
    /// <exception cref="FormatException">The text is no queue name.</exception>
    IQueue<T> Get<T>(string name, JsonTypeInfo<T> type);

    /// <summary>All queues that exist, with their figures, ordered by name.</summary>
    IReadOnlyList<QueueStatus> List();

    /// <summary>Begins an atomic commit over several queues.</summary>
    /// <param name="idempotencyKey">1 to 128 characters make it idempotent: a commit whose key was committed within the last hour changes nothing. Null is none.</param>
    /// <param name="roomWait">How long it waits for room in queues that are at their limits; zero refuses at once.</param>
    CommitBuilder NewCommit(string? idempotencyKey = null, TimeSpan roomWait = default);

    /// <summary>How the store is: serving, out of space, or failed.</summary>
    EngineHealth Health { get; }

    /// <summary>What all of this stands on, for what is not said here.</summary>
    IEngine Engine { get; }
}
