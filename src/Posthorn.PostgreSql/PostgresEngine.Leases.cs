using Npgsql;
using Posthorn.Engine;
using Posthorn.Leases;
using Posthorn.PostgreSql.Committing;
using Posthorn.PostgreSql.Leasing;
using Posthorn.Queues;

namespace Posthorn.PostgreSql;

/// <summary>Those who ask for messages, in the order in which they came.</summary>
public sealed partial class PostgresEngine
{
    private static readonly TimeSpan WaitMax = TimeSpan.FromDays(40); // what a timer can count

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<LeasedMessage>> LeaseAsync(QueueName queue, LeaseRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(request.MessagesMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(request.VisibilityTimeout ?? TimeSpan.Zero, TimeSpan.Zero);
        cancellationToken.ThrowIfCancellationRequested();
        var waiter = new LeaseWaiter(request);
        lock (_gate)
        {
            ThrowIfClosed();
            if (!_dispensers.TryGetValue(queue.Value, out var dispenser))
                _dispensers.Add(queue.Value, dispenser = new Dispenser());
            waiter.SawQueue = _known.ContainsKey(queue.Value);
            dispenser.Waiters.Add(waiter);
        }
        // Before anything is awaited: the time counts from the call.
        await using var timer = request.Wait == TimeSpan.Zero || request.Wait == Timeout.InfiniteTimeSpan || request.Wait > WaitMax
            ? null
            : _time.CreateTimer(_ => Leave(queue, waiter, null), null, request.Wait, Timeout.InfiniteTimeSpan);
        await using var cancelled = cancellationToken.UnsafeRegister(_ => Leave(queue, waiter, cancellationToken), null);
        Call(queue.Value);
        return await waiter.Answer;
    }

    /// <inheritdoc/>
    public async ValueTask<DateTimeOffset?> ExtendAsync(ReceiptHandle handle, TimeSpan visibilityTimeout, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(visibilityTimeout, TimeSpan.Zero);
        cancellationToken.ThrowIfCancellationRequested();
        var now = Now;
        var until = Moment.Later(now.Steady, visibilityTimeout);
        var queueId = await AskForLeaseAsync(
            async (connection, token) =>
            {
                await using var statements = new Statements(connection, _sql)
                    .Add("BEGIN").Add(LeaseSql.NotDurable)
                    .Add(
                        "UPDATE posthorn.deliveries SET leased_until = $4 WHERE message_id = $1 AND state = 2 AND lease_token = $2 AND leased_until > $3 RETURNING queue_id",
                        (long)handle.Message.Value, (long)handle.Token, now.Steady, until)
                    .Add("COMMIT");
                await using var reader = await statements.ReadAsync(token);
                await reader.NextResultAsync(token);
                long? found = await reader.ReadAsync(token) ? reader.GetInt64(0) : null;
                await FinishAsync(reader, token);
                return found;
            },
            cancellationToken);
        if (queueId is not { } id)
            return null;
        _remembered.NoteExtended(handle, until);
        lock (_gate)
        {
            _dueTimes.NoteLease(id, until);
            SetTimer();
        }
        return new DateTimeOffset(Moment.Later(now.Wall, visibilityTimeout), TimeSpan.Zero);
    }

    /// <summary>As <see cref="AskAsync{T}"/>, for what leases.</summary>
    private async Task<T> AskForLeaseAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> ask, CancellationToken cancellationToken)
    {
        try
        {
            return await AskAsync(ask, cancellationToken);
        }
        catch (StorageFullException e)
        {
            // A lease writes its row anew, which a full database may have no page for: who waits for messages tries again later, as when it is away.
            throw new EngineUnavailableException($"Nothing can be leased. {e.Message}", inner: e);
        }
    }

    /// <summary>A waiter's time is over, or he was cancelled. While the database is asked for him its answer decides.</summary>
    private void Leave(QueueName queue, LeaseWaiter waiter, CancellationToken? cancelled)
    {
        lock (_gate)
        {
            waiter.IsLeaving = true;
            waiter.Cancelled = cancelled ?? waiter.Cancelled;
            if (waiter.IsInRound || !_dispensers.TryGetValue(queue.Value, out var dispenser) || !dispenser.Waiters.Remove(waiter))
                return;
        }
        waiter.Give([]);
    }

    /// <summary>There may be something for those who wait for a queue.</summary>
    private void Call(string queue)
    {
        lock (_gate)
        {
            if (!_dispensers.TryGetValue(queue, out var dispenser))
                return;
            dispenser.IsCalled = true;
            if (dispenser.IsRunning)
                return;
            dispenser.IsRunning = true;
            dispenser.Run = Task.Run(() => DispenseAsync(queue, dispenser));
        }
    }

    private List<Task> Rounds()
    {
        lock (_gate)
            return [.. _dispensers.Values.Select(d => d.Run)];
    }

    private async Task DispenseAsync(string queue, Dispenser dispenser)
    {
        while (true)
        {
            List<LeaseWaiter> waiters;
            lock (_gate)
            {
                if (!dispenser.IsCalled || dispenser.Waiters.Count == 0)
                {
                    dispenser.IsRunning = false;
                    if (dispenser.Waiters.Count == 0 && _dispensers.GetValueOrDefault(queue) == dispenser)
                        _dispensers.Remove(queue);
                    return;
                }
                dispenser.IsCalled = false;
                waiters = [.. dispenser.Waiters];
                foreach (var waiter in waiters)
                    waiter.IsInRound = true;
            }
            Round round;
            try
            {
                round = await ServeAsync(queue, waiters);
            }
            catch (Exception e)
            {
                round = new Round(waiters) { Fault = Faults.ToCaller(e) };
            }
            EndRound(queue, dispenser, waiters, round);
        }
    }

    private void EndRound(string queue, Dispenser dispenser, List<LeaseWaiter> waiters, Round round)
    {
        var answered = new List<LeaseWaiter>();
        lock (_gate)
        {
            foreach (var waiter in waiters)
            {
                waiter.IsInRound = false;
                var isGone = !round.SawQueue && waiter.SawQueue;
                waiter.SawQueue |= round.SawQueue;
                if (round.Of(waiter).Count == 0 && !waiter.IsLeaving && !isGone && round.Fault is null)
                    continue;
                dispenser.Waiters.Remove(waiter);
                answered.Add(waiter);
            }
            if (round.Fault is not null)
                NoteMissed(queue, waiters);
        }
        foreach (var waiter in answered)
        {
            if (round.Fault is not null and not OperationCanceledException and not ObjectDisposedException && round.Of(waiter).Count == 0)
                waiter.Fail(round.Fault);
            else
                waiter.Give(round.Of(waiter));
        }
    }

    /// <summary>Groups that were asked for in vain are announced again when the database is back. Under the gate.</summary>
    private void NoteMissed(string queue, List<LeaseWaiter> waiters)
    {
        if (!_announcements.TryGetValue(queue, out var announcements))
            return;
        foreach (var waiter in waiters)
        {
            if (waiter.Request.Group is { } group)
                announcements.Forget(group);
        }
        _hasMissed = true;
    }
}
