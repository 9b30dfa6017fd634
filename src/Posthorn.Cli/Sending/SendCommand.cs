using System.CommandLine;
using System.Text;
using Posthorn.Cli.Connection;
using Posthorn.Cli.Messages;
using Posthorn.Cli.Terminal;
using Posthorn.Client.Contracts.Sending;

namespace Posthorn.Cli.Sending;

/// <summary><c>posthorn send</c>: any bytes to a queue, a mail that is complete, or a mail written here.</summary>
internal static class SendCommand
{
    public static Command Build(ServerOptions server)
    {
        var file = new Argument<FileInfo?>("file") { Description = "What to send; without it and --body standard input", Arity = ArgumentArity.ZeroOrOne };
        var queue = new Option<string?>("--queue", "-q") { Description = "To this queue, as it is", HelpName = "QUEUE" };
        var mail = new Option<bool>("--mail") { Description = "It is a complete mail; --from and --to replace the addresses of its header" };
        var from = new Option<string?>("--from") { Description = "The sender", HelpName = "ADDRESS" };
        var to = new Option<string[]>("--to") { Description = "A recipient; may be repeated", HelpName = "ADDRESS" };
        var subject = new Option<string?>("--subject", "-s") { Description = "The subject", HelpName = "TEXT" };
        var body = new Option<string?>("--body", "-b") { Description = "The text itself", HelpName = "TEXT" };
        var priority = new Option<int?>("--priority") { Description = "0 (lowest) to 9 (highest) [5]", HelpName = "0-9" };
        var delay = OptionKinds.Duration("--delay", "Not before this time");
        var group = new Option<string?>("--group") { Description = "The message's group", HelpName = "GROUP" };
        var attributes = new Option<string[]>("--attribute") { Description = "An attribute; may be repeated", HelpName = "NAME=VALUE" };
        var key = new Option<string?>("--idempotency-key") { Description = "The same key within an hour is the same message", HelpName = "KEY" };
        var command = new Command("send", "Send a message to a queue, or a mail") { file, queue, mail, from, to, subject, body, priority, delay, group, attributes, key };
        return server.Does(command, async (parsed, session, cancellationToken) =>
        {
            var recipients = parsed.GetValue(to) ?? [];
            var isComposed = parsed.GetValue(queue) is null && !parsed.GetValue(mail);
            if (isComposed && (recipients.Length == 0 || parsed.GetValue(from) is null))
                throw new UsageException("Send what? '--queue NAME' sends a message, '--from A --to B --subject S' a mail written here, '--mail' a complete one.");
            if (parsed.GetValue(queue) is not null && (parsed.GetValue(mail) || parsed.GetValue(from) is not null || recipients.Length > 0 || parsed.GetValue(subject) is not null))
                throw new UsageException("--queue sends to a queue as it is; --mail, --from, --to and --subject send a mail. Give one kind.");
            if (!isComposed && parsed.GetValue(subject) is not null)
                throw new UsageException("--subject: a complete mail has its own.");
            await using var content = Open(parsed.GetValue(file), parsed.GetValue(body), session.Surroundings);
            if (parsed.GetValue(queue) is { } name)
            {
                return Write(session, await session.Client.SendAsync(
                    name, content,
                    new SendOptions
                    {
                        Priority = parsed.GetValue(priority), Delay = parsed.GetValue(delay), Group = parsed.GetValue(group),
                        Attributes = MessageFilterOptions.Pairs("--attribute", parsed.GetValue(attributes) ?? []), IdempotencyKey = parsed.GetValue(key),
                    },
                    cancellationToken));
            }
            var options = new MailOptions
            {
                Sender = parsed.GetValue(from), Recipients = recipients, Priority = parsed.GetValue(priority), Delay = parsed.GetValue(delay),
                IdempotencyKey = parsed.GetValue(key),
            };
            var sent = isComposed
                ? await ComposedMail.WriteAsync(options.Sender!, recipients, parsed.GetValue(subject) ?? "", content, session.Now, cancellationToken)
                : content;
            return Write(session, await session.Client.SendMailAsync(sent, options, cancellationToken));
        });
    }

    private static Stream Open(FileInfo? file, string? body, Surroundings surroundings)
    {
        if (file is not null && body is not null)
            throw new UsageException("--body: give the text, or a file; not both.");
        if (body is not null)
            return new MemoryStream(Encoding.UTF8.GetBytes(body), writable: false);
        if (file is not null && file.Name != "-")
            return file.Exists ? file.OpenRead() : throw new UsageException($"There is no file '{file}'.");
        if (surroundings.IsInputTerminal)
            surroundings.Error.WriteLine("Reading from the terminal; Ctrl-D ends.");
        return surroundings.OpenInput();
    }

    private static int Write(Session session, SentMessage sent)
    {
        if (!session.AnswersJson(sent, j => j.SentMessage))
            session.Out.WriteLine(sent.Id + (sent.IsRepeat ? "  (was sent before)" : ""));
        return ExitCode.Ok;
    }
}
