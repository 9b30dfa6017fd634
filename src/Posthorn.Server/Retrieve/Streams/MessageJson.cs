using System.Text.Json;
using System.Text.Unicode;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Server.Operate.Admin.Messages;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Retrieve.Streams;

/// <summary>
/// A received message in JSON, property by property and without an object between: the contract
/// <see cref="Client.Contracts.Sending.StreamedMessage"/>, as a test holds it to.
/// </summary>
internal static class MessageJson
{
    /// <summary>Writes the properties into the object that is open.</summary>
    public static void Write(Utf8JsonWriter json, LeasedMessage leased, in MessageBody body)
    {
        var message = leased.Message;
        Span<byte> handle = stackalloc byte[HandleText.Bytes];
        HandleText.Write(leased.Handle, handle);
        json.WriteString("type"u8, "message"u8);
        json.WriteString("handle"u8, handle);
        json.WriteString("expiresAt"u8, leased.ExpiresAt.ToUniversalTime());
        WriteInfo(json, message);
        WriteAttributes(json, message.Attributes);
        if (!body.IsThere)
            json.WriteString("bodyUrl"u8, $"/v1/leases/{leased.Handle}/body");
        else if (Utf8.IsValid(body.Bytes.Span))
            json.WriteString("text"u8, body.Bytes.Span);
        else
            json.WriteBase64String("body"u8, body.Bytes.Span);
    }

    private static void WriteInfo(Utf8JsonWriter json, Message message)
    {
        json.WriteStartObject("message"u8);
        json.WriteString("id"u8, message.Id.ToString());
        json.WriteString("origin"u8, message.Origin.ToString());
        json.WriteString("queue"u8, message.Queue.Value);
        json.WriteNumber("number"u8, message.Number);
        WriteAny(json, "group"u8, message.Group);
        json.WriteString("state"u8, "leased"u8);
        json.WriteNumber("priority"u8, message.Priority.Value);
        json.WriteString("acceptedAt"u8, message.AcceptedAt.ToUniversalTime());
        json.WriteString("enqueuedAt"u8, message.EnqueuedAt.ToUniversalTime());
        json.WriteString("dueAt"u8, message.DueAt.ToUniversalTime());
        json.WriteNumber("receiveCount"u8, message.ReceiveCount);
        json.WriteNumber("attempts"u8, message.Attempts());
        WriteAny(json, "sender"u8, message.Envelope.Sender);
        json.WriteStartArray("recipients"u8);
        foreach (var recipient in message.Envelope.Recipients)
            json.WriteStringValue(recipient.Address);
        json.WriteEndArray();
        json.WriteNumber("bytes"u8, message.Content.Length);
        WriteAny(json, "subject"u8, message.Text(MailAttributes.Subject));
        WriteAny(json, "messageId"u8, message.Text(MailAttributes.MessageId));
        WriteAny(json, "lastError"u8, message.LastError);
        json.WriteEndObject();
    }

    private static void WriteAttributes(Utf8JsonWriter json, IReadOnlyDictionary<string, AttributeValue> attributes)
    {
        json.WriteStartObject("attributes"u8);
        foreach (var (name, value) in attributes)
        {
            if (name == MailAttributes.Structure)
                continue; // the server's own, and bytes that mean nothing to others
            json.WriteStartObject(name);
            if (value.IsText)
                json.WriteString("text"u8, value.Bytes.Span);
            else
                json.WriteBase64String("bytes"u8, value.Bytes.Span);
            WriteAny(json, "type"u8, value.Type);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private static void WriteAny(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
            json.WriteString(name, value);
    }
}
