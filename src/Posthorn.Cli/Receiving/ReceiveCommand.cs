using System.CommandLine;
using Posthorn.Cli.Connection;
using Posthorn.Cli.Messages;
using Posthorn.Cli.Queues;
using Posthorn.Cli.Terminal;
using Posthorn.Client.Contracts.Sending;

namespace Posthorn.Cli.Receiving;

/// <summary><c>posthorn receive</c>: takes messages out of a queue, to standard output or into files.</summary>
internal static class ReceiveCommand
{
    public static Command Build(ServerOptions server)
    {
        var queue = QueueCommands.Name();
        var max = new Option<int>("--max", "-n") { Description = "How many at most", DefaultValueFactory = _ => 1, HelpName = "N" };
        var wait = OptionKinds.Duration("--wait", "How long to wait for a first one");
        var visibility = OptionKinds.Duration("--visibility", "How long nobody else sees them");
        var group = new Option<string?>("--group") { Description = "Only of this group", HelpName = "GROUP" };
        var output = new Option<DirectoryInfo?>("--output", "-o") { Description = "Write each into a file of this folder, named by its id", HelpName = "FOLDER" };
        var ack = new Option<bool>("--ack") { Description = "Ack each when it is written: it is done (the default)" };
        var noAck = new Option<bool>("--no-ack") { Description = "Give them back at once: only look" };
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on as messages come, until Ctrl-C or --max" };
        var work = new WorkOptionSet();
        var command = new Command("receive", "Take messages out of a queue") { queue, max, wait, visibility, group, output, ack, noAck, follow };
        work.AddTo(command);
        return server.Does(command, async (parsed, session, cancellationToken) =>
        {
            if (parsed.GetValue(ack) && parsed.GetValue(noAck))
                throw new UsageException("--ack and --no-ack: give one.");
            int? given = parsed.GetResult(max) is { Implicit: false } ? parsed.GetValue(max) : null;
            if (work.Read(parsed, parsed.GetRequiredValue(queue)) is { } toDo)
            {
                if (parsed.GetValue(noAck) || parsed.GetValue(output) is not null)
                    throw new UsageException("--no-ack and --output do not go with --each and --save-attachments, which ack what is done.");
                if (parsed.GetValue(follow) && parsed.GetValue(wait) is not null)
                    throw new UsageException("--follow waits as long as it takes; --wait does not go with it.");
                if (parsed.GetValue(visibility) < WorkOptions.LeaseMin)
                    throw new UsageException("--visibility: a second at least, since leases are renewed.");
                return await new QueueWork(session, toDo with
                {
                    Max = given, Wait = parsed.GetValue(wait) ?? TimeSpan.Zero, Lease = parsed.GetValue(visibility) ?? toDo.Lease, Group = parsed.GetValue(group), Follows = parsed.GetValue(follow),
                }).RunAsync(cancellationToken);
            }
            if (parsed.GetValue(follow))
            {
                if (parsed.GetValue(noAck) || parsed.GetValue(wait) is not null)
                    throw new UsageException("--follow waits as long as it takes and acks what it has written; --wait and --no-ack do not go with it.");
                var options = new StreamOptions { Prefetch = 1, Visibility = parsed.GetValue(visibility), Group = parsed.GetValue(group) };
                return await FollowAsync(session, parsed.GetRequiredValue(queue), options, given, parsed.GetValue(output), cancellationToken);
            }
            var messages = await session.Client.ReceiveAsync(
                parsed.GetRequiredValue(queue),
                new ReceiveOptions
                {
                    Max = parsed.GetValue(max), Wait = parsed.GetValue(wait) ?? TimeSpan.Zero, Visibility = parsed.GetValue(visibility), Group = parsed.GetValue(group),
                },
                cancellationToken);
            if (messages.Count == 0 && !session.IsJson)
                session.Surroundings.Error.WriteLine("No messages.");
            if (session.AnswersJson(new ReceivedMessages(messages), j => j.ReceivedMessages) && parsed.GetValue(output) is null)
                return await EndAsync(session, messages, parsed.GetValue(noAck), cancellationToken);
            foreach (var message in messages)
            {
                await WriteAsync(session, message, parsed.GetValue(output), cancellationToken);
                await EndAsync(session, [message], parsed.GetValue(noAck), cancellationToken);
            }
            return ExitCode.Ok;
        });
    }

    /// <summary>One at a time: when Ctrl-C ends it, one message at most was in its hands, and comes back.</summary>
    private static async Task<int> FollowAsync(
        Session session, string queue, StreamOptions options, int? max, DirectoryInfo? folder, CancellationToken cancellationToken)
    {
        var left = max;
        if (left <= 0)
            return ExitCode.Ok;
        await foreach (var message in session.Client.StreamAsync(queue, options, cancellationToken))
        {
            if (session.IsJson)
                JsonAnswer.WriteLine(session.Out, message, j => j.ReceivedMessage);
            if (!session.IsJson || folder is not null)
                await WriteAsync(session, message, folder, cancellationToken);
            await EndAsync(session, [message], givesBack: false, cancellationToken);
            if (--left == 0)
                break;
        }
        return ExitCode.Ok;
    }

    private static async Task WriteAsync(Session session, ReceivedMessage received, DirectoryInfo? folder, CancellationToken cancellationToken)
    {
        var message = received.Message;
        await using var body = await session.Client.OpenAsync(received, cancellationToken);
        if (folder is not null)
        {
            folder.Create();
            var path = Path.Combine(folder.FullName, message.Id + (message.Sender is null ? ".bin" : ".eml"));
            await using var file = File.Create(path);
            await body.CopyToAsync(file, cancellationToken);
            if (!session.IsJson)
                session.Out.WriteLine(path);
            return;
        }
        var from = message.Sender is null ? "" : $"  from {(message.Sender.Length == 0 ? "<>" : message.Sender)} to {MessageListing.To(message)}";
        session.Surroundings.Error.WriteLine(Listing.Clean(
            $"{message.Id}  {Readable.Size(message.Bytes)}, {Readable.Age(message.AcceptedAt, session.Now)} old, received {Readable.Count(message.ReceiveCount, "time")}{from}"));
        foreach (var (name, value) in received.Attributes)
            session.Surroundings.Error.WriteLine(Listing.Clean($"  {name}: {value.Text ?? $"({value.Bytes?.Length ?? 0} bytes)"}"));
        await using var output = session.Surroundings.OpenOutput();
        await body.CopyToAsync(output, cancellationToken);
        if (session.Surroundings.IsOutputTerminal)
            session.Out.WriteLine();
    }

    private static async Task<int> EndAsync(Session session, IReadOnlyList<ReceivedMessage> messages, bool givesBack, CancellationToken cancellationToken)
    {
        foreach (var message in messages)
        {
            if (givesBack)
                await session.Client.ReleaseAsync(message.Handle, cancellationToken: cancellationToken);
            else
                await session.Client.AckAsync(message.Handle, cancellationToken);
        }
        return ExitCode.Ok;
    }
}
