using Posthorn.Messages;

namespace Posthorn.Simulation.Audit;

/// <summary>Groups that a consumer has put aside.</summary>
public sealed partial class Model
{
    private readonly Dictionary<(string Queue, string Group), (TimeSpan Until, long At)> _deferrals = [];

    /// <summary>A group was put aside, or let go on.</summary>
    public void Deferred(string queue, string group, TimeSpan duration)
    {
        NoteTime();
        _deferrals[(queue, group)] = (time.Elapsed + duration, ++_at);
    }

    /// <summary>Of a group that is put aside only who names it gets anything.</summary>
    private void CheckDeferral(AskedLease asked, Message message)
    {
        if (asked.Request.Group is null && _deferrals.TryGetValue((asked.Queue.Name, message.Group ?? ""), out var deferral)
            && deferral.At < asked.At && time.Elapsed + Tick < deferral.Until)
            throw new AuditException("I4", $"{message.Text("tag")} was handed out at {time.Elapsed}; its group '{message.Group}' is put aside until {deferral.Until}.");
    }

    /// <summary>Whether a group may have been put aside since something was asked.</summary>
    private bool IsMaybeDeferred(KnownMessage known, AskedLease asked) =>
        asked.Request.Group is null && _deferrals.TryGetValue((asked.Queue.Name, known.State!.Group ?? ""), out var deferral)
        && (deferral.At > asked.At || asked.Elapsed <= deferral.Until + Tick);
}
