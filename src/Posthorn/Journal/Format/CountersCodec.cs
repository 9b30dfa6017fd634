namespace Posthorn.Journal.Format;

/// <summary>The next message id and queue identity that are free as an operation; behind them which keys were forgotten for good, 16 bytes each.</summary>
internal static class CountersCodec
{
    private const int NextQueueAt = Operation.IdAt + 8;
    private const int ForgottenAt = NextQueueAt + 8;
    private const int ForgottenLength = 16;

    public static void Write(ByteWriter writer, ulong nextMessage, long nextQueue, params ReadOnlySpan<ForgottenKeys> forgotten)
    {
        var start = Operation.Begin(writer, OperationKind.Counters);
        writer.Int64((long)nextMessage);
        writer.Int64(nextQueue);
        foreach (var keys in forgotten)
        {
            writer.Int64(keys.Until);
            writer.Int64(keys.Segment);
        }
        Operation.End(writer, start);
    }

    public static ulong NextMessage(ReadOnlySpan<byte> operation) => Operation.Id(operation);

    public static long NextQueue(ReadOnlySpan<byte> operation) => MessageLayout.Int64(operation, NextQueueAt);

    public static bool HasForgotten(ReadOnlySpan<byte> operation) => Operation.Length(operation) > ForgottenAt;

    /// <summary>The keys that were forgotten; of a record that is no state the segment is 0, since its writer cannot know it yet: it is the record's.</summary>
    public static ForgottenKeys[] Forgotten(ReadOnlySpan<byte> operation)
    {
        var forgotten = new ForgottenKeys[(Operation.Length(operation) - ForgottenAt) / ForgottenLength];
        for (var i = 0; i < forgotten.Length; i++)
        {
            var at = ForgottenAt + (i * ForgottenLength);
            forgotten[i] = new ForgottenKeys(MessageLayout.Int64(operation, at), (uint)MessageLayout.Int64(operation, at + 8));
        }
        return forgotten;
    }
}
