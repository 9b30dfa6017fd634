using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Posthorn.Protocols.Sns.Notifications;

/// <summary>Asks an endpoint whether it wants to be subscribed.</summary>
/// <param name="MessageId">The message's id.</param>
/// <param name="TopicArn">The topic.</param>
/// <param name="Token">The right to confirm.</param>
/// <param name="SubscribeUrl">Confirms.</param>
/// <param name="Time">Now.</param>
public sealed record ConfirmationRequest(string MessageId, string TopicArn, string Token, string SubscribeUrl, DateTimeOffset Time)
{
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The message's type.</summary>
    public const string Type = "SubscriptionConfirmation";

    private string Text =>
        $"You have chosen to subscribe to the topic {TopicArn}.\nTo confirm the subscription, visit the SubscribeURL included in this message.";

    /// <summary>The message as JSON.</summary>
    public byte[] Write(NotificationSigner signer)
    {
        var time = Notification.TimeText(Time);
        var canonical = NotificationSignature.Canonical(
            ("Message", Text), ("MessageId", MessageId), ("SubscribeURL", SubscribeUrl), ("Timestamp", time), ("Token", Token), ("TopicArn", TopicArn), ("Type", Type));
        var output = new ArrayBufferWriter<byte>(2_048);
        using var json = new Utf8JsonWriter(output, s_options);
        json.WriteStartObject();
        json.WriteString("Type"u8, Type);
        json.WriteString("MessageId"u8, MessageId);
        json.WriteString("Token"u8, Token);
        json.WriteString("TopicArn"u8, TopicArn);
        json.WriteString("Message"u8, Text);
        json.WriteString("SubscribeURL"u8, SubscribeUrl);
        json.WriteString("Timestamp"u8, time);
        json.WriteString("SignatureVersion"u8, signer.Version);
        json.WriteString("Signature"u8, NotificationSignature.Sign(canonical, signer.Key, signer.Version));
        json.WriteString("SigningCertURL"u8, signer.CertificateUrl);
        json.WriteEndObject();
        json.Flush();
        return output.WrittenSpan.ToArray();
    }
}
