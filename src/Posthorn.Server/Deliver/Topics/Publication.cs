using System.Text.Json;
using Posthorn.Bodies;
using Posthorn.Protocols.Sns;
using Posthorn.Protocols.Sns.Notifications;

namespace Posthorn.Server.Deliver.Topics;

/// <summary>A message on its way to its subscribers: what they get alike is made once, when the first needs it.</summary>
/// <remarks>
/// Raw deliveries share one body, enveloped ones another: an envelope escapes the text and goes on behind it, and content of the engine is a body with
/// bytes in front. What differs between envelopes is such bytes.
/// </remarks>
internal sealed class Publication
{
    private const string Default = "default";

    private readonly IReadOnlyDictionary<string, ReadOnlyMemory<byte>>? _texts;
    private readonly Dictionary<string, Body> _raw = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Body> _shared = new(StringComparer.Ordinal);
    private readonly NotificationSigner? _signer;
    private bool _isBodyRead;
    private JsonElement? _body;

    /// <param name="message">The message.</param>
    /// <param name="published">Its names.</param>
    /// <param name="topicArn">Its topic.</param>
    /// <param name="time">When it was published.</param>
    /// <param name="signer">Signs envelopes; null of a FIFO topic.</param>
    /// <exception cref="Posthorn.Protocols.Aws.AwsException">Its structure is <c>json</c> and its text is not.</exception>
    public Publication(SnsMessage message, Published published, string topicArn, DateTimeOffset time, NotificationSigner? signer)
    {
        (Message, Published, TopicArn, Time, _signer) = (message, published, topicArn, time, signer);
        _texts = message.Structure == "json" ? SnsMessageRules.TextsOf(message.Text!.Value) : null;
    }

    public SnsMessage Message { get; }

    public Published Published { get; }

    public string TopicArn { get; }

    public DateTimeOffset Time { get; }

    /// <summary>The text for a protocol.</summary>
    public ReadOnlyMemory<byte> TextFor(string protocol) => _texts is null ? Message.Text!.Value : _texts.TryGetValue(protocol, out var text) ? text : _texts[Default];

    /// <summary>The text alone.</summary>
    public Content Raw(string protocol)
    {
        var key = KeyOf(protocol);
        return _raw.TryGetValue(key, out var body) ? body : _raw[key] = Body.Of(TextFor(protocol));
    }

    /// <summary>The text in its envelope.</summary>
    /// <param name="protocol">The protocol.</param>
    /// <param name="unsubscribeUrl">Ends the subscription.</param>
    public Content Enveloped(string protocol, string unsubscribeUrl)
    {
        var notification = new Notification
        {
            MessageId = Published.MessageId, TopicArn = TopicArn, Text = TextFor(protocol), Subject = Message.Subject, Time = Time, Attributes = Message.Attributes,
            SequenceNumber = Published.SequenceNumber,
        };
        var key = KeyOf(protocol);
        if (!_shared.TryGetValue(key, out var shared))
            _shared[key] = shared = Body.Of(notification.Shared(_signer));
        return new Content(shared) { Prefix = notification.Own(unsubscribeUrl), Skip = 1 };
    }

    /// <summary>Whether a subscriber wants it.</summary>
    public bool Matches(Subscriber subscriber) => subscriber.Filter is not { } filter
        || (filter.Scope == Posthorn.Protocols.Sns.Filters.FilterScope.MessageAttributes ? filter.Matches(Message.Attributes) : filter.Matches(ReadBody(subscriber.Subscription.Protocol)));

    private string KeyOf(string protocol) => _texts?.ContainsKey(protocol) == true ? protocol : Default;

    private JsonElement? ReadBody(string protocol)
    {
        if (_isBodyRead && _texts is null)
            return _body;
        _isBodyRead = true;
        try
        {
            var reader = new Utf8JsonReader(TextFor(protocol).Span);
            return _body = JsonElement.TryParseValue(ref reader, out var read) && !reader.Read() ? read : null;
        }
        catch (JsonException)
        {
            return _body = null; // no JSON, or more behind it: matches nothing
        }
    }
}
