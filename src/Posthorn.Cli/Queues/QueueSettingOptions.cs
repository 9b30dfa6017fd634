using System.CommandLine;
using System.Text.Json.Nodes;
using Posthorn.Cli.Terminal;
using Posthorn.Client.Contracts.Queues;

namespace Posthorn.Cli.Queues;

/// <summary>The settings of a queue as options; only those given are changed.</summary>
internal sealed class QueueSettingOptions
{
    private readonly Option<TimeSpan?> _visibilityTimeout = OptionKinds.Duration("--visibility-timeout", "How long a lease lasts when the consumer names no time");
    private readonly Option<TimeSpan?> _delay = OptionKinds.Duration("--delay", "How long messages wait before their first delivery");
    private readonly Option<TimeSpan?> _retention = OptionKinds.Duration("--retention", "How long messages are kept");
    private readonly Option<int?> _maxReceives = new("--max-receives") { Description = "Receives without an ack before a message is a dead letter", HelpName = "N" };
    private readonly Option<string?> _deadLetter = new("--dead-letter") { Description = "The queue for dead letters", HelpName = "QUEUE" };
    private readonly Option<long?> _maxMessageBytes = OptionKinds.Size("--max-message-size", "Largest message taken");
    private readonly Option<long?> _maxBytes = OptionKinds.Size("--max-size", "Most bytes the queue holds");
    private readonly Option<long?> _maxMessages = new("--max-messages") { Description = "Most messages the queue holds", HelpName = "N" };
    private readonly Option<bool?> _fifo = new("--fifo") { Description = "Hand each group out strictly in its order", HelpName = "true|false" };
    private readonly Option<TimeSpan?> _deduplicationWindow = OptionKinds.Duration("--deduplication-window", "How long a deduplication id is remembered");
    private readonly Option<DeduplicationScope?> _deduplicationScope = OptionKinds.Word<DeduplicationScope>("--deduplication-scope", "Where a deduplication id stands for one message only");
    private readonly Option<TimeSpan?> _keepConsumed = OptionKinds.Duration("--keep-consumed", "How long what was consumed is kept to be replayed");
    private readonly Option<int?> _leasesMax = new("--leases-max") { Description = "Most messages that consumers hold at once", HelpName = "N" };
    private readonly Option<string?> _fairness = new("--fairness") { Description = "By what tenants are told apart: group or attribute(NAME)", HelpName = "BY" };
    private readonly Option<string[]> _reset = new("--reset")
    {
        Description = "Settings to put back to their defaults, by their names in JSON", HelpName = "SETTING", AllowMultipleArgumentsPerToken = true,
    };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[]
        {
            _visibilityTimeout, _delay, _retention, _maxReceives, _deadLetter, _maxMessageBytes, _maxBytes, _maxMessages, _fifo, _deduplicationWindow,
            _deduplicationScope, _keepConsumed, _leasesMax, _fairness, _reset,
        })
            command.Options.Add(option);
    }

    /// <summary>What was given, as the change that the API takes.</summary>
    public JsonObject Read(ParseResult parsed)
    {
        var changes = new JsonObject();
        foreach (var name in parsed.GetValue(_reset) ?? [])
            changes[name] = null;
        Set("visibilityTimeout", parsed.GetValue(_visibilityTimeout)?.TotalSeconds);
        Set("delay", parsed.GetValue(_delay)?.TotalSeconds);
        Set("retention", parsed.GetValue(_retention)?.TotalSeconds);
        Set("maxReceives", parsed.GetValue(_maxReceives));
        if (parsed.GetValue(_deadLetter) is { } deadLetter)
            changes["deadLetter"] = deadLetter;
        Set("maxMessageBytes", parsed.GetValue(_maxMessageBytes));
        Set("maxBytes", parsed.GetValue(_maxBytes));
        Set("maxMessages", parsed.GetValue(_maxMessages));
        if (parsed.GetValue(_fifo) is { } fifo)
            changes["fifo"] = fifo;
        Set("deduplicationWindow", parsed.GetValue(_deduplicationWindow)?.TotalSeconds);
        if (parsed.GetValue(_deduplicationScope) is { } scope)
            changes["deduplicationScope"] = Readable.Word(scope);
        Set("keepConsumed", parsed.GetValue(_keepConsumed)?.TotalSeconds);
        Set("leasesMax", parsed.GetValue(_leasesMax));
        if (parsed.GetValue(_fairness) is { } fairness)
            changes["fairness"] = fairness;
        return changes;

        void Set(string name, double? value)
        {
            if (value is { } given)
                changes[name] = given == Math.Floor(given) ? JsonValue.Create((long)given) : JsonValue.Create(given);
        }
    }
}
