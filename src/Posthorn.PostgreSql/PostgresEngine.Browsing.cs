using System.Runtime.CompilerServices;
using Posthorn.Bodies;
using Posthorn.Engine;
using Posthorn.Journal.Format;
using Posthorn.Messages;
using Posthorn.PostgreSql.Bodies;
using Posthorn.PostgreSql.Committing;
using Posthorn.PostgreSql.Rows;
using Posthorn.Queues;

namespace Posthorn.PostgreSql;

/// <summary>Reads queues without disturbing anybody: page by page, so that no transaction is open while the caller works.</summary>
public sealed partial class PostgresEngine
{
    private const int PageLength = 256;

    /// <inheritdoc/>
    public async IAsyncEnumerable<Message> BrowseAsync(QueueName queue, MessageFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (await FetchQueueAsync(queue.Value) is not { } row)
            yield break;
        // What comes later has a higher number; what changes its place meanwhile is known by its number again.
        var seen = new NumberSet();
        var wantsConsumed = filter.States?.Contains(MessageState.Consumed) == true || (filter.ConsumedBefore ?? filter.ConsumedFrom) is not null;
        var isConsumedOnly = filter.States is [MessageState.Consumed] || (filter.ConsumedBefore ?? filter.ConsumedFrom) is not null;
        foreach (var rank in isConsumedOnly ? [] : await RanksAsync(row.Id, cancellationToken))
        {
            await foreach (var message in PagesAsync(row, "d.state <> 4 AND d.rank = $5", [rank], seen, cancellationToken))
            {
                if (filter.Selects(message))
                    yield return message;
            }
        }
        if (!wantsConsumed)
            yield break;
        await foreach (var message in PagesAsync(row, "d.state = 4", [], seen, cancellationToken))
        {
            if (filter.Selects(message))
                yield return message;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<Stream> OpenAsync(Content content, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (content.Body is not PostgresBody body)
            return new MemoryContentStream(content, content.Body.Bytes ?? throw new ArgumentException("The body comes from another engine.", nameof(content)));
        if (body.Bytes is { } bytes && body.Owner == this && !IsGone(body.Id))
            return new MemoryContentStream(content, bytes);
        return await OpenBodyAsync(content, body, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> TryReadStartAsync(Content content, Memory<byte> target, uint checksum, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (content.Body is not PostgresBody { Bytes: null, Id: > 0 } body || target.Length <= content.Prefix.Length)
            return await ContentStart.TryReadAsync(this, content, target, checksum, cancellationToken);
        content.Prefix.CopyTo(target);
        var rest = target[content.Prefix.Length..];
        // Bytes are stored outside of the row and uncompressed: the server reads no more of them than is asked for.
        var found = await ((IBodySql)this).RowsAsync(
            "SELECT substring(bytes FROM $2 FOR $3) FROM posthorn.bodies WHERE body_id = $1 AND reference_count NOT IN (0, -2)", [body.Id, (int)content.Skip + 1, rest.Length],
            row => row.IsDBNull(0) ? null : row.GetFieldValue<byte[]>(0), cancellationToken);
        if (found is not [{ } bytes])
            return await ContentStart.TryReadAsync(this, content, target, checksum, cancellationToken); // a large one, or none
        bytes.CopyTo(rest);
        return bytes.Length == rest.Length && Checksum.Of(target.Span) == checksum;
    }

    private async Task<List<short>> RanksAsync(long queueId, CancellationToken cancellationToken) => await AskAsync(
        async (connection, token) =>
        {
            var ranks = new List<short>();
            await using var statements = new Statements(connection, _sql).Add("SELECT DISTINCT rank FROM posthorn.deliveries WHERE queue_id = $1 AND state <> 4 ORDER BY rank DESC", queueId);
            await using var reader = await statements.ReadAsync(token);
            while (await reader.ReadAsync(token))
                ranks.Add(reader.GetInt16(0));
            return ranks;
        },
        cancellationToken);

    private async IAsyncEnumerable<Message> PagesAsync(
        QueueRow queue, string which, object[] more, NumberSet seen, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var text = $"{SelectWhole} WHERE d.queue_id = $1 AND d.number > $2 AND d.number < $3 AND {which} ORDER BY d.number LIMIT $4";
        var last = 0L;
        while (true)
        {
            var page = await MessagesAsync(text, [queue.Id, last, queue.NextNumber, PageLength, .. more], cancellationToken);
            foreach (var message in page)
            {
                last = message.Number;
                if (seen.Add(message.Number))
                    yield return message;
            }
            if (page.Count < PageLength)
                yield break;
        }
    }
}
