using Posthorn.Commits;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.Operations;

/// <summary>
/// Works on what a selection means in commits of bounded size, so that traffic goes on meanwhile.
/// </summary>
/// <remarks>
/// Diagnostics: a message that is gone is counted; one that somebody works on is tried again some times and then left alone and counted;
/// a full disk or queue or a failed engine ends the run with its exception. What was committed stays done.
/// Limits: what comes into a queue after the start is not touched, not even what the run itself moved there.
/// </remarks>
public sealed class BulkRun
{
    /// <summary>Most messages remembered to be tried again; further ones count as busy at once.</summary>
    private const int LaterMax = 10_000;

    private const int Tries = 5;

    private static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(2);

    private readonly IEngine _engine;
    private readonly TimeProvider _time;
    private readonly IMessageSelection _selection;
    private readonly IBulkWork _work;
    private readonly BulkTally _tally;
    private readonly BulkOptions _options;
    private readonly int _commitMax;
    private readonly List<MessagePlan> _chunk = [];
    private List<MessageId> _later = [];
    private Dictionary<QueueName, long> _ends = []; // each queue's next number at the start
    private long _startedAt;
    private long _paced;

    /// <summary>Prepares the work; <see cref="RunAsync"/> does it, once.</summary>
    /// <param name="engine">Where the messages are.</param>
    /// <param name="time">The clock that the rate and the tries count by.</param>
    /// <param name="selection">Which messages.</param>
    /// <param name="work">What is done with each.</param>
    /// <param name="tally">Counts it.</param>
    /// <param name="options">Its bounds.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside of its range.</exception>
    public BulkRun(IEngine engine, TimeProvider time, IMessageSelection selection, IBulkWork work, BulkTally tally, BulkOptions options)
    {
        options.Validate();
        (_engine, _time, _selection, _work, _tally, _options) = (engine, time, selection, work, tally, options);
        _commitMax = Math.Min(options.CommitMax, options.MessagesPerSecond ?? int.MaxValue);
    }

    /// <summary>Does it; stops after the commit it is in when cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        // Numbers grow with whatever comes into a queue: what has a number from here on came later.
        _ends = _engine.Queues().ToDictionary(queue => queue.Name, queue => queue.NextNumber);
        _startedAt = _time.GetTimestamp();
        _tally.Begin(_selection.Total);
        await foreach (var message in _selection.ReadAsync(cancellationToken))
        {
            if (!WasThere(message) || message.Queue == _work.Target)
                continue;
            _tally.Selected();
            await TakeAsync(message, cancellationToken);
        }
        await CommitAsync(cancellationToken);
        for (var i = 1; i < Tries && _later.Count > 0; i++)
        {
            await Task.Delay(BetweenTries, _time, cancellationToken);
            await TryAgainAsync(cancellationToken);
        }
        _later.ForEach(_tally.Busy);
    }

    private bool WasThere(Message message) => _ends.TryGetValue(message.Queue, out var end) && message.Number < end;

    private async Task TryAgainAsync(CancellationToken cancellationToken)
    {
        var again = _later;
        _later = [];
        foreach (var id in again)
        {
            if (await _engine.FindAsync(id, cancellationToken) is { } message && await IsStillSelectedAsync(message, cancellationToken))
                await TakeAsync(message, cancellationToken);
            else
                _tally.Gone();
        }
        await CommitAsync(cancellationToken);
    }

    /// <summary>While it was leased its consumer may have changed or moved it: then it is not meant any more.</summary>
    private async ValueTask<bool> IsStillSelectedAsync(Message message, CancellationToken cancellationToken) =>
        message.State == MessageState.Leased || (WasThere(message) && await _selection.SelectsAsync(message, cancellationToken));

    private async ValueTask TakeAsync(Message message, CancellationToken cancellationToken)
    {
        if (message.State == MessageState.Leased && !_options.IncludeLeased && _work.EndsLease)
        {
            Later(message.Id);
            return;
        }
        MessagePlan plan;
        try
        {
            plan = await _work.PlanAsync(message, cancellationToken);
        }
        catch (BodyLostException e)
        {
            _tally.Refused(message.Id, e.Message);
            return;
        }
        if (plan.Refusal is { } reason)
        {
            _tally.Refused(message.Id, reason);
            return;
        }
        _chunk.Add(plan);
        if (_chunk.Count == _commitMax)
            await CommitAsync(cancellationToken);
    }

    /// <summary>Commits what has gathered; what stands in the way is left out and the rest committed.</summary>
    private async ValueTask CommitAsync(CancellationToken cancellationToken)
    {
        await KeepPaceAsync(cancellationToken);
        while (_chunk.Count > 0)
        {
            var (commit, owners) = Build();
            try
            {
                await _engine.CommitAsync(commit, cancellationToken);
                break;
            }
            catch (CommitConflictException e)
            {
                // Each round leaves out at least one message, so this ends.
                LeaveOut(e.Conflicts.Select(c => (Plan: owners[c.Operation], c.Reason)).DistinctBy(c => c.Plan.Message.Id).ToList());
            }
        }
        if (_chunk.Count == 0)
            return;
        _tally.Done(_chunk.Count);
        _work.Committed([.. _chunk]);
        _chunk.Clear();
    }

    /// <summary>Waits until the rate allows for one more commit: never more than a second's messages at once.</summary>
    private async ValueTask KeepPaceAsync(CancellationToken cancellationToken)
    {
        if (_options.MessagesPerSecond is not { } rate || _chunk.Count == 0)
            return;
        var due = TimeSpan.FromSeconds((double)_paced / rate);
        _paced += _chunk.Count;
        var wait = due - _time.GetElapsedTime(_startedAt);
        if (wait > TimeSpan.Zero)
            await Task.Delay(wait, _time, cancellationToken);
    }

    private (Commit Commit, List<MessagePlan> Owners) Build()
    {
        var commit = new Commit();
        var owners = new List<MessagePlan>(_chunk.Count);
        foreach (var plan in _chunk)
        {
            plan.Apply(commit);
            while (owners.Count < commit.Operations.Count)
                owners.Add(plan);
        }
        return (commit, owners);
    }

    private void LeaveOut(List<(MessagePlan Plan, ConflictReason Reason)> conflicts)
    {
        foreach (var (plan, reason) in conflicts)
        {
            _chunk.Remove(plan);
            if (reason == ConflictReason.MessageNotFound)
                _tally.Gone();
            else
                Later(plan.Message.Id);
        }
    }

    private void Later(MessageId message)
    {
        if (_later.Count < LaterMax)
            _later.Add(message);
        else
            _tally.Busy(message);
    }
}
