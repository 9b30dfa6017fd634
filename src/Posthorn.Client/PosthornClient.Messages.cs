using Posthorn.Client.Contracts;
using Posthorn.Client.Contracts.Messages;
using Posthorn.Client.Contracts.Tasks;
using Posthorn.Client.Contracts.Tracing;

namespace Posthorn.Client;

public sealed partial class PosthornClient
{
    /// <summary>A page of the messages a query selects: 1 to 1000, queue by queue, in the order of delivery. Nobody's work is disturbed.</summary>
    public Task<MessagePage> ListMessagesAsync(
        MessageQuery query, int limit = 100, string? after = null, CancellationToken cancellationToken = default) =>
        GetAsync("v1/messages" + new QueryText().Add(query).Add("limit", limit).Add("after", after), PosthornJson.Default.MessagePage, cancellationToken);

    /// <summary>One message with envelope, attributes and headers.</summary>
    public Task<MessageDetail> GetMessageAsync(string id, CancellationToken cancellationToken = default) =>
        GetAsync(Message(id), PosthornJson.Default.MessageDetail, cancellationToken);

    /// <summary>A message's bytes, as they come from the server; to be disposed.</summary>
    public Task<Stream> OpenMessageAsync(string id, CancellationToken cancellationToken = default) =>
        OpenAsync(Message(id) + "/body", cancellationToken);

    /// <summary>Changes one message where it is.</summary>
    /// <param name="id">The message.</param>
    /// <param name="change">What to change.</param>
    /// <param name="force">Also when somebody works on it: the lease ends.</param>
    /// <param name="cancellationToken">Ends the wait; the change may be done.</param>
    public Task<MessageDetail> ChangeMessageAsync(string id, MessageChange change, bool force = false, CancellationToken cancellationToken = default) =>
        SendAsync(
            HttpMethod.Patch, Message(id) + Force(force), change, PosthornJson.Default.MessageChange, PosthornJson.Default.MessageDetail, cancellationToken);

    /// <summary>Removes one message; with <paramref name="force"/> also when somebody works on it.</summary>
    public Task RemoveMessageAsync(string id, bool force = false, CancellationToken cancellationToken = default) =>
        DeleteAsync(Message(id) + Force(force), cancellationToken);

    /// <summary>What a command would do.</summary>
    public Task<MessagePreview> PreviewAsync(MessageCommand command, CancellationToken cancellationToken = default) =>
        SendAsync(
            HttpMethod.Post, "v1/messages/preview", command with { DryRun = true }, PosthornJson.Default.MessageCommand, PosthornJson.Default.MessagePreview,
            cancellationToken);

    /// <summary>Starts a command on all messages its query selects.</summary>
    public Task<TaskInfo> StartAsync(MessageCommand command, CancellationToken cancellationToken = default) =>
        SendAsync(
            HttpMethod.Post, "v1/messages/commands", command with { DryRun = false }, PosthornJson.Default.MessageCommand, PosthornJson.Default.TaskInfo,
            cancellationToken);

    /// <summary>All tasks that run or ended lately.</summary>
    public async Task<IReadOnlyList<TaskInfo>> ListTasksAsync(CancellationToken cancellationToken = default) =>
        (await GetAsync("v1/tasks", PosthornJson.Default.TaskList, cancellationToken).ConfigureAwait(false)).Tasks;

    /// <summary>One task; waits up to <paramref name="wait"/> (at most 1 minute) for its end.</summary>
    public Task<TaskInfo> GetTaskAsync(string id, TimeSpan? wait = null, CancellationToken cancellationToken = default) =>
        GetAsync("v1/tasks/" + Escape(id) + new QueryText().Add("wait", wait), PosthornJson.Default.TaskInfo, cancellationToken);

    /// <summary>Stops a task after the commit it is in; what it has done stays done.</summary>
    public Task CancelTaskAsync(string id, CancellationToken cancellationToken = default) => DeleteAsync("v1/tasks/" + Escape(id), cancellationToken);

    /// <summary>Waits until a task has ended.</summary>
    public async Task<TaskInfo> WaitAsync(TaskInfo task, CancellationToken cancellationToken = default)
    {
        while (!task.IsEnded)
            task = await GetTaskAsync(task.Id, TimeSpan.FromSeconds(30), cancellationToken).ConfigureAwait(false);
        return task;
    }

    /// <summary>Tells the life of a message, or of the latest mails to a recipient.</summary>
    public async Task<IReadOnlyList<TraceEvent>> TraceAsync(TraceQuery query, CancellationToken cancellationToken = default)
    {
        var text = new QueryText()
            .Add("id", query.Id).Add("messageId", query.MessageId).Add("recipient", query.Recipient).Add("limit", query.Limit);
        return (await GetAsync("v1/trace" + text, PosthornJson.Default.Trace, cancellationToken).ConfigureAwait(false)).Events;
    }

    private static string Message(string id) => "v1/messages/" + Escape(id);

    private static string Force(bool force) => force ? "?force=true" : "";

    private async Task<Stream> OpenAsync(string path, CancellationToken cancellationToken)
    {
        var response = await SendAsync(new HttpRequestMessage(HttpMethod.Get, path), cancellationToken).ConfigureAwait(false);
        return await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
    }
}
