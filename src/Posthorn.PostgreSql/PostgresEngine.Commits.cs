using System.Collections.ObjectModel;
using Npgsql;
using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.PostgreSql.Bodies;
using Posthorn.PostgreSql.Committing;
using Posthorn.PostgreSql.Rows;

namespace Posthorn.PostgreSql;

/// <summary>A commit's way to the writer.</summary>
public sealed partial class PostgresEngine
{
    private readonly WorkQueue _work = new();

    /// <inheritdoc/>
    public ValueTask<CommitResult> CommitAsync(Commit commit, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Check(commit);
        lock (_gate)
            ThrowIfClosed();
        var started = _time.GetTimestamp();
        return LargeBodiesOf(commit) is { Count: > 0 } large ? UploadAndCommitAsync(commit, large, started, cancellationToken)
            : CommitAsync(new CommitWork(commit, ReadOnlyDictionary<Body, PostgresBody>.Empty, started, cancellationToken));
    }

    private async ValueTask<CommitResult> CommitAsync(CommitWork work)
    {
        ObjectDisposedException.ThrowIf(!_work.TryAdd(work), this);
        await using var cancelled = work.Cancellation.UnsafeRegister(_ => LeaveLine(work, new OperationCanceledException(work.Cancellation)), null);
        var result = await work.Result;
        _metrics.Committed(_time.GetElapsedTime(work.Started));
        return result;
    }

    private async ValueTask<CommitResult> UploadAndCommitAsync(Commit commit, List<Body> large, long started, CancellationToken cancellationToken)
    {
        var uploaded = new Dictionary<Body, PostgresBody>(ReferenceEqualityComparer.Instance);
        var writers = new List<PostgresBodyWriter>(large.Count);
        var isNamed = false;
        try
        {
            foreach (var body in large)
            {
                var bytes = body.Bytes ?? throw new ArgumentException("The body comes from another engine.");
                writers.Add(new PostgresBodyWriter(_largeBodies, inlineMax: -1));
                uploaded.Add(body, await WriteAsync(writers[^1], bytes, cancellationToken));
            }
            var result = await CommitAsync(new CommitWork(commit, uploaded, started, cancellationToken));
            isNamed = !result.IsRepeat && !result.Added.Any(a => a.IsDuplicate);
            return result;
        }
        finally
        {
            foreach (var writer in writers)
            {
                if (!isNamed)
                    await writer.DisposeAsync();
            }
        }
    }

    private static List<Body> LargeBodiesOf(Commit commit)
    {
        var large = new List<Body>();
        foreach (var operation in commit.Operations)
        {
            var body = operation switch
            {
                CommitOperation.Add add => add.Message.Content.Body,
                CommitOperation.Change change => change.Changes.Content?.Body,
                _ => null,
            };
            if (body is not null and not PostgresBody && body.Length > InlineBytesMax && !large.Contains(body))
                large.Add(body);
        }
        return large;
    }

    private static void Check(Commit commit)
    {
        CommitLimits.Check(commit);
        CheckText(commit.IdempotencyKey);
        foreach (var operation in commit.Operations)
            Check(operation);
    }

    private static void Check(CommitOperation operation)
    {
        switch (operation)
        {
            case CommitOperation.Add { Message: var message }:
                CommitLimits.Check(message);
                CheckText(message.Queue.Value);
                CheckText(message.Group);
                CheckText(message.DeduplicationId);
                foreach (var name in message.Attributes.Keys)
                    CheckText(name);
                break;
            case CommitOperation.Change change:
                CommitLimits.Check(change);
                CheckText(change.MoveTo?.Value);
                CheckText(change.Changes.Group);
                foreach (var name in change.Changes.Attributes?.Keys ?? [])
                    CheckText(name);
                break;
            case CommitOperation.Replay { To: { } target }:
                CommitLimits.Check(target);
                CheckText(target.Value);
                break;
            case CommitOperation.SetQueue set:
                CommitLimits.Check(set.Name, set.Policy);
                CheckText(set.Name.Value);
                CheckText(set.Policy.DeadLetterQueue?.Value);
                break;
            case CommitOperation.DeleteQueue delete:
                CommitLimits.Check(delete.Name);
                CheckText(delete.Name.Value);
                break;
            case CommitOperation.SetDocument document:
                CommitLimits.Check(document);
                CheckText(document.Key);
                break;
        }
    }

    private static void CheckText(string? text)
    {
        if (text is not null && !CommitLimits.IsStorable(text))
            throw new ArgumentException("A name, group, key or id has a NUL or half a surrogate pair, which the database cannot hold.");
    }
}
