namespace Posthorn.Simulation.Audit;

/// <summary>What a message must look like.</summary>
public sealed record ExpectedMessage(string Tag, string Queue, ExpectedContent Content)
{
    public string? Group { get; init; }

    public int Priority { get; init; } = 5;

    public bool IsHeld { get; init; }

    public string? Note { get; init; }

    public string Flags { get; init; } = "";

    public string? LastError { get; init; }

    public string Recipient { get; init; } = "";

    public string? DeadLetterSource { get; init; }

    /// <summary>Earliest and latest possible due time; the same when it is known.</summary>
    public DateTimeOffset DueFrom { get; init; }

    public DateTimeOffset DueUntil { get; init; }

    /// <summary>Whether its due time had, for certain, come when it was written: then no clock makes it wait.</summary>
    public bool IsDueAtOnce { get; init; }

    /// <summary>Whether it may have.</summary>
    public bool MayBeDueAtOnce { get; init; }

    /// <summary>How its due time comes about when the commit is done; null leaves it.</summary>
    public DueRule? Due { get; init; }

    /// <summary>The same with its due time settled by a commit that was done between two wall times.</summary>
    public ExpectedMessage Resolved(DateTimeOffset from, DateTimeOffset until) => Due switch
    {
        null => this with { MayBeDueAtOnce = MayBeDueAtOnce || DueFrom <= until },
        { In: { } delay } => this with { Due = null, DueFrom = from + delay, DueUntil = until + delay, IsDueAtOnce = delay <= TimeSpan.Zero, MayBeDueAtOnce = from + delay <= until },
        { At: var at } => this with { Due = null, DueFrom = at, DueUntil = at > until ? at : until, IsDueAtOnce = at <= from, MayBeDueAtOnce = at <= until },
    };

    public override string ToString() =>
        $"{Queue}/{Group ?? "-"} priority {Priority}{(IsHeld ? " held" : "")} {Note ?? "-"} '{Flags}' '{LastError}' {Recipient} {Content} "
        + $"due {(Due is { } rule ? rule.ToString() : $"{DueFrom:HH:mm:ss.fff} to {DueUntil:HH:mm:ss.fff}")}{(DeadLetterSource is null ? "" : $" from {DeadLetterSource}")}";

    /// <summary>What of a found message is not as it must be; null when all is.</summary>
    public string? DifferenceTo(FoundMessage found)
    {
        var message = found.Message;
        var (what, expected, actual) =
            message.Queue.Value != Queue ? ("queue", Queue, message.Queue.Value)
            : message.Group != Group ? ("group", Group, message.Group)
            : message.Priority.Value != Priority ? ("priority", $"{Priority}", $"{message.Priority}")
            : message.State != Messages.MessageState.Leased && (message.State == Messages.MessageState.Held) != IsHeld ? ("hold", $"{IsHeld}", $"{message.State}")
            : message.Text("note") != Note ? ("note", Note, message.Text("note"))
            : string.Join(' ', message.Flags) != Flags ? ("flags", Flags, string.Join(' ', message.Flags))
            : message.LastError != LastError ? ("last error", LastError, message.LastError)
            : message.Envelope.Recipients is not [{ Address: var address }] || address != Recipient ? ("recipient", Recipient, string.Join(' ', message.Envelope.Recipients.Select(r => r.Address)))
            : message.Text(Messages.MessageAttributes.DeadLetterSource) != DeadLetterSource ? ("dead-letter source", DeadLetterSource, message.Text(Messages.MessageAttributes.DeadLetterSource))
            : message.DueAt < DueFrom || message.DueAt > DueUntil ? ("due time", $"{DueFrom:O} to {DueUntil:O}", $"{message.DueAt:O}")
            : message.Content.Length != Content.Length ? ("length", $"{Content.Length}", $"{message.Content.Length}")
            : found.Bytes is { } bytes && !Content.IsAt(0, bytes) ? ("content", $"{Content}", "other bytes")
            : (null, null, null);
        return what is null ? null : $"its {what} should be {expected ?? "absent"} and is {actual ?? "absent"}";
    }
}
