using Posthorn.Server.Deliver.Outgoing.Connections;
using Posthorn.Server.Deliver.Outgoing.Resolving;

namespace Posthorn.Server.Deliver.Outgoing.Dispatch;

/// <summary>
/// Decides whose turn it is: which group of which destination a courier may work on now. Pure: no clock of its own, no I/O, no lock (its owner's guards it).
/// </summary>
/// <remarks>
/// In a destination new mail goes before retries and groups take turns; a lane's slots are given to destinations in the order in which they asked.
/// A destination that has its limit of couriers, backs off, or has spent its rate is passed over as if it were not there.
/// </remarks>
internal sealed class DispatchBoard
{
    private readonly OutgoingOptions _options;
    private readonly Func<string, bool> _isSuspended;
    private readonly Func<string, bool> _isOwn;
    private readonly Dictionary<string, Destination> _destinations = new(StringComparer.Ordinal);
    private readonly Queue<Destination> _runnable = new();
    private readonly PriorityQueue<Destination, DateTimeOffset> _alarms = new();
    private readonly Queue<Destination>[] _lines;
    private readonly int[] _slots;

    /// <param name="options">The limits.</param>
    /// <param name="isSuspended">Whether an order stops a domain.</param>
    /// <param name="isOwn">Whether a destination is this node's, by its name.</param>
    public DispatchBoard(OutgoingOptions options, Func<string, bool> isSuspended, Func<string, bool> isOwn)
    {
        _options = options;
        _isSuspended = isSuspended;
        _isOwn = isOwn;
        _slots = [options.Concurrency.FirstAttempt, options.Concurrency.SecondAttempt, options.Concurrency.Later];
        _lines = [.. _slots.Select(_ => new Queue<Destination>())];
    }

    public IReadOnlyCollection<Destination> Destinations => _destinations.Values;

    /// <summary>Groups with something ready that nobody works on, the suspended included.</summary>
    public int Groups { get; private set; }

    /// <summary>When a destination has to be looked at again; null for never.</summary>
    public DateTimeOffset? NextAlarm => _alarms.TryPeek(out _, out var at) ? at : null;

    public Destination? Find(string name) => _destinations.GetValueOrDefault(name);

    /// <summary>The destination of a route, made when it is new.</summary>
    public Destination Of(Route route, string domain)
    {
        var name = route is Route.To to ? to.Name : domain;
        if (!_destinations.TryGetValue(name, out var destination))
            _destinations.Add(name, destination = new Destination(name, route, _options));
        destination.Route = route;
        destination.Domains.Add(domain);
        return destination;
    }

    public void Forget(Destination destination) => _destinations.Remove(destination.Name);

    /// <summary>A group has something ready.</summary>
    /// <returns>False when it is another node's to deliver.</returns>
    public bool Add(Destination destination, OutgoingGroup group)
    {
        if (!_isOwn(destination.Name))
            return false;
        if (destination.Suspended.Contains(group) || !destination.WaitingGroups.Add(group))
            return true;
        destination.Waiting[(int)group.Lane].Enqueue(group);
        Groups++;
        Run(destination);
        return true;
    }

    /// <summary>Destinations have moved to other nodes: what waits for them is forgotten here; couriers finish what they hold.</summary>
    /// <returns>The idle connections to them, to be closed.</returns>
    public List<SmtpConnection> PassOn()
    {
        var idle = new List<SmtpConnection>();
        foreach (var destination in _destinations.Values.Where(d => !_isOwn(d.Name)))
        {
            Groups -= destination.WaitingGroups.Count + destination.Suspended.Count;
            destination.WaitingGroups.Clear();
            destination.Suspended.Clear();
            foreach (var waiting in destination.Waiting)
                waiting.Clear();
            idle.AddRange(destination.Idle);
            destination.Idle.Clear();
        }

        return idle;
    }

    /// <summary>Looks at a destination again: something about it changed.</summary>
    public void Run(Destination destination)
    {
        if (destination.IsRunnable)
            return;
        destination.IsRunnable = true;
        _runnable.Enqueue(destination);
    }

    /// <summary>Orders changed, or time passed: what was suspended is asked again.</summary>
    public void ReviewSuspended()
    {
        foreach (var destination in _destinations.Values.Where(d => d.Suspended.Count > 0))
        {
            var groups = destination.Suspended.ToList();
            destination.Suspended.Clear();
            Groups -= groups.Count;
            foreach (var group in groups)
                Add(destination, group);
        }
    }

    /// <summary>The next courier to start; its slot and place are taken. False when nobody can start now.</summary>
    public bool TryStart(DateTimeOffset now, out Destination destination, out OutgoingGroup group)
    {
        while (_alarms.TryPeek(out var due, out var at) && at <= now)
        {
            _alarms.Dequeue();
            Run(due);
        }

        while (true)
        {
            if (_runnable.TryDequeue(out destination!))
            {
                destination.IsRunnable = false;
                if (!TryPick(destination, now, hasTurn: false, out group))
                    continue;
                // Perhaps it can have more, but after the others.
                Run(destination);
                return true;
            }

            if (!TryLine(now, out destination, out group))
                return false;
            return true;
        }
    }

