using System.Security.Cryptography;
using Posthorn.Client.Contracts.Messages;
using Posthorn.Client.Contracts.Tasks;
using Posthorn.Client.Contracts.Webhooks;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Protocols.Webhooks;
using Posthorn.Server.Deliver.Webhooks;
using Posthorn.Server.Operate.Accounts;
using Posthorn.Server.Operate.Admin.Commands;
using Posthorn.Server.Operate.Admin.Http;
using Posthorn.Server.Operate.Admin.Messages;
using Posthorn.Server.Operate.Configuration;
using MessageState = Posthorn.Messages.MessageState;

namespace Posthorn.Server.Operate.Admin.Webhooks;

/// <summary>Shows, makes, changes, tries and steers webhooks.</summary>
internal sealed class WebhookDesk(
    IEngine engine, WebhookBook book, WebhookCourier courier, WebhookTopics topics, WebhookPoster poster, CommandDesk commands, TimeProvider time)
{
    private const int SecretBytes = 32;

    // The keys of the configuration, where they are called otherwise in JSON.
    private static readonly Dictionary<string, string> s_jsonNames = new(StringComparer.Ordinal) { ["secret"] = "secrets", ["reply-max"] = "replyBytesMax" };

    public IReadOnlyList<WebhookInfo> List() => [.. book.All.Select(w => Show(w))];

    public WebhookInfo Show(string name) => Show(Find(name));

    /// <summary>The last calls, the newest first.</summary>
    public IReadOnlyList<WebhookAttempt> Attempts(string name) => courier.RecordOf(Find(name).Name).Attempts();

    /// <summary>Makes a webhook.</summary>
    /// <exception cref="ProblemException">There is one of its name, or its queue has one, or something in it is wrong.</exception>
    public async Task<WebhookInfo> AddAsync(WebhookSettings settings)
    {
        await book.Changing.WaitAsync();
        try
        {
            var (complete, secret) = WithSecret(settings, former: null);
            var webhook = Build(complete);
            if (book.Find(webhook.Name) is not null)
                throw Problems.Conflict("webhook-exists", $"There is a webhook '{webhook.Name}'; give this one another name, or change that one.");
            await SaveAsync(webhook, complete);
            return Show(webhook) with { Secret = secret };
        }
        finally
        {
            book.Changing.Release();
        }
    }

    /// <summary>Makes a webhook, or replaces what one is set to; its secrets stay unless others are given.</summary>
    /// <returns>The webhook, and whether it was made.</returns>
    public async Task<(WebhookInfo Webhook, bool IsNew)> SetAsync(string name, WebhookSettings settings)
    {
        if (settings.Name is { } other && other != name)
            throw Problems.BadRequest($"name: it is '{name}' in the address; a webhook is renamed by making another.");
        await book.Changing.WaitAsync();
        try
        {
            var current = book.Find(name);
            RefuseConfigured(current);
            var (complete, secret) = WithSecret(settings with { Name = name }, book.SettingsOf(name));
            var webhook = Build(complete);
            await SaveAsync(webhook, complete);
            return (Show(webhook) with { Secret = secret }, current is null);
        }
        finally
        {
            book.Changing.Release();
        }
    }

    public async Task RemoveAsync(string name)
    {
        await book.Changing.WaitAsync();
        try
        {
            var webhook = Find(name);
            RefuseConfigured(webhook);
            await book.RemoveAsync(webhook);
            await topics.SyncAsync();
        }
        finally
        {
            book.Changing.Release();
        }
    }

    public async Task<WebhookInfo> PauseAsync(string name, WebhookPause pause, Account by)
    {
        var webhook = Find(name);
        await book.SetPauseAsync(webhook, new HandPause(by.Name, time.GetUtcNow(), pause.Reason));
        return Show(webhook);
    }

    public async Task<WebhookInfo> ResumeAsync(string name)
    {
        var webhook = Find(name);
        if (book.PauseOf(name) is not null)
            await book.SetPauseAsync(webhook, null);
        if (courier.Find(name) is { } run)
            await run.ResumeAsync();
        return Show(webhook);
    }

    /// <summary>Makes a signed call without a message, whatever the webhook's state; it is in none of its counts.</summary>
    public async Task<WebhookAttempt> TestAsync(string name, WebhookTest test, CancellationToken cancellationToken)
    {
        var webhook = Find(name);
        var attributes = test.Attributes ?? new Dictionary<string, string>(StringComparer.Ordinal);
        if (!webhook.Url.TryExpand(a => attributes.GetValueOrDefault(a), out var url, out var reason))
            throw Problems.BadRequest($"attributes: {reason}.");
        var (id, answer) = await poster.PingAsync(webhook, url, cancellationToken);
        return new WebhookAttempt
        {
            At = time.GetUtcNow().ToUniversalTime(), Message = id, Endpoint = UrlTemplate.EndpointOf(url), Number = 1,
            Outcome = answer.IsDone ? WebhookOutcome.Delivered : WebhookOutcome.Waits, Status = answer.Status, Reason = answer.Reason, Took = answer.Took,
            Answer = answer.Excerpt.Length > 0 ? answer.Excerpt : null,
        };
    }

    /// <summary>Starts the tasks that post messages again; none when nothing was ever missed.</summary>
    public async Task<IReadOnlyList<TaskInfo>> ReplayAsync(string name, WebhookReplay replay, Account by, string? key, CancellationToken cancellationToken)
    {
        var webhook = Find(name);
        if (replay.Message is { } id)
            return [commands.Start(await CommandForAsync(webhook, replay, id, cancellationToken), by, key)];
        var now = time.GetUtcNow();
        if (replay.From > now)
            throw Problems.BadRequest("from: lies in the future.");
        if (replay.From >= replay.To)
            throw Problems.BadRequest("to: is not after from.");
        var tasks = new List<TaskInfo>();
        if (engine.Status(WebhookDeadLetters.Of(engine, webhook.Queue)) is not null)
            tasks.Add(commands.Start(Missed(webhook, replay, now), by, key));
        var query = new MessageQuery { Queues = [webhook.Queue], ConsumedFrom = replay.From, ConsumedBefore = replay.To };
        if (replay.Delivered)
            tasks.Add(commands.Start(new MessageCommand { Action = MessageAction.Replay, Query = query }, by, key is null ? null : key + ":delivered"));
        return tasks;
    }

    /// <summary>The dead letters of a webhook's queue that were accepted in a range of time.</summary>
    private MessageCommand Missed(WebhookOptions webhook, WebhookReplay replay, DateTimeOffset now) => new()
    {
        Action = MessageAction.Redrive,
        To = webhook.Queue,
        Query = new MessageQuery
        {
            Queues = [DeadLettersOf(webhook)],
            Attributes = new Dictionary<string, string>(StringComparer.Ordinal) { [MessageAttributes.DeadLetterSource] = webhook.Queue },
            YoungerThan = now - replay.From,
            OlderThan = replay.To < now ? now - replay.To : null,
        },
    };

    private async Task<MessageCommand> CommandForAsync(WebhookOptions webhook, WebhookReplay replay, string text, CancellationToken cancellationToken)
    {
        if (replay is { From: not null } or { To: not null } or { Delivered: true })
            throw Problems.BadRequest("message: one message is named, or a range of time, not both.");
        var message = await engine.FindAsync(MessageSelection.ParseId(text), cancellationToken) ?? throw Problems.MessageNotFound(text);
        var query = new MessageQuery { Ids = [text] };
        if (message.Queue == webhook.Queue)
        {
            return message.State switch
            {
                MessageState.Consumed => new MessageCommand { Action = MessageAction.Replay, Query = query },
                MessageState.Held => new MessageCommand { Action = MessageAction.Release, Query = query },
                _ => new MessageCommand { Action = MessageAction.Flush, Query = query },
            };
        }
        return message.Text(MessageAttributes.DeadLetterSource) == webhook.Queue.Value
            ? new MessageCommand { Action = MessageAction.Redrive, To = webhook.Queue, Query = query }
            : throw Problems.Conflict("not-of-webhook", $"Message {text} is in '{message.Queue}' and did not come from the queue '{webhook.Queue}' of this webhook.");
    }

    private async ValueTask SaveAsync(WebhookOptions webhook, WebhookSettings settings)
    {
        if (book.All.FirstOrDefault(w => w.Queue == webhook.Queue && w.Name != webhook.Name) is { } other)
        {
            throw Problems.Conflict(
                "queue-has-webhook", $"The queue '{webhook.Queue}' has the webhook '{other.Name}', and each message goes to one; to post to several, publish to a topic.");
        }
        await book.SaveAsync(webhook, settings);
        await topics.SyncAsync();
    }

    private static WebhookOptions Build(WebhookSettings settings)
    {
        var reasons = new List<string>();
        return new WebhookRules(settings, (key, reason) => reasons.Add($"{JsonName(key)}: {reason}")).Build(isConfigured: false)
            ?? throw Problems.BadRequest(string.Join("; ", reasons) + ".");
    }

    private static string JsonName(string key)
    {
        if (s_jsonNames.TryGetValue(key, out var name))
            return name;
        var words = key.Split('-');
        return words[0] + string.Concat(words.Skip(1).Select(w => char.ToUpperInvariant(w[0]) + w[1..]));
    }

    /// <summary>The settings with the secrets they have: those given, those it had, or a new one.</summary>
    private static (WebhookSettings Settings, string? Secret) WithSecret(WebhookSettings settings, WebhookSettings? former)
    {
        if ((settings.Secrets ?? former?.Secrets) is { } secrets)
            return (settings with { Secrets = secrets }, null);
        var secret = WebhookSecret.Of(RandomNumberGenerator.GetBytes(SecretBytes)).Text;
        return (settings with { Secrets = [secret] }, secret);
    }

    private static void RefuseConfigured(WebhookOptions? webhook)
    {
        if (webhook is { IsConfigured: true })
            throw Problems.Conflict("webhook-configured", $"The webhook '{webhook.Name}' is in the configuration file: change it there. It can be paused, resumed, tested and replayed here.");
    }

    private WebhookOptions Find(string name) => book.Find(name) ?? throw Problems.NotFound("webhook", name);

    private string DeadLettersOf(WebhookOptions webhook) => WebhookDeadLetters.Of(engine, webhook.Queue);

    private WebhookInfo Show(WebhookOptions webhook)
    {
        var (now, run, record) = (time.GetUtcNow(), courier.Find(webhook.Name), courier.RecordOf(webhook.Name));
        var lanes = run?.Lanes().Select(l => l.ToContract(now)).ToList() ?? [];
        var (pause, worst, status) = (book.PauseOf(webhook.Name), lanes.Worst(), engine.Status(webhook.Queue));
        var counts = record.Counts;
        return new WebhookInfo
        {
            Name = webhook.Name,
            Queue = webhook.Queue,
            DeadLetters = DeadLettersOf(webhook),
            Settings = webhook.ToSettings(),
            IsConfigured = webhook.IsConfigured,
            State = run?.Fault is not null ? WebhookState.Misconfigured : pause is not null ? WebhookState.Paused : worst?.State ?? WebhookState.Active,
            Until = run?.Fault is null && pause is null ? worst?.Until : null,
            Reason = run?.Fault ?? (pause is not null ? $"paused by {pause.By}{(pause.Reason is { } why ? $": {why}" : "")}" : worst?.Reason),
            Endpoints = lanes.Shown(),
            Waiting = status?.Messages ?? 0,
            Ready = status?.Ready ?? 0,
            InFlight = lanes.Sum(l => l.InFlight),
            Delivered = counts.Delivered,
            Failed = counts.Failed,
            DeadLettered = counts.DeadLettered,
            Last = record.Last,
        };
    }
}
