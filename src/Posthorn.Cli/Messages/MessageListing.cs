using Posthorn.Cli.Connection;
using Posthorn.Cli.Terminal;
using Posthorn.Client.Contracts.Messages;
using Spectre.Console;

namespace Posthorn.Cli.Messages;

/// <summary>Messages, one a line.</summary>
internal static class MessageListing
{
    private const int LongMax = 60;

    public static void Write(Session session, IReadOnlyList<MessageInfo> messages)
    {
        var listing = new Listing("id", "queue", "state", ">prio", ">age", ">tries", ">size", "from", "to", "about");
        foreach (var m in messages)
        {
            listing.Add(
                m.Id, m.Queue, State(m, session.Now), m.Priority, Readable.Age(m.AcceptedAt, session.Now), m.Attempts, Readable.Size(m.Bytes),
                m.Sender is "" ? "<>" : m.Sender, To(m),
                m.LastError is { } error ? Listing.Coloured(Cut(error), Color.Red) : Cut(m.Subject ?? ""));
        }
        listing.Write(session.Surroundings);
    }

    public static string To(MessageInfo message) => message.Recipients switch
    {
        [] => "",
        [var only] => only,
        [var first, ..] => $"{first} +{message.Recipients.Count - 1}",
    };

    private static object State(MessageInfo message, DateTimeOffset now) => message.State switch
    {
        MessageState.Delayed => $"due {Readable.Until(message.DueAt, now)}",
        MessageState.Consumed => "consumed",
        MessageState.Held => Listing.Coloured("held", Color.Yellow),
        var state => Readable.Word(state),
    };

    private static string Cut(string text) => text.Length <= LongMax ? text : text[..(LongMax - 1)] + "…";
}
