using System.Text.Json.Nodes;
using Posthorn.Client.Contracts;
using Posthorn.Client.Contracts.Messages;
using Posthorn.Client.Contracts.Queues;
using Posthorn.Client.Contracts.Tasks;

namespace Posthorn.Client;

public sealed partial class PosthornClient
{
    /// <summary>All queues, or those whose names start with <paramref name="prefix"/>.</summary>
    public async Task<IReadOnlyList<QueueInfo>> ListQueuesAsync(string? prefix = null, CancellationToken cancellationToken = default) =>
        (await GetAsync("v1/queues" + new QueryText().Add("prefix", prefix), PosthornJson.Default.QueueList, cancellationToken).ConfigureAwait(false)).Queues;

    /// <summary>One queue.</summary>
    public Task<QueueInfo> GetQueueAsync(string name, CancellationToken cancellationToken = default) =>
        GetAsync(Queue(name), PosthornJson.Default.QueueInfo, cancellationToken);

    /// <summary>Makes a queue, or replaces all settings of the one that exists.</summary>
    public Task<QueueInfo> PutQueueAsync(string name, QueueSettings settings, CancellationToken cancellationToken = default) =>
        SendAsync(HttpMethod.Put, Queue(name), settings, PosthornJson.Default.QueueSettings, PosthornJson.Default.QueueInfo, cancellationToken);

    /// <summary>Changes some settings of a queue that exists (RFC 7396): what is not named stays, null is the default again.</summary>
    public Task<QueueInfo> ChangeQueueAsync(string name, JsonObject changes, CancellationToken cancellationToken = default) =>
        SendAsync(HttpMethod.Patch, Queue(name), changes, PosthornJson.Default.JsonObject, PosthornJson.Default.QueueInfo, cancellationToken);

    /// <summary>Removes a queue with all its messages.</summary>
    public Task DeleteQueueAsync(string name, CancellationToken cancellationToken = default) => DeleteAsync(Queue(name), cancellationToken);

    /// <summary>Removes all messages of a queue, leased ones too.</summary>
    public Task<TaskInfo> PurgeQueueAsync(string name, CancellationToken cancellationToken = default) =>
        PostAsync(Queue(name) + "/purge", PosthornJson.Default.TaskInfo, cancellationToken);

    /// <summary>Stops handing messages out; they still come in.</summary>
    public Task<QueueInfo> PauseQueueAsync(string name, CancellationToken cancellationToken = default) =>
        PostAsync(Queue(name) + "/pause", PosthornJson.Default.QueueInfo, cancellationToken);

    /// <summary>Hands messages out again.</summary>
    public Task<QueueInfo> ResumeQueueAsync(string name, CancellationToken cancellationToken = default) =>
        PostAsync(Queue(name) + "/resume", PosthornJson.Default.QueueInfo, cancellationToken);

    /// <summary>Makes all delayed messages of a queue due now.</summary>
    public Task<TaskInfo> FlushQueueAsync(string name, CancellationToken cancellationToken = default) =>
        PostAsync(Queue(name) + "/flush", PosthornJson.Default.TaskInfo, cancellationToken);

    /// <summary>Moves all messages of a queue, or those a query selects, to another one.</summary>
    public Task<TaskInfo> MoveQueueAsync(string name, string to, MessageQuery? query = null, CancellationToken cancellationToken = default) =>
        StartAsync(
            new MessageCommand { Action = MessageAction.Move, To = to, Query = (query ?? new MessageQuery()) with { Queues = [name] } }, cancellationToken);

    /// <summary>Puts dead letters back where they came from, or to <paramref name="to"/> those that do not know.</summary>
    public Task<TaskInfo> RedriveQueueAsync(string name, string? to = null, CancellationToken cancellationToken = default) =>
        PostAsync(Queue(name) + "/redrive" + new QueryText().Add("to", to), PosthornJson.Default.TaskInfo, cancellationToken);

    /// <summary>Makes what a queue has consumed and keeps ready again: all, or what was consumed within a range of time, there or in another queue.</summary>
    public Task<TaskInfo> ReplayQueueAsync(
        string name, string? to = null, DateTimeOffset? consumedFrom = null, DateTimeOffset? consumedBefore = null, CancellationToken cancellationToken = default) =>
        PostAsync(
            Queue(name) + "/replay" + new QueryText().Add("to", to).Add("consumedFrom", consumedFrom).Add("consumedBefore", consumedBefore),
            PosthornJson.Default.TaskInfo, cancellationToken);

    /// <summary>The age of what waits in a queue, by destination, sender or error.</summary>
    public Task<QueueShape> GetQueueShapeAsync(string name, ShapeBy by = ShapeBy.Destination, int? rows = null, CancellationToken cancellationToken = default) =>
        GetAsync(
            Queue(name) + "/shape" + new QueryText().Add("by", by.ToString().ToLowerInvariant()).Add("rows", rows),
            PosthornJson.Default.QueueShape, cancellationToken);
}
