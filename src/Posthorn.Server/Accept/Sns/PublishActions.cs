using Posthorn.Protocols.Sns;

namespace Posthorn.Server.Accept.Sns;

/// <summary>Publish and PublishBatch: what was answered is on stable storage in every subscribed queue, a batch as one commit.</summary>
internal static class PublishActions
{
    public static async ValueTask PublishAsync(SnsExchange exchange)
    {
        var call = exchange.Call;
        if (call["TopicArn"] is null && call["TargetArn"] is null)
        {
            throw SnsErrors.Invalid(call["PhoneNumber"] is null
                ? "TopicArn or TargetArn Reason: no value for required parameter"
                : "PhoneNumber Reason: this server sends no text messages");
        }
        var message = call.Message;
        var topic = exchange.Topic(call["TopicArn"] is null ? "TargetArn" : "TopicArn");
        SnsMessageRules.Check(message, topic.Topic.IsFifo, topic.Topic.DeduplicatesByContent);
        var published = (await exchange.Context.Publisher.PublishAsync(topic, [message], exchange.Publisher, exchange.Aborted))[0];
        exchange.Answer.Begin();
        exchange.Answer.Text("MessageId"u8, published.MessageId);
        exchange.Answer.TextIfAny("SequenceNumber"u8, published.SequenceNumber);
    }

    public static async ValueTask PublishBatchAsync(SnsExchange exchange)
    {
        var topic = exchange.Topic();
        var entries = exchange.Call.Entries;
        SnsMessageRules.CheckBatch(entries);
        foreach (var entry in entries)
            SnsMessageRules.Check(entry, topic.Topic.IsFifo, topic.Topic.DeduplicatesByContent);
        var published = await exchange.Context.Publisher.PublishAsync(topic, entries, exchange.Publisher, exchange.Aborted);
        exchange.Answer.Begin();
        exchange.Answer.List("Successful"u8, entries.Zip(published), static (answer, sent) =>
        {
            answer.Text("Id"u8, sent.First.Id!);
            answer.Text("MessageId"u8, sent.Second.MessageId);
            answer.TextIfAny("SequenceNumber"u8, sent.Second.SequenceNumber);
        });
        exchange.Answer.List<string>("Failed"u8, [], static (_, _) => { });
    }
}
