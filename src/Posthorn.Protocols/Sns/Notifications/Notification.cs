using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Posthorn.Protocols.Sqs;

namespace Posthorn.Protocols.Sns.Notifications;

/// <summary>A published message in its envelope, a JSON object.</summary>
/// <remarks>
/// It is written in two pieces. The members that every subscriber gets alike, the text among them, are one object: stored once, however many subscribe. Those
/// that differ (the link that ends the subscription) are put in front, in place of that object's opening brace. A member's place in an object says nothing.
/// </remarks>
public sealed record Notification
{
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The message's id.</summary>
    public required string MessageId { get; init; }

    /// <summary>Its topic.</summary>
    public required string TopicArn { get; init; }

    /// <summary>The text's UTF-8.</summary>
    public required ReadOnlyMemory<byte> Text { get; init; }

    /// <summary>The subject; null when there is none.</summary>
    public string? Subject { get; init; }

    /// <summary>When it was published.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Its attributes.</summary>
    public IReadOnlyList<SqsAttribute> Attributes { get; init; } = [];

    /// <summary>Its place among all of a FIFO topic, which stands in place of a signature; null of a standard topic.</summary>
    public string? SequenceNumber { get; init; }

    /// <summary>Milliseconds of UTC, as the protocol writes time.</summary>
    public static string TimeText(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>What every subscriber gets alike: a whole JSON object.</summary>
    /// <param name="signer">Signs it; null of a FIFO topic.</param>
    public byte[] Shared(NotificationSigner? signer)
    {
        var output = new ArrayBufferWriter<byte>(Text.Length + 1_024);
        using var json = new Utf8JsonWriter(output, s_options);
        json.WriteStartObject();
        if (Subject is not null)
            json.WriteString("Subject"u8, Subject);
        json.WriteString("Message"u8, Text.Span);
        json.WriteString("Timestamp"u8, TimeText(Time));
        if (SequenceNumber is not null)
            json.WriteString("SequenceNumber"u8, SequenceNumber);
        if (signer is not null)
        {
            json.WriteString("SignatureVersion"u8, signer.Version);
            json.WriteString("Signature"u8, NotificationSignature.Sign(Canonical(), signer.Key, signer.Version));
            json.WriteString("SigningCertURL"u8, signer.CertificateUrl);
        }
        WriteAttributes(json);
        json.WriteEndObject();
        json.Flush();
        return output.WrittenSpan.ToArray();
    }

    /// <summary>What one subscriber gets in front of <see cref="Shared"/> without its first byte.</summary>
    /// <param name="unsubscribeUrl">Ends the subscription.</param>
    public byte[] Own(string unsubscribeUrl)
    {
        var output = new ArrayBufferWriter<byte>(512);
        using var json = new Utf8JsonWriter(output, s_options);
        json.WriteStartObject();
        json.WriteString("Type"u8, "Notification"u8);
        json.WriteString("MessageId"u8, MessageId);
        json.WriteString("TopicArn"u8, TopicArn);
        json.WriteString("UnsubscribeURL"u8, unsubscribeUrl);
        json.WriteEndObject();
        json.Flush();
        var bytes = output.WrittenSpan.ToArray();
        bytes[^1] = (byte)',';
        return bytes;
    }

    /// <summary>The text that is signed.</summary>
    public string Canonical() => NotificationSignature.Canonical(
        ("Message", Encoding.UTF8.GetString(Text.Span)), ("MessageId", MessageId), ("Subject", Subject), ("Timestamp", TimeText(Time)), ("TopicArn", TopicArn), ("Type", "Notification"));

    private void WriteAttributes(Utf8JsonWriter json)
    {
        if (Attributes.Count == 0)
            return;
        json.WriteStartObject("MessageAttributes"u8);
        foreach (var attribute in Attributes)
        {
            json.WriteStartObject(attribute.Name);
            json.WriteString("Type"u8, attribute.DataType);
            if (attribute.IsBinary)
                json.WriteBase64String("Value"u8, attribute.Value.Span);
            else
                json.WriteString("Value"u8, attribute.Value.Span);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }
}
