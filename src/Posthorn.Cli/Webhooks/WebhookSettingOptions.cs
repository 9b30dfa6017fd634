using System.CommandLine;
using Posthorn.Cli.Terminal;
using Posthorn.Client.Contracts.Webhooks;

namespace Posthorn.Cli.Webhooks;

/// <summary>What a webhook can be set to, as options; the server knows the defaults.</summary>
internal sealed class WebhookSettingOptions
{
    private readonly Option<string?> _queue = new("--queue") { Description = "The queue whose messages are posted", HelpName = "QUEUE" };
    private readonly Option<string?> _topic = new("--topic") { Description = "The topic whose messages are posted", HelpName = "TOPIC" };
    private readonly Option<string> _url = new("--url") { Description = "Where to; {attribute(name)} in it stands for an attribute of the message", HelpName = "URL", Required = true };
    private readonly Option<string[]> _secrets = new("--secret") { Description = "What calls are signed with; several while receivers change [one is made]", HelpName = "whsec_…" };
    private readonly Option<bool> _unsigned = new("--unsigned") { Description = "Sign nothing" };
    private readonly Option<string?> _schedule = new("--schedule") { Description = "When a failed call is made again [5s, 5m, 30m, 2h, 5h, 2*10h]", HelpName = "SCHEDULE" };
    private readonly Option<TimeSpan?> _timeout = OptionKinds.Duration("--timeout", "How long an endpoint may let wait [15s]");
    private readonly Option<int?> _concurrency = new("--concurrency") { Description = "Most calls at once to one endpoint [10]", HelpName = "N" };
    private readonly Option<string?> _rate = new("--rate") { Description = "Most calls in a time to one endpoint, like 1000/min", HelpName = "RATE" };
    private readonly Option<bool> _allowPrivate = new("--allow-private") { Description = "Endpoints may be on this machine and in private networks" };
    private readonly Option<string[]> _hosts = new("--host") { Description = "A host that an attribute in the URL's host may lead to, or *.example.com", HelpName = "HOST" };
    private readonly Option<string[]> _headers = new("--header") { Description = "A header field of every call, 'Name: value'", HelpName = "FIELD" };
    private readonly Option<string?> _contentType = new("--content-type") { Description = "The media type of bodies [looks at each]", HelpName = "TYPE" };
    private readonly Option<string?> _replyTo = new("--reply-to") { Description = "The queue for answers, or attribute(name) for the one a message names", HelpName = "QUEUE" };
    private readonly Option<long?> _replyMax = OptionKinds.Size("--reply-max", "Largest answer taken [64MB]");
    private readonly Option<string?> _owner = new("--owner") { Description = "Who is written to when an endpoint keeps failing", HelpName = "ADDRESS" };
    private readonly Option<int?> _pauseAfter = new("--pause-after") { Description = "Failures in a row after which an endpoint is paused [10]", HelpName = "N" };
    private readonly Option<string?> _probes = new("--probes") { Description = "How long a paused endpoint is left alone before it is tried [5s, 15s, 1m, 5m]", HelpName = "SCHEDULE" };
    private readonly Option<TimeSpan?> _disableAfter = OptionKinds.Duration("--disable-after", "How long an endpoint may fail before it is disabled [5d]; 0 is for ever");
    private readonly Option<TimeSpan?> _notifyAfter = OptionKinds.Duration("--notify-after", "How long it has to have failed before its owner is told [5m]");

    public void AddTo(Command command)
    {
        foreach (var option in new Option[]
        {
            _queue, _topic, _url, _secrets, _unsigned, _schedule, _timeout, _concurrency, _rate, _allowPrivate, _hosts, _headers, _contentType, _replyTo, _replyMax, _owner,
            _pauseAfter, _probes, _disableAfter, _notifyAfter,
        })
            command.Options.Add(option);
    }

    public WebhookSettings Read(ParseResult parsed, string? name) => new()
    {
        Name = name,
        Queue = parsed.GetValue(_queue),
        Topic = parsed.GetValue(_topic),
        Url = parsed.GetRequiredValue(_url),
        Secrets = parsed.GetValue(_unsigned) ? [] : GivenOrNull(parsed.GetValue(_secrets)),
        Schedule = parsed.GetValue(_schedule),
        Timeout = parsed.GetValue(_timeout),
        Concurrency = parsed.GetValue(_concurrency),
        Rate = parsed.GetValue(_rate),
        AllowPrivate = parsed.GetValue(_allowPrivate) ? true : null,
        Hosts = GivenOrNull(parsed.GetValue(_hosts)),
        Headers = GivenOrNull(parsed.GetValue(_headers))?.Select(Field).ToDictionary(f => f.Name, f => f.Value, StringComparer.Ordinal),
        ContentType = parsed.GetValue(_contentType),
        ReplyTo = parsed.GetValue(_replyTo),
        ReplyBytesMax = parsed.GetValue(_replyMax),
        Owner = parsed.GetValue(_owner),
        PauseAfter = parsed.GetValue(_pauseAfter),
        Probes = parsed.GetValue(_probes),
        DisableAfter = parsed.GetValue(_disableAfter),
        NotifyAfter = parsed.GetValue(_notifyAfter),
    };

    private static string[]? GivenOrNull(string[]? values) => values is { Length: > 0 } ? values : null;

    private static (string Name, string Value) Field(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 ? (text[..colon].Trim(), text[(colon + 1)..].Trim()) : throw new UsageException($"--header: '{text}' is not 'Name: value'.");
    }
}
