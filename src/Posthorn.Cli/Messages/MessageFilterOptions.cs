using System.CommandLine;
using Posthorn.Cli.Terminal;
using Posthorn.Client.Contracts.Messages;

namespace Posthorn.Cli.Messages;

/// <summary>The options that select messages.</summary>
internal sealed class MessageFilterOptions
{
    private readonly Option<string[]>? _queues;
    private readonly Option<string?> _sender = new("--sender") { Description = "Sender, whole; '' is the null sender, '*@domain' any of a domain", HelpName = "ADDRESS" };
    private readonly Option<string?> _recipient = new("--recipient") { Description = "One of the recipients, whole", HelpName = "ADDRESS" };
    private readonly Option<string?> _domain = new("--domain") { Description = "Domain of one of the recipients", HelpName = "DOMAIN" };
    private readonly Option<string[]> _headers = new("--header") { Description = "Header field: Name, Name=value or Name~regex; may be repeated", HelpName = "FIELD" };
    private readonly Option<string[]> _attributes = new("--attribute") { Description = "Attribute: name=value; may be repeated", HelpName = "NAME=VALUE" };
    private readonly Option<string[]> _states = new("--state") { Description = "ready, delayed, leased, held or consumed; may be repeated", HelpName = "STATE" };
    private readonly Option<TimeSpan?> _olderThan = OptionKinds.Duration("--older-than", "Accepted longer ago than this");
    private readonly Option<TimeSpan?> _youngerThan = OptionKinds.Duration("--younger-than", "Accepted less long ago than this");
    private readonly Option<int?> _minAttempts = new("--min-attempts") { Description = "Tried at least this often", HelpName = "N" };
    private readonly Option<int?> _maxAttempts = new("--max-attempts") { Description = "Tried at most this often", HelpName = "N" };
    private readonly Option<string?> _error = new("--error") { Description = "Part of the last error", HelpName = "TEXT" };
    private readonly Option<int?> _minPriority = new("--min-priority") { Description = "At least this priority", HelpName = "0-9" };
    private readonly Option<int?> _maxPriority = new("--max-priority") { Description = "At most this priority", HelpName = "0-9" };
    private readonly Option<string?> _group = new("--group") { Description = "Its group", HelpName = "GROUP" };
    private readonly Option<string?> _origin = new("--origin") { Description = "Comes from this message", HelpName = "ID" };

    public MessageFilterOptions(bool hasQueue) =>
        _queues = hasQueue ? new("--queue", "-q") { Description = "In this queue; may be repeated", HelpName = "QUEUE" } : null;

    public void AddTo(Command command)
    {
        if (_queues is not null)
            command.Options.Add(_queues);
        foreach (var option in new Option[]
        {
            _sender, _recipient, _domain, _headers, _attributes, _states, _olderThan, _youngerThan, _minAttempts, _maxAttempts, _error, _minPriority,
            _maxPriority, _group, _origin,
        })
            command.Options.Add(option);
    }

    /// <exception cref="UsageException">A value is none.</exception>
    public MessageQuery Read(ParseResult parsed) => new()
    {
        Queues = _queues is null ? null : ListOf(parsed.GetValue(_queues)),
        Sender = parsed.GetValue(_sender),
        Recipient = parsed.GetValue(_recipient),
        Domain = parsed.GetValue(_domain),
        Headers = ListOf(parsed.GetValue(_headers))?.Select(h => HeaderCondition.Parse(h) ?? throw new UsageException($"--header: '{h}' names no field.")).ToList(),
        Attributes = ListOf(parsed.GetValue(_attributes)) is { } attributes ? Pairs("--attribute", attributes) : null,
        States = ListOf(parsed.GetValue(_states))?.Select(
            s => OptionKinds.ParseWord<MessageState>(s) ?? throw new UsageException($"--state: '{s}' is none of ready, delayed, leased, held, consumed.")).ToList(),
        OlderThan = parsed.GetValue(_olderThan),
        YoungerThan = parsed.GetValue(_youngerThan),
        MinAttempts = parsed.GetValue(_minAttempts),
        MaxAttempts = parsed.GetValue(_maxAttempts),
        Error = parsed.GetValue(_error),
        MinPriority = parsed.GetValue(_minPriority),
        MaxPriority = parsed.GetValue(_maxPriority),
        Group = parsed.GetValue(_group),
        Origin = parsed.GetValue(_origin),
    };

    public static Dictionary<string, string> Pairs(string option, IEnumerable<string> texts)
    {
        var pairs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var text in texts)
        {
            var end = text.IndexOf('=', StringComparison.Ordinal);
            if (end <= 0)
                throw new UsageException($"{option}: '{text}' is not name=value.");
            pairs[text[..end]] = text[(end + 1)..];
        }
        return pairs;
    }

    private static string[]? ListOf(string[]? values) => values is { Length: > 0 } ? values : null;
}
