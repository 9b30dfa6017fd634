using System.CommandLine;
using System.Text.Json.Nodes;
using Posthorn.Cli.Connection;
using Posthorn.Cli.Messages;
using Posthorn.Cli.Terminal;
using Posthorn.Client;
using Posthorn.Client.Contracts.Messages;
using Posthorn.Client.Contracts.Queues;
using Spectre.Console;

namespace Posthorn.Cli.Queues;

/// <summary><c>posthorn queue …</c></summary>
internal static class QueueCommands
{
    public static Command Build(ServerOptions server)
    {
        var group = new Command("queue", "See, make, change and steer queues");
        foreach (var command in new[]
        {
            List(server), Show(server), Create(server), Delete(server), Purge(server), Pause(server), Resume(server), Flush(server), Move(server),
            Redrive(server), ReplayCommand.Build(server), ShapeCommand.Build(server),
        })
            group.Subcommands.Add(command);
        return group;
    }

    public static Argument<string> Name() => new("queue") { Description = "The queue's name" };

    public static Option<bool> Yes() => new("--yes", "-y") { Description = "Do not ask" };

    private static Command List(ServerOptions server)
    {
        var prefix = new Argument<string?>("prefix") { Description = "Only those whose names start so", Arity = ArgumentArity.ZeroOrOne };
        return server.Does(new Command("list", "All queues and what they hold") { prefix }, async (parsed, session, cancellationToken) =>
        {
            var queues = await session.Client.ListQueuesAsync(parsed.GetValue(prefix), cancellationToken);
            if (session.AnswersJson(new QueueList(queues), j => j.QueueList))
                return ExitCode.Ok;
            if (queues.Count == 0)
                return session.Done("No queues.");
            var listing = new Listing("queue", ">ready", ">delayed", ">leased", ">held", ">size", ">oldest", "state");
            foreach (var q in queues)
            {
                listing.Add(
                    q.Name, Readable.Number(q.Ready), Readable.Number(q.Delayed), Readable.Number(q.Leased), Readable.Number(q.Held), Readable.Size(q.Bytes),
                    Readable.Age(q.OldestEnqueuedAt, session.Now), q.Settings.Paused ? Listing.Coloured("paused", Color.Yellow) : null);
            }
            listing.Write(session.Surroundings);
            return ExitCode.Ok;
        });
    }

    private static Command Show(ServerOptions server)
    {
        var name = Name();
        return server.Does(new Command("show", "One queue: what it holds and how it behaves") { name }, async (parsed, session, cancellationToken) =>
            Write(session, await session.Client.GetQueueAsync(parsed.GetRequiredValue(name), cancellationToken)));
    }

    private static Command Create(ServerOptions server)
    {
        var name = Name();
        var settings = new QueueSettingOptions();
        var command = new Command("create", "Make a queue, or change the settings given of one that exists") { name };
        settings.AddTo(command);
        return server.Does(command, async (parsed, session, cancellationToken) =>
        {
            var queue = parsed.GetRequiredValue(name);
            var given = settings.Read(parsed);
            QueueInfo info;
            try
            {
                info = await session.Client.ChangeQueueAsync(queue, given, cancellationToken);
            }
            catch (PosthornNotFoundException)
            {
                await session.Client.PutQueueAsync(queue, new QueueSettings(), cancellationToken);
                info = await session.Client.ChangeQueueAsync(queue, given, cancellationToken);
            }
            return Write(session, info);
        });
    }

    private static Command Delete(ServerOptions server)
    {
        var name = Name();
        var yes = Yes();
        return server.Does(new Command("delete", "Remove a queue with all its messages") { name, yes }, async (parsed, session, cancellationToken) =>
        {
            var queue = await session.Client.GetQueueAsync(parsed.GetRequiredValue(name), cancellationToken);
            if (queue.Messages > 0 && !parsed.GetValue(yes)
                && !session.Surroundings.Confirm($"Delete queue {queue.Name} with {Readable.Count(queue.Messages, "message")}?"))
                return ExitCode.Refused;
            await session.Client.DeleteQueueAsync(queue.Name, cancellationToken);
            return session.Done($"Queue {queue.Name} is deleted.");
        });
    }

    private static Command Purge(ServerOptions server)
    {
        var name = Name();
        var yes = Yes();
        return server.Does(new Command("purge", "Remove all messages of a queue") { name, yes }, async (parsed, session, cancellationToken) =>
        {
            var queue = await session.Client.GetQueueAsync(parsed.GetRequiredValue(name), cancellationToken);
            if (queue.Messages > 0 && !parsed.GetValue(yes)
                && !session.Surroundings.Confirm($"Remove {Readable.Count(queue.Messages, "message")} from {queue.Name}?"))
                return ExitCode.Refused;
            var task = await session.Client.PurgeQueueAsync(queue.Name, cancellationToken);
            return await TaskWatch.WatchAsync(session, task, queue.Messages, cancellationToken);
        });
    }

    private static Command Pause(ServerOptions server)
    {
        var name = Name();
        return server.Does(new Command("pause", "Hand out no more messages; they still come in") { name }, async (parsed, session, cancellationToken) =>
        {
            var queue = await session.Client.PauseQueueAsync(parsed.GetRequiredValue(name), cancellationToken);
            return session.AnswersJson(queue, j => j.QueueInfo) ? ExitCode.Ok : session.Done($"Queue {queue.Name} is paused.");
        });
    }

