using System.CommandLine;
using Posthorn.Cli.Connection;
using Posthorn.Cli.Terminal;
using Posthorn.Client.Contracts.Tracing;

namespace Posthorn.Cli.Messages;

/// <summary><c>posthorn trace</c>: the life of a message.</summary>
internal static class TraceCommand
{
    public static Command Build(ServerOptions server)
    {
        var key = new Argument<string>("key") { Description = "A message's id, a Message-ID, or a recipient (the latest mails)" };
        var limit = new Option<int?>("--limit") { Description = "Most events [1000]", HelpName = "N" };
        return server.Does(new Command("trace", "Every event in the life of a message, also of one that is long gone") { key, limit }, async (parsed, session, cancellationToken) =>
        {
            var events = await FindAsync(session, parsed.GetRequiredValue(key), parsed.GetValue(limit), cancellationToken);
            if (session.AnswersJson(new Trace(events), j => j.Trace))
                return events.Count == 0 ? ExitCode.NotFound : ExitCode.Ok;
            if (events.Count == 0)
            {
                session.Surroundings.Fail($"Nothing is known of '{parsed.GetValue(key)}'.");
                return ExitCode.NotFound;
            }
            TraceListing.Write(session.Surroundings, events);
            return ExitCode.Ok;
        });
    }

    private static async Task<IReadOnlyList<TraceEvent>> FindAsync(Session session, string key, int? limit, CancellationToken cancellationToken)
    {
        if (!key.Contains('@', StringComparison.Ordinal) && !key.StartsWith('<') && key.Length <= 13 && key.All(char.IsAsciiLetterOrDigit))
            return await session.Client.TraceAsync(new TraceQuery { Id = key, Limit = limit }, cancellationToken);
        if (!key.StartsWith('<'))
        {
            // Addresses and Message-IDs look alike; an address somebody writes to is the likelier one.
            var byRecipient = await session.Client.TraceAsync(new TraceQuery { Recipient = key, Limit = limit }, cancellationToken);
            if (byRecipient.Count > 0)
                return byRecipient;
        }
        return await session.Client.TraceAsync(new TraceQuery { MessageId = key, Limit = limit }, cancellationToken);
    }
}
