using Posthorn.Protocols.Aws;
using Posthorn.Protocols.Sqs;
using Posthorn.Server.Accept.Sqs;
using Posthorn.Server.Accept.Sqs.Queues;

namespace Posthorn.Server.Retrieve.Queues;

/// <summary>A batch of handles: each is read and worked on by itself, and the answer says what came of each.</summary>
internal static class SettledBatch
{
    /// <summary>The receipt of a handle.</summary>
    /// <exception cref="AwsException">It is none, or of another queue.</exception>
    public static SqsReceipt ReceiptOf(SqsExchange exchange, SqsQueue queue, string? handle)
    {
        if (string.IsNullOrEmpty(handle))
            throw SqsErrors.Missing("ReceiptHandle");
        return SqsReceipt.TryParse(exchange.Context.Secrets.Seal, handle, out var receipt) && receipt.Queue == queue.Tag ? receipt : throw SqsErrors.BadHandle(handle);
    }

    public static void Write(SqsExchange exchange, ReadOnlySpan<byte> element, IReadOnlyList<(SqsEntry Entry, AwsException? Error)> outcomes)
    {
        exchange.Answer.Begin(exchange.Call.Action);
        if (outcomes.Any(o => o.Error is null))
        {
            exchange.Answer.BeginList("Successful"u8);
            foreach (var (entry, error) in outcomes)
            {
                if (error is not null)
                    continue;
                exchange.Answer.BeginItem(element);
                exchange.Answer.Text("Id"u8, entry.Id);
                exchange.Answer.EndItem(element);
            }
            exchange.Answer.EndList();
        }
        BatchFailures.Write(exchange.Answer, [.. outcomes.Where(o => o.Error is not null).Select(o => (o.Entry, o.Error!))]);
    }
}
