using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.PostgreSql.Bodies;

namespace Posthorn.PostgreSql.Committing;

/// <summary>What must be read and locked before a batch can be decided.</summary>
internal sealed class BatchNeeds
{
    private readonly HashSet<ulong> _messages = [];
    private readonly HashSet<ulong> _whole = [];
    private readonly HashSet<string> _queues = new(StringComparer.Ordinal);
    private readonly HashSet<long> _bodies = [];
    private readonly HashSet<long> _rowBodies = [];
    private readonly HashSet<string> _keys = new(StringComparer.Ordinal);
    private readonly HashSet<(string Queue, string Group, string Id)> _deduplication = [];

    public BatchNeeds(IReadOnlyList<Work> works)
    {
        foreach (var work in works)
        {
            _messages.UnionWith(work.Messages);
            if (work is CommitWork commit)
            {
                Add(commit);
                continue;
            }
            _whole.UnionWith(work.Messages);
            IsForeseeable = false;
        }
        Messages = [.. _messages.Where(id => !_whole.Contains(id)).Select(id => (long)id)];
        WholeMessages = [.. _whole.Select(id => (long)id)];
        AllMessages = [.. _messages.Select(id => (long)id)];
    }

    /// <summary>Messages of which what every decision needs is enough.</summary>
    public long[] Messages { get; }

    public long[] WholeMessages { get; }

    public long[] AllMessages { get; }

    public string[] Queues => [.. _queues];

    /// <summary>Rows of <c>bodies</c>.</summary>
    public long[] Bodies => [.. _bodies];

    /// <summary>Bodies in the rows of messages, of which others are made.</summary>
    public IReadOnlyCollection<long> RowBodies => _rowBodies;

    public string[] Keys => [.. _keys];

    public IReadOnlyCollection<(string Queue, string Group, string Id)> Deduplication => _deduplication;

    /// <summary>Message ids that may be given.</summary>
    public int NewMessages { get; private set; }

    /// <summary>Body ids that may be given.</summary>
    public int NewBodies { get; private set; }

    /// <summary>Queues that may be made though they are there when the batch begins.</summary>
    public int Deletions { get; private set; }

    /// <summary>Operations that may release a message.</summary>
    public int Changes { get; private set; }

    /// <summary>Whether rows that are remembered can be all that is needed: queues, leased messages and their bodies.</summary>
    public bool IsForeseeable { get; private set; } = true;

    private void Add(CommitWork work)
    {
        _whole.UnionWith(work.WholeMessages);
        if (work.Commit.IdempotencyKey is { } key)
            _keys.Add(key);
        foreach (var body in work.Uploaded.Values)
            Add(body); // never one that is remembered
        foreach (var operation in work.Commit.Operations)
            Add(operation);
    }

    private void Add(Body? body)
    {
        if (body is not PostgresBody known)
            return;
        (RowBody.Is(known.Id) ? _rowBodies : _bodies).Add(known.Id);
        IsForeseeable &= !RowBody.Is(known.Id) || known.Bytes is not null;
    }

    private void Add(CommitOperation operation)
    {
        switch (operation)
        {
            case CommitOperation.Add { Message: var message }:
                NewMessages++;
                NewBodies++;
                _queues.Add(message.Queue.Value);
                Add(message.Content.Body);
                if (message.DeduplicationId is { } id)
                {
                    IsForeseeable = false;
                    _deduplication.Add((message.Queue.Value, "", id));
                    _deduplication.Add((message.Queue.Value, message.Group ?? "", id));
                }
                break;
            case CommitOperation.Change change:
                Changes++;
                NewBodies++;
                if (change.MoveTo is { } to)
                    _queues.Add(to.Value);
                Add(change.Changes.Content?.Body);
                break;
            case CommitOperation.Replay replay:
                IsForeseeable = false;
                if (replay.To is { } target)
                    _queues.Add(target.Value);
                break;
            case CommitOperation.SetQueue set:
                IsForeseeable &= set.IsOnlyWhenMissing;
                _queues.Add(set.Name.Value);
                break;
            case CommitOperation.DeleteQueue delete:
                IsForeseeable = false;
                Deletions++;
                _queues.Add(delete.Name.Value);
                break;
        }
    }
}