    /// <summary>A courier has done its group's batch and asks for the next one of its destination; false: it has to end, its slot and place are free.</summary>
    public bool TryContinue(Destination destination, DeliveryLane lane, DateTimeOffset now, out OutgoingGroup group)
    {
        End(destination, lane);
        return TryPick(destination, now, hasTurn: false, out group);
    }

    /// <summary>A courier has ended.</summary>
    public void End(Destination destination, DeliveryLane lane)
    {
        _slots[(int)lane]++;
        destination.Couriers--;
        Run(destination);
    }

    /// <summary>The destination failed as a whole; a dead one backs off.</summary>
    public void Failed(Destination destination, DateTimeOffset now)
    {
        destination.Feedback.Failed();
        if (!destination.Feedback.IsDead || destination.BackOffUntil > now)
            return;
        destination.BackOffUntil = now + BackOffAfter(destination.Feedback.Deaths);
        SetAlarm(destination, destination.BackOffUntil);
    }

    public void Succeeded(Destination destination)
    {
        destination.Feedback.Succeeded();
        destination.BackOffUntil = default;
        if (destination.WaitingGroups.Count > 0)
            Run(destination);
    }

    /// <summary>An administrator wants it tried now.</summary>
    public void EndBackOff(Destination destination)
    {
        destination.BackOffUntil = default;
        Run(destination);
    }

    /// <summary>Takes a group away that can't be worked on now: suspended, or of a destination that backs off. Null when there is none.</summary>
    public OutgoingGroup? TakeBlocked(DateTimeOffset now)
    {
        foreach (var destination in _destinations.Values)
        {
            if (destination.Suspended.Count > 0)
            {
                var suspended = destination.Suspended.First();
                destination.Suspended.Remove(suspended);
                Groups--;
                return suspended;
            }

            if (destination.BackOffUntil <= now)
                continue;
            foreach (var waiting in destination.Waiting)
            {
                if (!waiting.TryDequeue(out var group))
                    continue;
                destination.WaitingGroups.Remove(group);
                Groups--;
                return group;
            }
        }

        return null;
    }

    // 30 s doubling up to 15 min; never longer than the schedule would have a single mail wait, so that a schedule of seconds is one.
    private TimeSpan BackOffAfter(int deaths)
    {
        var first = Min(TimeSpan.FromSeconds(30), _options.Schedule.DelayFor(1));
        var most = Min(TimeSpan.FromMinutes(15), _options.Schedule.Longest);
        return Min(first * Math.Pow(2, Math.Min(deaths - 1, 10)), most > first ? most : first);
    }

    // The destinations that stand in line for a slot, first come first served.
    private bool TryLine(DateTimeOffset now, out Destination destination, out OutgoingGroup group)
    {
        for (var lane = 0; lane < _lines.Length; lane++)
        {
            while (_slots[lane] > 0 && _lines[lane].TryDequeue(out destination!))
            {
                destination.IsInLine[lane] = false;
                if (TryPick(destination, now, hasTurn: true, out group))
                {
                    Run(destination);
                    return true;
                }
            }
        }

        (destination, group) = (null!, default);
        return false;
    }

    private bool TryPick(Destination destination, DateTimeOffset now, bool hasTurn, out OutgoingGroup group)
    {
        group = default;
        if (destination.WaitingGroups.Count == 0 || destination.Couriers >= Allowed(destination))
            return false;
        if (destination.BackOffUntil > now)
            return false;   // its alarm is set
        if (destination.Feedback.IsDead)
            destination.Feedback.Revive();
        if (destination.Couriers >= Allowed(destination))
            return false;
        if (destination.Rate is { } rate && rate.NextAt > now)
        {
            SetAlarm(destination, rate.NextAt);
            return false;
        }

        for (var lane = 0; lane < _slots.Length; lane++)
        {
            while (destination.Waiting[lane].Count > 0)
            {
                if (_slots[lane] == 0 || (_lines[lane].Count > 0 && !hasTurn))
                {
                    if (!destination.IsInLine[lane])
                        _lines[lane].Enqueue(destination);
                    destination.IsInLine[lane] = true;
                    break;
                }

                group = destination.Waiting[lane].Dequeue();
                destination.WaitingGroups.Remove(group);
                if (_isSuspended(group.Domain))
                {
                    destination.Suspended.Add(group);
                    continue;
                }

                Groups--;
                _slots[lane]--;
                destination.Couriers++;
                return true;
            }
        }

        return false;
    }

    private void SetAlarm(Destination destination, DateTimeOffset at)
    {
        if (destination.AlarmAt == at)
            return;
        destination.AlarmAt = at;
        _alarms.Enqueue(destination, at);
    }

    // What ends without a connection needs no more than one courier.
    private static int Allowed(Destination destination) => destination.Route is Route.To ? destination.Feedback.Limit : 1;

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