    private static Command Resume(ServerOptions server)
    {
        var name = Name();
        return server.Does(new Command("resume", "Hand messages out again") { name }, async (parsed, session, cancellationToken) =>
        {
            var queue = await session.Client.ResumeQueueAsync(parsed.GetRequiredValue(name), cancellationToken);
            return session.AnswersJson(queue, j => j.QueueInfo) ? ExitCode.Ok : session.Done($"Queue {queue.Name} goes on.");
        });
    }

    private static Command Flush(ServerOptions server)
    {
        var name = Name();
        return server.Does(new Command("flush", "Make all delayed messages due now") { name }, async (parsed, session, cancellationToken) =>
        {
            var task = await session.Client.FlushQueueAsync(parsed.GetRequiredValue(name), cancellationToken);
            return await TaskWatch.WatchAsync(session, task, null, cancellationToken);
        });
    }

    private static Command Move(ServerOptions server)
    {
        var name = Name();
        var to = new Option<string>("--to") { Description = "The queue to move to", Required = true, HelpName = "QUEUE" };
        var filter = new MessageFilterOptions(hasQueue: false);
        var asking = new AskOptions();
        var command = new Command("move", "Move all messages, or those a filter selects, to another queue") { name, to };
        filter.AddTo(command);
        asking.AddTo(command);
        return server.Does(command, (parsed, session, cancellationToken) => asking.RunAsync(
            parsed, session,
            new MessageCommand
            {
                Action = MessageAction.Move, To = parsed.GetRequiredValue(to),
                Query = filter.Read(parsed) with { Queues = [parsed.GetRequiredValue(name)] },
            },
            cancellationToken));
    }

    private static Command Redrive(ServerOptions server)
    {
        var name = Name();
        var to = new Option<string?>("--to") { Description = "Where those go that do not know where they came from", HelpName = "QUEUE" };
        return server.Does(
            new Command("redrive", "Put dead letters back where they came from, with their full number of attempts") { name, to },
            async (parsed, session, cancellationToken) =>
            {
                var queue = await session.Client.GetQueueAsync(parsed.GetRequiredValue(name), cancellationToken);
                var task = await session.Client.RedriveQueueAsync(queue.Name, parsed.GetValue(to), cancellationToken);
                return await TaskWatch.WatchAsync(session, task, queue.Messages, cancellationToken);
            });
    }

    private static int Write(Session session, QueueInfo queue)
    {
        if (session.AnswersJson(queue, j => j.QueueInfo))
            return ExitCode.Ok;
        var s = queue.Settings;
        new Facts()
            .Add("queue", queue.Name)
            .Add("messages", $"{Readable.Number(queue.Messages)}: {Readable.Number(queue.Ready)} ready, {Readable.Number(queue.Delayed)} delayed, "
                + $"{Readable.Number(queue.Leased)} leased, {Readable.Number(queue.Held)} held")
            .Add("size", Readable.Size(queue.Bytes))
            .Add("consumed", s.KeepConsumed is null && queue.Consumed == 0 ? null : $"{Readable.Number(queue.Consumed)} kept, {Readable.Size(queue.ConsumedBytes)}")
            .Add("oldest", Readable.Age(queue.OldestEnqueuedAt, session.Now))
            .Add("paused", s.Paused ? "yes" : "no")
            .Add("visibility timeout", Readable.Duration(s.VisibilityTimeout))
            .Add("order", s.Fifo ? "first in, first out in each group" : null)
            .Add("fair", s.Fairness is { } by ? $"by {by}" : null)
            .Add("delayed lane", Lanes(queue, session.Now))
            .Add("deduplication", Deduplication(s))
            .Add("keeps consumed", s.KeepConsumed is { } kept ? Readable.Duration(kept) : null)
            .Add("most leases", s.LeasesMax is { } leases ? Readable.Number(leases) : null)
            .Add("delay", s.Delay == TimeSpan.Zero ? null : Readable.Duration(s.Delay))
            .Add("retention", s.Retention is { } retention ? Readable.Duration(retention) : "for ever")
            .Add("dead letters", s.DeadLetter is null ? null : $"to {s.DeadLetter} after {Readable.Count(s.MaxReceives ?? 0, "receive")}")
            .Add("largest message", s.MaxMessageBytes is { } message ? Readable.Size(message) : null)
            .Add("most bytes", s.MaxBytes is { } bytes ? Readable.Size(bytes) : null)
            .Add("most messages", s.MaxMessages is { } messages ? Readable.Number(messages) : null)
            .Write(session.Out);
        return ExitCode.Ok;
    }

    private static string? Lanes(QueueInfo queue, DateTimeOffset now) => queue.Lanes is not { } lanes ? null
        : $"{Readable.Count(lanes.Delayed, "message")}, {Readable.Count(lanes.NoisyTenants, "noisy tenant")}, {Readable.Count(lanes.DeferredGroups, "deferred group")}"
            + (lanes.OldestDelayedAt is null ? "" : $", the oldest {Readable.Age(lanes.OldestDelayedAt, now)}");

    /// <summary>Told when it is not as in every queue.</summary>
    private static string? Deduplication(QueueSettings settings) =>
        settings.DeduplicationWindow == TimeSpan.Zero ? "off"
        : settings is { DeduplicationScope: DeduplicationScope.Queue, Fifo: false } && settings.DeduplicationWindow == new QueueSettings().DeduplicationWindow ? null
        : $"{Readable.Duration(settings.DeduplicationWindow)} by {Readable.Word(settings.DeduplicationScope)}";
}
